//! Whose rights decide where a path leads through the simulator's directories and out of them.

use super::super::sim;
use super::compiled;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

/// A directory with something of every kind in it.
fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a temporary directory");
    let at = |name: &str| place.path().join(name);
    let mode = |name: &str, mode| fs::set_permissions(at(name), fs::Permissions::from_mode(mode)).expect("it is ours");
    for (name, bits) in [("open", 0o755), ("closed", 0o700), ("passable", 0o711)] {
        fs::create_dir(at(name)).expect("it is ours");
        fs::write(at(name).join("file"), "text").expect("it is ours");
        mode(name, bits);
    }
    fs::write(at("secret"), "text").expect("it is ours");
    mode("secret", 0o600);
    mode("open/file", 0o644);
    symlink("open/file", at("link")).expect("it is ours");
    symlink("closed/file", at("closed-link")).expect("it is ours");
    symlink("gone", at("dangling")).expect("it is ours");
    let made = std::process::Command::new("mkfifo").arg("-m666").arg(at("fifo")).status().expect("mkfifo should start");
    assert!(made.success());
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).expect("it is ours");
    place
}

const NAMES: [&str; 17] = [
    "open",
    "open/",
    "open/file",
    "open/file/",
    "open/file/x",
    "closed",
    "closed/file",
    "closed/x/y",
    "passable",
    "passable/file",
    "secret",
    "link",
    "closed-link",
    "dangling",
    "fifo",
    "missing",
    "missing/x",
];

/// The block of answers for each name.
fn answers(place: &Path, user: &str) -> Vec<(String, String, String)> {
    let program = compiled("elsewhere");
    let paths: Vec<String> = NAMES.iter().map(|name| format!("{}/{name}", place.display())).collect();
    let mut command = vec![program.to_str().expect("text"), user];
    command.extend(paths.iter().map(String::as_str));
    let text = sim(&[], &command).success();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4 * NAMES.len(), "{text}");
    let part = |line: &str| line.split_once(':').map(|(_, rest)| rest.trim().to_owned()).expect("a colon");
    lines.chunks(4).map(|block| (part(block[1]), part(block[2]), part(block[3]))).collect()
}

#[track_caller]
fn assert_alike(place: &Path, user: &str) -> Vec<String> {
    let answers = answers(place, user);
    for (name, (own, through, _)) in NAMES.iter().zip(&answers) {
        assert_eq!(own, through, "{name}, asked by {user}");
    }
    answers.into_iter().map(|(.., opened)| opened).collect()
}

fn opened<'a>(answers: &'a [String], name: &str) -> &'a str {
    &answers[NAMES.iter().position(|other| *other == name).expect("a name")]
}

/// A file is not opened, whoever asks: a FIFO would never be, and a device would do something.
#[test]
fn paths_beyond_are_answered_by_the_kernel_without_opening_files() {
    let place = place();
    let answers = assert_alike(place.path(), "-");
    for (name, expected) in [
        ("open", "yes"),
        ("open/file", "EOPNOTSUPP"),
        ("open/file/", "ENOTDIR"),
        ("open/file/x", "ENOTDIR"),
        ("link", "EOPNOTSUPP"),
        ("dangling", "ENOENT"),
        ("fifo", "EOPNOTSUPP"),
        ("missing", "ENOENT"),
    ] {
        assert_eq!(opened(&answers, name), expected, "{name}");
    }
}

/// Only root can be asked by another user.
#[test]
fn a_command_with_another_user_gets_what_that_user_may_have() {
    if fs::metadata("/proc/self").expect("procfs").uid() != 0 {
        return;
    }
    let place = place();
    let answers = assert_alike(place.path(), "65534");
    for (name, expected) in [
        ("open", "yes"),
        ("closed", "EACCES"),
        ("closed/file", "EACCES"),
        ("closed/x/y", "EACCES"),
        ("passable", "EACCES"),
    ] {
        assert_eq!(opened(&answers, name), expected, "{name}");
    }
}
