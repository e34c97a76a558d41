//! Making sure that a simulation can work before the command is started, and starting it.

use super::children::Children;
use super::device_list;
use super::entry::Entry;
use super::faults::Faults;
use super::filter;
use super::guess::Guess;
use super::heaps::Heaps;
use super::mirror::Mirror;
use super::opened::{self, OpenedFiles};
use super::options::Options;
use super::supervisor::Supervisor;
use super::tree::Tree;
use crate::error::Error;
use crate::model::{Kernel, LongBits};
use crate::sys::attend::{self, Change, Signals};
use crate::sys::launch::{self, Command, Step, Waiting};
use crate::sys::seccomp::Listener;
use crate::sys::{Errno, file, limits, traced, victim};
use std::ffi::CString;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64};

/// A simulation that did not come about, told apart as env(1) does.
#[derive(Debug)]
pub enum Failure {
    /// The command was not started.
    Simulation(Error),
    /// The command was found but could not be executed.
    NotExecutable(Error),
    /// The command was not found.
    NotFound(Error),
    /// The command was started and then left alone, because the supervisor itself failed.
    Abandoned(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Simulation(error)
    }
}

/// How the command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With this status.
    Exited(u8),
    /// By this signal.
    Killed(i32),
}

/// Runs `command` with simulated heaps and answers how it ended, once it and all that it started have.
/// What the simulation cannot do for it, and a kernel could, is handed to `tell` meanwhile.
///
/// # Errors
/// When the simulation cannot work or the command cannot be executed; it was then not started.
pub fn run(options: &Options, command: &[CString], tell: fn(&Error)) -> Result<End, Failure> {
    if Entry::OF_THIS_MACHINE.is_empty() {
        return Err(Error::refused("simulate on", std::env::consts::ARCH, "its system calls are not known here")
            .with_hint("x86-64, arm64 and riscv64 are supported")
            .into());
    }
    let supervisor = supervisor(options, tell)?;
    attend::become_subreaper().map_err(|errno| Error::errno("become", "a subreaper", errno))?;
    let signals = Signals::take().map_err(|errno| Error::errno("take over", "signals", errno))?;
    let command = Command { arguments: command.to_vec(), variable: ("DMAHEAP_SIM", "1") };
    let put_back = || {
        // The command may miss a signal then, or be killed before others, which is no reason not to run it.
        let _ = signals.put_back();
        let _ = victim::restore();
    };
    let (waiting, listener) =
        launch::prepare(&command, &filter::program(), put_back).map_err(|(step, errno)| refusal(step, errno))?;
    if let Err(error) = check_sight(&waiting) {
        waiting.cancel();
        return Err(error.into());
    }
    // The command has its own copy of the limits. Where they cannot be lifted, allocations may fail.
    let _ = limits::lift_soft_limits();
    // Kernels before 6.6 do not know how; calls then take longer.
    let _ = listener.wake_synchronously();
    let process = waiting.process;
    waiting.release().map_err(|errno| not_executed(&command, errno))?;
    let end = serve(supervisor, listener, Children::new(signals, process))
        .map_err(|errno| Failure::Abandoned(Error::errno("serve", "the command", errno)))?;
    Ok(match end {
        Change::Exited(status) => End::Exited(status),
        Change::Killed(signal) | Change::Stopped(signal) => End::Killed(signal),
    })
}

/// Ends this process as the command was ended, so that its parent sees the same. Answers the status to
/// exit with where the signal does not do it.
#[must_use]
pub fn die_by(signal: i32) -> u8 {
    let _ = attend::die_by(signal);
    128_u8.saturating_add(u8::try_from(signal).unwrap_or(0))
}

fn serve(supervisor: Supervisor, listener: Listener, mut children: Children) -> Result<Change, Errno> {
    match supervisor.serve(listener, &mut children)? {
        Some(signal) => Ok(Change::Killed(signal)),
        None => children.command_end(),
    }
}

