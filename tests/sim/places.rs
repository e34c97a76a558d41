//! Where the private directory lies, beside what others put there.

use crate::support::binary;
use nix::fcntl::AT_FDCWD;
use nix::sys::stat::{UtimensatFlags, utimensat};
use nix::sys::time::TimeSpec;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// `dmaheap sim` with this place before all others, around a shell that says where an opened directory of it is.
fn place_used(place: &Path) -> String {
    let output = Command::new(binary())
        .args(["sim", "--", "/bin/sh", "-c", "exec 3</dev/dma_heap; readlink /proc/self/fd/3; ls /dev/dma_heap"])
        .env("XDG_RUNTIME_DIR", place)
        .output()
        .expect("the tool should start");
    let text = String::from_utf8(output.stdout).expect("text");
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{text}");
    let (used, listed) = text.split_once('\n').expect("two lines");
    assert!(listed.ends_with("system\n"), "{listed}");
    used.to_owned()
}

fn with_mode(mode: u32) -> (tempfile::TempDir, PathBuf) {
    let top = tempfile::tempdir().expect("a temporary directory");
    let place = top.path().canonicalize().expect("it was just made").join("place");
    fs::create_dir(&place).expect("it is ours");
    fs::set_permissions(&place, Permissions::from_mode(mode)).expect("it is ours");
    (top, place)
}

fn names(place: &Path) -> Vec<String> {
    let entries = fs::read_dir(place).expect("it is ours");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn planted_files_stay_and_own_files_go() {
    let (top, place) = with_mode(0o700);
    let victim = top.path().join("victim");
    fs::create_dir(&victim).expect("it is ours");
    fs::write(victim.join("file"), "kept").expect("it is ours");
    fs::set_permissions(&victim, Permissions::from_mode(0o750)).expect("it is ours");
    symlink(&victim, place.join("dmaheap-sim.link")).expect("it is ours");
    fs::create_dir(place.join("dmaheap-sim.old")).expect("it is ours");
    fs::write(place.join("dmaheap-sim.old/file"), "kept").expect("it is ours");
    // As old as it takes to be thought left behind.
    for name in ["dmaheap-sim.old", "dmaheap-sim.link"] {
        let past = TimeSpec::new(1_000_000_000, 0);
        utimensat(AT_FDCWD, &place.join(name), &past, &past, UtimensatFlags::NoFollowSymlink).expect("it is ours");
    }
    let used = place_used(&place);
    assert!(Path::new(&used).starts_with(&place), "{used}");
    assert_eq!(names(&place), ["dmaheap-sim.link", "dmaheap-sim.old"]);
    assert_eq!(names(&place.join("dmaheap-sim.old")), ["file"]);
    assert_eq!(names(&victim), ["file"]);
    assert_eq!(fs::metadata(&victim).expect("it is ours").permissions().mode() & 0o7777, 0o750);
}

#[test]
fn a_place_where_others_may_write_or_that_is_anothers_is_passed_over() {
    let (_top, open) = with_mode(0o777);
    let used = place_used(&open);
    assert!(!Path::new(&used).starts_with(&open), "{used}");
    let (_top, others) = with_mode(0o700);
    // Only root can give it to another user, and may write there nevertheless.
    if nix::unistd::geteuid().is_root() {
        chown(&others, Some(65534), None).expect("root may");
        let used = place_used(&others);
        assert!(!Path::new(&used).starts_with(&others), "{used}");
    }
    let (top, file) = (tempfile::tempdir().expect("a temporary directory"), "file");
    fs::write(top.path().join(file), "").expect("it is ours");
    assert!(!place_used(&top.path().join(file)).is_empty());
    assert!(!place_used(&top.path().join("missing")).is_empty());
}

/// Only the directory's own user can do this, and root.
#[test]
fn links_of_a_command_are_not_followed_at_the_end() {
    let (top, place) = with_mode(0o700);
    let victim = top.path().join("victim");
    fs::create_dir(&victim).expect("it is ours");
    fs::write(victim.join("file"), "kept").expect("it is ours");
    let text = "exec 3</dev/dma_heap; at=$(readlink /proc/self/fd/3); chmod 755 $at; ln -s $0 $at/link; ls $at";
    let status = Command::new(binary())
        .args(["sim", "--", "/bin/sh", "-c", text])
        .arg(&victim)
        .env("XDG_RUNTIME_DIR", &place)
        .output()
        .expect("the tool should start");
    let listed = String::from_utf8_lossy(&status.stdout);
    assert!(listed.contains("link\n") && listed.ends_with("system\n"), "{listed}");
    assert_eq!(names(&victim), ["file"]);
    assert!(names(&place).is_empty());
}
