//! What a path meets that is not the simulator's: one rule for every way to spell it.
//!
//! [`Tree::find`] (`walk.rs`) resolves a path component by component and asks here what each is, as the caller sees it. So a
//! descriptor is found behind its link in /proc whatever the path to that is: `/proc/self/fd/5`,
//! `//proc/./1/task/1/fd/5`, `/dev/fd/5`, `fd/5` in /proc/self, `5` beside a descriptor of /proc/self/fd.

use super::backing::BackingDirectory;
use super::tree::Tree;
use crate::sim::caller::{Caller, RemoteFd};
use crate::sys::Errno;
use crate::sys::fd::file::{self, Purpose};
use crate::sys::fd::status::{self, FileKind};
use crate::sys::sim::remote::{self, PATH_MAX, ProcLink};
use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

/// The object at a path without a symbolic link before its last component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    Directory,
    Link(Vec<u8>),
    /// The link of /proc to a descriptor. If that is a directory, this is its path.
    Descriptor(RemoteFd, Option<Vec<u8>>),
    Other,
    /// Nothing that the caller can see.
    Refused(Errno),
}

/// Looks up `path`, which is absolute, with the caller's rights.
pub(crate) fn look_up(path: &[u8], caller: &Caller<'_>, backing: &BackingDirectory) -> Lookup {
    if matches!(path, b"/proc/self" | b"/proc/thread-self") {
        // The links are the caller's; a thread's own number leads to its process's descriptors.
        return Lookup::Link(caller.thread.to_string().into_bytes());
    }
    let seen = match descriptor_at(path) {
        Some(descriptor) => look_up_descriptor(path, descriptor, caller, backing),
        None => caller.act(|root| look_up_file(root, path_of(path))),
    };
    match seen {
        Ok(Lookup::Link(target)) => Lookup::Link(backing.name_of(&target).unwrap_or(&target).to_vec()),
        Ok(found) => found,
        Err(errno) => Lookup::Refused(errno),
    }
}

fn look_up_file(root: BorrowedFd<'_>, path: &Path) -> Result<Lookup, Errno> {
    let object = file::open_in_root(root, path, Purpose::LookAtLink)?;
    Ok(match status::status(object.as_fd())?.kind {
        FileKind::Directory => Lookup::Directory,
        FileKind::Link => Lookup::Link(file::read_link(object.as_fd())?.into_vec()),
        _ => Lookup::Other,
    })
}

fn look_up_descriptor(
    path: &[u8],
    descriptor: RemoteFd,
    caller: &Caller<'_>,
    backing: &BackingDirectory,
) -> Result<Lookup, Errno> {
    let link = if descriptor.process == caller.thread {
        let mut buffer = [0; PATH_MAX];
        remote::read_link(descriptor.process, ProcLink::Fd(descriptor.fd), &mut buffer)?.to_vec()
    } else if caller.counts_alike() {
        // Whether it may be followed is a matter of the two processes.
        match caller.act(|root| look_up_file(root, path_of(path)))? {
            Lookup::Link(link) => link,
            other => return Ok(other),
        }
    } else {
        // Whatever process that is for the caller, it is another one here.
        return Err(Errno::ENOENT);
    };
    let directory = match backing.name_of(&link) {
        Some(name) => Some(name.to_vec()),
        None if link.starts_with(b"/") => {
            let is_directory = caller.act(|root| look_up_file(root, path_of(&link))) == Ok(Lookup::Directory);
            is_directory.then_some(link)
        }
        None => None,
    };
    Ok(Lookup::Descriptor(descriptor, directory))
}

fn path_of(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

/// `/proc/P/fd/N` and `/proc/P/task/T/fd/N`.
fn descriptor_at(path: &[u8]) -> Option<RemoteFd> {
    let mut parts = path.strip_prefix(b"/proc/")?.split(|byte| *byte == b'/');
    let mut process = number(parts.next()?)?;
    let mut next = parts.next()?;
    if next == b"task" {
        process = number(parts.next()?)?;
        next = parts.next()?;
    }
    let fd = number(parts.next().filter(|_| next == b"fd")?)?;
    parts.next().is_none().then_some(RemoteFd { process, fd })
}

fn number(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text).ok().filter(|_| text.first().is_some_and(u8::is_ascii_digit))?.parse().ok()
}

/// Whether the text of a path alone says that none of the simulator's objects is meant. Most paths end
/// here, and nothing more is asked about them.
pub(crate) fn is_foreign(path: &[u8]) -> bool {
    let has = |part: &[u8]| path.windows(part.len()).any(|window| window == part);
    // Every way to a descriptor's link in /proc passes "fd", or begins beyond it or at a standard stream's name.
    let last = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let may_name_descriptor = has(b"/fd")
        || has(b"/std")
        || !path.starts_with(b"/") && (has(b"fd/") || number(last).is_some() || last.starts_with(b"std"));
    !Tree::may_mean(path) && !may_name_descriptor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_is_a_link_to_a_descriptor_is_recognised() {
        let is = |process, fd| Some(RemoteFd { process, fd });
        assert_eq!(descriptor_at(b"/proc/10/fd/7"), is(10, 7));
        assert_eq!(descriptor_at(b"/proc/10/task/11/fd/7"), is(11, 7));
        for other in
            ["/proc/10/fd/", "/proc/10/fd/7x", "/proc/10/fd/+7", "/proc/10/fdinfo/7", "/proc/10", "/proc/10/fd/7/x"]
        {
            assert_eq!(descriptor_at(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn most_paths_are_foreign_by_their_text() {
        for path in ["/etc/passwd", "/proc/self/maps", "Cargo.toml", "/usr/lib/libc.so.6", "src", ""] {
            assert!(is_foreign(path.as_bytes()), "{path}");
        }
        for path in ["//proc/self/fd/3", "/dev//stdin", "3", "self/fd/3", "stdout", "/dev/dma_heap", "/proc/devices"] {
            assert!(!is_foreign(path.as_bytes()), "{path}");
        }
    }
}
