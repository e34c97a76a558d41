#!/bin/sh
# One KTAP document of three subtests, for KernelCI or kselftest's runner: ktap.sh [OPTION of dmaheap probe]...
# The other two are about all heaps that can be opened. Status 0, 1 if anything failed; a machine without any such heap
# is a skip with status 4, as in kselftest.
set -u

number=0
failures=0

# subtest NAME STATUS: the result line of what has just been printed, indented, above it.
subtest() {
    number=$((number + 1))
    case $2 in
        0) echo "ok $number $1" ;;
        4) echo "ok $number $1 # SKIP nothing to test" ;;
        *)
            echo "not ok $number $1"
            failures=$((failures + 1))
            ;;
    esac
}

# indented COMMAND [ARGUMENT]...: its stdout two columns to the right, and its status, which a pipe would lose.
indented() {
    { { "$@"; echo "status $?" >&3; } | sed 's/^/  /' >&4; } 3>&1
}

echo 'KTAP version 1'
listed=$(dmaheap list -rn -o NAME,ACCESS 2>/dev/null)
status=$?
case $status in
    0) ;;
    4)
        echo '1..0 # SKIP no heaps'
        exit 4
        ;;
    *)
        echo "Bail out! dmaheap list: status $status"
        exit "$status"
        ;;
esac
# Names have no spaces in raw output, so these words are arguments.
heaps=$(echo "$listed" | sed -n 's/^\([^ ]*\) ok$/--heap \1/p')
if [ -z "$heaps" ]; then
    echo '1..0 # SKIP no heap can be opened'
    exit 4
fi
set -f
echo '1..3'
exec 4>&1
status=$(indented dmaheap probe --format ktap "$@")
subtest probe "${status#status }"
# shellcheck disable=SC2086 # several words
dmaheap alloc $heaps -s 1M --fill random --verify >/dev/null
subtest bytes $?
# shellcheck disable=SC2086 # several words
dmaheap stress $heaps --iterations 100 >/dev/null
subtest stress $?
[ "$failures" = 0 ]
