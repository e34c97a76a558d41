//! An open device of any kind that imports dma-bufs.

use super::answer::{ImportAnswer, ImportStep, Reason};
use super::drm::{DrmDevice, Imported};
use super::format::{FrameFormat, Framebuffer};
use super::node::{self, DeviceKind};
use super::stream::{StreamPlan, Streamed};
use super::video::{Queued, VideoDevice};
use crate::dmabuf::DmaBuf;
use crate::error::Error;
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

/// What a device must be able to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeviceUse<'q> {
    /// Whether it was asked for by its name, and may be in use.
    pub is_named: bool,
    pub framebuffer: Option<&'q Framebuffer>,
    /// The format that it has until it is closed.
    pub format: Option<FrameFormat>,
    /// Whether frames are to come from it.
    pub is_camera: bool,
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
        wanted: DeviceUse<'_>,
    ) -> Result<Self, (Option<String>, ImportAnswer)> {
        let (kind, fd) = node::open(root, path, wanted.is_named).map_err(|answer| (None, answer))?;
        let driver = match kind {
            DeviceKind::Video if wanted.framebuffer.is_some() => {
                let reason = Reason::known("a video device has no framebuffers");
                return Err((None, ImportAnswer::skipped(ImportStep::Open, None, reason)));
            }
            DeviceKind::Video => {
                let mut video = VideoDevice::new(fd)?;
                let ready = wanted.format.map_or(Ok(()), |format| video.set_format(format));
                let ready = ready.and_then(|()| if wanted.is_camera { video.camera().map(drop) } else { Ok(()) });
                ready.map_err(|answer| (video.driver.clone(), answer))?;
                DeviceDriver::Video(video)
            }
            _ if wanted.format.is_some() || wanted.is_camera => return Err((None, no_frames())),
            kind => {
                let drm = DrmDevice::new(fd, kind);
                match drm.check(wanted.framebuffer) {
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

    /// The frames that it has buffers for, if it says so.
    pub(crate) fn format(&self) -> Option<FrameFormat> {
        match &self.driver {
            DeviceDriver::Drm(_) => None,
            DeviceDriver::Video(video) => video.format(),
        }
    }

    /// Streams frames into buffers that `allocate` makes.
    pub(crate) fn stream(
        &self,
        plan: StreamPlan<'_>,
        allocate: impl FnMut() -> Result<DmaBuf, Error>,
    ) -> Result<Streamed, ImportAnswer> {
        match &self.driver {
            DeviceDriver::Drm(_) => Err(no_frames()),
            DeviceDriver::Video(video) => video.stream(plan, allocate),
        }
    }

    /// Leaves it as it was.
    ///
    /// # Errors
    /// Its format could not be put back.
    pub(crate) fn close(self) -> Result<(), Error> {
        let DeviceDriver::Video(mut video) = self.driver else { return Ok(()) };
        video.put_back().map_err(|errno| Error::errno("restore the format of", self.path.display(), errno))
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

fn no_frames() -> ImportAnswer {
    ImportAnswer::skipped(ImportStep::Open, None, Reason::known("a DRM node has no frames"))
}
