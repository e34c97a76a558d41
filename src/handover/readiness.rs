//! Telling others that the buffers are there, so that nobody has to sleep.

use crate::error::Error;
use crate::sys::socket::{self, Name};
use crate::sys::{Errno, descriptor, file};
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Who wants to be told.
#[derive(Debug)]
pub struct Readiness {
    fd: Option<(i32, OwnedFd)>,
    notify: Option<OsString>,
}

impl Readiness {
    /// A descriptor of the caller's that a newline is written to, as s6 does it, and the socket in
    /// `NOTIFY_SOCKET`, as sd_notify(3) does it.
    ///
    /// # Errors
    /// Nothing is open at `number`.
    pub fn claim(number: Option<i32>) -> Result<Self, Error> {
        let fd = match number {
            Some(number) => {
                let fd = descriptor::inherited(number).map_err(|errno| {
                    Error::errno("use", format!("--ready-fd {number}"), errno)
                        .with_hint("open it for the command: dmaheap hold --ready-fd 4 4>FILE")
                })?;
                Some((number, fd))
            }
            None => None,
        };
        Ok(Self { fd, notify: std::env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty()) })
    }

    /// Tells them. `holder` is the process that holds the buffers from now on, if it is another one.
    ///
    /// # Errors
    /// The newline cannot be written. A service manager that cannot be reached is no error, as sd_notify(3)
    /// recommends, but a notice.
    pub fn announce(self, holder: Option<u32>) -> Result<Option<Error>, Error> {
        if let Some((number, fd)) = self.fd {
            file::write_all(fd.as_fd(), b"\n")
                .map_err(|errno| Error::errno("write to", format!("--ready-fd {number}"), errno))?;
        }
        let Some(name) = self.notify else { return Ok(None) };
        let main = holder.map(|holder| format!("MAINPID={holder}\n")).unwrap_or_default();
        let result = notify_address(&name)
            .and_then(|address| socket::send_datagram(address, format!("{main}READY=1\n").as_bytes()));
        Ok(result.err().map(|errno| Error::errno("notify", name.display(), errno)))
    }
}

/// A path or `@` and an abstract name. systemd's `vsock:` is for machines that are notified from inside.
fn notify_address(name: &OsStr) -> Result<Name<'_>, Errno> {
    match name.as_bytes() {
        [b'@', name @ ..] => Ok(Name::Abstract(OsStr::from_bytes(name))),
        [b'/', ..] => Ok(Name::Path(Path::new(name))),
        _ => Err(Errno::EAFNOSUPPORT),
    }
}
