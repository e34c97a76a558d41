//! What cannot be read is not absent: whatever a verb reads is made unreadable in turn, in each way, and what the verb says
//! differs from what it says without it.

use crate::doctor::boards::healthy;
use crate::support::{Board, bare};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// Not root, whom modes do not keep out.
const NOBODY: u32 = 65534;

/// An errno that reading a path gives, and how it comes to that; `aside` has what was there.
type Damage = (&'static str, fn(path: &Path, aside: &Path));

const REMOVED: Damage = ("ENOENT", |path, aside| fs::rename(path, aside).unwrap());
const DAMAGES: [Damage; 3] = [
    ("EACCES", |path, aside| {
        fs::rename(path, aside).unwrap();
        if aside.is_dir() { fs::create_dir(path) } else { fs::write(path, "") }.unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o0)).unwrap();
    }),
    ("ELOOP", |path, aside| {
        fs::rename(path, aside).unwrap();
        symlink(path.file_name().unwrap(), path).unwrap();
    }),
    // Reading a directory that is a file, or anything below it.
    ("ENOTDIR", |path, aside| {
        fs::rename(path, aside).unwrap();
        fs::write(path, "").unwrap();
    }),
];

/// Everything in a directory, at whatever depth.
pub fn tree(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| {
        let more = if path.is_dir() && !path.is_symlink() { tree(&path) } else { Vec::new() };
        std::iter::once(path).chain(more)
    };
    entries.flat_map(below).collect()
}

/// What a verb says of the board while `damage` is done to `path`.
fn damaged(board: &Board, path: &Path, (_, damage): Damage, verb: &[&str]) -> String {
    let outside = tempfile::tempdir().unwrap();
    let aside = outside.path().join("aside");
    damage(path, &aside);
    let said = said(board, verb);
    if path.is_dir() && !path.is_symlink() {
        fs::remove_dir(path).unwrap();
    } else if path.is_symlink() || path.exists() {
        fs::remove_file(path).unwrap();
    }
    fs::rename(&aside, path).unwrap();
    said
}

fn said(board: &Board, verb: &[&str]) -> String {
    let sysroot = ["--sysroot", board.path().to_str().unwrap()];
    let run = bare(verb.iter().chain(&sysroot));
    let run = if nix::unistd::geteuid().is_root() { run.by_user(NOBODY) } else { run };
    run.run().transcript()
}

pub fn board() -> Board {
    let board = healthy()
        .file("proc/self/mountinfo", "22 1 0:21 / /proc rw - proc proc rw,hidepid=invisible\n")
        .file("proc/device-tree/reserved-memory/video@42000000/reusable", "")
        .file("sys/class/dma_heap/system/dev", "252:0\n")
        .file("sys/class/dma_heap/reserved/dev", "252:1\n")
        .file("sys/kernel/mm/cma/reserved/total_pages", "200\n")
        .file("sys/kernel/debug/cma/reserved/count", "100\n")
        .file("sys/kernel/debug/cma/reserved/used", "25\n")
        .file("sys/kernel/debug/cma/reserved/maxchunk", "50\n")
        .file("sys/kernel/debug/dma_buf/bufinfo", crate::buffers::recorded::BUFINFO)
        .file("sys/kernel/dmabuf/buffers/7/exporter_name", "system\n")
        .file("sys/kernel/dmabuf/buffers/7/size", "8192\n")
        .file("sys/module/dma_heap/parameters/mem_accounting", "Y\n")
        .file("dev/dma_heap/odd", "");
    fs::set_permissions(board.path(), Permissions::from_mode(0o755)).unwrap();
    board
}

#[track_caller]
fn assert_unreadable_is_not_absent(board: &Board, verb: &[&str]) {
    let whole = said(board, verb);
    let mut read = 0;
    // What a link leads to is read, not the link.
    for path in tree(board.path()).into_iter().filter(|path| !path.is_symlink()) {
        let without = damaged(board, &path, REMOVED, verb);
        for damage in DAMAGES {
            let (errno, _) = damage;
            if errno == "ENOTDIR" && !path.is_dir() {
                continue;
            }
            let found = damaged(board, &path, damage, verb);
            if found == whole && without == whole {
                continue;
            }
            read += 1;
            assert!(!found.contains("security module"), "of a copy only mode bits are known: {found}");
            assert_ne!(found, without, "{verb:?}: {errno} of {} is as if it were not there", path.display());
        }
    }
    assert!(read > 20, "{verb:?} reads {read} of them only");
}

#[test]
fn list_tells_unreadable_from_absent() {
    assert_unreadable_is_not_absent(&board(), &["list", "--output-all"]);
}

#[test]
fn doctor_tells_unreadable_from_absent() {
    assert_unreadable_is_not_absent(&board(), &["doctor", "--json"]);
    assert_unreadable_is_not_absent(&board(), &["doctor", "--json", "--heap", "reserved"]);
}

#[test]
fn buffers_tells_unreadable_from_absent() {
    let board =
        crate::buffers::recorded::board().file("sys/kernel/debug/dma_buf/bufinfo", crate::buffers::recorded::BUFINFO);
    fs::set_permissions(board.path(), Permissions::from_mode(0o755)).unwrap();
    assert_unreadable_is_not_absent(&board, &["buffers", "--json"]);
}
