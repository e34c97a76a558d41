//! Acting in the place of another thread: with its rights, from its root directory.
//!
//! Where this process has other rights than that thread, a thread of its own takes those over first. It does so
//! by the system calls themselves, which change one thread; the C library's functions change all of them.

use crate::sys::fd::file::{self, Purpose};
use crate::sys::fd::status::Status;
use crate::sys::process::capability::{Capability, Effective};
use crate::sys::{Errno, Result};
use std::fs::read_to_string;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

/// In whose name a thread asks: access(2) asks for the real user, all else for the effective one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActingUser {
    /// The effective one (to be exact, that of the file system, setfsuid(2)).
    Effective,
    Real,
}

/// The rights of a thread and the directory that is its root.
#[derive(Debug)]
pub(crate) struct Impersonation {
    root: OwnedFd,
    rights: Rights,
    /// Whether a process has the same number for the thread and for this process.
    pub counts_alike: bool,
}

impl Impersonation {
    /// Takes the rights of `thread`. The caller makes sure afterwards that this number still names the thread.
    pub(crate) fn of(thread: u32, user: ActingUser) -> Result<Self> {
        let root = file::open(Path::new(&format!("/proc/{thread}/root")), Purpose::Look)?;
        let (rights, depth) = Rights::of(&thread.to_string(), user)?;
        Ok(Self { root, rights, counts_alike: depth == own()?.1 })
    }

    /// Whether the thread may do this with an object: `wanted` has the bits of access(2).
    pub(crate) fn may(&self, object: &Status, wanted: u32) -> bool {
        self.rights.may(object, wanted)
    }

    /// Calls `act` with the root directory and the rights of the thread.
    ///
    /// # Errors
    /// EACCES where the rights cannot be taken over; EAGAIN where there is no room for a thread.
    pub(crate) fn act<T: Send>(&self, act: impl FnOnce(BorrowedFd<'_>) -> Result<T> + Send) -> Result<T> {
        /// Bytes of the thread's stack.
        const STACK: usize = 128 << 10;
        if self.rights == own()?.0 {
            return act(self.root.as_fd());
        }
        std::thread::scope(|scope| {
            let acting = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || {
                self.rights.take_over()?;
                act(self.root.as_fd())
            });
            let acting = acting.map_err(|error| file::errno_of(&error))?;
            acting.join().unwrap_or(Err(Errno::EACCES))
        })
    }
}

/// The credentials that decide whether a thread may use a file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rights {
    user: u32,
    group: u32,
    /// In ascending order, as the kernel keeps them.
    groups: Vec<u32>,
    /// Capabilities in another user namespace do not count for files here: none.
    capabilities: Effective,
    /// The security module's label of the thread, if it has one.
    label: Option<Vec<u8>>,
}

/// Reads the rights of this process, which never change, and its depth.
fn own() -> Result<&'static (Rights, usize)> {
    static OWN: OnceLock<Result<(Rights, usize)>> = OnceLock::new();
    OWN.get_or_init(|| Rights::of("self", ActingUser::Effective)).as_ref().map_err(|errno| *errno)
}

