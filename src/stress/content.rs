//! The content of a buffer, in a form that anyone can check.

use crate::dmabuf::mapping::Target;
use crate::dmabuf::range::ByteRange;
use crate::error::Error;
use crate::pattern::{self, Pattern, Report, Source, Work};
use serde::{Deserialize, Serialize};
use std::os::fd::BorrowedFd;

/// Runs of differing words that are named.
const EXTENTS: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    kind: u8,
    pub(super) seed: u64,
}

/// Indexed by `Content::kind`; the first is what a new buffer holds.
const KINDS: [Pattern; 7] = [
    Pattern::Zero,
    Pattern::Random,
    Pattern::Address,
    Pattern::Prbs31,
    Pattern::Checkerboard,
    Pattern::WalkingOnes,
    Pattern::Increment,
];

impl Content {
    /// The content of a new buffer: zeros.
    pub(super) const NEW: Self = Self { kind: 0, seed: 0 };

    /// Draws one that is not zeros, which could be left over.
    pub(super) fn drawn(choice: u64, seed: u64) -> Self {
        Self { kind: 1 + (choice % (KINDS.len() as u64 - 1)) as u8, seed }
    }

    pub(crate) fn pattern(self) -> &'static Pattern {
        KINDS.get(usize::from(self.kind)).unwrap_or(&KINDS[0])
    }

    /// Fills `size` bytes of `fd`, which errors call `object`.
    pub(super) fn fill(self, fd: BorrowedFd<'_>, size: u64, object: &str) -> Result<(), Error> {
        let source = Source::open(self.pattern(), self.seed)?;
        pattern::fill(&Target::new(fd, object), &source, &Work::plain(ByteRange::within(object, size, None, None)?))
    }

    /// Compares `size` bytes of `fd`; a report where they differ.
    pub(super) fn verify(self, fd: BorrowedFd<'_>, size: u64, object: &str) -> Result<Option<Report>, Error> {
        let source = Source::open(self.pattern(), self.seed)?;
        let work = Work::plain(ByteRange::within(object, size, None, None)?);
        let report = pattern::verify(&Target::new(fd, object), &source, &work, EXTENTS)?;
        Ok((!report.is_equal()).then_some(report))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dmabuf::sync::SyncRequests;
    use std::os::fd::AsFd;

    #[test]
    fn a_changed_byte_is_reported() {
        use std::os::unix::fs::FileExt;
        let file = tempfile::tempfile().unwrap();
        file.set_len(8192).unwrap();
        let content = Content::drawn(0, 7);
        let unsynced = |fd| Target { sync: SyncRequests::None, ..Target::new(fd, "file") };
        let range = ByteRange::within("file", 8192, None, None).unwrap();
        let source = Source::open(content.pattern(), content.seed).unwrap();
        pattern::fill(&unsynced(file.as_fd()), &source, &Work::plain(range)).unwrap();
        let mut byte = [0];
        file.read_exact_at(&mut byte, 5000).unwrap();
        file.write_all_at(&[byte[0] ^ 1], 5000).unwrap();
        let report = pattern::verify(&unsynced(file.as_fd()), &source, &Work::plain(range), 1).unwrap();
        assert_eq!(report.first.unwrap().offset, 5000);
    }
}
