# shellcheck shell=bash
# Builds what runs in the machine: the tool and the test suite, both static, since an initramfs has no libraries.
# Sourced by tests/run and tests/vm/run, which set `root` (the project) and `target` (cargo's target directory).

triple=x86_64-unknown-linux-gnu

# One set of flags for all tests, so that cargo compiles every dependency once. Without --target the flags would reach
# the procedural macros, which cannot be static.
static_flags=(--locked --manifest-path "$root/Cargo.toml" --target "$triple" --target-dir "$target")
export RUSTFLAGS="${RUSTFLAGS:+$RUSTFLAGS }-C target-feature=+crt-static"

# Sets `tool`.
build_tool() {
    tool=${DMAHEAP_BIN:-$target/$triple/release/dmaheap}
    [[ -n ${DMAHEAP_BIN:-} ]] || cargo build --quiet --release --bin dmaheap "${static_flags[@]}" >&2 </dev/null ||
        die 'the tool does not compile'
    [[ -f $tool ]] || die "there is no $tool"
}

# Sets `suite`. Cargo alone knows its file name; it says so in a line of JSON, which needs no parser to find.
build_suite() {
    suite=${DMAHEAP_SUITE:-}
    if [[ -z $suite ]]; then
        local artifacts
        artifacts=$(cargo test --no-run --test suite --message-format=json-render-diagnostics "${static_flags[@]}" \
            </dev/null) || die 'the suite does not compile'
        suite=$(sed -n '/"kind":\["test"\]/s/.*"name":"suite".*"executable":"\([^"]*\)".*/\1/p' <<<"$artifacts")
    fi
    [[ -f $suite ]] || die "there is no suite '$suite'"
}
