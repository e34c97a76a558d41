#!/bin/sh
# Smoke test of the heaps of a board that has just booted: bring-up.sh [HEAP]...
# A line a check: ok, FAIL or skip, heap, what. Status 0, 1 if anything failed, 4 if there is no heap. For any POSIX
# shell: dash, busybox ash.
set -u

failures=0
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

# check HEAP WHAT COMMAND [ARGUMENT]...
check() {
    heap=$1 what=$2
    shift 2
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
    if "$@" >"$log.refused" 2>&1; then
        status=1
    else
        grep -q '(EINVAL)' "$log.refused"
        status=$?
    fi
    cat "$log.refused" && rm -f "$log.refused"
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
    heaps=$(dmaheap list -rn -o NAME,ACCESS) || exit 4
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
[ "$failures" = 0 ]
