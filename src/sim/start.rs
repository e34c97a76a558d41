//! Making sure that a simulation can work before the command is started, and starting it.

use super::accounts::with_descriptor_hint;
use super::children::Children;
use super::descendants::Descendants;
use super::messages::{FrontEnd, FrontEndRequest, RunFailure, SupervisorReport};
use super::options::Options;
use super::supervisor::Supervisor;
use super::syscall::filter;
use super::syscall::unsupported::UnsupportedPrograms;
use super::workers::Workers;
use crate::error::{Error, Hint};
use crate::sys::Errno;
use crate::sys::fd::descriptor;
use crate::sys::process::signals::{self, Signals};
use crate::sys::process::{rlimit, session, victim};
use crate::sys::sim::launch::{self, FilteredCommand, LaunchFailure, LaunchStep, PendingExec};
use crate::sys::sim::placeholder;
use crate::sys::sim::remote;
use crate::sys::sim::seccomp::SeccompListener;
use std::ffi::{CString, OsString};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

/// The descriptors that the supervisor has from the process that started it.
pub(super) struct Inherited {
    pub(super) signals: Arc<Signals>,
    pub(super) front_end: FrontEnd,
    pub(super) descendants: Arc<Descendants>,
    pub(super) is_a_shells_job: bool,
    /// Whether the process that started it was given descriptors by the convention of sd_listen_fds(3).
    pub(super) is_listener: bool,
    /// The name of the directory that it makes.
    pub(super) directory: OsString,
}

/// A failure, and its reason unless that was reported before.
type StartFailure = (RunFailure, Option<Error>);

/// Starts the command, serves it, and reports to the front end how it went.
pub(super) fn supervise(options: &Options, command: &[CString], report: fn(&Error), inherited: Inherited) {
    let Inherited { signals, front_end, descendants, is_a_shells_job, is_listener, directory } = inherited;
    let front_end = Arc::new(front_end);
    let command = FilteredCommand { arguments: command.to_vec(), variable: ("DMAHEAP_SIM", "1"), is_listener };
    let supervisor = placeholder::ruleset().map_err(no_placeholder);
    let supervisor = supervisor.and_then(|_| Supervisor::new(options, &directory, report)).map_err(not_simulated);
    let outcome = supervisor.and_then(|supervisor| {
        let (waiting, listener) = launch(&command, &signals)?;
        let process = waiting.id();
        part_from_command(&front_end, is_a_shells_job)?;
        announce(process, &front_end)?;
        let children = Children::watch(process, signals, Arc::clone(&front_end), descendants);
        let children = children.map_err(failed("watch", "the command"))?;
        let unsupported = UnsupportedPrograms::new(process, report);
        // Kernels before 6.6 do not know how; calls then take longer.
        let _ = listener.wake_synchronously();
        waiting.release().map_err(|errno| not_executed(&command, errno))?;
        let served = Workers::new(supervisor, unsupported, listener).and_then(|workers| workers.run());
        let refused = served.map_err(failed("serve", "the command"))?;
        match children.command_end() {
            // The reason was reported when the command was killed.
            _ if refused => Err((RunFailure::Simulation, None)),
            Some(status) => Ok(status),
            None => Err(not_simulated(Error::refused("wait for", "the command", "its status was lost"))),
        }
    });
    let outcome = outcome.map_err(|(failure, error)| {
        if let Some(error) = &error {
            report(error);
        }
        failure
    });
    front_end.report(SupervisorReport::Over(outcome), None);
}

fn failed(operation: &'static str, object: &'static str) -> impl Fn(Errno) -> StartFailure {
    move |errno| not_simulated(Error::errno(operation, object, errno))
}

const fn not_simulated(error: Error) -> StartFailure {
    (RunFailure::Simulation, Some(error))
}

/// The command's process, which waits, in the state in which it begins.
fn launch(command: &FilteredCommand, signals: &Signals) -> Result<(PendingExec, SeccompListener), StartFailure> {
    session::become_subreaper().map_err(failed("become", "a subreaper"))?;
    let put_back = || {
        // The command may miss a signal then, or be killed before others, but that does not keep it from running.
        let _ = signals.put_back();
        let _ = victim::restore();
    };
    let (waiting, listener) =
        launch::prepare(command, &filter::program(), put_back).map_err(|failure| not_simulated(refusal(failure)))?;
    match check_sight(&waiting) {
        Ok(()) => Ok((waiting, listener)),
        Err(error) => {
            waiting.cancel();
            Err(not_simulated(error))
        }
    }
}

/// How long the supervisor, which others need, can be kept stopped by a signal.
const LONGEST_STOP: Duration = Duration::from_millis(100);

