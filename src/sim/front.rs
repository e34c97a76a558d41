//! The process that the user started: what the shell and the terminal see of a simulation.
//!
//! It serves nothing. The supervisor is a child of its own, which no signal that is meant for the command stops or ends;
//! the command is a child of the supervisor and stays in this process's group and session.

use super::descendants::Descendants;
use super::messages::{FrontEnd, FrontEndRequest, RunFailure, SupervisorReport};
use super::options::Options;
use super::start::{self, Inherited};
use super::syscall::abi::SyscallAbi;
use super::vfs::backing;
use crate::error::Error;
use crate::sys::Errno;
use crate::sys::fd::descriptor;
use crate::sys::fd::poll::{self, Interest};
use crate::sys::process::child::Child;
use crate::sys::process::filter;
use crate::sys::process::signals::{self, Effect, Signals};
use crate::sys::process::wait::{self, Change, ExitStatus};
use crate::sys::process::{rlimit, session};
use crate::sys::sim::scratch::Scratch;
use std::ffi::{CString, OsString};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

/// Calls without which no simulation begins or ends. Several processes make them, of which not all can say why they fail.
const NEEDED: &[&str] = &[
    "clone",
    "clone3",
    "close",
    "fchmod",
    "fcntl",
    "ftruncate",
    "getdents64",
    "geteuid",
    "getpid",
    "getrandom",
    "ioctl",
    "mkdirat",
    "openat",
    "openat2",
    "pidfd_open",
    "prctl",
    "process_vm_writev",
    "read",
    "readlinkat",
    "recvfrom",
    "recvmsg",
    "renameat",
    "rt_sigprocmask",
    "sendmsg",
    "signalfd4",
    "socketpair",
    "timer_create",
    "timer_settime",
    "timerfd_create",
    "timerfd_settime",
    "unlinkat",
    "wait4",
];

/// Runs `command` with simulated heaps. Returns how it ended, once it and all that it started have. `report` gets what
/// the simulation cannot do for it and a kernel could, and the reason of a failure.
pub(crate) fn run(options: &Options, command: &[CString], report: fn(&Error)) -> Result<ExitStatus, RunFailure> {
    let refused = |error: Error| {
        report(&error);
        RunFailure::Simulation
    };
    let mut terminal = begin(options, command, report).map_err(refused)?;
    terminal.pass_signals_on().unwrap_or_else(|error| Err(refused(error)))
}

fn begin(options: &Options, command: &[CString], report: fn(&Error)) -> Result<ShellJob, Error> {
    if SyscallAbi::OF_THIS_MACHINE.is_empty() {
        return Err(Error::refused("simulate on", std::env::consts::ARCH, "unsupported architecture")
            .with_hint("x86-64, arm64 and riscv64 are supported"));
    }
    let failed = |errno| Error::errno("start", "the supervisor", errno);
    filter::check(NEEDED).map_err(failed)?;
    if crate::sys::fd::file::find(Path::new("/proc/self/fd")).is_err() {
        return Err(Error::explained("look at", "/proc/self/fd", "/proc is not mounted", Errno::ENOENT)
            .with_hint("the simulator needs procfs: mount -t proc proc /proc"));
    }
    let descendants = Arc::new(Descendants::new().map_err(|errno| Error::errno("look at", "/proc", errno))?);
    // Orphans come to the supervisor, and to this process when that is gone.
    session::become_subreaper().map_err(|errno| Error::errno("become", "a subreaper", errno))?;
    let signals = Arc::new(Signals::take_all().map_err(|errno| Error::errno("catch", "signals", errno))?);

    let directory = backing::fresh_name().map_err(failed)?;
    let own = descriptor::process(std::process::id()).map_err(failed)?;
    let is_a_shells_job = session::is_a_shells_job();
    let is_listener = std::env::var("LISTEN_PID").is_ok_and(|process| process == std::process::id().to_string());
    let supervisor = Child::start(|channel| {
        let front_end = FrontEnd::new(channel, own);
        let (signals, descendants, directory) = (Arc::clone(&signals), Arc::clone(&descendants), directory.clone());
        let inherited = Inherited { signals, front_end, descendants, is_a_shells_job, is_listener, directory };
        start::supervise(options, command, report, inherited);
        0
    })
    .map_err(failed)?;
    descriptor::close_inherited().and_then(|()| rlimit::lift_soft()).map_err(failed)?;

    Ok(ShellJob {
        signals,
        supervisor,
        supervisor_end: None,
        descendants,
        command: CommandState::NotYet,
        ended_by: None,
        outcome: None,
        directory,
        scratch: None,
    })
}

