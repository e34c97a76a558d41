# peak SLOTS FULL: the buffers that `dmaheap stress` holds, once there are FULL, and its largest resident set so far.
# shellcheck shell=dash
ulimit -n "$FILES" || ulimit -n "$(ulimit -Hn)" || exit 1
dir=$(mktemp -d) && trap 'rm -r "$dir"' EXIT && mkfifo "$dir/held"
exec 2>/dev/null
peak() {
    "$DMAHEAP" stress --seed 1 --jobs 1 --min-size 1p --max-size 1p --max-hold "$1" --duration 1h \
        --report 20ms -rn -o HELD >"$dir/held" & tool=$!
    {
        while read -r held && [ "$held" -lt "$2" ]; do :; done
        echo "$held $(grep VmHWM "/proc/$tool/status")"
        kill $tool; cat >/dev/null
    } <"$dir/held"
    wait $tool || true
}
