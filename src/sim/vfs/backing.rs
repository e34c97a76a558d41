//! A private directory that holds what the simulator's directories list.
//!
//! A directory that a served process opens is a real one, so getdents(2), rewinddir(3) and the like are the kernel's
//! own. It lies where anybody may make the character device 0:0 (on most file systems but overlayfs); its inode numbers
//! are those that stat(2) reports.

use super::tree::{Object, ObjectKind, Tree};
use crate::error::Error;
use crate::sim::accounts::with_descriptor_hint;
use crate::sys::Errno;
use crate::sys::fd::status::{self, Device, Status};
use crate::sys::sim::scratch::{self, Scratch, ScratchPlace};
use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

const PREFIX: &str = "dmaheap-sim.";

/// The private directory; removed when this is dropped.
#[derive(Debug)]
pub(crate) struct BackingDirectory {
    scratch: Scratch,
    /// Where it is, as a link below /proc shows it.
    root: PathBuf,
}

impl BackingDirectory {
    /// Makes the directory under a [`fresh_name`] and fills in what stat(2) reports for each object of `tree`.
    ///
    /// # Errors
    /// When no directory can be written that takes a device node.
    pub(crate) fn make(name: &OsStr, tree: &mut Tree, major: u32) -> Result<Self, Error> {
        let mut backing = Self::empty(name)?;
        backing.fill(tree, major).map_err(|errno| Self::failed(&backing.root, errno))?;
        Ok(backing)
    }

    fn fill(&mut self, tree: &mut Tree, major: u32) -> Result<(), Errno> {
        let below = |path: &str| std::fs::metadata(path).map(|meta| status::device_of(meta.dev())).unwrap_or_default();
        let (dev, sys) = (below("/dev"), below("/sys"));
        for (name, object) in tree.iter_mut() {
            self.put(name, &object.kind)?;
            let path = inside(name);
            // No directory lists the marker.
            let backing = if object.kind == ObjectKind::Marker { path.parent().unwrap_or(path) } else { path };
            let (inode, mtime) = self.scratch.look(backing)?;
            object.stat = Status {
                device: if name.starts_with(b"/dev") { dev } else { sys },
                inode,
                links: if object.kind == ObjectKind::Directory { 2 } else { 1 },
                rdev: match object.kind {
                    ObjectKind::Node(minor) => Device { major, minor },
                    _ => Device::default(),
                },
                size: match &object.kind {
                    ObjectKind::Link(target) => target.len() as u64,
                    // As every file of sysfs.
                    ObjectKind::Text(_) | ObjectKind::FreePages(_) => 4096,
                    _ => 0,
                },
                block_size: 4096,
                mtime,
                ..object.stat
            };
        }
        self.close(tree)
    }

    /// An empty one in the first place that will do.
    fn empty(name: &OsStr) -> Result<Self, Error> {
        let mut last = (PathBuf::from("/dev/shm"), Errno::ENOENT);
        for (place, kind) in places() {
            match Self::in_place(&place, kind, name) {
                Ok(backing) => return Ok(backing),
                Err(errno) => last = (place, errno),
            }
        }
        Err(Self::failed(&last.0, last.1))
    }

    fn in_place(place: &Path, kind: ScratchPlace, name: &OsStr) -> Result<Self, Errno> {
        let scratch = Scratch::make(place, kind, name)?;
        let trial = Path::new("trial");
        scratch.make_device(trial)?;
        scratch.remove_file(trial)?;
        let root = scratch.path()?;
        Ok(Self { scratch, root })
    }

    fn failed(path: &Path, errno: Errno) -> Error {
        let error = Error::errno("make a private directory in", path.display(), errno).with_hint("the simulator lists devices from a directory of its own: mount a tmpfs, or set TMPDIR to a file system that is not overlayfs");
        if errno == Errno::EFBIG {
            return error.with_hint("the limit of file sizes is too low: `ulimit -f` shows it");
        }
        with_descriptor_hint(error, errno)
    }

    /// Only root makes or removes anything in a directory of devices. Where files are replaced, the simulator must be
    /// able to.
    fn close(&self, tree: &Tree) -> Result<(), Errno> {
        for (name, object) in tree.iter() {
            let changes = |other: &Object| matches!(other.kind, ObjectKind::FreePages(_));
            if object.kind == ObjectKind::Directory && !tree.inside(name).any(changes) {
                self.scratch.make_read_only(inside(name))?;
            }
        }
        Ok(())
    }

    fn put(&mut self, name: &[u8], kind: &ObjectKind) -> Result<(), Errno> {
        let path = inside(name);
        if let Some(parent) = path.parent() {
            self.scratch.make_directory(parent)?;
        }
        match kind {
            ObjectKind::Directory => self.scratch.make_directory(path),
            ObjectKind::Link(target) => self.scratch.make_link(path, OsStr::from_bytes(target)),
            ObjectKind::Node(_) => self.scratch.make_device(path),
            ObjectKind::Text(content) => self.scratch.put_file(path, content),
            ObjectKind::FreePages(_) => self.scratch.put_file(path, b"0\n"),
            ObjectKind::Marker => Ok(()),
        }
    }

    /// The name of the object whose backing a link below /proc shows.
    pub(crate) fn name_of<'a>(&self, link: &'a [u8]) -> Option<&'a [u8]> {
        link.strip_prefix(self.root.as_os_str().as_bytes()).filter(|name| name.starts_with(b"/"))
    }

    /// Puts another content into a file. Processes that have the old file open keep reading its content.
    pub(crate) fn replace(&self, name: &[u8], content: &[u8]) -> Result<(), Errno> {
        self.scratch.put_file(inside(name), content)
    }

    /// Opens the backing of a directory or a file with flags of open(2).
    pub(crate) fn open(&self, name: &[u8], flags: u32) -> Result<OwnedFd, Errno> {
        self.scratch.open(inside(name), flags)
    }

    /// Removes the directory. What cannot be removed stays.
    pub(crate) fn remove(&self) {
        let _ = self.scratch.remove();
    }
}

/// A name for the directory, chosen before the process that makes it is started: whichever process outlives the other
/// can remove it.
pub(crate) fn fresh_name() -> Result<OsString, Errno> {
    scratch::fresh_name(PREFIX)
}

/// The directory that another process has made under this name, if it has. It is removed when this is dropped.
pub(crate) fn adopt(name: &OsStr) -> Option<Scratch> {
    places().find_map(|(place, kind)| Scratch::adopt(&place, kind, name).ok())
}

/// Returns the path of the object that backs this name.
fn inside(name: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(name.strip_prefix(b"/").unwrap_or(name)))
}

/// Lists where a private directory may lie, the likeliest to be a tmpfs first. Of the first one its owner alone may be
/// the user (XDG Base Directory Specification).
fn places() -> impl Iterator<Item = (PathBuf, ScratchPlace)> {
    let from = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let shared = [Some("/dev/shm".into()), from("TMPDIR"), Some("/run".into()), Some("/tmp".into())];
    let shared = shared.into_iter().flatten().map(|path| (path, ScratchPlace::Shared));
    from("XDG_RUNTIME_DIR").map(|path| (path, ScratchPlace::Own)).into_iter().chain(shared)
}
