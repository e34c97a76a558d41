# The resident set of the child of `dmaheap limits` when it holds 100 buffers, and when it holds MANY.
# shellcheck shell=dash
exec 2>/dev/null
ulimit -n "$FILES" || ulimit -n "$(ulimit -Hn)" || exit 1
"$DMAHEAP" limits --chunk 4k >/dev/null & tool=$!
peak() {
    child=
    while test -z "$child" && kill -0 $tool; do
        # shellcheck disable=SC2013 # These paths have no spaces.
        for status in $(grep -ls "^PPid:.$tool\$" /proc/[0-9]*/status); do
            test -e "${status%/status}/fd/$1" && child=$status
        done
    done
    grep VmHWM "$child"
}
peak 100
peak "$MANY"
kill $tool; wait $tool || true