impl Rights {
    /// Reads the rights of `/proc/THREAD`, and in how many namespaces of processes that is, seen from here.
    fn of(thread: &str, user: ActingUser) -> Result<(Self, usize)> {
        let at = |name: &str| format!("/proc/{thread}/{name}");
        let text = read_to_string(at("status")).map_err(|error| file::errno_of(&error))?;
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).ok_or(Errno::EPROTO);
        let numbers = |name: &str| -> Result<Vec<u32>> {
            field(name)?.split_whitespace().map(|number| number.parse().map_err(|_| Errno::EPROTO)).collect()
        };
        let mask = |name: &str| Effective::parse(field(name)?.trim()).ok_or(Errno::EPROTO);
        // Real, effective, saved, of the file system.
        let column = if user == ActingUser::Real { 0 } else { 3 };
        let id = |name: &str| numbers(name)?.get(column).copied().ok_or(Errno::EPROTO);
        let (uid, gid) = (id("Uid:")?, id("Gid:")?);
        let namespace = |process: &str| std::fs::read_link(format!("/proc/{process}/ns/user")).ok();
        let capabilities = match user {
            _ if namespace(thread) != namespace("self") => Effective::none(),
            ActingUser::Effective => mask("CapEff:")?,
            // access_override_creds of fs/open.c.
            ActingUser::Real if uid == 0 => mask("CapPrm:")?,
            ActingUser::Real => Effective::none(),
        };
        let groups = numbers("Groups:")?;
        let label = std::fs::read(at("attr/current")).ok();
        let depth = field("NSpid:")?.split_whitespace().count();
        Ok((Self { user: uid, group: gid, groups, capabilities, label }, depth))
    }

    /// As `generic_permission` of fs/namei.c decides, where no list says more than the mode.
    fn may(&self, object: &Status, wanted: u32) -> bool {
        const READ: u32 = 4;
        const EXECUTE: u32 = 1;
        let class = match object {
            Status { uid, .. } if *uid == self.user => 6,
            Status { gid, .. } if *gid == self.group || self.groups.contains(gid) => 3,
            _ => 0,
        };
        let is_executable = object.mode & 0o111 != 0 || object.mode & libc::S_IFMT == libc::S_IFDIR;
        object.mode >> class & wanted == wanted
            || self.capabilities.has(Capability::DacOverride) && (wanted & EXECUTE == 0 || is_executable)
            || self.capabilities.has(Capability::DacReadSearch) && wanted == READ
    }

    /// Takes these over for the calling thread, for good.
    fn take_over(&self) -> Result<()> {
        let own = &own()?.0;
        if self.groups != own.groups {
            // SAFETY: the kernel reads as many numbers as the list has, which lives for the call.
            let done = unsafe { libc::syscall(number::SETGROUPS, self.groups.len(), self.groups.as_ptr()) };
            Errno::result(done).map_err(|_| Errno::EACCES)?;
        }
        // One thread at a time: another one would read, and put back, what this one has for a moment.
        static DUMPABLE: Mutex<()> = Mutex::new(());
        let dumpable = DUMPABLE.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: these take a number each and touch no memory. PR_GET_DUMPABLE and PR_SET_DUMPABLE are about
        // this process, which stays as visible to others as it was: the two between make it less so.
        unsafe {
            let before = libc::prctl(libc::PR_GET_DUMPABLE);
            libc::syscall(number::SETFSGID, self.group);
            libc::syscall(number::SETFSUID, self.user);
            libc::prctl(libc::PR_SET_DUMPABLE, before as libc::c_ulong);
        }
        drop(dumpable);
        self.capabilities.take()?;
        // setfsuid(2) does not say whether it did anything.
        let (got, _) = Self::of("thread-self", ActingUser::Effective)?;
        if got == *self { Ok(()) } else { Err(Errno::EACCES) }
    }
}

