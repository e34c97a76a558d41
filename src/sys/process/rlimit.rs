//! Resource limits: open files, the size of files, core files.

use crate::sys::Result;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::sync::OnceLock;

/// The soft and hard `RLIMIT_NOFILE`.
pub(crate) fn open_files() -> Result<(u64, u64)> {
    let (soft, hard): (libc::rlim_t, libc::rlim_t) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok((wide(soft), wide(hard)))
}

/// `rlim_t` has 32 bits where `long` has.
fn wide(limit: impl Into<u64>) -> u64 {
    limit.into()
}

/// Sets the soft `RLIMIT_NOFILE`, down or up to the hard one. Returns what it was.
pub(crate) fn set_open_files(soft: u64) -> Result<u64> {
    let (before, hard) = open_files()?;
    setrlimit(Resource::RLIMIT_NOFILE, soft.min(hard) as libc::rlim_t, hard as libc::rlim_t)?;
    Ok(before)
}

/// The soft `RLIMIT_NOFILE` that the caller gave, once it has been raised.
static GIVEN: OnceLock<u64> = OnceLock::new();

/// Raises the soft `RLIMIT_NOFILE` to `wanted`, or to the hard limit where that is lower, and never lowers it.
/// [`restore_open_files`] puts it back.
pub(crate) fn raise_open_files(wanted: u64) -> Result<()> {
    if wanted > open_files()?.0 {
        let soft = set_open_files(wanted)?;
        GIVEN.get_or_init(|| soft);
    }
    Ok(())
}

/// Puts the soft `RLIMIT_NOFILE` back to what the caller gave. Descriptors beyond it stay open.
pub(crate) fn restore_open_files() -> Result<()> {
    GIVEN.get().map_or(Ok(()), |given| set_open_files(*given).map(drop))
}

/// Keeps this process from writing a core file.
pub(crate) fn forbid_core_file() -> Result<()> {
    setrlimit(Resource::RLIMIT_CORE, 0, 0)
}

/// The size that files may have which this process writes, bytes; `None` without a limit.
pub(crate) fn file_size() -> Result<Option<u64>> {
    let (soft, _) = getrlimit(Resource::RLIMIT_FSIZE)?;
    Ok((soft != nix::sys::resource::RLIM_INFINITY).then_some(wide(soft)))
}

/// Takes away this process's own soft limits on descriptors and on the size of files.
pub(crate) fn lift_soft() -> Result<()> {
    for resource in [Resource::RLIMIT_NOFILE, Resource::RLIMIT_FSIZE] {
        let (_, hard) = getrlimit(resource)?;
        setrlimit(resource, hard, hard)?;
    }
    Ok(())
}
