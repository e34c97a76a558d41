//! A socket that others connect to, and its file.

use super::address::Address;
use super::peer::Peer;
use crate::error::Error;
use crate::sys::Errno;
use crate::sys::fd::file::{self, Purpose};
use crate::sys::fd::poll::Deadline;
use crate::sys::fd::status::{self, FileKind};
use crate::sys::pass::socket;
use crate::sys::process::credentials::effective_user;
use std::ffi::OsString;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

/// A socket that listens. When it is dropped its file is removed, if it is still the same.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: OwnedFd,
    address: Address,
    file: Option<BoundFile>,
}

/// A peer that has connected, or why it was refused.
#[derive(Debug)]
pub(crate) enum Accepted {
    Peer(Peer),
    Refused(Error),
}

/// The file of a socket, found again wherever the process has gone in the meantime.
#[derive(Debug)]
struct BoundFile {
    directory: OwnedFd,
    name: OsString,
    /// Open until the end, so no other file gets its inode's number.
    file: OwnedFd,
}

impl BoundFile {
    /// Binds the socket at `path`. Everything that may be missing is there before the file is, and what fails
    /// afterwards removes it.
    fn bind(path: &Path, address: &Address) -> Result<(OwnedFd, Self), Errno> {
        let name = path.file_name().ok_or(Errno::EINVAL)?.to_owned();
        let directory = file::open(directory_of(path), Purpose::Look)?;
        // A name that is taken in this directory is not what is bound a moment later, wherever that is.
        if status::id_at(directory.as_fd(), &name) != Err(Errno::ENOENT) {
            return Err(Errno::EADDRINUSE);
        }
        // Its number is kept free for the file, so nothing fails once that is there.
        let kept_free = file::open(directory_of(path), Purpose::Look)?;
        let socket = socket::bound(address.name())?;
        drop(kept_free);
        let file = file::look_at(directory.as_fd(), &name)?;
        // The path may lead to another directory by now. Only what was made here is removed at the end.
        if !is_own_socket(file.as_fd())? {
            return Err(Errno::EADDRINUSE);
        }
        let bound = Self { directory, name, file };
        socket::listen_at(socket.as_fd())?;
        Ok((socket, bound))
    }
}

