//! Telling others that the buffers are there, so nobody needs to sleep.

use crate::error::{Error, Hint};
use crate::sys::Errno;
use crate::sys::fd::{blocking, descriptor, file};
use crate::sys::pass::socket::{self, SocketName};
use crate::sys::process::signals::Signals;
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

#[derive(Debug)]
pub(crate) struct Readiness {
    fd: Option<(String, OwnedFd)>,
    notify: Option<OsString>,
}

impl Readiness {
    /// A descriptor of the caller's, which `option` names, that a newline is written to, as s6 does it, and the socket in
    /// `NOTIFY_SOCKET`, as sd_notify(3) does it.
    pub(crate) fn claim(number: Option<i32>, option: &str) -> Result<Self, Error> {
        let fd = match number {
            Some(number) => {
                let name = format!("{option} {number}");
                let fd = descriptor::inherited(number)
                    .map_err(|errno| Error::errno("use", &name, errno).with_hint(Hint::ReadyDescriptor))?;
                Some((name, fd))
            }
            None => None,
        };
        Ok(Self { fd, notify: std::env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty()) })
    }

    /// Notifies them, unless one of `signals` comes first, which is then returned.
    ///
    /// # Errors
    /// The newline cannot be written. A service manager that cannot be reached, or takes no more, is not an error, as
    /// sd_notify(3) recommends, but is passed to `notice`.
    pub(crate) fn announce(self, signals: &Signals, notice: &mut dyn FnMut(Error)) -> Result<Option<i32>, Error> {
        self.notify(None, notice, |fd| blocking::write_all_unless(signals, fd, b"\n"))
    }

    /// Notifies them that `holder` holds the buffers from now on. Signals do what they do.
    pub(crate) fn announce_other(self, holder: u32, notice: &mut dyn FnMut(Error)) -> Result<(), Error> {
        self.notify(Some(holder), notice, |fd| file::write_all(fd, b"\n").map(|()| None)).map(drop)
    }

    fn notify(
        self,
        holder: Option<u32>,
        notice: &mut dyn FnMut(Error),
        write: impl FnOnce(BorrowedFd<'_>) -> Result<Option<i32>, Errno>,
    ) -> Result<Option<i32>, Error> {
        if let Some((name, fd)) = self.fd {
            let written = write(fd.as_fd());
            let signal = written.map_err(|errno| Error::errno("write to", name, errno))?;
            if signal.is_some() {
                return Ok(signal);
            }
        }
        let Some(name) = self.notify else { return Ok(None) };
        let main = holder.map(|holder| format!("MAINPID={holder}\n")).unwrap_or_default();
        let result = notify_address(&name)
            .and_then(|address| socket::send_datagram(address, format!("{main}READY=1\n").as_bytes()));
        if let Err(errno) = result {
            notice(Error::errno("notify", name.to_string_lossy(), errno));
        }
        Ok(None)
    }
}

/// A path or `@` and an abstract name. systemd's `vsock:` is for machines that are notified from inside.
fn notify_address(name: &OsStr) -> Result<SocketName<'_>, Errno> {
    match name.as_bytes() {
        [b'@', name @ ..] => Ok(SocketName::Abstract(OsStr::from_bytes(name))),
        [b'/', ..] => Ok(SocketName::Path(Path::new(name))),
        _ => Err(Errno::EAFNOSUPPORT),
    }
}
