//! Extended attributes.

use crate::sys::{Errno, Result};
use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The value of an attribute of `path`, at most 64 KiB as the kernel has it.
///
/// # Errors
/// ENODATA where there is none, EOPNOTSUPP where the file system has no such attributes.
pub(crate) fn get(path: &Path, name: &CStr) -> Result<Vec<u8>> {
    let path = CString::new(path.as_os_str().as_bytes()).map_err(|_| Errno::EINVAL)?;
    let mut value = vec![0_u8; 64 * 1024];
    // SAFETY: both names are NUL-terminated and borrowed for the call, and the kernel writes at most
    // `value.len()` bytes to `value`.
    let length = unsafe { libc::getxattr(path.as_ptr(), name.as_ptr(), value.as_mut_ptr().cast(), value.len()) };
    value.truncate(usize::try_from(Errno::result(length)?).unwrap_or(0));
    Ok(value)
}
