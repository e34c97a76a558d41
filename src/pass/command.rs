//! A command that inherits buffers: becoming it, or waiting for it.

use super::environment::{Told, environment};
use crate::error::Error;
use crate::sys::Errno;
use crate::sys::fd::file;
use crate::sys::fd::poll::{self, Interest};
use crate::sys::pass::{self, NotPlaced, Others};
use crate::sys::process::rlimit;
use crate::sys::process::signals::{self, Signals};
use crate::sys::process::victim;
use crate::sys::process::{self, Ended, Fork};
use std::ffi::{CString, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// A command, and where it finds its buffers.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    arguments: Vec<CString>,
    first: i32,
    replace: bool,
}

/// Why a command did not run, told apart as env(1) does.
#[derive(Debug)]
pub(crate) enum NotRun {
    /// 125: it was not tried.
    Prevented(Error),
    /// 126: it cannot be executed.
    NotExecutable(Error),
    /// 127: there is none.
    NotFound(Error),
}

impl From<Error> for NotRun {
    fn from(error: Error) -> Self {
        Self::Prevented(error)
    }
}

/// A buffer for the command.
#[derive(Debug)]
pub(crate) struct Passed {
    pub fd: OwnedFd,
    /// What the command is told of it.
    pub told: Told,
}

/// Where it failed: small enough to cross a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    Prepare(Errno),
    Place(NotPlaced),
    Execute(Errno),
}

impl Command {
    /// `arguments`, the first of which is looked up in `PATH`; its buffers stand from `first` on. With
    /// `replace` they take the place of what the caller has open there.
    ///
    /// # Errors
    /// Nothing is to be run.
    pub(crate) fn new(arguments: &[OsString], first: i32, replace: bool) -> Result<Self, Error> {
        let arguments = arguments.iter().cloned().map(process::c_string).collect::<Result<Vec<_>, _>>();
        let arguments = arguments.map_err(|errno| Error::errno("run", "a command with a NUL in it", errno))?;
        if arguments.is_empty() {
            return Err(Error::refused("run", "a command", "none was given"));
        }
        Ok(Self { arguments, first, replace })
    }

    /// Whether `count` buffers can be passed, as far as that can be said before there are any.
    ///
    /// # Errors
    /// The caller has something open at one of the numbers.
    pub(crate) fn check_room(&self, count: u64) -> Result<(), Error> {
        pass::check_room(self.first, count, self.replace).map_err(not_placed)
    }

    /// Becomes the command, which then has this process's number, and its limits, OOM score, signals and
    /// descriptors as the caller gave them, and the buffers. Answers only if that fails.
    #[must_use]
    pub(crate) fn execute(&self, passed: Vec<Passed>) -> NotRun {
        // Where a buffer takes the place of stderr, that is put back to tell why the command does not run.
        let stderr = self.out_of_the_way(std::io::stderr().as_fd(), passed.len()).ok();
        let failure = self.try_execute(passed, Others::Refuse);
        if let Some(stderr) = stderr {
            let _ = pass::restore_stderr(stderr.as_fd());
        }
        self.explain(failure)
    }

    /// A duplicate where no buffer shall stand.
    fn out_of_the_way(&self, fd: BorrowedFd<'_>, buffers: usize) -> Result<OwnedFd, Errno> {
        self.raise_limit(buffers);
        pass::not_below(fd, self.first.saturating_add(i32::try_from(buffers).unwrap_or(i32::MAX)))
    }

    /// Runs the command as a child, to which signals are passed on, and waits for its end. The caller keeps
    /// descriptors of its own of what it wants to look at afterwards.
    ///
    /// # Errors
    /// The command did not run.
    pub(crate) fn run(&self, passed: Vec<Passed>) -> Result<Ended, NotRun> {
        let prevented = |errno| NotRun::Prevented(Error::errno("run", self.name(), errno));
        let numbers: Vec<i32> = signals::PASSED_ON.iter().copied().chain([signals::CHILD]).collect();
        let signals = Signals::take(&numbers).map_err(prevented)?;
        let (report, reporter) = file::pipe().map_err(prevented)?;
        match process::fork().map_err(prevented)? {
            Fork::Child => {
                drop(report);
                let failure = self.in_child(passed, &signals, reporter);
                process::exit_now(failure)
            }
            Fork::Parent(child) => {
                drop((reporter, passed));
                let ended = attend(&signals, child).and_then(|ended| signals.put_back().map(|()| ended));
                let ended = ended.map_err(prevented)?;
                let mut bytes = [0; Failure::BYTES];
                match file::read(report.as_fd(), &mut bytes) {
                    Ok(Failure::BYTES) => Err(self.explain(Failure::from_bytes(bytes))),
                    _ => Ok(ended),
                }
            }
        }
    }

    /// The child's part. Answers the status to end with, only on failure.
    fn in_child(&self, passed: Vec<Passed>, signals: &Signals, reporter: OwnedFd) -> u8 {
        const FAILED: u8 = 125;
        let reporter = self.out_of_the_way(reporter.as_fd(), passed.len()).unwrap_or(reporter);
        let failure = match signals.put_back() {
            Ok(()) => self.try_execute(passed, Others::Close),
            Err(errno) => Failure::Prepare(errno),
        };
        // Without a parent there is nobody to tell.
        let _ = file::write_all(reporter.as_fd(), &failure.to_bytes());
        FAILED
    }

