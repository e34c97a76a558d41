//! How an allocation request ends.

use crate::model::{Errno, Reply};

/// The end of an accepted allocation request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) struct Outcome {
    /// The call's return value: 0 or an error.
    pub result: Result<u64, Errno>,
    /// The bytes written from the pointer on; never more than are writable there.
    pub copy_out: Vec<u8>,
    /// The fate of the new file descriptor.
    pub fd: FdFate,
}

/// The fate of a new buffer's file descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum FdFate {
    /// There is none: the allocation failed.
    None,
    /// Open, and its number is in the caller's struct. The only case in which nothing is wrong.
    Returned,
    /// Open, the call succeeded, but the request was too short for all four bytes of the number.
    PartlyReturned,
    /// Open, the call succeeded, and the number was nowhere written.
    Hidden,
    /// Not open: the call failed after the allocation and the kernel took it back.
    Closed,
    /// Open although the call failed with EFAULT: mainline before the 2026 fix.
    Leaked,
}

impl FdFate {
    /// Whether the caller's table has one fd more than before the call.
    pub(crate) const fn is_open(self) -> bool {
        match self {
            Self::Returned | Self::PartlyReturned | Self::Hidden | Self::Leaked => true,
            Self::None | Self::Closed => false,
        }
    }
}

impl Outcome {
    /// A call that ends as `reply` does and leaves no buffer.
    pub(in crate::model) fn without_buffer(reply: Reply) -> Self {
        Self { result: reply.result, copy_out: reply.copy_out, fd: FdFate::None }
    }
}
