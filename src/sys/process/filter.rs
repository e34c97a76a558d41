//! System calls that a filter refuses to this process (seccomp(2)), whatever the kernel would answer.

use crate::sys::{Errno, Result, errno_name};
use std::fmt;

/// Calls without which something here fails. Each gets arguments of which the kernel can make nothing (no descriptor,
/// no address, no flags that are known), so it does nothing and fails with an errno that no filter chooses.
///
/// What may be refused without harm, as there is another way, is left out; and what containers forbid for good reasons.
pub(crate) const CALLS: &[(&str, libc::c_long)] = &[
    ("accept4", libc::SYS_accept4),
    ("bind", libc::SYS_bind),
    ("capget", libc::SYS_capget),
    ("clock_nanosleep", libc::SYS_clock_nanosleep),
    ("clone", libc::SYS_clone),
    ("clone3", libc::SYS_clone3),
    ("close", libc::SYS_close),
    ("connect", libc::SYS_connect),
    ("dup3", libc::SYS_dup3),
    ("faccessat", libc::SYS_faccessat),
    ("fallocate", libc::SYS_fallocate),
    ("fchmod", libc::SYS_fchmod),
    ("fcntl", libc::SYS_fcntl),
    ("fstat", libc::SYS_fstat),
    ("fstatfs", libc::SYS_fstatfs),
    ("fsync", libc::SYS_fsync),
    ("ftruncate", libc::SYS_ftruncate),
    ("getdents64", libc::SYS_getdents64),
    ("geteuid", libc::SYS_geteuid),
    ("getgroups", libc::SYS_getgroups),
    ("getpgid", libc::SYS_getpgid),
    ("getpid", libc::SYS_getpid),
    ("getrandom", libc::SYS_getrandom),
    ("getsid", libc::SYS_getsid),
    ("getsockopt", libc::SYS_getsockopt),
    ("inotify_init1", libc::SYS_inotify_init1),
    ("ioctl", libc::SYS_ioctl),
    ("kcmp", libc::SYS_kcmp),
    ("kill", libc::SYS_kill),
    ("landlock_create_ruleset", libc::SYS_landlock_create_ruleset),
    ("listen", libc::SYS_listen),
    ("lseek", libc::SYS_lseek),
    ("madvise", libc::SYS_madvise),
    ("memfd_create", libc::SYS_memfd_create),
    ("mkdirat", libc::SYS_mkdirat),
    ("mknodat", libc::SYS_mknodat),
    ("mprotect", libc::SYS_mprotect),
    #[cfg(target_pointer_width = "64")]
    ("newfstatat", libc::SYS_newfstatat),
    ("openat", libc::SYS_openat),
    ("openat2", libc::SYS_openat2),
    ("pidfd_getfd", libc::SYS_pidfd_getfd),
    ("pidfd_open", libc::SYS_pidfd_open),
    ("pidfd_send_signal", libc::SYS_pidfd_send_signal),
    ("pipe2", libc::SYS_pipe2),
    ("ppoll", libc::SYS_ppoll),
    ("prctl", libc::SYS_prctl),
    ("prlimit64", libc::SYS_prlimit64),
    ("process_vm_readv", libc::SYS_process_vm_readv),
    ("process_vm_writev", libc::SYS_process_vm_writev),
    ("read", libc::SYS_read),
    ("readlinkat", libc::SYS_readlinkat),
    ("recvfrom", libc::SYS_recvfrom),
    ("recvmsg", libc::SYS_recvmsg),
    #[cfg(not(target_arch = "riscv64"))]
    ("renameat", libc::SYS_renameat),
    ("rt_sigaction", libc::SYS_rt_sigaction),
    ("rt_sigprocmask", libc::SYS_rt_sigprocmask),
    ("sched_getaffinity", libc::SYS_sched_getaffinity),
    ("seccomp", libc::SYS_seccomp),
    ("sendmsg", libc::SYS_sendmsg),
    ("sendto", libc::SYS_sendto),
    ("setpgid", libc::SYS_setpgid),
    ("setsockopt", libc::SYS_setsockopt),
    ("signalfd4", libc::SYS_signalfd4),
    ("socket", libc::SYS_socket),
    ("socketpair", libc::SYS_socketpair),
    ("statx", libc::SYS_statx),
    ("symlinkat", libc::SYS_symlinkat),
    ("sysinfo", libc::SYS_sysinfo),
    ("timer_create", libc::SYS_timer_create),
    ("timer_settime", libc::SYS_timer_settime),
    ("timerfd_create", libc::SYS_timerfd_create),
    ("timerfd_settime", libc::SYS_timerfd_settime),
    ("uname", libc::SYS_uname),
    ("unlinkat", libc::SYS_unlinkat),
    ("wait4", libc::SYS_wait4),
    #[cfg(target_arch = "x86_64")]
    ("poll", libc::SYS_poll),
    #[cfg(target_arch = "x86_64")]
    ("readlink", libc::SYS_readlink),
];

