# peak ARGUMENT...: the largest resident set of `dmaheap ARGUMENT...` so far when its first line can be read.
# shellcheck shell=dash
ulimit -n "$FILES" || ulimit -n "$(ulimit -Hn)" || exit 1
dir=$(mktemp -d) && trap 'rm -r "$dir"' EXIT && mkfifo "$dir/out"
# A shell says what its jobs are ended by.
exec 2>/dev/null
peak() {
    "$DMAHEAP" "$@" >"$dir/out" 2>/dev/null & tool=$!
    { read -r _; grep VmHWM "/proc/$tool/status"; kill $tool; cat >/dev/null; } <"$dir/out"
    wait $tool || true
}
