//! How a request that allocates nothing ends.

use super::{Arg, Errno};

/// The result of a call and what it wrote at the pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) struct Reply {
    /// The call's return value: 0 or more, or an error.
    pub result: Result<u64, Errno>,
    /// The bytes written from the pointer on; never more than are writable there.
    pub copy_out: Vec<u8>,
}

impl Reply {
    /// Returns 0 and writes nothing.
    pub(crate) const fn ok() -> Self {
        Self { result: Ok(0), copy_out: Vec::new() }
    }

    /// Fails and writes nothing.
    pub(crate) const fn err(errno: Errno) -> Self {
        Self { result: Err(errno), copy_out: Vec::new() }
    }

    /// `put_user` of an `int`: returns 0, or EFAULT with nothing written where there is no room for it.
    pub(super) fn put_int(arg: &Arg<'_>, value: u32) -> Self {
        let bytes = value.to_ne_bytes();
        if arg.writable < bytes.len() {
            return Self::err(Errno::EFAULT);
        }
        Self { result: Ok(0), copy_out: bytes.to_vec() }
    }
}
