//! Making sure that a simulation can work before the command is started, and starting it.

use super::children::Children;
use super::descendants::Descendants;
use super::faults::Faults;
use super::guess::Guess;
use super::heaps::Heaps;
use super::messages::{FrontEnd, News, Request};
use super::options::Options;
use super::supervisor::Supervisor;
use super::syscall::filter;
use super::syscall::unsupported::Foreigners;
use super::vfs::backing::Mirror;
use super::vfs::device_list;
use super::vfs::open_files::{self, OpenedFiles};
use super::vfs::tree::Tree;
use crate::error::{Error, Hint};
use crate::model::{Kernel, LongBits};
use crate::sys::Errno;
use crate::sys::fd::{descriptor, file};
use crate::sys::process::signals::{self, Signals};
use crate::sys::process::{rlimit, session, victim};
use crate::sys::sim::launch::{self, Command, LaunchFailure, Step, Waiting};
use crate::sys::sim::remote;
use crate::sys::sim::seccomp::Listener;
use crate::sys::system;
use serde::{Deserialize, Serialize};
use std::ffi::{CString, OsStr, OsString};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A simulation that did not come about, told apart as env(1) does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Failure {
    /// The command was not started, or could not be served to its end and was killed.
    Simulation,
    /// The command was found but could not be executed.
    NotExecutable,
    /// The command was not found.
    NotFound,
}

/// What the supervisor has from the process that started it.
pub(super) struct Inherited {
    pub(super) signals: Arc<Signals>,
    pub(super) front_end: FrontEnd,
    pub(super) descendants: Arc<Descendants>,
    pub(super) is_a_shells_job: bool,
    /// The name of the directory that it makes.
    pub(super) directory: OsString,
}

/// A failure, and its reason unless that was handed to `tell` before.
type Refusal = (Failure, Option<Error>);

/// Starts the command, serves it, and reports to the front end how it went.
pub(super) fn supervise(options: &Options, command: &[CString], tell: fn(&Error), inherited: Inherited) {
    let Inherited { signals, front_end, descendants, is_a_shells_job, directory } = inherited;
    let front_end = Arc::new(front_end);
    let command = Command { arguments: command.to_vec(), variable: ("DMAHEAP_SIM", "1") };
    let supervisor = supervisor(options, &directory, tell).map_err(simulation);
    let outcome = supervisor.and_then(|supervisor| {
        let (waiting, listener) = launch(&command, &signals)?;
        let process = waiting.id();
        part_from_command(&front_end, is_a_shells_job)?;
        announce(process, &front_end)?;
        let children = Children::watch(process, signals, Arc::clone(&front_end), descendants);
        let children = children.map_err(failed("watch", "the command"))?;
        let foreigners = Arc::clone(&supervisor.foreigners);
        serve(supervisor, waiting, listener, &command)?;
        let end = children.command_end();
        // It was told why when it was killed.
        match end {
            _ if foreigners.has(process) => Err((Failure::Simulation, None)),
            Some(status) => Ok(status),
            None => Err(simulation(Error::refused("wait for", "the command", "its status was lost"))),
        }
    });
    let outcome = outcome.map_err(|(failure, error)| {
        error.iter().for_each(tell);
        failure
    });
    front_end.report(News::Over(outcome), None);
}

fn failed(operation: &'static str, object: &'static str) -> impl Fn(Errno) -> Refusal {
    move |errno| simulation(Error::errno(operation, object, errno))
}

const fn simulation(error: Error) -> Refusal {
    (Failure::Simulation, Some(error))
}

/// The command's process, which waits, in the state in which it begins.
fn launch(command: &Command, signals: &Signals) -> Result<(Waiting, Listener), Refusal> {
    session::become_subreaper().map_err(failed("become", "a subreaper"))?;
    let put_back = || {
        // The command may miss a signal then, or be killed before others, which is no reason not to run it.
        let _ = signals.put_back();
        let _ = victim::restore();
    };
    let (waiting, listener) =
        launch::prepare(command, &filter::program(), put_back).map_err(|failure| simulation(refusal(failure)))?;
    match check_sight(&waiting) {
        Ok(()) => Ok((waiting, listener)),
        Err(error) => {
            waiting.cancel();
            Err(simulation(error))
        }
    }
}

/// How long the supervisor, which others need, can be kept stopped by a signal.
const LONGEST_STOP: Duration = Duration::from_millis(100);

