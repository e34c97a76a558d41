//! An open device of any kind that imports dma-bufs.

use super::answer::{ImportAnswer, ImportStep, Reason};
use super::drm::{DrmDevice, Imported};
use super::format::Framebuffer;
use super::node::{self, DeviceKind};
use super::video::{Queued, VideoDevice};
use crate::host::Root;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(crate) struct ImportDevice {
    pub path: PathBuf,
    driver: DeviceDriver,
}

#[derive(Debug)]
enum DeviceDriver {
    Drm(DrmDevice),
    Video(VideoDevice),
}

/// A buffer that a device has, until this is dropped.
#[derive(Debug)]
pub(crate) enum Attachment<'d> {
    Drm { _imported: Imported<'d> },
    Video { _queued: Queued<'d> },
}

/// What each buffer is used for, and what is known of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImportUse<'q> {
    pub framebuffer: Option<&'q Framebuffer>,
    /// Whether the memory is known to be contiguous.
    pub is_contiguous: bool,
    /// Whether to ask although the kernel may keep the buffer.
    pub force: bool,
}

impl ImportDevice {
    /// # Errors
    /// Why it is skipped, as far as that can be said without a buffer; and its driver, if that is known.
    pub(crate) fn open(
        root: &Root,
        path: &Path,
        framebuffer: Option<&Framebuffer>,
        is_named: bool,
    ) -> Result<Self, (Option<String>, ImportAnswer)> {
        let (kind, fd) = node::open(root, path, is_named).map_err(|answer| (None, answer))?;
        let driver = match kind {
            DeviceKind::Video if framebuffer.is_some() => {
                let reason = Reason::known("a video device has no framebuffers");
                return Err((None, ImportAnswer::skipped(ImportStep::Open, None, reason)));
            }
            DeviceKind::Video => DeviceDriver::Video(VideoDevice::new(fd)?),
            kind => {
                let drm = DrmDevice::new(fd, kind);
                match drm.check(framebuffer) {
                    Ok(()) => DeviceDriver::Drm(drm),
                    Err(answer) => return Err((drm.driver, answer)),
                }
            }
        };
        Ok(Self { path: path.to_owned(), driver })
    }

    pub(crate) fn driver(&self) -> Option<&str> {
        match &self.driver {
            DeviceDriver::Drm(drm) => drm.driver.as_deref(),
            DeviceDriver::Video(video) => video.driver.as_deref(),
        }
    }

    /// Bytes that it wants of a buffer, if it says so.
    pub(crate) fn wanted_size(&self) -> Option<u64> {
        match &self.driver {
            DeviceDriver::Drm(_) => None,
            DeviceDriver::Video(video) => Some(video.size()),
        }
    }

    /// Gives it `buffer` of `size` bytes.
    pub(super) fn import(
        &self,
        buffer: BorrowedFd<'_>,
        size: u64,
        how: ImportUse<'_>,
    ) -> Result<(ImportStep, Attachment<'_>), ImportAnswer> {
        match &self.driver {
            DeviceDriver::Drm(drm) => {
                let (step, _imported) = drm.import(buffer, size, how.is_contiguous, how.framebuffer)?;
                Ok((step, Attachment::Drm { _imported }))
            }
            DeviceDriver::Video(video) => {
                let (step, _queued) = video.import(buffer, size, how.is_contiguous, how.force)?;
                Ok((step, Attachment::Video { _queued }))
            }
        }
    }
}
