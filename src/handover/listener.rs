//! A socket that others connect to, and its file.

use super::{Address, Peer};
use crate::error::Error;
use crate::quote::quoted;
use crate::sys::file::{self, Identity, Purpose};
use crate::sys::wait::Deadline;
use crate::sys::{Errno, socket};
use std::ffi::OsString;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

/// A socket that listens. When it is dropped its file is removed, if it is still the same.
#[derive(Debug)]
pub struct Listener {
    socket: OwnedFd,
    address: Address,
    file: Option<BoundFile>,
}

/// The file of a socket, found again wherever the process has gone meanwhile.
#[derive(Debug)]
struct BoundFile {
    directory: OwnedFd,
    name: OsString,
    identity: Identity,
}

impl BoundFile {
    /// Binds the socket at `path`. Everything that may be missing is there before the file is, and what fails
    /// afterwards removes it.
    fn bind(path: &Path, address: &Address) -> Result<(OwnedFd, Self), Errno> {
        let name = path.file_name().ok_or(Errno::EINVAL)?.to_owned();
        let directory = file::open(directory_of(path), Purpose::Look)?;
        let socket = socket::bound(address.name())?;
        match socket::listen_at(socket.as_fd()).and_then(|()| file::identity_at(directory.as_fd(), &name)) {
            Ok(identity) => Ok((socket, Self { directory, name, identity })),
            Err(errno) => {
                // It was made a moment ago.
                let _ = file::remove_at(directory.as_fd(), &name);
                Err(errno)
            }
        }
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl Drop for BoundFile {
    fn drop(&mut self) {
        if file::identity_at(self.directory.as_fd(), &self.name) == Ok(self.identity) {
            // A file that stays is told of by whoever listens there next.
            let _ = file::remove_at(self.directory.as_fd(), &self.name);
        }
    }
}

impl Listener {
    /// Listens at `address`: a file of mode 0600, or an abstract name.
    ///
    /// # Errors
    /// Tells what is there already, or what else kept the socket from being made.
    pub fn new(address: &Address) -> Result<Self, Error> {
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
    ///
    /// # Errors
    /// Something is there already, or there is no directory for it.
    pub fn check(address: &Address) -> Result<(), Error> {
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

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Accepts a peer, which has `limit` from now on; nothing if none waits any more.
    ///
    /// # Errors
    /// The peer may not be served, or none can be: then the errno is in it.
    pub fn accept(&self, limit: Duration) -> Result<Option<Peer>, Error> {
        match socket::accept(self.as_fd()) {
            Ok(peer) => Peer::new(peer, &self.address, Deadline::after(limit)).map(Some),
            Err(Errno::EAGAIN | Errno::EINTR | Errno::ECONNABORTED) => Ok(None),
            Err(errno) => Err(Error::errno("accept at", &self.address, errno)),
        }
    }

    /// The descriptors that it needs.
    #[must_use]
    pub fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        let directory = self.file.as_ref().map(|file| file.directory.as_fd());
        std::iter::once(self.as_fd()).chain(directory).collect()
    }

    /// Closes it and leaves the file to another process that listens there too.
    pub fn leave_to_another(mut self) {
        // Its descriptor of the directory stays open: this process is about to end.
        std::mem::forget(self.file.take());
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Why nobody can listen at `address`.
fn not_bound(address: &Address, errno: Errno) -> Error {
    let error = |reason: &str| Error::explained("listen at", address, reason, errno);
    match (errno, address.path()) {
        (Errno::EADDRINUSE, None) => error("somebody listens there already"),
        (Errno::EADDRINUSE, Some(_)) => match socket::is_alive(address.name()) {
            Ok(true) => error("somebody listens there already"),
            // The kernel answers for a file that is no socket in the same way.
            Ok(false) if is_socket(address) => error("a socket is there, and nobody listens any more")
                .with_hint(format!("remove it: {}", removal(address))),
            _ => error("a file is there already"),
        },
        _ => Error::errno("listen at", address, errno),
    }
}

/// The line that removes the file of `address`.
pub(super) fn removal(address: &Address) -> String {
    format!("rm {}", address.path().map(quoted).unwrap_or_default())
}

/// Whether `address` is the file of a socket.
pub(super) fn is_socket(address: &Address) -> bool {
    use crate::sys::status::{FileKind, Status};
    let meta = address.path().and_then(|path| std::fs::metadata(path).ok());
    meta.is_some_and(|meta| Status::from(&meta).kind == FileKind::Socket)
}
