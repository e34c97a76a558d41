# shellcheck shell=bash
# Builds what runs in the machine: the tool and the test suite, both static, since an initramfs has no libraries.
# Sourced by tests/run and tests/vm/run, which set `root` (the project) and `target` (cargo's target directory).

triple=x86_64-unknown-linux-gnu
# What the tool may have, static and stripped, in bytes: 4 MiB.
most=$((4 << 20))

# static_cargo VERB [OPTION]...: one set of flags for all tests, so cargo compiles every dependency once. Without
# --target they would reach the procedural macros, which cannot be static. From $root, where cargo's settings are found.
static_cargo() (
    cd "$root" || exit
    export RUSTFLAGS="${RUSTFLAGS:+$RUSTFLAGS }-C target-feature=+crt-static"
    exec cargo "$@" --locked --target "$triple" --target-dir "$target" </dev/null
)

# Sets `tool`.
build_tool() {
    tool=${DMAHEAP_BIN:-$target/$triple/release/dmaheap}
    [[ -n ${DMAHEAP_BIN:-} ]] || static_cargo build --quiet --release --bin dmaheap >&2 ||
        die 'the tool does not compile'
    [[ -f $tool ]] || die "there is no $tool"
    [[ -n ${DMAHEAP_BIN:-}${RUSTFLAGS:-} ]] || check_size
}

# Of the tool as it is released: another one, or one with other flags, may have any size.
check_size() {
    local size
    size=$(stat -c %s "$tool")
    ((size * 100 <= most * 97)) || printf 'warning: the static tool has %s of the %s bytes that it may have\n' "$size" "$most" >&2
    ((size <= most)) || die "the static tool has $size bytes and may have $most: what has made it larger? (Cargo.toml)"
}

# Sets `suite`. Cargo alone knows its file name; it says so in a line of JSON, which needs no parser to find.
build_suite() {
    suite=${DMAHEAP_SUITE:-}
    if [[ -z $suite ]]; then
        local artifacts
        artifacts=$(static_cargo test --quiet --no-run --test suite --message-format=json-render-diagnostics) ||
            die 'the suite does not compile'
        suite=$(sed -n '/"kind":\["test"\]/s/.*"name":"suite".*"executable":"\([^"]*\)".*/\1/p' <<<"$artifacts")
    fi
    [[ -f $suite ]] || die "there is no suite '$suite'"
}
