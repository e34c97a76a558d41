//! What the kernel writes into its log about a refusal.

use crate::sys::Errno;
use crate::sys::fd::file::{self, Purpose};
use crate::sys::fd::status::{self, Device, FileKind};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

/// The log from one point in time on. Nothing is read where this process may not.
pub(super) struct KernelLog(Option<OwnedFd>);

impl KernelLog {
    const NODE: &str = "/dev/kmsg";
    /// mem(4) has its number.
    const DEVICE: FileKind = FileKind::Character(Device { major: 1, minor: 11 });

    /// Begins with what is written from now on.
    pub(super) fn from_now() -> Self {
        let open = || {
            let node = file::open(Path::new(Self::NODE), Purpose::Look)?;
            if status::status(node.as_fd())?.kind != Self::DEVICE {
                return Err(Errno::ENOTTY);
            }
            let log = file::reopen(node.as_fd(), Purpose::Read)?;
            file::seek_end(log.as_fd()).map(|_| log)
        };
        Self(open().ok())
    }

    /// The last line since then for which `is_wanted`.
    pub(super) fn last(&self, is_wanted: impl Fn(&str) -> bool) -> Option<String> {
        let log = self.0.as_ref()?.as_fd();
        let mut record = [0; 8192];
        let mut last = None;
        loop {
            match file::read(log, &mut record) {
                // It was overwritten before it was read.
                Err(Errno::EPIPE) => {}
                Ok(length @ 1..) => {
                    let text = String::from_utf8_lossy(&record[..length]);
                    // "priority,number,time,flags;text", and lines of its own for properties.
                    let line = text.split_once(';').and_then(|(_, text)| text.lines().next()).unwrap_or_default();
                    last = is_wanted(line).then(|| line.to_owned()).or(last);
                }
                _ => return last,
            }
        }
    }
}
