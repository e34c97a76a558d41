//! Programs whose system calls this build does not know: they are refused instead of run beside the simulation.

use super::abi::{AUDIT_ARCH_X86_64, SyscallAbi, X32_BIT};
use crate::error::Error;
use crate::sys::Errno;
use crate::sys::fd::{descriptor, file};
use crate::sys::process::signals;
use crate::sys::sim::remote;
use crate::sys::sim::seccomp::{CallResult, Notification, SeccompListener};
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

#[derive(Debug)]
pub(crate) struct UnsupportedPrograms {
    command: u32,
    refused_command: AtomicBool,
    report: fn(&Error),
    /// Processes that were killed here and are not gone yet, each with its pidfd.
    killed: Mutex<Vec<(u32, OwnedFd)>>,
}

impl UnsupportedPrograms {
    /// `command` is the process whose end the user waits for.
    pub(crate) const fn new(command: u32, report: fn(&Error)) -> Self {
        Self { command, refused_command: AtomicBool::new(false), report, killed: Mutex::new(Vec::new()) }
    }

    /// Kills a process that has made a call which is not served. `None`: the call is one of those that are.
    ///
    /// The answer is that of a kernel without such calls. Only a process that was not killed sees it: one that cannot be
    /// killed, and a 64-bit program that tries a number of x32.
    pub(crate) fn refuse(&self, listener: &SeccompListener, notification: &Notification) -> Option<CallResult> {
        let is_x32 = notification.arch == AUDIT_ARCH_X86_64 && notification.number as u32 & X32_BIT != 0;
        let is_served = SyscallAbi::of_arch(notification.arch).is_some();
        if is_served && !is_x32 {
            return None;
        }
        let is_x32_program = is_x32 && has_narrow_words(notification.thread);
        if is_x32_program || !is_served {
            let kind = if is_x32_program { ProgramKind::X32 } else { ProgramKind::of_arch(notification.arch) };
            // What is not found out or not permitted leaves the process with a kernel that knows none of its calls.
            let _ = self.kill(listener, notification, kind);
        }
        Some(Errno::ENOSYS.into())
    }

    fn kill(&self, listener: &SeccompListener, notification: &Notification, kind: ProgramKind) -> Result<(), Errno> {
        let process = remote::process_of(notification.thread)?;
        let pidfd = descriptor::process(process)?;
        let program = std::fs::read_link(format!("/proc/{process}/exe")).unwrap_or_default();
        // As long as it waits all of that was about the same process.
        if listener.is_waiting(notification.id) && self.is_first(process, &pidfd)? {
            (self.report)(&kind.refusal(&program.to_string_lossy()));
            descriptor::send_signal(pidfd.as_fd(), signals::KILL)?;
        }
        Ok(())
    }

    /// Whether the process was not refused yet: each of its threads may ask.
    fn is_first(&self, process: u32, pidfd: &OwnedFd) -> Result<bool, Errno> {
        if process == self.command {
            return Ok(!self.refused_command.swap(true, Ordering::Relaxed));
        }
        let mut killed = self.killed.lock().unwrap_or_else(PoisonError::into_inner);
        killed.retain(|(_, pidfd)| descriptor::send_signal(pidfd.as_fd(), 0).is_ok());
        let is_first = !killed.iter().any(|(other, _)| *other == process);
        if is_first {
            killed.push((process, pidfd.try_clone().map_err(|error| file::errno_of(&error))?));
        }
        Ok(is_first)
    }

    pub(crate) fn has_refused_the_command(&self) -> bool {
        self.refused_command.load(Ordering::Relaxed)
    }
}

/// Whether a program of x86-64 has pointers of 32 bits: the words of its auxiliary vector have as many, so the first
/// number, which is small, is followed by its value and not by zeros.
fn has_narrow_words(thread: u32) -> bool {
    let mut first = [0; 8];
    let read = std::fs::File::open(format!("/proc/{thread}/auxv")).and_then(|mut file| file.read_exact(&mut first));
    read.is_ok() && u64::from_ne_bytes(first) >> 32 != 0
}

/// The architecture that this program was built for, as its manual names it.
const BUILD: &str = match std::env::consts::ARCH.as_bytes() {
    b"x86" => "i386",
    b"x86_64" => "x86-64",
    b"aarch64" => "arm64",
    _ => std::env::consts::ARCH,
};

/// A kind of program that a kernel may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProgramKind {
    X86_64,
    X32,
    Other(u32),
}

impl ProgramKind {
    const fn of_arch(arch: u32) -> Self {
        if arch == AUDIT_ARCH_X86_64 { Self::X86_64 } else { Self::Other(arch) }
    }

    fn refusal(self, program: &str) -> Error {
        let of = |kind: &str| {
            let reason = format!("it is {kind} program, and dmaheap built for {BUILD} cannot serve it");
            Error::refused("serve", program, reason)
        };
        match self {
            Self::X86_64 => {
                of("an x86-64").with_hint("use dmaheap built for x86-64, which also serves 32-bit programs")
            }
            Self::X32 => of("an x32").with_hint("no build serves x32 programs: build the program for x86-64 or i386"),
            // AUDIT_ARCH_ARM and AUDIT_ARCH_RISCV32 of linux/audit.h.
            Self::Other(0x4000_0028) => of("a 32-bit Arm").with_hint("no build serves it: build the program for arm64"),
            Self::Other(0x4000_00f3) => of("a 32-bit RISC-V").with_hint("no build serves it: build it for riscv64"),
            Self::Other(arch) => of(&format!("an unknown (AUDIT_ARCH {arch:#x})")),
        }
    }
}