/// Leaves to the command alone what the caller left open, the caller's limits, and what a terminal sends.
fn part_from_command(front_end: &FrontEnd, in_session: bool) -> Result<(), StartFailure> {
    session::step_aside("sim-supervisor", in_session)
        .map_err(failed("leave", "the command's process group (setsid)"))?;
    descriptor::close_inherited().map_err(failed("close", "inherited descriptors"))?;
    front_end.outlast_a_stop().map_err(failed("watch", "the front end"))?;
    signals::outlast_stops(LONGEST_STOP).map_err(failed("set", "a timer"))?;
    // Where they cannot be lifted, allocations may fail.
    let _ = rlimit::lift_soft();
    Ok(())
}

/// Sends the front end the command's process and waits until it is ready to pass signals on.
fn announce(process: u32, front_end: &FrontEnd) -> Result<(), StartFailure> {
    let pidfd = descriptor::process(process).map_err(failed("watch", "the command"))?;
    front_end.report(SupervisorReport::Prepared, Some(&pidfd));
    match front_end.hear() {
        Some(FrontEndRequest::Run) => Ok(()),
        _ => Err(not_simulated(Error::refused("start", "the command", "dmaheap was killed"))),
    }
}

/// Whether the supervisor may look into the child: what Yama and others forbid shows here.
fn check_sight(waiting: &PendingExec) -> Result<(), Error> {
    let here = std::ptr::from_ref(&SEEN).addr() as u64;
    remote::check_memory_access(waiting.id(), here).map_err(blind)?;
    let own = placeholder::ruleset().map_err(no_placeholder)?;
    // EBADF: the child has no descriptor 0, but it could be asked.
    match remote::is_same_file(waiting.id(), 0, own.as_fd()) {
        Ok(_) | Err(Errno::EBADF) => Ok(()),
        Err(errno) => Err(blind(errno)),
    }
}

/// Explains why there is no placeholder for an opened heap.
fn no_placeholder(errno: Errno) -> Error {
    let (operation, object) = ("make", "a Landlock ruleset");
    match errno {
        Errno::ENOSYS | Errno::EOPNOTSUPP => {
            let reason = "this kernel has no Landlock, which stands in for opened heaps";
            Error::explained(operation, object, reason, errno).with_hint("Linux 5.19 or later with CONFIG_SECURITY_LANDLOCK is needed, and `landlock` in the `lsm=` list of the kernel command line")
        }
        _ => with_descriptor_hint(Error::errno(operation, object, errno), errno),
    }
}

fn blind(errno: Errno) -> Error {
    let (reason, hint) = match errno {
        Errno::ENOSYS => (
            "this kernel cannot read another process's memory or compare its descriptors",
            "CONFIG_CROSS_MEMORY_ATTACH and CONFIG_KCMP are needed",
        ),
        _ => (
            "this system does not let a process trace its own children",
            "kernel.yama.ptrace_scope of 2 or 3, a security module or a container's seccomp profile forbids it",
        ),
    };
    Error::explained("inspect", "a child process", reason, errno).with_hint(hint)
}

/// Something at a known address: a child has it at the same one.
static SEEN: u8 = 1;

fn refusal(LaunchFailure { step, errno }: LaunchFailure) -> Error {
    let failed = |operation, object, reason: &str, hint: Hint| {
        Error::explained(operation, object, reason, errno).with_hint(hint)
    };
    match (step, errno) {
        (LaunchStep::Filter, Errno::EBUSY) => {
            failed("install", "the seccomp filter", "another supervisor is already attached", Hint::OneSupervisor)
        }
        (LaunchStep::Filter, Errno::EINVAL) => failed(
            "install",
            "the seccomp filter",
            "this kernel does not know SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
            "Linux 5.19 or later with CONFIG_SECCOMP_FILTER is needed".into(),
        ),
        (LaunchStep::Filter, _) => failed(
            "install",
            "the seccomp filter",
            "this environment does not allow seccomp filters",
            "a container's seccomp profile may forbid seccomp(2)".into(),
        ),
        (LaunchStep::Fork, _) => Error::errno("start", "a process", errno),
        (LaunchStep::NoNewPrivileges, _) => Error::errno("set", "no_new_privs", errno),
        (LaunchStep::HandOver, _) => Error::errno("receive", "the seccomp listener", errno),
        (LaunchStep::Exec, _) => Error::errno("execute", "the command", errno),
    }
}

fn not_executed(command: &FilteredCommand, errno: Errno) -> StartFailure {
    let name = command.arguments.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let error = Error::errno("execute", name, errno);
    (if errno == Errno::ENOENT { RunFailure::NotFound } else { RunFailure::NotExecutable }, Some(error))
}
