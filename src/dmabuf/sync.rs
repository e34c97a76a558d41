//! `DMA_BUF_IOCTL_SYNC`: the two requests around every access of the processor to a dma-buf.

use crate::error::{Error, Hint};
use crate::sys::Errno;
use crate::sys::fd::ioctl;
use crate::uapi::dma_buf;
use std::os::fd::BorrowedFd;
use std::str::FromStr;

/// The direction of an access by the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Read what a device may have written.
    Read,
    /// Write what a device may read.
    Write,
}

impl Direction {
    pub(super) const fn bits(self) -> u64 {
        match self {
            Self::Read => dma_buf::SYNC_READ,
            Self::Write => dma_buf::SYNC_WRITE,
        }
    }
}

/// The requests to send: both, unless the user hunts a coherency bug.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SyncRequests {
    None,
    /// `SYNC_START` only.
    Start,
    /// `SYNC_END` only.
    End,
    /// `SYNC_START` before and `SYNC_END` after.
    #[default]
    Both,
}

/// An access of the processor that has begun. Dropped, as where the work failed, it ends as well, but nobody learns how.
#[derive(Debug)]
pub(crate) struct CpuAccess<'a> {
    buffer: BorrowedFd<'a>,
    /// The buffer's name in errors.
    object: &'a str,
    direction: Direction,
    /// Whether an end is still to be sent.
    is_open: bool,
}

impl<'a> CpuAccess<'a> {
    /// Begins CPU access. Where the kernel refuses the start, no end is sent. EINTR (the kernel waits for fences there)
    /// and EAGAIN are retried.
    pub(crate) fn begin(
        buffer: BorrowedFd<'a>,
        object: &'a str,
        direction: Direction,
        requests: SyncRequests,
    ) -> Result<Self, Error> {
        if matches!(requests, SyncRequests::Start | SyncRequests::Both) {
            send(|| ioctl::buffer_sync(buffer, dma_buf::SYNC_START | direction.bits()))
                .map_err(|errno| explain("start access to", object, errno))?;
        }
        let is_open = matches!(requests, SyncRequests::End | SyncRequests::Both);
        Ok(Self { buffer, object, direction, is_open })
    }

    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.end().map_err(|errno| explain("end access to", self.object, errno))
    }

    fn end(&mut self) -> Result<(), Errno> {
        if !std::mem::take(&mut self.is_open) {
            return Ok(());
        }
        send(|| ioctl::buffer_sync(self.buffer, dma_buf::SYNC_END | self.direction.bits()))
    }
}

impl Drop for CpuAccess<'_> {
    fn drop(&mut self) {
        // The error of the work is the one to report.
        let _ = self.end();
    }
}

/// Makes `request` until it is neither interrupted nor to be tried again.
fn send(mut request: impl FnMut() -> Result<(), Errno>) -> Result<(), Errno> {
    loop {
        match request() {
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            answer => return answer,
        }
    }
}

fn explain(operation: &'static str, object: &str, errno: Errno) -> Error {
    match errno {
        Errno::ENOTTY => {
            Error::explained(operation, object, "it does not support DMA_BUF_IOCTL_SYNC, so it is not a dma-buf", errno)
                .with_hint(Hint::NoSync)
        }
        _ => Error::errno(operation, object, errno),
    }
}

impl FromStr for SyncRequests {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::None),
            "start" => Ok(Self::Start),
            "end" => Ok(Self::End),
            "both" => Ok(Self::Both),
            _ => Err("expected none, start, end or both".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    fn on_a_file(requests: SyncRequests) -> Result<(), Error> {
        let file = tempfile::tempfile().unwrap();
        CpuAccess::begin(file.as_fd(), "file", Direction::Read, requests)?.finish()
    }

    #[test]
    fn a_start_that_fails_keeps_the_work_from_being_done() {
        for requests in [SyncRequests::Start, SyncRequests::Both] {
            let error = on_a_file(requests).unwrap_err();
            assert_eq!(
                error.to_string(),
                "start access to file: it does not support DMA_BUF_IOCTL_SYNC, so it is not a dma-buf (ENOTTY)"
            );
            assert_eq!(error.hint(), Some(&Hint::NoSync));
        }
    }

    #[test]
    fn an_end_that_fails_is_an_error_although_the_work_is_done() {
        assert!(on_a_file(SyncRequests::End).unwrap_err().to_string().starts_with("end access to file"));
    }

    #[test]
    fn no_requests_are_sent_where_none_are_asked_for() {
        assert!(on_a_file(SyncRequests::None).is_ok());
    }

    #[test]
    fn interrupted_sync_is_repeated() {
        let mut answers = vec![Ok(()), Err(Errno::EAGAIN), Err(Errno::EINTR)];
        assert_eq!(send(|| answers.pop().unwrap()), Ok(()));
        assert_eq!(answers, []);
        let mut calls = 0;
        let refused = send(|| {
            calls += 1;
            Err(Errno::EINVAL)
        });
        assert_eq!((refused, calls), (Err(Errno::EINVAL), 1));
    }

    #[test]
    fn requests_have_four_names() {
        assert_eq!("both".parse(), Ok(SyncRequests::Both));
        assert_eq!("none".parse(), Ok(SyncRequests::None));
        assert!("Both".parse::<SyncRequests>().is_err());
    }
}
