//! An open device of any kind that imports dma-bufs.

use super::answer::{ImportAnswer, ImportStep};
use super::drm::{DrmDevice, Imported};
use super::format::Framebuffer;
use super::node;
use crate::host::Root;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(crate) struct ImportDevice {
    pub path: PathBuf,
    drm: DrmDevice,
}

/// A buffer that a device has, until this is dropped.
#[derive(Debug)]
pub(crate) struct Attachment<'d> {
    _imported: Imported<'d>,
}

impl ImportDevice {
    /// # Errors
    /// Why it is skipped, as far as that can be said without a buffer; and its driver, if that is known.
    pub(crate) fn open(
        root: &Root,
        path: &Path,
        framebuffer: Option<&Framebuffer>,
    ) -> Result<Self, (Option<String>, ImportAnswer)> {
        let (kind, fd) = node::open(root, path).map_err(|answer| (None, answer))?;
        let drm = DrmDevice::new(fd, kind);
        match drm.check(framebuffer) {
            Ok(()) => Ok(Self { path: path.to_owned(), drm }),
            Err(answer) => Err((drm.driver, answer)),
        }
    }

    pub(crate) fn driver(&self) -> Option<&str> {
        self.drm.driver.as_deref()
    }

    /// Gives it `buffer` of `size` bytes.
    pub(super) fn import(
        &self,
        buffer: BorrowedFd<'_>,
        size: u64,
        is_contiguous: bool,
        framebuffer: Option<&Framebuffer>,
    ) -> Result<(ImportStep, Attachment<'_>), ImportAnswer> {
        let (step, imported) = self.drm.import(buffer, size, is_contiguous, framebuffer)?;
        Ok((step, Attachment { _imported: imported }))
    }
}
