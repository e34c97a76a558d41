# shellcheck shell=bash
# What the scripts of this project need from Debian: programs, and packages that are only unpacked.
# Sourced by tests/run, tests/parsers, tests/vm/run, tests/vm/build-kernel and .ci/run, which set `target` (cargo's target directory).

# What tests/vm/run needs: QEMU, what makes an initramfs, and what is in it.
# shellcheck disable=SC2034 # for those who source this
machine_programs=(qemu-system-x86_64=qemu-system-x86 busybox=busybox-static bash=bash dash=dash strip=binutils
    setpriv=util-linux timeout=coreutils)

# Options that choose apt's lists: none, the machine's own lists, until refresh_lists finds them wanting.
apt_options=()

# The machinery's own failures have a status of their own, as in env(1) and timeout(1).
die() {
    printf '%s: %s\n' "$0" "$1" >&2
    exit 125
}

am_root() {
    [[ $(id -u) == 0 ]]
}

# present THING: is this program, or this file, on this machine?
present() {
    case $1 in
        /*) [[ -e $1 ]] ;;
        *) PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null ;;
    esac
}

# require THING=PACKAGE...: installs as root what is missing, else ends with the names of the packages.
require() {
    local pair packages=() things=()
    for pair; do
        present "${pair%%=*}" && continue
        things+=("${pair%%=*}")
        packages+=("${pair#*=}")
    done
    ((${#packages[@]})) || return 0
    if ! am_root || ! present apt-get; then
        die "missing: ${things[*]}; on Debian: apt-get install --no-install-recommends ${packages[*]}"
    fi
    apt_install "${packages[@]}" || die "cannot install ${packages[*]}"
    for pair; do
        present "${pair%%=*}" || die "${pair#*=} is installed but has brought no ${pair%%=*}"
    done
}

# A fresh image has no lists, and an old one names versions that the archive no longer has: hence the second try.
apt_install() {
    printf '%s: installing %s\n' "$0" "$*" >&2
    local install=(apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends "$@")
    DEBIAN_FRONTEND=noninteractive "${install[@]}" >&2 </dev/null && return
    refresh_lists && DEBIAN_FRONTEND=noninteractive "${install[@]}" >&2 </dev/null
}

# Root updates the machine's lists. Others get lists of their own under target/, from the machine's sources and keys.
refresh_lists() {
    if ! am_root; then
        apt_options=(-o "Dir::State=$target/vm/apt/state" -o "Dir::Cache=$target/vm/apt/cache")
        mkdir -p "$target/vm/apt/state/lists/partial" "$target/vm/apt/cache/archives/partial"
    fi
    apt-get "${apt_options[@]}" -qq update >&2 </dev/null
}

# newest_package REGEX: the last by version of the package names that match; REGEX begins with a literal prefix.
newest_package() {
    apt-cache "${apt_options[@]}" pkgnames 2>/dev/null | grep -E "^$1\$" | sort -V | tail -n 1 | grep .
}

# download REGEX: one attempt with the lists of the moment.
download() {
    local name
    name=$(newest_package "$1") || return 1
    # As root apt would drop to the user _apt, who need not be able to enter target/; the hash is checked anyway.
    apt-get "${apt_options[@]}" -o APT::Sandbox::User=root -qq download "$name" >&2 </dev/null
}

# fetch_package REGEX DIRECTORY: the newest package whose name matches becomes DIRECTORY/*.deb, or nothing does.
fetch_package() {
    present apt-get || die "this machine has no apt-get to fetch $1 with"
    present dpkg-deb || die "this machine has no dpkg-deb to unpack $1 with"
    local partial=$2.partial
    rm -rf "$partial" && mkdir -p "$partial"
    printf '%s: fetching %s\n' "$0" "$1" >&2
    cd "$partial" || die "cannot enter $partial"
    if ! download "$1"; then
        refresh_lists || true # one broken source must not hide a good one: the download is what decides
        download "$1" || die "apt cannot fetch $1; does a source of it (Debian 12: bookworm-security) stand in /etc/apt?"
    fi
    cd "$OLDPWD" || die "cannot go back to $OLDPWD"
    rm -rf "$2" && mv -T "$partial" "$2"
}
