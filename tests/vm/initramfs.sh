# shellcheck shell=bash
# Makes the initramfs. It counts against the memory of the machine (64 MiB in some tests): only what is asked for goes
# in, stripped, and not compressed, since both would lie in memory while the kernel unpacks, slowly, under TCG.
# Sourced by tests/vm/run, which sets `root`, `work` (a directory of this run) and the options of the command line.

# make_initramfs COMMAND [ARGUMENT...]: writes $work/initramfs.
make_initramfs() {
    tree=$work/tree
    mkdir -p "$tree"/{bin,dev,etc,proc,root,run,sbin,sys,tmp}
    local shell
    for shell in busybox bash dash; do
        add_program "$(PATH=$PATH:/bin command -v "$shell")" "/bin/$shell"
    done
    add_program "$tool" /bin/dmaheap
    [[ -z $suite ]] || add_program "$suite" /bin/suite
    add_accounts
    add_files
    install -m 755 "$root/tests/vm/init" "$tree/init"
    quote_command "$@" >"$tree/command"
    (cd "$tree" && find . | LC_ALL=C sort | busybox cpio --quiet -o -H newc -R 0:0) >"$work/initramfs" 2>"$work/cpio.log" ||
        die "cannot write the initramfs: $(<"$work/cpio.log")"
    rm -rf "$tree"
}

# add_program HOST GUEST: an executable without its symbols, and the libraries that it is linked with.
add_program() {
    local library
    install -D -m 755 "$1" "$tree$2"
    strip --strip-all "$tree$2" 2>/dev/null || true # a script has nothing to strip
    # ldd fails for what is static or no ELF file at all.
    { ldd "$1" 2>/dev/null || true; } | grep -o '/[^ ]*' | while read -r library; do
        [[ -e $tree$library ]] || install -D -m 755 "$library" "$tree$library"
    done || true
}

# Names that tests can look for in OWNER columns, a user without rights, and the groups that udev rules give heaps to.
add_accounts() {
    printf '%s\n' root:x:0:0:root:/root:/bin/sh user:x:1000:1000:user:/tmp:/bin/sh \
        nobody:x:65534:65534:nobody:/:/bin/sh >"$tree/etc/passwd"
    printf '%s\n' root:x:0: tty:x:5: video:x:44: render:x:105: user:x:1000: nogroup:x:65534: >"$tree/etc/group"
}

# --file HOST[:GUEST]; an executable without GUEST lands in /bin, anything else in /.
add_files() {
    local file host guest
    for file in "${files[@]}"; do
        host=${file%%:*}
        guest=${file#"$host"}
        guest=${guest#:}
        if [[ -z $guest ]]; then
            guest=/${host##*/}
            [[ ! -f $host || ! -x $host ]] || guest=/bin$guest
        fi
        if [[ -f $host && -x $host ]]; then
            add_program "$host" "$guest"
        else
            mkdir -p "$tree${guest%/*}"
            cp -rL --no-target-directory "$host" "$tree$guest"
        fi
    done
}

# The command travels as a script and not on the kernel's command line, where neither quotes nor newlines survive.
quote_command() {
    local word
    printf 'exec'
    for word; do
        printf " '%s'" "${word//\'/\'\\\'\'}"
    done
    printf '\n'
}
