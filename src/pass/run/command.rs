//! A command that inherits buffers: becoming it, or waiting for it.

use super::environment::{PassedInfo, environment};
use crate::error::{Error, Hint};
use crate::sys::fd::descriptor;
use crate::sys::fd::poll::{self, Interest};
use crate::sys::pass::placement::{self, NotPlaced, Others};
use crate::sys::process::channel::Channel;
use crate::sys::process::child::Child;
use crate::sys::process::exec;
use crate::sys::process::signals::{self, Signals};
use crate::sys::process::wait::ExitStatus;
use crate::sys::process::{rlimit, victim};
use crate::sys::{Errno, errno_number};
use serde::{Deserialize, Serialize};
use std::ffi::{CString, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// A command, and where it finds its buffers.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    arguments: Vec<CString>,
    first: i32,
    replace: bool,
}

/// Why a command did not run, in the classes of env(1).
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
    /// The command's knowledge of it.
    pub info: PassedInfo,
}

/// Where it failed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum CommandFailure {
    Prepare(#[serde(with = "errno_number")] Errno),
    Place(NotPlaced),
    Execute(#[serde(with = "errno_number")] Errno),
}

impl Command {
    /// `arguments`, the first of which is looked up in `PATH`; its buffers stand from `first` on. With
    /// `replace` they take the place of what the caller has open there.
    pub(crate) fn new(arguments: &[OsString], first: i32, replace: bool) -> Result<Self, Error> {
        let arguments = arguments.iter().cloned().map(exec::c_string).collect::<Result<Vec<_>, _>>();
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
        placement::check_room(self.first, count, self.replace).map_err(not_placed)
    }

    /// Becomes the command, which then has this process's number, and its limits, OOM score, signals and descriptors as
    /// the caller gave them, and the buffers. Returns only if that fails.
    pub(crate) fn execute(&self, passed: Vec<Passed>) -> NotRun {
        // Where a buffer takes the place of stderr, that is put back to tell why the command does not run.
        let stderr = self.out_of_the_way(std::io::stderr().as_fd(), passed.len()).ok();
        let failure = self.try_execute(passed, Others::Refuse);
        if let Some(stderr) = stderr {
            let _ = placement::restore_stderr(stderr.as_fd());
        }
        self.explain(failure)
    }

    /// A duplicate where no buffer is to go.
    fn out_of_the_way(&self, fd: BorrowedFd<'_>, buffers: usize) -> Result<OwnedFd, Errno> {
        descriptor::not_below(fd, self.end(buffers))
    }

    /// Returns the number after those of `buffers` buffers, which can be used from now on.
    fn end(&self, buffers: usize) -> i32 {
        self.raise_limit(buffers);
        self.first.saturating_add(i32::try_from(buffers).unwrap_or(i32::MAX))
    }

    /// Runs the command as a child, to which signals are passed on, and waits for its end. The caller keeps
    /// descriptors of its own of what it wants to look at afterwards.
    pub(crate) fn run(&self, passed: Vec<Passed>) -> Result<ExitStatus, NotRun> {
        let prevented = |errno| NotRun::Prevented(Error::errno("run", self.name(), errno));
        let numbers: Vec<i32> = signals::PASSED_ON.iter().copied().chain([signals::CHILD]).collect();
        let signals = Signals::take(&numbers).map_err(prevented)?;
        let child = Child::start(|channel: Channel<CommandFailure, ()>| {
            let channel = channel.not_below(self.end(passed.len()));
            let failure = match signals.put_back() {
                Ok(()) => self.try_execute(passed, Others::Close),
                Err(errno) => CommandFailure::Prepare(errno),
            };
            // Without a parent there is nobody to tell.
            let _ = channel.send(&failure);
            125
        });
        let mut child = child.map_err(prevented)?;
        let ended = pass_signals_on(&signals, &mut child).and_then(|ended| signals.put_back().map(|()| ended));
        let ended = ended.map_err(prevented)?;
        match child.channel.receive() {
            Ok(Some(failure)) => Err(self.explain(failure)),
            // The channel closes when the command is executed.
            _ => Ok(ended),
        }
    }

    fn raise_limit(&self, count: usize) {
        const SPARE: u64 = 32;
        // A number beyond the limit shows itself as EBADF when it is used.
        let wanted = u64::try_from(self.first).unwrap_or(0).saturating_add(count as u64).saturating_add(SPARE);
        let _ = rlimit::raise_open_files(wanted);
    }

    fn try_execute(&self, passed: Vec<Passed>, others: Others) -> CommandFailure {
        let (fds, info): (Vec<OwnedFd>, Vec<PassedInfo>) = passed.into_iter().map(|one| (one.fd, one.info)).unzip();
        let given = std::env::vars_os();
        let environment = environment(given, self.first, &info, std::process::id());
        let environment = match environment.into_iter().map(exec::c_string).collect::<Result<Vec<_>, _>>() {
            Ok(environment) => environment,
            Err(errno) => return CommandFailure::Prepare(errno),
        };
        self.raise_limit(fds.len());
        let placed = match placement::place(fds, self.first, self.replace, others) {
            Ok(placed) => placed,
            Err(not_placed) => return CommandFailure::Place(not_placed),
        };
        if let Err(errno) = rlimit::restore_open_files().and_then(|()| victim::restore()) {
            return CommandFailure::Prepare(errno);
        }
        let errno = exec::execute(&self.arguments, &environment);
        drop(placed);
        CommandFailure::Execute(errno)
    }

    fn name(&self) -> String {
        self.arguments.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    fn explain(&self, failure: CommandFailure) -> NotRun {
        match failure {
            CommandFailure::Prepare(errno) => Error::errno("prepare", self.name(), errno).into(),
            CommandFailure::Place(failure) => not_placed(failure).into(),
            CommandFailure::Execute(Errno::ENOENT) => NotRun::NotFound(self.not_found()),
            CommandFailure::Execute(errno) => {
                let error = Error::errno("run", self.name(), errno);
                NotRun::NotExecutable(match errno {
                    Errno::EACCES => error.with_hint("the file is not executable"),
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
        if !name.contains('/') {
            error.with_hint("no directory in PATH contains it")
        } else if std::path::Path::new(&name).exists() {
            error.with_hint("the file exists, but the interpreter or loader that it names does not")
        } else {
            error
        }
    }
}

/// Waits for the end of `child` and passes signals on to it.
fn pass_signals_on(signals: &Signals, child: &mut Child<(), CommandFailure>) -> Result<ExitStatus, Errno> {
    loop {
        if let Some(ended) = child.end()? {
            return Ok(ended);
        }
        poll::wait(&[(signals.as_fd(), Interest::Read)])?;
        while let Some(caught) = signals.next()? {
            // A key of the terminal reaches the child by itself.
            if caught.signal != signals::CHILD && caught.from_process {
                // The child may have ended in the meantime.
                let _ = signals::send(child.id(), caught.signal);
            }
        }
    }
}

fn not_placed(NotPlaced { number, errno }: NotPlaced) -> Error {
    let object = format!("a buffer to descriptor {number}");
    match errno {
        Errno::EEXIST => Error::explained("pass", object, "it is already open", errno).with_hint(Hint::OtherDescriptor),
        Errno::EBADF => {
            let (_, hard) = rlimit::open_files().unwrap_or_default();
            Error::explained("pass", object, "not a valid descriptor number", errno)
                .with_hint(format!("numbers go up to {}, the limit of open files (ulimit -Hn)", hard.saturating_sub(1)))
        }
        _ => Error::errno("pass", object, errno),
    }
}
