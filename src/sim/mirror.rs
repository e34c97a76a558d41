//! A private directory that holds what the simulator's directories list.
//!
//! A directory that a served process opens is a real one, so that getdents(2), rewinddir(3) and the
//! like are the kernel's own. It lies where anybody may make the character device 0:0 (on most file
//! systems but overlayfs); its inode numbers are those that stat(2) tells, too.

use super::layout::{Numbers, Stat};
use super::start::OPEN_FILES;
use super::tree::{Kind, Object, Tree};
use crate::error::Error;
use crate::sys::status::Device;
use crate::sys::{Errno, file, private, standin};
use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

const PREFIX: &str = "dmaheap-sim.";

/// The private directory; removed when this is dropped.
#[derive(Debug)]
pub(super) struct Mirror {
    root: PathBuf,
    /// Locked, so that another simulator takes it for one in use.
    _lock: private::Locked,
}

impl Mirror {
    /// Makes the directory and fills in what stat(2) tells of each object of `tree`.
    ///
    /// # Errors
    /// When no directory can be written that takes a device node.
    pub(super) fn make(tree: &mut Tree, major: u32) -> Result<Self, Error> {
        let mirror = Self::empty()?;
        let below = |path: &str| std::fs::metadata(path).map(|meta| device(meta.dev())).ok();
        let (dev, sys) = (below("/dev"), below("/sys"));
        for (name, object) in tree.iter_mut() {
            if object.kind != Kind::Witness {
                mirror.put(name, &object.kind).map_err(|errno| Self::failed(&mirror.root, errno))?;
            }
            let path = mirror.path(name);
            let meta = std::fs::symlink_metadata(if path.exists() { &path } else { &mirror.root })
                .map_err(|error| Self::failed(&path, file::errno_of(&error)))?;
            object.stat = Stat {
                device: (if name.starts_with(b"/dev") { dev } else { sys }).map(Numbers::from).unwrap_or_default(),
                inode: meta.ino(),
                links: if object.kind == Kind::Directory { 2 } else { 1 },
                special: match object.kind {
                    Kind::Node(minor) => Numbers { major, minor },
                    _ => Numbers::default(),
                },
                size: match &object.kind {
                    Kind::Link(target) => target.len() as u64,
                    // As every file of sysfs.
                    Kind::Text(_) | Kind::FreePages(_) => 4096,
                    _ => 0,
                },
                block_size: 4096,
                time: meta.mtime(),
                ..object.stat
            };
        }
        mirror.close(tree).map_err(|errno| Self::failed(&mirror.root, errno))?;
        Ok(mirror)
    }

    /// An empty one in the first place that will do.
    fn empty() -> Result<Self, Error> {
        let mut last = (PathBuf::from("/dev/shm"), Errno::ENOENT);
        for place in places() {
            private::remove_abandoned(&place, PREFIX);
            match private::make(&place, PREFIX) {
                Ok((root, lock)) => {
                    let mirror = Self { root, _lock: lock };
                    match standin::blank_device(&mirror.root.join("probe")) {
                        Ok(()) => {
                            let _ = std::fs::remove_file(mirror.root.join("probe"));
                            return Ok(mirror);
                        }
                        Err(errno) => last = (place, errno),
                    }
                }
                Err(errno) => last = (place, errno),
            }
        }
        Err(Self::failed(&last.0, last.1))
    }

    fn failed(path: &Path, errno: Errno) -> Error {
        Error::errno("make a private directory in", path.display(), errno).with_hint(match errno {
            Errno::EMFILE => OPEN_FILES,
            _ => "the simulator lists devices from a directory of its own: mount a tmpfs, or set TMPDIR to a file system that is not overlayfs",
        })
    }

    /// Nobody makes or removes anything in a directory of devices, but root. Where files are put anew
    /// the simulator has to.
    fn close(&self, tree: &Tree) -> Result<(), Errno> {
        for (name, object) in tree.iter() {
            let changes = |other: &Object| matches!(other.kind, Kind::FreePages(_));
            if object.kind == Kind::Directory && !tree.inside(name).any(changes) {
                private::make_read_only(&self.path(name))?;
            }
        }
        Ok(())
    }

    fn put(&self, name: &[u8], kind: &Kind) -> Result<(), Errno> {
        let path = self.path(name);
        let io = |result: std::io::Result<()>| result.map_err(|error| file::errno_of(&error));
        if let Some(parent) = path.parent() {
            io(std::fs::create_dir_all(parent))?;
        }
        match kind {
            Kind::Directory => io(std::fs::create_dir_all(&path)),
            Kind::Link(target) => io(std::os::unix::fs::symlink(OsStr::from_bytes(target), &path)),
            Kind::Node(_) => standin::blank_device(&path),
            Kind::Text(content) => io(std::fs::write(&path, content)),
            Kind::FreePages(_) => io(std::fs::write(&path, "0\n")),
            Kind::Witness => Ok(()),
        }
    }

    /// Where the object of this name is mirrored.
    fn path(&self, name: &[u8]) -> PathBuf {
        self.root.join(OsStr::from_bytes(name.strip_prefix(b"/").unwrap_or(name)))
    }

    /// The name of the object whose mirror a link below /proc shows.
    pub(super) fn name_of<'a>(&self, link: &'a [u8]) -> Option<&'a [u8]> {
        link.strip_prefix(self.root.as_os_str().as_bytes()).filter(|name| name.starts_with(b"/"))
    }

    /// Puts another content into a file. Who has the old one open goes on to read that.
    pub(super) fn replace(&self, name: &[u8], content: &[u8]) -> Result<(), Errno> {
        let new = self.root.join("new");
        std::fs::write(&new, content)
            .and_then(|()| std::fs::rename(&new, self.path(name)))
            .map_err(|error| file::errno_of(&error))
    }

    /// Opens the mirror of a directory or a file with flags of open(2).
    pub(super) fn open(&self, name: &[u8], flags: u32) -> Result<OwnedFd, Errno> {
        file::open_with(&self.path(name), flags)
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next simulator.
        let _ = private::remove(&self.root);
    }
}

/// Where a private directory may lie, the likeliest to be a tmpfs first.
fn places() -> impl Iterator<Item = PathBuf> {
    let from = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    [from("XDG_RUNTIME_DIR"), Some("/dev/shm".into()), from("TMPDIR"), Some("/run".into()), Some("/tmp".into())]
        .into_iter()
        .flatten()
}

/// `new_decode_dev` of the `st_dev` that std gives.
fn device(raw: u64) -> Device {
    crate::sys::status::device_of(raw)
}
