//! Limits and sizes that are asked for, never assumed.

use crate::sys::{Errno, Result};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::os::fd::BorrowedFd;
use std::sync::OnceLock;

/// The page size in bytes: 4096 to 65536.
#[must_use]
pub(crate) fn page_size() -> u64 {
    nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE)
        .ok()
        .flatten()
        .and_then(|size| u64::try_from(size).ok())
        .filter(|size| size.is_power_of_two())
        .unwrap_or(4 * 1024)
}

/// The soft and hard `RLIMIT_NOFILE`.
pub(crate) fn open_files_limit() -> Result<(u64, u64)> {
    let (soft, hard): (libc::rlim_t, libc::rlim_t) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok((wide(soft), wide(hard)))
}

/// `rlim_t` has 32 bits where `long` has.
fn wide(limit: impl Into<u64>) -> u64 {
    limit.into()
}

/// Sets both to what [`open_files_limit`] answered, or to less.
pub(super) fn set_open_files_limit(soft: u64, hard: u64) -> Result<()> {
    setrlimit(Resource::RLIMIT_NOFILE, soft as libc::rlim_t, hard as libc::rlim_t)
}

/// Raises the soft `RLIMIT_NOFILE` to `wanted`, or to the hard limit where that is lower.
///
/// Never lowers it. Answers with the soft limit that is in force afterwards. What it was before is
/// remembered for [`restore_open_files_limit`].
pub(crate) fn raise_open_files_limit(wanted: u64) -> Result<u64> {
    let (soft, hard) = open_files_limit()?;
    let target = wanted.min(hard);
    if target <= soft {
        return Ok(soft);
    }
    set_open_files_limit(target, hard)?;
    GIVEN.get_or_init(|| soft);
    Ok(target)
}

/// The soft `RLIMIT_NOFILE` that the caller gave, once it has been raised.
static GIVEN: OnceLock<u64> = OnceLock::new();

/// Puts the soft `RLIMIT_NOFILE` back to what the caller gave. Descriptors beyond it stay open.
pub(crate) fn restore_open_files_limit() -> Result<()> {
    let Some(given) = GIVEN.get() else { return Ok(()) };
    let (_, hard) = open_files_limit()?;
    set_open_files_limit(*given, hard)
}

/// Keeps this process from writing a core file.
pub(crate) fn forbid_core_file() -> Result<()> {
    setrlimit(Resource::RLIMIT_CORE, 0, 0)
}

/// Total and free memory of sysinfo(2), in bytes.
pub(crate) fn memory() -> Result<(u64, u64)> {
    let info = nix::sys::sysinfo::sysinfo()?;
    Ok((info.ram_total(), info.ram_unused()))
}

/// The columns of the terminal behind `fd`: `TIOCGWINSZ`, if it is one and says more than 0. A serial
/// line says 0.
#[must_use]
pub(crate) fn terminal_columns(fd: BorrowedFd<'_>) -> Option<u16> {
    terminal_size(fd).map(|(_, columns)| columns).filter(|columns| *columns > 0)
}

/// The rows and columns of the terminal behind `fd`, if it is one.
#[must_use]
pub(crate) fn terminal_size(fd: BorrowedFd<'_>) -> Option<(u16, u16)> {
    use std::os::fd::AsRawFd;
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCGWINSZ writes one struct winsize, and `size` is a live value of that type.
    Errno::result(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TIOCGWINSZ, &raw mut size) }).ok()?;
    Some((size.ws_row, size.ws_col))
}

/// Takes away this process's own soft limits on descriptors and on the size of files.
pub(crate) fn lift_soft_limits() -> Result<()> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    for resource in [Resource::RLIMIT_NOFILE, Resource::RLIMIT_FSIZE] {
        let (_, hard) = getrlimit(resource)?;
        setrlimit(resource, hard, hard)?;
    }
    Ok(())
}
