#!/bin/sh
# Smoke test of the heaps of a board that has just booted: bring-up.sh [HEAP]...
# One line per check: ok, FAIL or skip, heap, what. Status 0, 1 if anything failed, 4 if there is no heap to check, and what
# the shell says (127) if there is no dmaheap. For any POSIX shell: dash, busybox ash.
set -u

failures=0
checks=0
log=$(mktemp) && answer=$(mktemp) || exit 1
trap 'rm -f "$log" "$answer"' EXIT
# dash runs no EXIT trap after a signal.
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# check HEAP WHAT COMMAND [ARGUMENT]...
check() {
    heap=$1 what=$2
    shift 2
    checks=$((checks + 1))
    if "$@" >"$log" 2>&1; then
        echo "ok    $heap  $what"
    else
        echo "FAIL  $heap  $what"
        sed 's/^/      # /' "$log"
        failures=$((failures + 1))
    fi
}

# refused COMMAND [ARGUMENT]...: must fail, and by EINVAL.
refused() {
    if "$@" >"$answer" 2>&1; then
        status=1
    else
        grep -q '(EINVAL)' "$answer"
        status=$?
    fi
    cat "$answer"
    return "$status"
}

one_heap() {
    check "$1" 'a page' dmaheap alloc --heap "$1" -s 1p
    check "$1" 'eight buffers of 256 KiB' dmaheap alloc --heap "$1" -s 256k -c 8
    check "$1" 'every bit of 1 MiB holds' dmaheap alloc --heap "$1" -s 1M --fill prbs31 --verify
    check "$1" 'a child inherits one' dmaheap exec --heap "$1" -s 64k -- sh -c 'dmaheap info -f 3'
    check "$1" 'unknown flags are refused' refused dmaheap alloc --heap "$1" -s 1p --fd-flags O_NONBLOCK
}

if [ $# = 0 ]; then
    # What root may not open is a finding, what a user may not open is usual.
    heaps=$(dmaheap list -rn -o NAME,ACCESS) || exit $?
else
    heaps=$(for heap; do echo "$heap ok"; done)
fi
# Not a pipe, which would lose the count; names have no spaces in raw output.
while read -r heap access; do
    case $access in
        ok) one_heap "$heap" ;;
        *)
            echo "skip  $heap  not to be opened: $access (dmaheap doctor --heap $heap)"
            [ "$(id -u)" != 0 ] || failures=$((failures + 1))
            ;;
    esac
done <<HEAPS
$heaps
HEAPS
[ "$failures" = 0 ] || exit 1
[ "$checks" != 0 ] || exit 4
