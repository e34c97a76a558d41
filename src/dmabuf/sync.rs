//! `DMA_BUF_IOCTL_SYNC`: the brackets around every access of the processor to a dma-buf.

use crate::error::{Error, Hint};
use crate::sys::Errno;
use crate::sys::fd::ioctl;
use crate::uapi::dma_buf;
use std::os::fd::BorrowedFd;
use std::str::FromStr;

/// What the processor is going to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Read what a device may have written.
    Read,
    /// Write what a device may read.
    Write,
}

impl Direction {
    const fn bits(self) -> u64 {
        match self {
            Self::Read => dma_buf::SYNC_READ,
            Self::Write => dma_buf::SYNC_WRITE,
        }
    }
}

/// The word of the bracket before, or after, an access in a direction.
const fn word(direction: Direction, bracket: Bracket) -> u64 {
    let bracket = match bracket {
        Bracket::Start => dma_buf::SYNC_START,
        Bracket::End => dma_buf::SYNC_END,
    };
    direction.bits() | bracket
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bracket {
    Start,
    End,
}

/// Which of the two brackets are sent: both, unless somebody hunts a coherency bug.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Brackets {
    None,
    /// `SYNC_START` only.
    Start,
    /// `SYNC_END` only.
    End,
    /// `SYNC_START` before and `SYNC_END` after.
    #[default]
    Both,
}

impl Brackets {
    const fn starts(self) -> bool {
        matches!(self, Self::Start | Self::Both)
    }

    const fn ends(self) -> bool {
        matches!(self, Self::End | Self::Both)
    }

    /// Does `work` between the brackets on `buffer`, which errors call `object`.
    ///
    /// Where the start fails, nothing is done and no end is sent. Where `work` fails, the end is sent
    /// all the same, and the error is the one of the work.
    ///
    /// # Errors
    /// What the brackets or `work` met. EINTR (the kernel waits for fences there) and EAGAIN are retried.
    pub(crate) fn around<T>(
        self,
        buffer: BorrowedFd<'_>,
        object: &str,
        direction: Direction,
        work: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        if self.starts() {
            send(|| ioctl::buffer_sync(buffer, word(direction, Bracket::Start)))
                .map_err(|errno| explain("start access to", object, errno))?;
        }
        let done = work();
        if self.ends() {
            let ended = send(|| ioctl::buffer_sync(buffer, word(direction, Bracket::End)));
            return done.and_then(|done| ended.map(|()| done).map_err(|errno| explain("end access to", object, errno)));
        }
        done
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
            Error::explained(operation, object, "it knows no DMA_BUF_IOCTL_SYNC, so it is no dma-buf", errno)
                .with_hint(Hint::NoSync)
        }
        _ => Error::errno(operation, object, errno),
    }
}

impl FromStr for Brackets {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::None),
            "start" => Ok(Self::Start),
            "end" => Ok(Self::End),
            "both" => Ok(Self::Both),
            _ => Err(format!("'{text}' is none of none, start, end, both")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    fn on_a_file(brackets: Brackets) -> (bool, Result<u8, Error>) {
        let file = tempfile::tempfile().unwrap();
        let mut worked = false;
        let done = brackets.around(file.as_fd(), "file", Direction::Read, || {
            worked = true;
            Ok(7)
        });
        (worked, done)
    }

    #[test]
    fn a_start_that_fails_keeps_the_work_from_being_done() {
        for brackets in [Brackets::Start, Brackets::Both] {
            let (worked, done) = on_a_file(brackets);
            assert!(!worked);
            let error = done.unwrap_err();
            assert_eq!(
                error.to_string(),
                "start access to file: it knows no DMA_BUF_IOCTL_SYNC, so it is no dma-buf (ENOTTY)"
            );
            assert_eq!(error.hint(), Some(&Hint::NoSync));
        }
    }

    #[test]
    fn an_end_that_fails_is_an_error_although_the_work_is_done() {
        let (worked, done) = on_a_file(Brackets::End);
        assert!(worked);
        assert!(done.unwrap_err().to_string().starts_with("end access to file"));
    }

    #[test]
    fn no_brackets_no_request() {
        assert!(matches!(on_a_file(Brackets::None), (true, Ok(7))));
    }

    #[test]
    fn the_error_of_the_work_wins() {
        let file = tempfile::tempfile().unwrap();
        let done: Result<(), _> =
            Brackets::End.around(file.as_fd(), "file", Direction::Write, || Err(Error::refused("fill", "file", "no")));
        assert_eq!(done.unwrap_err().to_string(), "fill file: no");
    }

    #[test]
    fn each_bracket_says_its_direction() {
        // linux/dma-buf.h: READ 1, WRITE 2, START 0, END 4.
        for (direction, start, end) in [(Direction::Read, 1, 5), (Direction::Write, 2, 6)] {
            assert_eq!((word(direction, Bracket::Start), word(direction, Bracket::End)), (start, end));
        }
    }

    #[test]
    fn what_is_interrupted_is_asked_again() {
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
    fn brackets_have_four_names() {
        assert_eq!("both".parse(), Ok(Brackets::Both));
        assert_eq!("none".parse(), Ok(Brackets::None));
        assert!("Both".parse::<Brackets>().is_err());
    }
}