    fn raise_limit(&self, count: usize) {
        const SPARE: u64 = 32;
        // A number beyond the limit shows itself as EBADF when it is used.
        let wanted = u64::try_from(self.first).unwrap_or(0).saturating_add(count as u64).saturating_add(SPARE);
        let _ = rlimit::raise_open_files(wanted);
    }

    fn try_execute(&self, passed: Vec<Passed>, others: Others) -> Failure {
        let (fds, told): (Vec<OwnedFd>, Vec<Told>) = passed.into_iter().map(|one| (one.fd, one.told)).unzip();
        let given = std::env::vars_os();
        let environment = environment(given, self.first, &told, process::own_number());
        let environment = match environment.into_iter().map(process::c_string).collect::<Result<Vec<_>, _>>() {
            Ok(environment) => environment,
            Err(errno) => return Failure::Prepare(errno),
        };
        self.raise_limit(fds.len());
        let placed = match pass::place(fds, self.first, self.replace, others) {
            Ok(placed) => placed,
            Err(not_placed) => return Failure::Place(not_placed),
        };
        if let Err(errno) = rlimit::restore_open_files().and_then(|()| victim::restore()) {
            return Failure::Prepare(errno);
        }
        let errno = process::execute(&self.arguments, &environment);
        drop(placed);
        Failure::Execute(errno)
    }

    fn name(&self) -> String {
        self.arguments.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    fn explain(&self, failure: Failure) -> NotRun {
        match failure {
            Failure::Prepare(errno) => Error::errno("prepare", self.name(), errno).into(),
            Failure::Place(failure) => not_placed(failure).into(),
            Failure::Execute(Errno::ENOENT) => NotRun::NotFound(self.not_found()),
            Failure::Execute(errno) => {
                let error = Error::errno("run", self.name(), errno);
                NotRun::NotExecutable(match errno {
                    Errno::EACCES => error.with_hint("it is no file that you may execute"),
                    Errno::E2BIG => error.with_hint("arguments and environment together are too long"),
                    _ => error,
                })
            }
        }
    }

    /// ENOENT is also the answer for a script whose interpreter is not there.
    fn not_found(&self) -> Error {
        let name = self.name();
        let error = Error::explained("run", &name, "no such command", Errno::ENOENT);
        match name.contains('/') {
            true if std::path::Path::new(&name).exists() => {
                error.with_hint("the file is there; the interpreter or loader that it names is not")
            }
            true => error,
            false => error.with_hint("it is in no directory of PATH"),
        }
    }
}

/// Waits for the end of `child` and passes signals on to it.
fn attend(signals: &Signals, child: u32) -> Result<Ended, Errno> {
    loop {
        if let Some(ended) = process::reap(child)? {
            return Ok(ended);
        }
        poll::wait(&[(signals.as_fd(), Interest::Read)])?;
        while let Some(caught) = signals.next()? {
            // A key of the terminal reaches the child by itself.
            if caught.signal != signals::CHILD && caught.from_process {
                // The child may have ended meanwhile.
                let _ = signals::send(child, caught.signal);
            }
        }
    }
}

fn not_placed(NotPlaced { number, errno }: NotPlaced) -> Error {
    let object = format!("a buffer to descriptor {number}");
    match errno {
        Errno::EEXIST => Error::explained("pass", object, "the caller has something open there", errno)
            .with_hint("--at-fd N begins elsewhere, --replace closes what is there"),
        Errno::EBADF => {
            let (_, hard) = rlimit::open_files().unwrap_or_default();
            Error::explained("pass", object, "descriptors have no such number", errno)
                .with_hint(format!("numbers go up to {}, the limit of open files (ulimit -Hn)", hard.saturating_sub(1)))
        }
        _ => Error::errno("pass", object, errno),
    }
}

impl Failure {
    pub(crate) const BYTES: usize = 9;

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let (kind, number, errno) = match self {
            Self::Prepare(errno) => (0, 0, errno),
            Self::Place(NotPlaced { number, errno }) => (1, number, errno),
            Self::Execute(errno) => (2, 0, errno),
        };
        let mut bytes = [kind; Self::BYTES];
        bytes[1..5].copy_from_slice(&number.to_ne_bytes());
        bytes[5..].copy_from_slice(&(errno as i32).to_ne_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let [kind, n0, n1, n2, n3, e0, e1, e2, e3] = bytes;
        let number = i32::from_ne_bytes([n0, n1, n2, n3]);
        let errno = Errno::from_raw(i32::from_ne_bytes([e0, e1, e2, e3]));
        match kind {
            0 => Self::Prepare(errno),
            1 => Self::Place(NotPlaced { number, errno }),
            _ => Self::Execute(errno),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_crosses_a_pipe_unchanged() {
        for failure in [
            Failure::Prepare(Errno::EPERM),
            Failure::Place(NotPlaced { number: 255, errno: Errno::EEXIST }),
            Failure::Execute(Errno::ENOENT),
        ] {
            assert_eq!(Failure::from_bytes(failure.to_bytes()), failure);
        }
    }
}
