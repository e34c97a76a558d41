//! Starting a command under a seccomp filter of its own, step by step, so each failure is reported before the command
//! runs.
//!
//! The child installs the filter on itself, sends the listener back and waits for a word before it
//! execs. Nothing that it does in between is a call that such a filter may trap.

use crate::sys::process::channel::Channel;
use crate::sys::process::child::{Child, die_with_parent};
use crate::sys::process::startup;
use crate::sys::sim::seccomp::{Instruction, SeccompListener, install};
use crate::sys::{Errno, errno_number};
use serde::{Deserialize, Serialize};
use std::ffi::{CStr, CString};
use std::os::fd::AsFd;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum LaunchStep {
    /// No process could be made.
    Fork,
    /// `PR_SET_NO_NEW_PRIVS`.
    NoNewPrivileges,
    /// The filter with its listener.
    Filter,
    /// The listener did not arrive.
    HandOver,
    /// The command could not be executed.
    Exec,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct LaunchFailure {
    pub step: LaunchStep,
    #[serde(with = "errno_number")]
    pub errno: Errno,
}

impl LaunchStep {
    const fn failed(self, errno: Errno) -> LaunchFailure {
        LaunchFailure { step: self, errno }
    }
}

/// The child's report: that it listens, with the listener, or what failed.
pub(crate) type LaunchReport = Result<(), LaunchFailure>;

/// A child that has its filter and waits to exec.
#[derive(Debug)]
pub(crate) struct PendingExec(Child<(), LaunchReport>);

/// A command and its arguments, ready for execvp(3).
#[derive(Clone, Debug)]
pub(crate) struct FilteredCommand {
    /// The name to look up in `PATH`, and the arguments from the name on; never empty.
    pub arguments: Vec<CString>,
    /// A variable that is set for it: name and value.
    pub variable: (&'static str, &'static str),
    /// Whether the descriptors of sd_listen_fds(3) are meant for it: `LISTEN_PID` then has its number.
    pub is_listener: bool,
}

/// Forks, has the child install `program`, and receives its listener. The child waits.
///
/// Must be called while this process has one thread; `in_child` then puts signals back to what the
/// command is to find.
pub(crate) fn prepare(
    command: &FilteredCommand,
    program: &[Instruction],
    in_child: impl FnOnce(),
) -> Result<(PendingExec, SeccompListener), LaunchFailure> {
    let child = Child::start(|channel| {
        in_child();
        // Where both processes above are killed at once, this one ends as well.
        die_with_parent();
        let failure = become_command(command, program, &channel);
        // A parent that is gone needs no report.
        let _ = channel.send(&Err(failure));
        125
    });
    let waiting = PendingExec(child.map_err(|errno| LaunchStep::Fork.failed(errno))?);
    let failure = match waiting.0.channel.receive_with() {
        Ok(Some((Ok(()), Some(listener)))) => return Ok((waiting, SeccompListener::from(listener))),
        Ok(Some((Err(failure), _))) => failure,
        Ok(_) => LaunchStep::HandOver.failed(Errno::EPIPE),
        Err(errno) => LaunchStep::HandOver.failed(errno),
    };
    waiting.cancel();
    Err(failure)
}

impl PendingExec {
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Lets the child exec. The error is that of execvp(3); the child is then gone and reaped. One that a signal ends
    /// before is not an error: its end is awaited as that of a command that runs.
    pub(crate) fn release(mut self) -> Result<(), Errno> {
        let failed = match self.0.channel.send(&()) {
            Err(Errno::EPIPE | Errno::ECONNRESET) => return Ok(()),
            Err(errno) => Err(errno),
            // The channel closes on exec: no message means that the command runs.
            Ok(()) => self.0.channel.receive(),
        };
        let errno = match failed {
            Ok(None | Some(Ok(()))) => return Ok(()),
            Ok(Some(Err(failure))) => failure.errno,
            Err(errno) => errno,
        };
        self.0.wait();
        Err(errno)
    }

    /// Ends the child, which has executed nothing.
    pub(crate) fn cancel(mut self) {
        // It waits for a word; the end of the channel ends it.
        let _ = self.0.channel.hang_up();
        self.0.wait();
    }
}

/// Becomes the command, in the child. Returns only on failure.
fn become_command(
    command: &FilteredCommand,
    program: &[Instruction],
    channel: &Channel<LaunchReport, ()>,
) -> LaunchFailure {
    if let Err(errno) = nix::sys::prctl::set_no_new_privs() {
        return LaunchStep::NoNewPrivileges.failed(errno);
    }
    let listener = match install(program) {
        Ok(listener) => listener,
        Err(errno) => return LaunchStep::Filter.failed(errno),
    };
    if let Err(errno) = channel.send_with(&Ok(()), Some(listener.as_fd())) {
        return LaunchStep::HandOver.failed(errno);
    }
    drop(listener);
    if channel.receive() != Ok(Some(())) {
        return LaunchStep::HandOver.failed(Errno::EPIPE);
    }
    let (name, value) = command.variable;
    // SAFETY: this process has one thread (see `prepare`), so no other reads the environment.
    unsafe { std::env::set_var(name, value) };
    if command.is_listener {
        // SAFETY: as above.
        unsafe { std::env::set_var("LISTEN_PID", std::process::id().to_string()) };
        // SAFETY: as above. It would say of another process that it is meant.
        unsafe { std::env::remove_var("LISTEN_PIDFDID") };
    }
    let arguments: Vec<&CStr> = command.arguments.iter().map(CString::as_c_str).collect();
    let Some(name) = arguments.first() else { return LaunchStep::Exec.failed(Errno::EINVAL) };
    if let Err(errno) = startup::restore_file_size_signal() {
        return LaunchStep::Exec.failed(errno);
    }
    match nix::unistd::execvp(name, &arguments) {
        Ok(never) => match never {},
        Err(errno) => LaunchStep::Exec.failed(errno),
    }
}
