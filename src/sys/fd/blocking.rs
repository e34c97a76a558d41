//! Reading and writing that waits as it should: also where a descriptor is non-blocking, and never so a signal goes
//! unheard.

use crate::sys::fd::poll::{self, Interest};
use crate::sys::process::signals::Signals;
use crate::sys::{Errno, Result};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};

/// A file that waits for what it has not got yet and for room, whatever its `O_NONBLOCK` says: the flag is one of the
/// open file, which whoever else holds it may have set.
#[derive(Debug)]
pub(crate) struct Patient<F>(pub F);

impl<F: Read + AsFd> Read for Patient<F> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    poll::wait(&[(self.0.as_fd(), Interest::Read)])?;
                }
                other => return other,
            }
        }
    }
}

impl<F: Write + AsFd> Write for Patient<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.0.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    poll::wait(&[(self.0.as_fd(), Interest::Write)])?;
                }
                other => return other,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Writes all of `bytes`, unless one of `signals` comes before that, which is then returned.
pub(crate) fn write_all_unless(signals: &Signals, fd: BorrowedFd<'_>, mut bytes: &[u8]) -> Result<Option<i32>> {
    loop {
        bytes = bytes.get(write_until(signals, fd, bytes)?..).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(None);
        }
        if let Some(caught) = signals.next()? {
            return Ok(Some(caught.signal));
        }
    }
}

/// Writes `bytes` up to the moment in which one of `signals` comes, which is not taken. Returns how many are written.
pub(crate) fn write_until(signals: &Signals, fd: BorrowedFd<'_>, bytes: &[u8]) -> Result<usize> {
    /// The room that poll(2) promises: a page of a pipe (`pipe_poll`). More would wait for the reader where no signal
    /// is heard.
    const AT_ONCE: usize = 4096;
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        let ready = poll::wait(&[(signals.as_fd(), Interest::Read), (fd, Interest::Write)])?;
        if ready.first() == Some(&true) {
            break;
        }
        match nix::unistd::write(fd, rest.get(..AT_ONCE).unwrap_or(rest)) {
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            Ok(0) => return Err(Errno::EIO),
            more => written += more?,
        }
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::fd::file::pipe;
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    use std::fs::File;

    #[test]
    fn a_pipe_that_does_not_block_is_waited_for() {
        const BYTES: usize = 1 << 20;
        let (reader, writer) = pipe().unwrap();
        let (reader, writer) = (File::from(reader), File::from(writer));
        for end in [reader.as_fd(), writer.as_fd()] {
            fcntl(end, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
        }
        let other = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            Patient(reader).read_to_end(&mut bytes).map(|_| bytes)
        });
        Patient(writer).write_all(&[7; BYTES]).unwrap();
        assert_eq!(other.join().unwrap().unwrap(), [7; BYTES]);
    }
}