fn supervisor(options: &Options, tell: fn(&Error)) -> Result<Supervisor, Error> {
    if !file::exists(Path::new("/proc/self/fd")) {
        return Err(Error::explained("look at", "/proc/self/fd", "no /proc is mounted", Errno::ENOENT)
            .with_hint("the simulator needs procfs: mount -t proc proc /proc"));
    }
    opened::stand_in().map_err(no_stand_in)?;
    let faults = Faults::new(&options.faults);
    let kernel = Kernel {
        abi: options.abi,
        page_size: limits::page_size(),
        long_bits: if cfg!(target_pointer_width = "64") { LongBits::Bits64 } else { LongBits::Bits32 },
        efault_fixed: !faults.efault_leak(),
        ..Kernel::DEBIAN_6_12
    };
    let heaps = Heaps::new(&kernel, &options.heaps, options.backing, tell)?;
    let list = file::open(Path::new("/proc/devices"), file::Purpose::Read).and_then(|fd| file::read_all(fd, 1 << 20));
    let major = device_list::heap_major(&list.unwrap_or_default());
    let mut tree = Tree::of(&heaps.registry, major);
    tree.add_areas(&heaps.areas());
    let mirror = Mirror::make(&mut tree, major)?;
    Ok(Supervisor {
        kernel,
        heaps: Mutex::new(heaps),
        tree,
        mirror,
        major,
        opened: OpenedFiles::default(),
        faults,
        guess: Guess::default(),
        synced: AtomicU64::new(0),
        directories_given: AtomicBool::new(false),
        tell,
    })
}

/// Whether the supervisor may look into the child: what Yama and others forbid shows here.
fn check_sight(waiting: &Waiting) -> Result<(), Error> {
    let here = std::ptr::from_ref(&SEEN).addr() as u64;
    traced::may_read_memory(waiting.process, here).map_err(blind)?;
    let own = opened::stand_in().map_err(no_stand_in)?;
    // EBADF: the child has no descriptor 0, but it could be asked.
    match traced::is_same_file(waiting.process, 0, own.as_fd()) {
        Ok(_) | Err(Errno::EBADF) => Ok(()),
        Err(errno) => Err(blind(errno)),
    }
}

/// The hint where this process has no descriptor left.
pub(super) const OPEN_FILES: &str =
    "the simulator needs a few descriptors of its own: `ulimit -n` shows and sets RLIMIT_NOFILE";

/// Why nothing can stand in for an opened heap.
fn no_stand_in(errno: Errno) -> Error {
    let (operation, object) = ("make", "a Landlock ruleset");
    match errno {
        Errno::ENOSYS | Errno::EOPNOTSUPP => {
            let reason = "this kernel has no Landlock, which stands in for opened heaps";
            Error::explained(operation, object, reason, errno).with_hint("Linux 5.19 or later with CONFIG_SECURITY_LANDLOCK is needed, and `landlock` in the `lsm=` list of the kernel command line")
        }
        Errno::EMFILE => Error::errno(operation, object, errno).with_hint(OPEN_FILES),
        _ => Error::errno(operation, object, errno),
    }
}

fn blind(errno: Errno) -> Error {
    let (reason, hint) = match errno {
        Errno::ENOSYS => (
            "this kernel cannot read another process's memory or compare its descriptors",
            "CONFIG_CROSS_MEMORY_ATTACH and CONFIG_KCMP are needed",
        ),
        _ => (
            "this system does not let a process look into its own children",
            "kernel.yama.ptrace_scope of 2 or 3, a security module or a container's seccomp profile forbids it",
        ),
    };
    Error::explained("look into", "a child process", reason, errno).with_hint(hint)
}

/// Something at a known address: a child has it at the same one.
static SEEN: u8 = 1;

fn refusal(step: Step, errno: Errno) -> Error {
    let failed = |operation, object, reason: &str, hint: &str| {
        Error::explained(operation, object, reason, errno).with_hint(hint)
    };
    match (step, errno) {
        (Step::Filter, Errno::EBUSY) => failed(
            "install",
            "the seccomp filter",
            "another supervisor listens already",
            "one process can be served by one supervisor only: not inside another `dmaheap sim`, nor in a container that uses seccomp notification",
        ),
        (Step::Filter, Errno::EINVAL) => failed(
            "install",
            "the seccomp filter",
            "this kernel does not know SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
            "Linux 5.19 or later with CONFIG_SECCOMP_FILTER is needed",
        ),
        (Step::Filter, _) => failed(
            "install",
            "the seccomp filter",
            "this environment does not allow seccomp filters",
            "a container's seccomp profile may forbid seccomp(2)",
        ),
        (Step::Fork, _) => Error::errno("start", "a process", errno),
        (Step::NoNewPrivileges, _) => Error::errno("set", "no_new_privs", errno),
        (Step::HandOver, _) => Error::errno("receive", "the seccomp listener", errno),
        (Step::Exec, _) => Error::errno("execute", "the command", errno),
    }
}

fn not_executed(command: &Command, errno: Errno) -> Failure {
    let name = command.arguments.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let error = Error::errno("execute", name, errno);
    if errno == Errno::ENOENT { Failure::NotFound(error) } else { Failure::NotExecutable(error) }
}
