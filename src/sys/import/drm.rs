//! Typed ioctl requests on DRM nodes.

use crate::sys::{Errno, Result};
use crate::uapi::drm::{self, DrmVersion, FbCmd2, GemClose, GetCap, PrimeHandle};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::null_mut;

/// Makes `request` until no signal interrupts it (EINTR) and nothing is busy (EAGAIN), as libdrm does.
fn ask<T>(node: BorrowedFd<'_>, request: u32, data: &mut T) -> Result<()> {
    loop {
        // SAFETY: each caller passes the structure that its request names (pinned in uapi), a live value that is
        // borrowed exclusively for the call; what it points to is alive and as large as its lengths say.
        match Errno::result(unsafe { libc::ioctl(node.as_raw_fd(), request as libc::Ioctl, &raw mut *data) }) {
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            answer => return answer.map(drop),
        }
    }
}

/// `DRM_IOCTL_VERSION`: the name of the driver.
pub(crate) fn driver_name(node: BorrowedFd<'_>) -> Result<String> {
    let mut name = [0; 64];
    let mut version = DrmVersion {
        major: 0,
        minor: 0,
        patchlevel: 0,
        name_len: name.len(),
        name: name.as_mut_ptr(),
        date_len: 0,
        date: null_mut(),
        desc_len: 0,
        desc: null_mut(),
    };
    ask(node, drm::VERSION, &mut version)?;
    let length = version.name_len.min(name.len());
    Ok(String::from_utf8_lossy(&name[..length]).into_owned())
}

/// `DRM_IOCTL_GET_CAP`.
pub(crate) fn capability(node: BorrowedFd<'_>, capability: u64) -> Result<u64> {
    let mut data = GetCap { capability, value: 0 };
    ask(node, drm::GET_CAP, &mut data).map(|()| data.value)
}

/// `DRM_IOCTL_DROP_MASTER`. EINVAL or EACCES: this process was not the master.
pub(crate) fn drop_master(node: BorrowedFd<'_>) -> Result<()> {
    // SAFETY: this request takes no argument and touches no memory of this process.
    Errno::result(unsafe { libc::ioctl(node.as_raw_fd(), drm::DROP_MASTER as libc::Ioctl, 0) }).map(drop)
}

/// `DRM_IOCTL_PRIME_FD_TO_HANDLE`: the handle of the import, the same for each descriptor of a buffer.
pub(crate) fn import(node: BorrowedFd<'_>, buffer: BorrowedFd<'_>) -> Result<u32> {
    let mut data = PrimeHandle { handle: 0, flags: 0, fd: buffer.as_raw_fd() };
    ask(node, drm::PRIME_FD_TO_HANDLE, &mut data).map(|()| data.handle)
}

/// `DRM_IOCTL_GEM_CLOSE`.
pub(crate) fn close(node: BorrowedFd<'_>, handle: u32) -> Result<()> {
    ask(node, drm::GEM_CLOSE, &mut GemClose { handle, pad: 0 })
}

/// `DRM_IOCTL_MODE_ADDFB2`: the number of the framebuffer.
pub(crate) fn add_framebuffer(node: BorrowedFd<'_>, mut framebuffer: FbCmd2) -> Result<u32> {
    ask(node, drm::MODE_ADDFB2, &mut framebuffer).map(|()| framebuffer.fb_id)
}

/// `DRM_IOCTL_MODE_RMFB`.
pub(crate) fn remove_framebuffer(node: BorrowedFd<'_>, mut number: u32) -> Result<()> {
    ask(node, drm::MODE_RMFB, &mut number)
}
