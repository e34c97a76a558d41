#!/bin/sh
# A camera's pipeline in small: frames in dma-bufs, filled by one process and read by another, without a copy in between.
# camera.sh [HEAP]   The heap is `cma` if none is named: cameras want memory in one piece.
set -eu

width=640 height=480
# NV12: a byte of brightness a pixel, and two of colour for each four.
size=$((width * height * 3 / 2))

if [ "${1-}" != --inside ]; then
    # This script again, as the command that inherits three buffers.
    exec dmaheap exec --heap "${1-cma}" -s "$size" -c 3 --name frame -- sh "$0" --inside
fi

# The sensor's part: frame N is grey N.
expose() {
    dmaheap fill -f "$1" --pattern "byte=$2" --length $((width * height))
    dmaheap fill -f "$1" --pattern byte=0x80 --offset $((width * height)) --length $((width * height / 2))
}

# The encoder's part: what it would compress, a checksum stands for. A buffer is as long as its pages, a frame is not.
encode() {
    dmaheap dump -f "$1" --length "$size" | md5sum | cut -c 1-32
}

frame=0
for fd in $DMAHEAP_FDS; do
    frame=$((frame + 1))
    expose "$fd" "$frame"
    echo "frame $frame  fd $fd  $(encode "$fd")"
done
