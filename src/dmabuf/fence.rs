//! The implicit fences of a dma-buf: what an access to it waits for.
//!
//! A reader waits for those who write, a writer for everyone. What waits for a fence by poll(2) waits on a sync_file where
//! the kernel makes one: a poll of the buffer itself would hold a reference to it until the fence is signaled, even after
//! this process has ended (`dma_buf_poll`).

use super::sync::Direction;
use crate::error::Error;
use crate::sys::Errno;
use crate::sys::fd::ioctl;
use crate::sys::fd::poll::{self, Interest};
use crate::uapi::sync_file::FenceInfo;
use std::fmt;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

/// One fence, as `SYNC_IOC_FILE_INFO` describes it. Once it is signaled, the kernel may no longer know whose it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fence {
    pub driver: String,
    pub timeline: String,
    pub state: FenceState,
    /// When it was signaled, on the monotonic clock.
    pub time: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FenceState {
    Pending,
    Signaled,
    /// It was signaled because the work failed.
    Failed(Errno),
}

impl From<&FenceInfo> for Fence {
    fn from(info: &FenceInfo) -> Self {
        let text = |bytes: &[u8]| {
            let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
            String::from_utf8_lossy(&bytes[..end]).into_owned()
        };
        let state = match info.status {
            0 => FenceState::Pending,
            1.. => FenceState::Signaled,
            errno => FenceState::Failed(Errno::from_raw(errno.saturating_neg())),
        };
        let time = (state != FenceState::Pending).then(|| Duration::from_nanos(info.timestamp_ns));
        Self { driver: text(&info.driver_name), timeline: text(&info.obj_name), state, time }
    }
}

/// `driver:timeline`.
impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.driver, self.timeline)
    }
}

/// A sync_file of what an access in `direction` to `buffer` waits for now.
///
/// # Errors
/// ENOTTY is explained: the kernel makes no sync_files of buffers.
pub(crate) fn export(buffer: BorrowedFd<'_>, object: &str, direction: Direction) -> Result<OwnedFd, Error> {
    ioctl::buffer_export_sync_file(buffer, direction.bits() as u32)
        .map_err(|errno| explain("export the fences of", object, errno))
}

/// Adds the fences of `file` to those of `buffer`, as of an access in `direction`: to write holds up everyone, to read
/// holds up those who write.
pub(crate) fn import(
    buffer: BorrowedFd<'_>,
    object: &str,
    direction: Direction,
    file: BorrowedFd<'_>,
) -> Result<(), Error> {
    ioctl::buffer_import_sync_file(buffer, direction.bits() as u32, file).map_err(|errno| match errno {
        Errno::EINVAL => Error::explained("import a fence into", object, "the descriptor is not a sync_file", errno),
        _ => explain("import a fence into", object, errno),
    })
}

fn explain(operation: &'static str, object: &str, errno: Errno) -> Error {
    match errno {
        Errno::ENOTTY => Error::explained(operation, object, "this kernel has no sync_files of buffers", errno)
            .with_hint("this needs Linux 6.0 or later with CONFIG_SYNC_FILE=y; waiting works without it"),
        _ => Error::errno(operation, object, errno),
    }
}

/// The fences of a sync_file.
pub(crate) fn of_file(file: BorrowedFd<'_>) -> Result<Vec<Fence>, Errno> {
    Ok(ioctl::sync_file_fences(file)?.iter().map(Fence::from).collect())
}

/// The fences that an access in one direction to a buffer waits for, at one point in time.
#[derive(Debug)]
pub(crate) struct Obstruction<'b> {
    buffer: BorrowedFd<'b>,
    direction: Direction,
    /// Nothing where the kernel makes no sync_files of buffers.
    file: Option<OwnedFd>,
}

impl<'b> Obstruction<'b> {
    pub(crate) fn of(buffer: BorrowedFd<'b>, direction: Direction) -> Self {
        let file = ioctl::buffer_export_sync_file(buffer, direction.bits() as u32).ok();
        Self { buffer, direction, file }
    }

    /// The fences as they are now; `None` if that cannot be known.
    pub(crate) fn fences(&self) -> Option<Vec<Fence>> {
        of_file(self.file.as_ref()?.as_fd()).ok()
    }

    /// The pending ones by their names, for a message.
    pub(crate) fn name(&self) -> String {
        let Some(fences) = self.fences() else { return "a fence".to_owned() };
        let pending: Vec<String> =
            fences.iter().filter(|fence| fence.state == FenceState::Pending).map(ToString::to_string).collect();
        match pending.as_slice() {
            [one] => format!("the fence {one}"),
            several => format!("the fences {}", several.join(" ")),
        }
    }

    /// Whether something is still pending.
    pub(crate) fn is_pending(&self) -> Result<bool, Errno> {
        Ok(poll::wait_at_most(&[self.awaited()], Some(Duration::ZERO))? != [true])
    }

    /// Waits until nothing is pending, and says how long that took.
    pub(crate) fn wait(&self) -> Result<Duration, Errno> {
        let start = Instant::now();
        poll::wait(&[self.awaited()])?;
        Ok(start.elapsed())
    }

    fn awaited(&self) -> (BorrowedFd<'_>, Interest) {
        match (&self.file, self.direction) {
            (Some(file), _) => (file.as_fd(), Interest::Read),
            (None, Direction::Read) => (self.buffer, Interest::Read),
            (None, Direction::Write) => (self.buffer, Interest::Write),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(driver: &[u8], status: i32) -> FenceInfo {
        let mut info = FenceInfo { status, timestamp_ns: 7, ..FenceInfo::default() };
        info.driver_name[..driver.len()].copy_from_slice(driver);
        info.obj_name = [b'x'; 32];
        info
    }

    #[test]
    fn a_fence_is_pending_signaled_or_failed() {
        let of = |status| {
            let fence = Fence::from(&info(b"sw_sync", status));
            (fence.state, fence.time.map(|time| time.as_nanos()))
        };
        assert_eq!(of(0), (FenceState::Pending, None));
        assert_eq!(of(1), (FenceState::Signaled, Some(7)));
        assert_eq!(of(-2), (FenceState::Failed(Errno::ENOENT), Some(7)));
        assert_eq!(of(i32::MIN).0, FenceState::Failed(Errno::UnknownErrno));
    }

    #[test]
    fn a_name_ends_at_its_nul_or_with_its_room() {
        let fence = Fence::from(&info(b"sw_sync", 0));
        assert_eq!(fence.to_string(), format!("sw_sync:{}", "x".repeat(32)));
    }
}
