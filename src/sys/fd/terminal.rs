//! The size of a terminal.

use crate::sys::Errno;
use std::os::fd::{AsRawFd, BorrowedFd};

/// The columns of the terminal behind `fd`: `TIOCGWINSZ`, if it is one and says more than 0. A serial
/// line says 0.
pub(crate) fn columns(fd: BorrowedFd<'_>) -> Option<u16> {
    size(fd).map(|(_, columns)| columns).filter(|columns| *columns > 0)
}

/// The rows and columns of the terminal behind `fd`, if it is one.
pub(crate) fn size(fd: BorrowedFd<'_>) -> Option<(u16, u16)> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCGWINSZ writes one struct winsize, and `size` is a live value of that type.
    Errno::result(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TIOCGWINSZ, &raw mut size) }).ok()?;
    Some((size.ws_row, size.ws_col))
}
