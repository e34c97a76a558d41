//! An opened heap as a file, and its path.

use super::asker::{ACCESS, Asker, outcome};
use super::files;
use super::sheet::Sheet;
use crate::sys::fd::{file, status};
use crate::sys::probe::operation;
use crate::uapi::fcntl;
use std::fs::OpenOptions;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

pub fn ask(sheet: &mut Sheet, asker: &mut Asker, path: &Path) {
    for (mode, access) in (0..).zip(ACCESS) {
        let node = asker.opening(|| operation::open(path, mode).expect("the heap opens"));
        files::ask(sheet, asker, node.as_fd(), &format!("node {access}"));
    }
    flags(sheet, path);
    names(sheet, path);
}

/// What open(2) makes of its flags. O_CREAT alone would make a file where there is no heap.
fn flags(sheet: &mut Sheet, path: &Path) {
    let known = [
        ("O_DIRECTORY", fcntl::O_DIRECTORY),
        ("O_NOFOLLOW", fcntl::O_NOFOLLOW),
        ("O_PATH", fcntl::O_PATH),
        ("O_PATH|O_DIRECTORY", fcntl::O_PATH | fcntl::O_DIRECTORY),
        ("O_EXCL|O_CREAT", fcntl::O_EXCL | fcntl::O_CREAT),
        ("O_TMPFILE", fcntl::O_TMPFILE_ONLY | fcntl::O_DIRECTORY),
        ("O_APPEND", 0o2000),
        ("O_TRUNC", 0o1000),
        ("O_DIRECT", 0o40000),
        ("O_NOATIME", 0o1_000_000),
        ("O_SYNC", 0o4_010_000),
    ];
    for (name, flags) in known {
        let answer = |path: &Path, write: bool| match OpenOptions::new()
            .read(true)
            .write(write)
            .custom_flags(flags as i32)
            .open(path)
        {
            Ok(file) => format!("{:#o}", status::file_flags(file.as_fd()).expect("F_GETFL")),
            Err(error) => outcome(Err(file::errno_of(&error))),
        };
        sheet.note(format!("open of the node, O_RDWR|{name}"), answer(path, true));
        let directory = path.parent().expect("it is in a directory");
        sheet.note(format!("open of the directory, O_RDONLY|{name}"), answer(directory, false));
    }
}

fn names(sheet: &mut Sheet, path: &Path) {
    let text = path.display();
    let paths = [
        ("with a slash", format!("{text}/")),
        ("with a name behind it", format!("{text}/x")),
        ("with a dot behind it", format!("{text}/.")),
        ("by a dot", format!("/dev/./dma_heap//./{}", path.file_name().expect("a name").to_string_lossy())),
        ("by the parent", format!("/dev/dma_heap/../dma_heap/{}", path.file_name().expect("a name").to_string_lossy())),
        ("of a heap that is not there", "/dev/dma_heap/there is no such heap".to_owned()),
        ("of a name in what is not there", "/dev/dma_heap/none/x".to_owned()),
        ("of the directory for writing", "/dev/dma_heap".to_owned()),
    ];
    for (name, path) in paths {
        let answer = operation::open(Path::new(&path), 2).map(|_| 0);
        sheet.note(format!("open {name}"), outcome(answer));
        let answer = std::fs::symlink_metadata(&path).map(|_| 0).map_err(|error| file::errno_of(&error));
        sheet.note(format!("lstat {name}"), outcome(answer));
    }
}
