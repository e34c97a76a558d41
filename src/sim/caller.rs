//! The thread whose call is being answered.

use super::tree::Tree;
use crate::sys::Errno;
use crate::sys::seccomp::{Listener, Notification};
use crate::sys::traced::{self, Link, PATH_MAX};
use std::cell::Cell;
use std::os::fd::BorrowedFd;

/// A thread that waits in a trapped call.
pub(super) struct Caller<'a> {
    pub(super) listener: &'a Listener,
    pub(super) id: u64,
    pub(super) thread: u32,
    pub(super) page_size: u64,
    /// Whether the kernel has just confirmed that the thread still waits.
    confirmed: Cell<bool>,
}

impl<'a> Caller<'a> {
    pub(super) fn new(listener: &'a Listener, notification: &Notification, page_size: u64) -> Self {
        Self { listener, id: notification.id, thread: notification.thread, page_size, confirmed: Cell::new(false) }
    }

    /// Reads as much of `buffer` as there is at `address`.
    pub(super) fn read(&self, address: u64, buffer: &mut [u8]) -> usize {
        traced::read_memory(self.thread, address, buffer, self.page_size)
    }

    /// Writes `bytes` and tells how many could be written. None is written once the caller is gone and
    /// its number may name another thread.
    pub(super) fn write(&self, address: u64, bytes: &[u8]) -> usize {
        if bytes.is_empty() || !(self.confirmed.take() || self.listener.is_waiting(self.id)) {
            return 0;
        }
        traced::write_memory(self.thread, address, bytes, self.page_size)
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// EFAULT, as the kernel answers when it cannot.
    pub(super) fn store(&self, address: u64, bytes: &[u8]) -> Result<(), Errno> {
        if self.write(address, bytes) == bytes.len() { Ok(()) } else { Err(Errno::EFAULT) }
    }

    /// Reads a path up to its NUL into `buffer`. `None`: it is not all readable, or too long.
    pub(super) fn path<'b>(&self, address: u64, buffer: &'b mut [u8; PATH_MAX]) -> Option<&'b [u8]> {
        /// Most paths are shorter, and less is copied for them.
        const FIRST: usize = 192;
        let mut have = self.read(address, &mut buffer[..FIRST]);
        if have == FIRST && !buffer[..FIRST].contains(&0) {
            have += self.read(address.checked_add(FIRST as u64)?, &mut buffer[FIRST..]);
        }
        let end = buffer[..have].iter().position(|byte| *byte == 0)?;
        Some(&buffer[..end])
    }

    /// What a link of the caller below /proc shows.
    pub(super) fn link<'b>(&self, link: Link, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        traced::read_link(self.thread, link, buffer).ok()
    }

    /// Gives the caller a descriptor of `file`.
    pub(super) fn give(&self, file: BorrowedFd<'_>, close_on_exec: bool) -> Result<u32, Errno> {
        let fd = self.listener.add_fd(self.id, file, close_on_exec)?;
        // A call that is gone takes no descriptor.
        self.confirmed.set(true);
        Ok(fd)
    }
}

/// The descriptor that a path below /proc or /dev names: `/proc/self/fd/5`, `/dev/fd/5`, `/dev/stdin`.
/// Only the caller's own are known.
pub(super) fn descriptor_in(path: &[u8], thread: u32) -> Option<u32> {
    let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<u32>().ok();
    match path {
        b"/dev/stdin" => return Some(0),
        b"/dev/stdout" => return Some(1),
        b"/dev/stderr" => return Some(2),
        _ => {}
    }
    if let Some(fd) = path.strip_prefix(b"/dev/fd/") {
        return number(fd);
    }
    let rest = path.strip_prefix(b"/proc/")?;
    let (process, rest) = rest.split_at(rest.iter().position(|byte| *byte == b'/')?);
    let own = matches!(process, b"self" | b"thread-self") || number(process) == Some(thread);
    if own { number(rest.strip_prefix(b"/fd/")?) } else { None }
}

/// Whether the text of a path alone says that none of the simulator's objects is meant.
pub(super) fn is_foreign(path: &[u8]) -> bool {
    let names_descriptor =
        || path.starts_with(b"/proc/") || path.starts_with(b"/dev/fd/") || path.starts_with(b"/dev/std");
    !Tree::may_mean(path) && !names_descriptor()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_names_a_descriptor_of_the_caller_is_recognised() {
        assert_eq!(descriptor_in(b"/proc/self/fd/7", 10), Some(7));
        assert_eq!(descriptor_in(b"/proc/10/fd/7", 10), Some(7));
        assert_eq!(descriptor_in(b"/proc/11/fd/7", 10), None);
        assert_eq!(descriptor_in(b"/dev/fd/0", 10), Some(0));
        assert_eq!(descriptor_in(b"/dev/stdout", 10), Some(1));
        for other in ["/proc/self/fd/", "/proc/self/fd/7x", "/proc/self/fdinfo/7", "/proc/self", "/dev/fd", ""] {
            assert_eq!(descriptor_in(other.as_bytes(), 10), None, "{other}");
        }
    }
}
