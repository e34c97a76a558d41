//! Starting a command under a seccomp filter of its own, step by step, so that each failure is told
//! before the command runs.
//!
//! The child installs the filter on itself, sends the listener back and waits for a word before it
//! execs. Nothing that it does in between is a call that such a filter may trap.

use crate::sys::process::{self, Fork};
use crate::sys::sim::channel::Channel;
use crate::sys::sim::seccomp::{Instruction, Listener, install};
use crate::sys::{Errno, Result};
use std::ffi::{CStr, CString};
use std::os::fd::AsFd;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
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

/// A child that has its filter and waits to exec.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub process: u32,
    channel: Channel,
}

/// A command and its arguments, ready for execvp(3).
#[derive(Clone, Debug)]
pub(crate) struct Command {
    /// What is looked up in `PATH`, and its arguments from the name on; never empty.
    pub arguments: Vec<CString>,
    /// A variable that is set for it: name and value.
    pub variable: (&'static str, &'static str),
}

/// Forks, has the child install `program`, and receives its listener. The child waits.
///
/// Must be called while this process has one thread; `in_child` then puts signals back to what the
/// command shall find.
pub(crate) fn prepare(
    command: &Command,
    program: &[Instruction],
    in_child: impl FnOnce(),
) -> std::result::Result<(Waiting, Listener), (Step, Errno)> {
    let failed = |errno| (Step::Fork, errno);
    let (ours, theirs) = Channel::pair().map_err(failed)?;
    match process::fork().map_err(failed)? {
        Fork::Child => {
            drop(ours);
            in_child();
            process::exit_now(become_command(command, program, &theirs))
        }
        Fork::Parent(process) => {
            drop(theirs);
            let listener = receive_listener(&ours).inspect_err(|_| reap(process))?;
            Ok((Waiting { process, channel: ours }, listener))
        }
    }
}

impl Waiting {
    /// Lets the child exec. The error is that of execvp(3); the child is then gone and reaped. One that a signal ends
    /// before is no error: its end is awaited as that of a command that runs.
    pub(crate) fn release(self) -> std::result::Result<(), Errno> {
        match self.channel.send(&[0], None) {
            Ok(()) => {}
            Err(Errno::EPIPE | Errno::ECONNRESET) => return Ok(()),
            Err(errno) => {
                reap(self.process);
                return Err(errno);
            }
        }
        // The channel closes on exec: no message means that the command runs.
        match receive_errno(&self.channel) {
            Ok(None) | Err(Errno::ECONNRESET) => Ok(()),
            Ok(Some(errno)) | Err(errno) => {
                reap(self.process);
                Err(errno)
            }
        }
    }

    /// Ends the child, which has executed nothing.
    pub(crate) fn cancel(self) {
        // It waits for a word; the closed channel ends it.
        drop(self.channel);
        reap(self.process);
    }
}

fn reap(child: u32) {
    // How it ended was told through the channel, or is that it told nothing.
    let _ = process::await_end(child);
}

/// The child's part. Answers only on failure.
fn become_command(command: &Command, program: &[Instruction], channel: &Channel) -> u8 {
    const FAILED: u8 = 125;
    let report = |step: u8, errno: Errno| {
        // A parent that is gone needs no report.
        let _ = channel.send(&[step, (errno as i32) as u8], None);
        FAILED
    };
    // Where both processes above are killed at once, this one ends, too. That is lost when a program gains privileges.
    let _ = nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL);
    if let Err(errno) = nix::sys::prctl::set_no_new_privs() {
        return report(1, errno);
    }
    let listener = match install(program) {
        Ok(listener) => listener,
        Err(errno) => return report(2, errno),
    };
    if let Err(errno) = channel.send(&[0], Some(listener.as_fd())) {
        return report(3, errno);
    }
    drop(listener);
    match channel.receive(&mut [0; 2]) {
        Ok((1, _)) => {}
        _ => return FAILED,
    }
    let (name, value) = command.variable;
    // SAFETY: this process has one thread (see `prepare`), so nobody reads the environment meanwhile.
    unsafe { std::env::set_var(name, value) };
    let arguments: Vec<&CStr> = command.arguments.iter().map(CString::as_c_str).collect();
    let Some(name) = arguments.first() else { return report(4, Errno::EINVAL) };
    match nix::unistd::execvp(name, &arguments) {
        Ok(never) => match never {},
        Err(errno) => report(4, errno),
    }
}

fn receive_errno(channel: &Channel) -> Result<Option<Errno>> {
    let mut bytes = [0; 2];
    let (len, _) = channel.receive(&mut bytes)?;
    Ok((len == 2).then(|| Errno::from_raw(bytes[1].into())))
}

fn receive_listener(channel: &Channel) -> std::result::Result<Listener, (Step, Errno)> {
    let mut bytes = [0; 2];
    let (len, fd) = channel.receive(&mut bytes).map_err(|errno| (Step::HandOver, errno))?;
    match (len, fd) {
        (1, Some(fd)) => Ok(Listener::from(fd)),
        (2, _) => {
            let step = match bytes[0] {
                1 => Step::NoNewPrivileges,
                2 => Step::Filter,
                3 => Step::HandOver,
                _ => Step::Exec,
            };
            Err((step, Errno::from_raw(bytes[1].into())))
        }
        _ => Err((Step::HandOver, Errno::EPIPE)),
    }
}
