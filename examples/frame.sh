#!/bin/sh
# A camera's frames in a buffer of a heap: one process streams into it, and another writes the last frame to stdout.
# frame.sh DEVICE [HEAP] >frame.raw   The heap is `cma` if none is named; what the frames are is on stderr.
set -eu

device=${1:?frame.sh DEVICE [HEAP]} heap=${2-cma}
size=$(dmaheap import "$heap" --device "$device" -rnb -o SIZE)
# shellcheck disable=SC2016 # the inner shell expands it
exec dmaheap exec --heap "$heap" -s "$size" -- sh -ec '
    dmaheap import -f 3 --device "$0" --frames 5 --timeout 30s -o FORMAT,FRAMES,LOST,PERIOD,BYTES,CHANGED >&2
    dmaheap dump -f 3' "$device"