fn is_own_socket(file: BorrowedFd<'_>) -> Result<bool, Errno> {
    let status = status::status(file)?;
    Ok(status.kind == FileKind::Socket && status.uid == effective_user())
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl Drop for BoundFile {
    fn drop(&mut self) {
        let own = status::status(self.file.as_fd()).map(|status| status.id());
        if own.is_ok() && status::id_at(self.directory.as_fd(), &self.name) == own {
            // A file that stays is reported by the next listener there.
            let _ = file::remove_at(self.directory.as_fd(), &self.name);
        }
    }
}

impl Listener {
    /// Listens at `address`: a file of mode 0600, or an abstract name.
    pub(crate) fn new(address: &Address) -> Result<Self, Error> {
        let bound = match address.path() {
            Some(path) => BoundFile::bind(path, address).map(|(socket, file)| (socket, Some(file))),
            None => socket::bound(address.name()).and_then(|socket| {
                socket::listen_at(socket.as_fd())?;
                Ok((socket, None))
            }),
        };
        let (socket, file) = bound.map_err(|errno| not_bound(address, errno))?;
        Ok(Self { socket, address: address.clone(), file })
    }

    /// Whether listening at `address` can work, as far as it can be said without trying.
    pub(crate) fn check(address: &Address) -> Result<(), Error> {
        let errno = match address.path() {
            // A name without a file can be had and given back.
            None => match socket::bound(address.name()) {
                Ok(_) => return Ok(()),
                Err(errno) => errno,
            },
            Some(path) if path.symlink_metadata().is_ok() => Errno::EADDRINUSE,
            Some(path) => match file::open(directory_of(path), Purpose::List) {
                // One may make files in a directory that one may not read.
                Ok(_) | Err(Errno::EACCES) => return Ok(()),
                Err(errno) => errno,
            },
        };
        Err(not_bound(address, errno))
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Accepts a peer, which has `limit` from now on; nothing if none waits any more. One that may not be served is an
    /// [`Accepted::Refused`], any other error means that none can be.
    pub(crate) fn accept(&self, limit: Duration) -> Result<Option<Accepted>, Error> {
        match socket::accept(self.as_fd()) {
            Ok(peer) => Ok(Some(match Peer::new(peer, &self.address, Deadline::after(limit)) {
                Ok(peer) => Accepted::Peer(peer),
                Err(error) => Accepted::Refused(error),
            })),
            Err(Errno::EAGAIN | Errno::EINTR | Errno::ECONNABORTED) => Ok(None),
            Err(errno) => Err(Error::errno("accept at", &self.address, errno)),
        }
    }

    /// The descriptors that it needs.
    pub(crate) fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        let file = self.file.iter().flat_map(|file| [file.directory.as_fd(), file.file.as_fd()]);
        std::iter::once(self.as_fd()).chain(file).collect()
    }

    /// Closes it and leaves the file to another process that listens there too.
    pub(crate) fn leave_to_another(mut self) {
        // Its descriptors stay open: this process is about to end.
        std::mem::forget(self.file.take());
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Explains why nobody can listen at `address`.
fn not_bound(address: &Address, errno: Errno) -> Error {
    let error = |reason: &str| Error::explained("listen at", address, reason, errno);
    match (errno, address.path()) {
        (Errno::EADDRINUSE, None) => error("another process is listening there"),
        (Errno::EADDRINUSE, Some(_)) => match socket::is_alive(address.name()) {
            Ok(true) => error("another process is listening there"),
            // The kernel answers in the same way for a file that is not a socket.
            Ok(false) if address.is_socket() => error("a socket exists, but nothing is listening there")
                .with_hint(format!("remove it: {}", address.removal())),
            _ => error("a file exists there"),
        },
        _ => Error::errno("listen at", address, errno),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{FileTypeExt, symlink};
    use std::path::PathBuf;

    fn place() -> (tempfile::TempDir, PathBuf, Address) {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("place/socket");
        fs::create_dir(place.path().join("place")).unwrap();
        let address = Address::parse(path.as_os_str()).unwrap();
        (place, path, address)
    }

    fn is_socket_file(path: &Path) -> bool {
        path.symlink_metadata().is_ok_and(|meta| meta.file_type().is_socket())
    }

    #[test]
    fn file_planted_at_the_socket_name_is_not_followed_or_removed() {
        let (top, path, address) = place();
        let victim = top.path().join("victim");
        symlink(&victim, &path).unwrap();
        assert_eq!(Listener::new(&address).unwrap_err().kernel_errno(), Some(Errno::EADDRINUSE));
        assert!(path.is_symlink() && !victim.exists());
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_eq!(Listener::new(&address).unwrap_err().kernel_errno(), Some(Errno::EADDRINUSE));
        assert!(path.is_dir());
    }

    #[test]
    fn file_in_place_of_the_socket_stays() {
        let (top, path, address) = place();
        let victim = top.path().join("victim");
        fs::write(&victim, "kept").unwrap();
        let listener = Listener::new(&address).unwrap();
        fs::remove_file(&path).unwrap();
        symlink(&victim, &path).unwrap();
        drop(listener);
        assert!(path.is_symlink() && victim.exists());
        fs::remove_file(&path).unwrap();
        // Another listener, whose file may not get the number of the one before.
        let old = Listener::new(&address).unwrap();
        fs::remove_file(&path).unwrap();
        let new = Listener::new(&address).unwrap();
        drop(old);
        assert!(is_socket_file(&path));
        drop(new);
        assert!(!path.exists());
    }

    #[test]
    fn a_directory_that_was_swapped_leads_nowhere_else() {
        let (top, path, address) = place();
        let (here, away) = (top.path().join("place"), top.path().join("away"));
        let listener = Listener::new(&address).unwrap();
        fs::rename(&here, &away).unwrap();
        let victim = top.path().join("victim");
        fs::create_dir(&victim).unwrap();
        symlink(&victim, &here).unwrap();
        let theirs = Listener::new(&address).unwrap();
        drop(listener);
        assert!(is_socket_file(&path) && !away.join("socket").exists());
        drop(theirs);
        assert!(!path.exists());
    }
}