/// The job as the user's shell knows it.
#[derive(Debug)]
struct ShellJob {
    signals: Arc<Signals>,
    supervisor: Child<FrontEndRequest, SupervisorReport>,
    /// How the supervisor ended, if that was seen among other changes.
    supervisor_end: Option<ExitStatus>,
    descendants: Arc<Descendants>,
    command: CommandState,
    /// The signal that ends this process once everything below it is gone.
    ended_by: Option<i32>,
    outcome: Option<Result<ExitStatus, RunFailure>>,
    /// The name of the supervisor's directory.
    directory: OsString,
    /// The supervisor's directory, to be removed if the supervisor was killed.
    scratch: Option<Scratch>,
}

#[derive(Debug)]
enum CommandState {
    /// It does not run yet; signals wait until it does.
    NotYet,
    Running(OwnedFd),
    /// It has ended; signals are for this process.
    Ended,
}

impl ShellJob {
    /// Passes signals on until the supervisor has ended.
    fn pass_signals_on(&mut self) -> Result<Result<ExitStatus, RunFailure>, Error> {
        let failed = |errno| Error::errno("wait for", "the command", errno);
        loop {
            let signals = !matches!(self.command, CommandState::NotYet);
            let signals = if signals { self.signals.as_fd() } else { self.supervisor.channel.as_fd() };
            let sources = [(signals, Interest::Read), (self.supervisor.channel.as_fd(), Interest::Read)];
            let ready = poll::wait(&sources).map_err(failed)?;
            if ready.get(1) == Some(&true) {
                match self.supervisor.channel.receive_with() {
                    Ok(Some((news, fd))) => self.handle(news, fd).map_err(failed)?,
                    _ => return self.conclude(),
                }
            } else if ready.first() == Some(&true) {
                self.take_signals().map_err(failed)?;
            }
        }
    }

    fn handle(&mut self, news: SupervisorReport, fd: Option<OwnedFd>) -> Result<(), Errno> {
        match (news, fd) {
            (SupervisorReport::Prepared, fd) => {
                self.command = fd.map_or(CommandState::NotYet, CommandState::Running);
                self.scratch = backing::adopt(&self.directory);
                // Not before: a SIGCONT that this message brought could hide one that is for the command.
                self.supervisor.channel.continue_on_message()?;
                self.supervisor.channel.send(&FrontEndRequest::Run)?;
            }
            // Its arrival has let this process go on.
            (SupervisorReport::Continued, _) => {}
            (SupervisorReport::Ended, _) => self.command = CommandState::Ended,
            (SupervisorReport::Over(outcome), _) => self.outcome = Some(outcome),
        }
        Ok(())
    }

    /// While the command lives it decides what a signal does, and afterwards nothing else is there to do so.
    fn take_signals(&mut self) -> Result<(), Errno> {
        while let Some(received) = self.signals.next()? {
            let effect = self.signals.effect(received);
            match &self.command {
                _ if received.signal == signals::CHILD => self.collect(),
                // The terminal has sent its signals to the command as well, a process to this one only.
                CommandState::Running(command) if received.from_process => {
                    // It may just have ended.
                    let _ = descriptor::send_signal(command.as_fd(), received.signal);
                }
                CommandState::Running(_) if effect == Effect::Stop => {
                    self.supervisor.channel.send(&FrontEndRequest::StopWithCommand(received.signal))?;
                }
                CommandState::Ended if effect == Effect::Stop => signals::stop()?,
                CommandState::Ended if effect == Effect::End => {
                    self.ended_by = Some(received.signal);
                    self.supervisor.channel.hang_up()?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn collect(&mut self) {
        while let Ok(Some((process, change))) = wait::next_change() {
            match change {
                // One that was there before the simulation, or a descendant without a supervisor.
                Change::Ended(status) if process == self.supervisor.id() => self.supervisor_end = Some(status),
                _ => {}
            }
        }
    }

    /// The supervisor has gone, with a last word or without. No process stays that it would serve.
    fn conclude(&mut self) -> Result<Result<ExitStatus, RunFailure>, Error> {
        let supervisor_end = self.supervisor_end.take().or_else(|| self.supervisor.wait());
        if let (None, Some(Ok(end))) = (self.ended_by, self.outcome) {
            return Ok(Ok(end));
        }
        self.descendants.kill_all(|| while let Ok(Some(_)) = wait::next_change() {});
        drop(self.scratch.take().or_else(|| backing::adopt(&self.directory)));
        if let Some(outcome) = self.ended_by.map(|signal| Ok(ExitStatus::Killed(signal))).or(self.outcome) {
            return Ok(outcome);
        }
        let how = match supervisor_end {
            Some(ExitStatus::Killed(signal)) => format!("was killed by {}", signals::name(signal)),
            _ => "ended too early".to_owned(),
        };
        Err(Error::refused("serve", "the command", format!("the supervisor {how}, so the command was also killed")))
    }
}