/// The calls that take identities of 32 bits: some architectures have older ones of 16 bits.
mod number {
    #[cfg(not(any(target_arch = "x86", target_arch = "arm")))]
    pub(super) use libc::{SYS_setfsgid as SETFSGID, SYS_setfsuid as SETFSUID, SYS_setgroups as SETGROUPS};
    #[cfg(any(target_arch = "x86", target_arch = "arm"))]
    pub(super) use libc::{SYS_setfsgid32 as SETFSGID, SYS_setfsuid32 as SETFSUID, SYS_setgroups32 as SETGROUPS};
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::fd::status;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, Stdio};

    /// A process that waits, as root with another user's rights.
    fn waiting(user: Option<u32>) -> Child {
        let mut command = Command::new("cat");
        if let Some(user) = user {
            command.uid(user).gid(user);
        }
        // It has its rights before it is started.
        command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap()
    }

    fn is_root() -> bool {
        crate::sys::process::credentials::effective_user() == 0
    }

    #[test]
    fn for_a_process_with_the_same_rights_nothing_is_taken_over() {
        let mut child = waiting(None);
        let impersonation = Impersonation::of(child.id(), ActingUser::Effective).unwrap();
        let here = std::thread::current().id();
        assert!(impersonation.act(|_| Ok(std::thread::current().id() == here)).unwrap() && impersonation.counts_alike);
        let real = Impersonation::of(child.id(), ActingUser::Real).unwrap();
        assert_eq!(real.rights.user, impersonation.rights.user);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(Impersonation::of(u32::MAX, ActingUser::Effective).is_err());
    }

    /// Only root can take over what others may.
    #[test]
    fn a_deputy_may_what_the_other_user_may_and_this_process_stays_as_it_is() {
        if !is_root() {
            return;
        }
        let place = tempfile::tempdir().unwrap();
        let path = place.path().to_owned();
        std::fs::write(path.join("file"), "text").unwrap();
        let set_mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        set_mode(0o700);
        let mut child = waiting(Some(65534));
        let impersonation = Impersonation::of(child.id(), ActingUser::Effective).unwrap();
        let look = || impersonation.act(|root| file::open_in_root(root, &path.join("file"), Purpose::Look).map(drop));
        assert_eq!(look(), Err(Errno::EACCES));
        set_mode(0o711);
        assert_eq!(look(), Ok(()));
        assert_eq!(
            impersonation.act(|root| file::open_in_root(root, &path, Purpose::List).map(drop)),
            Err(Errno::EACCES)
        );
        let before = std::fs::read_to_string("/proc/self/status").unwrap();
        assert!(file::open(&path, Purpose::List).is_ok());
        assert!(before.contains("\nUid:\t0\t0\t0\t0\n"), "{before}");
        // SAFETY: this asks for a number and touches no memory.
        assert_eq!(unsafe { libc::prctl(libc::PR_GET_DUMPABLE) }, 1);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// The kernel is asked the same of a file. Only root can give it to others and act as they do.
    #[test]
    fn what_another_user_may_is_what_the_kernel_says() {
        if !is_root() {
            return;
        }
        let place = tempfile::tempdir().unwrap();
        std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = place.path().join("file");
        std::fs::write(&path, "text").unwrap();
        let (mut user, mut root) = (waiting(Some(65534)), waiting(None));
        let mut differing = Vec::new();
        for (child, owner) in [(&user, [(65534, 0), (0, 65534), (0, 0)]), (&root, [(65534, 65534), (0, 65534), (0, 0)])]
        {
            let impersonation = Impersonation::of(child.id(), ActingUser::Effective).unwrap();
            for (uid, gid) in owner {
                std::os::unix::fs::chown(&path, Some(uid), Some(gid)).unwrap();
                for mode in [0, 0o600, 0o060, 0o006, 0o066, 0o606, 0o660, 0o666, 0o444, 0o222, 0o111, 0o100, 0o777] {
                    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
                    let fd = file::open(&path, Purpose::Look).unwrap();
                    let status = status::status(fd.as_fd()).unwrap();
                    for wanted in 1..8 {
                        let kernel = impersonation.act(|_| file::may(fd.as_fd(), wanted));
                        if kernel.is_ok() != impersonation.may(&status, wanted) {
                            differing.push(format!("{wanted} of {mode:04o} {uid}:{gid}: {kernel:?}"));
                        }
                    }
                }
            }
        }
        for child in [&mut user, &mut root] {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert_eq!(differing, [""; 0]);
    }

    #[test]
    fn rights_that_cannot_be_had_are_refused() {
        let rights = Rights { label: Some(b"of another security module".to_vec()), ..own().unwrap().0.clone() };
        let root = file::open(Path::new("/"), Purpose::Look).unwrap();
        let impersonation = Impersonation { root, rights, counts_alike: true };
        assert_eq!(impersonation.act(|_| Ok(())), Err(Errno::EACCES));
    }
}
