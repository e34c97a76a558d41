//! A buffer of another process, taken by pidfd_getfd(2).

use crate::error::{Error, Hint};
use crate::host::Root;
use crate::host::parse::{link, stat};
use crate::host::simulation;
use crate::host::users::Users;
use crate::sys::Errno;
use crate::sys::fd::descriptor;
use crate::sys::process::credentials::effective_user;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Yama's setting (Documentation/admin-guide/LSM/Yama.rst); without Yama there is none.
const PTRACE_SCOPE: &str = "/proc/sys/kernel/yama/ptrace_scope";

/// A duplicate of descriptor `number` of process `pid`.
///
/// # Errors
/// A process that is gone, that has no such descriptor, or that this one may not trace, with what that
/// takes.
pub(crate) fn of_process(root: &Root, pid: u32, number: i32) -> Result<OwnedFd, Error> {
    let process = descriptor::process(pid).map_err(|errno| not_found(pid, errno))?;
    let of = |name: &str| PathBuf::from(format!("/proc/{pid}/{name}"));
    if root.read(&of("stat")).is_ok_and(|bytes| stat::holds_nothing(&bytes)) {
        let reason = "it has no descriptors: a kernel thread, or a process that has ended";
        return Err(Error::refused("borrow from", object(pid), reason));
    }
    descriptor::of_process(process.as_fd(), number).map_err(|errno| match errno {
        Errno::EBADF => {
            Error::explained("borrow from", object(pid), format!("descriptor {number} is not open there"), errno)
                .with_hint(buffers_hint(root, &of("fd")))
        }
        Errno::EPERM => {
            Error::explained("borrow from", object(pid), format!("needs permission to ptrace process {pid}"), errno)
                .with_hint(Hint::OrHandOver(tracing_hint(root, pid)))
        }
        _ => not_found(pid, errno),
    })
}

fn object(pid: u32) -> String {
    format!("process {pid}")
}

fn not_found(pid: u32, errno: Errno) -> Error {
    let error = |reason: &str| Error::explained("borrow from", object(pid), reason, errno);
    match errno {
        Errno::ESRCH => error("no such process"),
        Errno::EINVAL | Errno::ENOENT => error("a thread, not a process"),
        Errno::ENOSYS => error("not supported by this kernel").with_hint("pidfd_getfd(2) needs Linux 5.6"),
        _ => Error::errno("borrow from", object(pid), errno),
    }
}

/// Says which of its descriptors are dma-bufs.
fn buffers_hint(root: &Root, directory: &Path) -> String {
    let is_buffer_here =
        |link: &[u8]| link::is_buffer(link) || simulation::is_simulated() && simulation::heap_in(link).is_some();
    let is_buffer = |name: &std::ffi::OsString| {
        root.read_link(&directory.join(name)).is_ok_and(|link| is_buffer_here(link.as_os_str().as_bytes()))
    };
    let mut numbers: Vec<i32> = root
        .entries(directory)
        .unwrap_or_default()
        .iter()
        .filter(|name| is_buffer(name))
        .filter_map(|name| name.to_str()?.parse().ok())
        .collect();
    numbers.sort_unstable();
    match numbers.as_slice() {
        [] => "none of its descriptors is known to be a dma-buf".to_owned(),
        numbers => {
            let listed: Vec<String> = numbers.iter().take(16).map(ToString::to_string).collect();
            let more = if numbers.len() > listed.len() { " and more" } else { "" };
            format!("its dma-buf descriptors: {}{more}", listed.join(" "))
        }
    }
}

/// Says what forbids it and what would allow it, with the separator of another way (`__ptrace_may_access`,
/// `yama_ptrace_access_check`).
fn tracing_hint(root: &Root, pid: u32) -> String {
    let me = effective_user();
    let owner = root.status(Path::new(&format!("/proc/{pid}"))).map(|status| status.uid);
    let scope = root.read_number(Path::new(PTRACE_SCOPE));
    match (owner, scope) {
        (_, Some(3)) => "Yama's ptrace_scope is 3: tracing is disabled until the next boot; ".to_owned(),
        (Ok(owner), _) if owner != me => {
            let users = Users::of(root);
            format!(
                "it belongs to {} and you are {}, so CAP_SYS_PTRACE is needed: run as root, ",
                users.user(owner),
                users.user(me)
            )
        }
        (_, Some(1)) => {
            "Yama's ptrace_scope is 1, so only descendants may be traced without CAP_SYS_PTRACE: run as root, \
                         set kernel.yama.ptrace_scope=0, "
                .to_owned()
        }
        (_, Some(2)) => "Yama's ptrace_scope is 2, so CAP_SYS_PTRACE is needed: run as root, ".to_owned(),
        _ => "CAP_SYS_PTRACE is needed here, in the user namespace of that process; ".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_is_gone_is_no_process() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        child.wait().unwrap();
        let error = of_process(&Root::machine(), pid, 3).unwrap_err();
        assert_eq!(error.to_string(), format!("borrow from process {pid}: no such process (ESRCH)"));
    }

    #[test]
    fn a_descriptor_that_is_not_open_there_is_named() {
        let error = of_process(&Root::machine(), std::process::id(), 999_999).unwrap_err();
        assert!(error.to_string().ends_with(": descriptor 999999 is not open there (EBADF)"), "{error}");
        assert_eq!(error.hint(), Some(&"none of its descriptors is known to be a dma-buf".into()));
    }
}