/// Calls of which no error says that they were refused: what cannot be read is not found, and who cannot close or wait has
/// something open or running. Nothing works without them, so no filter refuses them on purpose.
const BASIC: &[&str] = &["close", "fcntl", "getdents64", "getpid", "read", "wait4"];

/// What filters answer.
const ERRNOS: [Errno; 3] = [Errno::EPERM, Errno::ENOSYS, Errno::EACCES];

/// A call that a filter refuses, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RefusedCall {
    pub call: &'static str,
    pub errno: Errno,
}

impl fmt::Display for RefusedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.call, errno_name(self.errno))
    }
}

impl RefusedCall {
    /// Whether the kernel may have been built without the call.
    pub(crate) fn may_be_the_kernels(self) -> bool {
        const OPTIONAL: [&str; 4] = ["kcmp", "landlock_create_ruleset", "process_vm_readv", "process_vm_writev"];
        self.errno == Errno::ENOSYS && OPTIONAL.contains(&self.call)
    }
}

/// All that a filter refuses to this process.
pub(crate) fn refusals() -> Vec<RefusedCall> {
    refusals_among(|_| true)
}

/// What can be the reason of a failure with `errno`, or of any failure.
pub(crate) fn reasons(errno: Option<Errno>) -> Vec<RefusedCall> {
    let mut refusals = refusals();
    refusals.retain(|refusal| Some(refusal.errno) == errno || BASIC.contains(&refusal.call));
    refusals
}

/// Fails as the first of these calls does that a filter refuses.
pub(crate) fn check(calls: &[&str]) -> Result<()> {
    refusals_among(|call| calls.contains(&call)).first().map_or(Ok(()), |refusal| Err(refusal.errno))
}

/// Those of the calls that are asked about. None where there is no filter, or where it answers as the kernel does to such
/// arguments.
fn refusals_among(is_asked: impl Fn(&str) -> bool) -> Vec<RefusedCall> {
    // SAFETY: prctl(2) of this kind takes no argument and touches no memory.
    if unsafe { libc::prctl(libc::PR_GET_SECCOMP, 0, 0, 0, 0) } == 0 {
        return Vec::new();
    }
    let refusal = |(call, number): &(&'static str, libc::c_long)| {
        let first = match *number {
            // Containers look into the flags of clone(2): these ask for no namespace, and nothing shares signals alone.
            libc::SYS_clone => libc::c_long::from(libc::CLONE_SIGHAND),
            // No group of processes has this number, and -1 would be all of them; there is no signal -1 either.
            libc::SYS_kill => libc::c_long::from(i32::MIN),
            _ => -1,
        };
        // SAFETY: no descriptor -1 is open, no memory is at the last address, no call here knows all flags, and lengths and
        // numbers of processes are beyond what there can be: each of these calls fails before it reads, writes or changes
        // anything, but for those that say who this process is.
        let errno = Errno::result(unsafe { libc::syscall(*number, first, -1, -1, -1, -1, -1) }).err()?;
        // Containers answer it so since the C library has another way then.
        let is_usual = (*call, errno) == ("clone3", Errno::ENOSYS);
        (ERRNOS.contains(&errno) && !is_usual).then_some(RefusedCall { call, errno })
    };
    CALLS.iter().filter(|(call, _)| is_asked(call)).filter_map(refusal).collect()
}
