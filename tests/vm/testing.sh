# shellcheck shell=bash
# Debian's next kernel: the newest cloud kernel of testing, or of unstable where testing has none.
# apt works below target/ here, with sources, lists and a cache of its own: that of the machine does not change, and
# neither root nor a line in /etc/apt is needed. Sourced by tests/vm/run, which sets `target`.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# testing_kernel [RELEASE]: sets `kernel` to a file that is there already (the newest, or this release), or fetches it.
# A RELEASE that the archive no longer has is replaced by the newest, and stderr says so.
testing_kernel() {
    local cache=$target/vm/debian-testing release
    mkdir -p "$cache"
    kernel=$(find "$cache" -name "vmlinuz-${1:-*}" | sort -V | tail -n 1)
    [[ -z $kernel ]] || return 0
    require "$keyring=debian-archive-keyring" dpkg-deb=dpkg
    private=$cache.apt
    mkdir -p "$private/state" "$private/cache"
    write_configuration
    printf '%s: fetching a kernel of Debian testing\n' "$0" >&2
    private_apt get -qq -o APT::Update::Error-Mode=any update ||
        die "cannot read Debian's archive, whose place is that of the sources in /etc/apt: $(complaint)"
    choose_release "${1-}"
    rm -f "$private"/*.deb
    (cd "$private" && private_apt get -qq download "linux-binary-$release") || die "cannot fetch linux-binary-$release: $(complaint)"
    dpkg-deb --fsys-tarfile "$private"/*.deb | tar -x -O "./usr/lib/modules/$release/vmlinuz" >"$cache/partial"
    mv "$cache/partial" "$cache/vmlinuz-$release"
    kernel=$cache/vmlinuz-$release
    rm -rf "$private"
}

# The machine's settings hold (a proxy, for one), but not its places, preferences, and hooks.
write_configuration() {
    local mirror suite
    mirrors | while read -r mirror; do
        for suite in testing unstable; do
            printf 'deb [signed-by=%s target=Packages] %s %s main\n' "$keyring" "$mirror" "$suite"
        done
    done >"$private/sources.list"
    cat >"$private/apt.conf" <<END
#clear APT::Update;
APT::Sandbox::User "$(id -un)";
Dir::State "$private/state";
Dir::State::status "/dev/null";
Dir::Cache "$private/cache";
Dir::Etc::sourcelist "$private/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
END
}

# Where the machine's own sources find Debian; the releases of security and of updates have a hyphen in their names.
mirrors() {
    # shellcheck disable=SC2016 # apt fills them in
    apt-get --no-release-info indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' |
        sed -n 's/^[a-z]* main //p' | sort -u
}

# private_apt get|cache ARGUMENT...
private_apt() {
    "apt-$1" -c "$private/apt.conf" "${@:2}" 2>"$private/log" </dev/null
}

# The first thing that apt complained of: those that follow are about what it has not got then.
complaint() {
    grep -m 1 -E '^[EW]: ' "$private/log" || true
}

# releases SUITE: the kernels in its list, the newest last.
releases() {
    local list
    # shellcheck disable=SC2016 # apt fills it in
    private_apt get indextargets --format '$(FILENAME)' 'Created-By: Packages' "Release: $1" | while read -r list; do
        /usr/lib/apt/apt-helper -c "$private/apt.conf" cat-file "$list"
    done | sed -n 's/^Package: linux-binary-\([0-9].*-cloud-amd64\)$/\1/p' | sort -uV
}

# choose_release RELEASE: sets `release`.
choose_release() {
    local testing unstable newest
    testing=$(releases testing)
    unstable=$(releases unstable)
    newest=$(tail -n 1 <<<"${testing:-$unstable}")
    [[ -n $newest ]] || die "neither Debian's testing nor its unstable has a linux-binary-*-cloud-amd64"
    release=${1:-$newest}
    if ! grep -qxF -e "$release" <<<"$testing"$'\n'"$unstable"; then
        printf '%s: Debian has no %s; its newest is taken: %s\n' "$0" "$release" "$newest" >&2
        release=$newest
    elif [[ $(sort -V <<<"$release"$'\n'"$newest" | tail -n 1) != "$release" ]]; then
        printf '%s: Debian has a newer kernel than %s: %s\n' "$0" "$release" "$newest" >&2
    fi
}
