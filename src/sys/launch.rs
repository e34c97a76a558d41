//! Starting a command under a seccomp filter of its own, step by step, so that each failure is told
//! before the command runs.
//!
//! The child installs the filter on itself, sends the listener back and waits for a word before it
//! execs. Nothing that it does in between is a call that such a filter may trap.

use super::reap::{Interest, change_of};
use super::seccomp::{Instruction, Listener, install};
use super::{Errno, Result};
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, recvmsg, sendmsg, socketpair,
};
use nix::unistd::{ForkResult, fork};
use std::ffi::{CStr, CString};
use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// Where a start failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
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
pub struct Waiting {
    /// Its process number.
    pub process: u32,
    channel: OwnedFd,
}

/// A command and its arguments, ready for execvp(3).
#[derive(Clone, Debug)]
pub struct Command {
    /// What is looked up in `PATH`, and its arguments from the name on; never empty.
    pub arguments: Vec<CString>,
    /// A variable that is set for it: name and value.
    pub variable: (&'static str, &'static str),
}

/// Forks, has the child install `program`, and receives its listener. The child waits.
///
/// Must be called while this process has one thread; `in_child` then puts signals back to what the
/// command shall find.
pub fn prepare(
    command: &Command,
    program: &[Instruction],
    in_child: impl FnOnce(),
) -> std::result::Result<(Waiting, Listener), (Step, Errno)> {
    let (ours, theirs) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)
        .map_err(|errno| (Step::Fork, errno))?;
    // SAFETY: the process has a single thread (the caller's promise, and true of a tool that starts
    // none before), so that the child may do whatever its parent may: no lock is held by another thread.
    let forked = unsafe { fork() }.map_err(|errno| (Step::Fork, errno))?;
    match forked {
        ForkResult::Child => {
            drop(ours);
            in_child();
            let status = become_command(command, program, &theirs);
            // SAFETY: _exit(2) ends this process at once; no destructor or buffer of the parent's copy runs.
            unsafe { libc::_exit(status) }
        }
        ForkResult::Parent { child } => {
            drop(theirs);
            let process = child.as_raw() as u32;
            let listener = receive_listener(&ours).inspect_err(|_| {
                reap(process);
            })?;
            Ok((Waiting { process, channel: ours }, listener))
        }
    }
}

impl Waiting {
    /// Lets the child exec. The error is that of execvp(3); the child is then gone and reaped.
    pub fn release(self) -> std::result::Result<(), Errno> {
        if let Err(errno) = send(&self.channel, &[0], None) {
            reap(self.process);
            return Err(errno);
        }
        // The channel closes on exec: no message means that the command runs.
        match receive_errno(&self.channel) {
            Ok(None) => Ok(()),
            Ok(Some(errno)) | Err(errno) => {
                reap(self.process);
                Err(errno)
            }
        }
    }

    /// Ends the child, which has executed nothing.
    pub fn cancel(self) {
        // It waits for a word; the closed channel ends it.
        drop(self.channel);
        reap(self.process);
    }
}

fn reap(child: u32) {
    // How it ended was told through the channel, or is that it told nothing.
    let _ = change_of(Some(child), Interest::End);
}

/// The child's part. Answers only on failure.
fn become_command(command: &Command, program: &[Instruction], channel: &OwnedFd) -> libc::c_int {
    const FAILED: libc::c_int = 125;
    let report = |step: u8, errno: Errno| {
        // A parent that is gone needs no report.
        let _ = send(channel, &[step, (errno as i32) as u8], None);
        FAILED
    };
    if let Err(errno) = nix::sys::prctl::set_no_new_privs() {
        return report(1, errno);
    }
    let listener = match install(program) {
        Ok(listener) => listener,
        Err(errno) => return report(2, errno),
    };
    if let Err(errno) = send(channel, &[0], Some(std::os::fd::AsFd::as_fd(&listener).as_raw_fd())) {
        return report(3, errno);
    }
    drop(listener);
    match receive(channel, &mut [0; 2]) {
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

fn send(channel: &OwnedFd, bytes: &[u8], fd: Option<RawFd>) -> Result<()> {
    let fds: Vec<RawFd> = fd.into_iter().collect();
    let control = [ControlMessage::ScmRights(&fds)];
    let control = if fds.is_empty() { &control[..0] } else { &control[..] };
    sendmsg::<()>(channel.as_raw_fd(), &[IoSlice::new(bytes)], control, MsgFlags::MSG_NOSIGNAL, None).map(drop)
}

fn receive(channel: &OwnedFd, bytes: &mut [u8; 2]) -> Result<(usize, Option<OwnedFd>)> {
    let mut space = nix::cmsg_space!(RawFd);
    let mut vectors = [IoSliceMut::new(bytes)];
    let message = loop {
        match recvmsg::<()>(channel.as_raw_fd(), &mut vectors, Some(&mut space), MsgFlags::MSG_CMSG_CLOEXEC) {
            Err(Errno::EINTR) => {}
            other => break other?,
        }
    };
    let mut received = None;
    for control in message.cmsgs()? {
        if let ControlMessageOwned::ScmRights(fds) = control {
            for fd in fds {
                // SAFETY: the kernel has just installed this descriptor for this process; this is its
                // only owner, and a second one in the message drops the first.
                received = Some(unsafe { OwnedFd::from_raw_fd(fd) });
            }
        }
    }
    Ok((message.bytes, received))
}

fn receive_errno(channel: &OwnedFd) -> Result<Option<Errno>> {
    let mut bytes = [0; 2];
    let (len, _) = receive(channel, &mut bytes)?;
    Ok((len == 2).then(|| Errno::from_raw(bytes[1].into())))
}

fn receive_listener(channel: &OwnedFd) -> std::result::Result<Listener, (Step, Errno)> {
    let mut bytes = [0; 2];
    let (len, fd) = receive(channel, &mut bytes).map_err(|errno| (Step::HandOver, errno))?;
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
