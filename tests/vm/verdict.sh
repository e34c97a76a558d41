# shellcheck shell=bash
# Judges a run. The verdict is positive, single and required: success is one line from init and nothing against it.
# Sourced by tests/vm/run, which sets `work`, `target`, `timeout` and `is_suite_run`.

# What the kernel says when it is at fault. User space may say it too, in /dev/kmsg: that is nobody's accident either.
complaints='Kernel panic|Oops:|WARNING:|BUG:|kernel BUG at|UBSAN:|soft lockup|blocked for more than|detected stall|self-detected|^init: '
oom_kill='[Oo]ut of memory: Killed process'

# fail REASON: the log stays, its end is shown, and the status is one that no test of ours has.
fail() {
    local log
    log=$(mktemp "$target/vm/failed-XXXXXX.log")
    cat "$work/console" >"$log" 2>/dev/null || true
    {
        printf '%s: the last lines of the kernel log:\n' "$0"
        tail -n 25 "$log" | tr -d '\r' | cut -c 1-200 | sed 's/^/  | /'
        printf '%s: FAILED: %s\n' "$0" "$1"
        printf '%s: kernel log: %s\n' "$0" "$log"
    } >&2
    exit 125
}

# judge QEMU_STATUS STDOUT_STATUS STDERR_STATUS: returns if the run itself is sound, and sets `status`, the command's.
judge() {
    local line
    if line=$(grep -a -m 1 -E "$complaints" "$work/console" | tr -d '\r'); then
        fail "the kernel complained: ${line:0:200}"
    fi
    case $1 in
        0) ;;
        124 | 137) fail "no verdict within $timeout seconds (--timeout)" ;;
        *) fail "QEMU ended with status $1" ;;
    esac
    judge_result
    judge_output "$2" "$3"
    if line=$(grep -a -m 1 -E "$oom_kill" "$work/console" | tr -d '\r'); then
        [[ -z $is_suite_run ]] || fail "a test let the OOM killer loose: $line"
        printf '%s: note: the OOM killer was at work: %s\n' "$0" "$line" >&2
    fi
    [[ -z $is_suite_run ]] || judge_suite
}

judge_result() {
    local results
    mapfile -t results <"$work/result"
    case ${#results[@]} in
        0) fail 'the machine ended without a verdict: something stopped it before init did' ;;
        1) [[ ${results[0]} =~ ^status\ ([0-9]+)$ ]] || fail "the verdict cannot be read: ${results[0]@Q}" ;;
        *) fail "${#results[@]} verdicts: something besides init wrote to the fourth serial port" ;;
    esac
    status=${BASH_REMATCH[1]}
}

# The output must have gone where the caller wanted it. A reader that went away is the caller's business, as in a pipe.
judge_output() {
    local reader
    for reader; do
        case $reader in
            0) ;;
            141) exit 141 ;;
            *) fail 'the output of the command could not be written' ;;
        esac
    done
}

# libtest ends with status 0 when it ran nothing and when it skipped: that does not pass. A suite that failed by itself
# keeps its status and has said why; the kernel has nothing to add.
judge_suite() {
    local results
    if ((status > 0)); then
        printf '%s: FAILED: the suite ended with status %s\n' "$0" "$status" >&2
        return
    fi
    mapfile -t results < <(grep -a '^test result: ' "$work/suite-output")
    ((${#results[@]} == 1)) || fail "${#results[@]} lines 'test result:' from the suite, not one"
    [[ ${results[0]} =~ ^test\ result:\ ok\.\ ([0-9]+)\ passed\;\ 0\ failed\;\ 0\ ignored\; ]] ||
        fail "the suite did not pass: ${results[0]}"
    ((BASH_REMATCH[1] > 0)) || fail 'the suite ran no test'
}
