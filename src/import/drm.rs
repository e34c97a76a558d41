//! DRM nodes: an import into a handle (PRIME), and a framebuffer of it. No mode is set and nothing is shown.

use super::answer::{CONTIGUOUS, ImportAnswer, ImportStep, Reason};
use super::format::Framebuffer;
use super::log::KernelLog;
use super::node::DeviceKind;
use crate::sys::import::drm as request;
use crate::sys::{Errno, errno_text};
use crate::uapi::drm;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

#[derive(Debug)]
pub(super) struct DrmDevice {
    fd: OwnedFd,
    kind: DeviceKind,
    pub(super) driver: Option<String>,
}

/// A buffer that a device has, until this is dropped.
#[derive(Debug)]
pub(crate) struct Imported<'d> {
    device: &'d DrmDevice,
    handle: u32,
    framebuffer: Option<u32>,
}

impl DrmDevice {
    /// Takes over the open node. Whoever opens a card first becomes the master of its display: that is given up before
    /// anything else is asked, and a compositor can start.
    pub(super) fn new(fd: OwnedFd, kind: DeviceKind) -> Self {
        if kind == DeviceKind::Card {
            // It is refused where another process is master.
            let _ = request::drop_master(fd.as_fd());
        }
        let driver = request::driver_name(fd.as_fd()).ok();
        Self { fd, kind, driver }
    }

    /// Whether it imports at all, and has framebuffers if one is wanted.
    pub(super) fn check(&self, framebuffer: Option<&Framebuffer>) -> Result<(), ImportAnswer> {
        if framebuffer.is_some() && self.kind == DeviceKind::Render {
            return Err(ImportAnswer::skipped(
                ImportStep::Open,
                None,
                Reason::known("a render node has no framebuffers"),
            ));
        }
        match request::capability(self.fd.as_fd(), drm::CAP_PRIME) {
            Ok(value) if value & drm::PRIME_CAP_IMPORT != 0 => Ok(()),
            Ok(_) => Err(ImportAnswer::skipped(
                ImportStep::Capability,
                None,
                Reason::known("the driver imports no dma-bufs"),
            )),
            Err(errno) => Err(ImportAnswer::skipped(
                ImportStep::Capability,
                Some(errno),
                Reason::known("DRM_CAP_PRIME cannot be queried"),
            )),
        }
    }

    /// Imports `buffer`, and makes a framebuffer of it if one is wanted.
    pub(super) fn import(
        &self,
        buffer: BorrowedFd<'_>,
        size: u64,
        is_contiguous: bool,
        framebuffer: Option<&Framebuffer>,
    ) -> Result<(ImportStep, Imported<'_>), ImportAnswer> {
        let handle = request::import(self.fd.as_fd(), buffer)
            .map_err(|errno| ImportAnswer::refused(ImportStep::Import, errno, import_reason(errno, is_contiguous)))?;
        let mut imported = Imported { device: self, handle, framebuffer: None };
        let Some(framebuffer) = framebuffer else { return Ok((ImportStep::Import, imported)) };
        let log = KernelLog::from_now();
        match request::add_framebuffer(self.fd.as_fd(), command(framebuffer, handle)) {
            Ok(number) => {
                imported.framebuffer = Some(number);
                Ok((ImportStep::Framebuffer, imported))
            }
            Err(errno @ Errno::EOPNOTSUPP) => {
                let reason = Reason::known("the driver has no modes, and so no framebuffers");
                Err(ImportAnswer::skipped(ImportStep::Framebuffer, Some(errno), reason))
            }
            Err(errno) => {
                let reason = logged(&log).or_else(|| framebuffer_reason(errno, framebuffer, size));
                Err(ImportAnswer::refused(ImportStep::Framebuffer, errno, reason))
            }
        }
    }
}

impl Drop for Imported<'_> {
    fn drop(&mut self) {
        // If these fail, closing the node does the same.
        if let Some(number) = self.framebuffer {
            let _ = request::remove_framebuffer(self.device.fd.as_fd(), number);
        }
        let _ = request::close(self.device.fd.as_fd(), self.handle);
    }
}

fn command(framebuffer: &Framebuffer, handle: u32) -> drm::FbCmd2 {
    let Framebuffer { width, height, format, modifier, .. } = framebuffer;
    let flags = if modifier.is_some() { drm::FB_MODIFIERS } else { 0 };
    let (width, height, pixel_format) = (*width, *height, format.word());
    let mut command = drm::FbCmd2 { width, height, pixel_format, flags, ..drm::FbCmd2::default() };
    for (index, (pitch, offset)) in framebuffer.planes.iter().take(command.handles.len()).enumerate() {
        command.handles[index] = handle;
        command.pitches[index] = *pitch;
        command.offsets[index] = *offset;
        command.modifier[index] = modifier.unwrap_or_default();
    }
    command
}

/// The kernel's own words, which it writes with `drm.debug` only, among much else.
fn logged(log: &KernelLog) -> Option<Reason> {
    /// Of the lines about a framebuffer (`framebuffer_check`, `drm_gem_fb_init_with_funcs`).
    const WORDS: [&str; 5] = ["framebuffer", "GEM object", "pitch", "pixel format", "modifier"];
    let is_reason = |line: &str| line.contains("[drm") && WORDS.iter().any(|word| line.contains(word));
    log.last(is_reason).map(|line| Reason::known(format!("kernel log: {line}")))
}

/// EINVAL of an import that has passed the check of the descriptor (`drm_gem_dma_prime_import_sg_table`).
fn import_reason(errno: Errno, is_contiguous: bool) -> Option<Reason> {
    match errno {
        Errno::EINVAL if !is_contiguous => Some(Reason::inferred(CONTIGUOUS)),
        Errno::EINVAL => Some(Reason::inferred("the driver cannot use this buffer")),
        Errno::EOPNOTSUPP | Errno::ENOSYS => Some(Reason::known("the driver imports no buffers of other drivers")),
        Errno::ENOMEM => Some(Reason::inferred("the device's address space, or memory, is exhausted")),
        Errno::EIO | Errno::EFAULT => Some(Reason::inferred("the device cannot reach this memory")),
        errno => Some(Reason::known(errno_text(errno))),
    }
}

/// The same errno stands for the size, the format, the modifier, a pitch and the limits of the driver.
fn framebuffer_reason(errno: Errno, framebuffer: &Framebuffer, size: u64) -> Option<Reason> {
    match errno {
        Errno::EINVAL if size < framebuffer.size => {
            Some(Reason::known(format!("the framebuffer needs {} bytes, the buffer has {size}", framebuffer.size)))
        }
        Errno::EINVAL => Some(Reason::inferred(
            "the driver does not support this format, modifier, size or pitch; with drm.debug=0x4 the kernel log says which",
        )),
        errno => Some(Reason::known(errno_text(errno))),
    }
}