/// Leaves to the command alone what the caller left open, the caller's limits, and what a terminal sends.
fn part_from_command(front_end: &FrontEnd, in_session: bool) -> Result<(), Refusal> {
    session::step_aside("sim-supervisor", in_session).map_err(failed("leave", "the command's process group"))?;
    descriptor::close_inherited().map_err(failed("close", "inherited descriptors"))?;
    front_end.outlast_a_stop().map_err(failed("watch", "the front end"))?;
    signals::outlast_stops(LONGEST_STOP).map_err(failed("set", "a timer"))?;
    // Where they cannot be lifted, allocations may fail.
    let _ = rlimit::lift_soft();
    Ok(())
}

/// Tells the front end of the command's process and waits until it is ready to pass signals on.
fn announce(process: u32, front_end: &FrontEnd) -> Result<(), Refusal> {
    let pidfd = descriptor::process(process).map_err(failed("watch", "the command"))?;
    front_end.report(News::Prepared, Some(&pidfd));
    match front_end.hear() {
        Some(Request::Run) => Ok(()),
        _ => Err(simulation(Error::refused("start", "the command", "dmaheap was killed meanwhile"))),
    }
}

/// Lets the command run, and serves it and all that it starts to their ends.
fn serve(supervisor: Supervisor, waiting: Waiting, listener: Listener, command: &Command) -> Result<(), Refusal> {
    // Kernels before 6.6 do not know how; calls then take longer.
    let _ = listener.wake_synchronously();
    waiting.release().map_err(|errno| not_executed(command, errno))?;
    supervisor.serve(listener).map_err(failed("serve", "the command"))
}

/// All that the answers depend on, before there is anybody to ask.
fn supervisor(options: &Options, directory: &OsStr, tell: fn(&Error)) -> Result<Supervisor, Error> {
    open_files::stand_in().map_err(no_stand_in)?;
    let faults = Faults::new(&options.faults);
    let kernel = Kernel {
        abi: options.abi,
        page_size: system::page_size(),
        long_bits: if cfg!(target_pointer_width = "64") { LongBits::Bits64 } else { LongBits::Bits32 },
        efault_fixed: !faults.efault_leak(),
        ..Kernel::DEBIAN_6_12
    };
    let heaps = Heaps::new(&kernel, &options.heaps, options.backing, tell)?;
    let list = file::open(Path::new("/proc/devices"), file::Purpose::Read).and_then(|fd| file::read_all(fd, 1 << 20));
    let major = device_list::heap_major(&list.unwrap_or_default());
    let mut tree = Tree::of(&heaps.registry, major);
    tree.add_areas(&heaps.areas());
    let mirror = Mirror::make(directory, &mut tree, major)?;
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
        foreigners: Arc::new(Foreigners::new(tell)),
        tell,
    })
}

/// Whether the supervisor may look into the child: what Yama and others forbid shows here.
fn check_sight(waiting: &Waiting) -> Result<(), Error> {
    let here = std::ptr::from_ref(&SEEN).addr() as u64;
    remote::may_read_memory(waiting.id(), here).map_err(blind)?;
    let own = open_files::stand_in().map_err(no_stand_in)?;
    // EBADF: the child has no descriptor 0, but it could be asked.
    match remote::is_same_file(waiting.id(), 0, own.as_fd()) {
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

fn refusal(LaunchFailure { step, errno }: LaunchFailure) -> Error {
    let failed = |operation, object, reason: &str, hint: Hint| {
        Error::explained(operation, object, reason, errno).with_hint(hint)
    };
    match (step, errno) {
        (Step::Filter, Errno::EBUSY) => {
            failed("install", "the seccomp filter", "another supervisor listens already", Hint::OneSupervisor)
        }
        (Step::Filter, Errno::EINVAL) => failed(
            "install",
            "the seccomp filter",
            "this kernel does not know SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
            "Linux 5.19 or later with CONFIG_SECCOMP_FILTER is needed".into(),
        ),
        (Step::Filter, _) => failed(
            "install",
            "the seccomp filter",
            "this environment does not allow seccomp filters",
            "a container's seccomp profile may forbid seccomp(2)".into(),
        ),
        (Step::Fork, _) => Error::errno("start", "a process", errno),
        (Step::NoNewPrivileges, _) => Error::errno("set", "no_new_privs", errno),
        (Step::HandOver, _) => Error::errno("receive", "the seccomp listener", errno),
        (Step::Exec, _) => Error::errno("execute", "the command", errno),
    }
}

fn not_executed(command: &Command, errno: Errno) -> Refusal {
    let name = command.arguments.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let error = Error::errno("execute", name, errno);
    (if errno == Errno::ENOENT { Failure::NotFound } else { Failure::NotExecutable }, Some(error))
}
