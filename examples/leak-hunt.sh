#!/bin/sh
# Which dma-bufs does a command leave behind? leak-hunt.sh COMMAND [ARGUMENT]...
# An object of JSON for each that came or grew while COMMAND ran and is still there, with its holders. Status 1 if there
# is any. As root, else only one's own processes are seen.
set -u

[ $# -gt 0 ] || {
    echo 'Usage: leak-hunt.sh COMMAND [ARGUMENT]...' >&2
    exit 2
}
stream=$(mktemp) || exit 1
dmaheap buffers --watch 200ms --diff --json -o CHANGE,INODE,SIZE,EXPORTER,NAME,HOLDERS >"$stream" 2>/dev/null &
watcher=$!
trap 'kill "$watcher"; rm -f "$stream"' EXIT
# dash runs no EXIT trap after a signal.
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# looks N: waits for that many looks at the machine, each of which is a line.
looks() {
    while [ "$(wc -l <"$stream")" -lt "$1" ]; do
        kill -0 "$watcher" || exit 1
        sleep 0.1
    done
}

looks 1
"$@" || echo "leak-hunt.sh: the command ended with status $?" >&2
# One look may have begun before the command ended.
looks $(($(wc -l <"$stream") + 2))
# One row per line.
rows=$(sed -n '$p' "$stream" | sed 's/^.*"rows":\[//; s/\]}$//; s/},{"change"/}\n{"change"/g')
left=$(echo "$rows" | grep '^{"change":"\(came\|grew\)"')
[ -z "$left" ] || {
    echo "$left"
    exit 1
}
