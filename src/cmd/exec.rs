//! `dmaheap exec`

use super::filled::Filled;
use super::{Manual, allocate};
use crate::args::allocation::Allocation;
use crate::args::filling::Filling;
use crate::args::passing::Inheritance;
use crate::cmd::message;
use crate::dmabuf::DmaBuf;
use crate::error::Error;
use crate::exit::Exit;
use crate::heap::alloc::HeldBuffer;
use crate::host::Root;
use crate::pass::run::{Command, NotRun, Passed, PassedInfo};
use crate::sys::fd::descriptor;
use crate::sys::process::rlimit;
use crate::sys::process::wait::ExitStatus;
use std::ffi::OsString;
use std::os::fd::AsFd;
use std::rc::Rc;

/// Run a command that inherits buffers
///
/// dmaheap allocates the buffers and then becomes the command, which keeps the PID, signals, limits and
/// status. The command finds the buffers from descriptor 3 on (--at-fd), and their numbers and sizes in the
/// environment: DMAHEAP_FDS="3 4", DMAHEAP_SIZES="4096 4096". They are freed when the command and every
/// process that received them from it have ended.
///
/// With --verify, dmaheap stays as the parent, forwards signals, and verifies the buffers when the command
/// ends: the status is 3 if the command succeeded and bytes differ.
///
/// The status is that of the command; 125 if dmaheap fails before it runs, 126 if it cannot be executed, 127 if
/// it is not found.
#[derive(clap::Args, Clone, Debug)]
#[command(mut_arg("size", |size| size.required(true)))]
pub(crate) struct Args {
    #[command(flatten)]
    pub allocation: Allocation,

    #[command(flatten)]
    pub filling: Filling,

    #[command(flatten)]
    pub inheritance: Inheritance,

    /// Run this command with its arguments
    ///
    /// Example: dmaheap exec -s 4M -- sh -c 'dmaheap fill -f 3 --pattern random && ./decode'
    #[arg(required = true, trailing_var_arg = true, value_name = "COMMAND", help_heading = None::<&str>)]
    pub command: Vec<OsString>,
}

pub(crate) const MANUAL: Manual = Manual { verb: "exec", columns: Vec::new, prose: || include_str!("exec.md").into() };

/// Returns only if the command did not run.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let Inheritance { at_fd, replace } = args.inheritance;
    let command = Command::new(&args.command, at_fd, replace)?;
    let filled = Filled::prepare(&args.filling)?;
    let root = Root::machine();
    let plan = allocate::plan(&args.allocation, &root)?;
    let count = plan.count.saturating_mul(plan.places.len() as u64);
    command.check_room(count)?;
    let held = allocate::all(plan, &root)?;
    filled.fill(&held)?;
    let kept = if args.filling.verify { duplicates(&held, count)? } else { Vec::new() };
    let passed = held.into_iter().map(|held| passed(held, &args.allocation)).collect::<Result<_, _>>()?;
    if !args.filling.verify {
        // The file of a pattern may be where a buffer is to go.
        drop(filled);
        return Ok(not_run(command.execute(passed)));
    }
    match command.run(passed) {
        Ok(ended) => {
            let differing = filled.verify(&kept)?;
            Ok(match status(ended) {
                Exit::Command(0) => Filled::exit(&differing),
                failed => failed,
            })
        }
        Err(why) => Ok(not_run(why)),
    }
}

/// Descriptors of dmaheap's own of the same buffers, to look at when the command has ended.
fn duplicates(held: &[HeldBuffer], count: u64) -> Result<Vec<HeldBuffer>, Error> {
    const SPARE: u64 = 64;
    // A limit that cannot be raised shows itself as EMFILE.
    let _ = rlimit::raise_open_files(count.saturating_mul(2).saturating_add(SPARE));
    let duplicate = |held: &HeldBuffer| {
        let fd = descriptor::duplicate(held.buffer.as_fd())
            .map_err(|errno| Error::errno("duplicate", format!("a buffer from {}", held.heap), errno))?;
        let buffer = DmaBuf::from(fd);
        Ok(HeldBuffer { heap: Rc::clone(&held.heap), buffer, elapsed: held.elapsed })
    };
    held.iter().map(duplicate).collect()
}

pub(super) fn status(ended: ExitStatus) -> Exit {
    match ended {
        ExitStatus::Exited(status) => Exit::Command(status),
        ExitStatus::Killed(signal) => Exit::by_signal(signal),
    }
}

fn passed(held: HeldBuffer, allocation: &Allocation) -> Result<Passed, Error> {
    let description = allocate::description(&held, allocation);
    let size = held.buffer.size().map_err(|errno| Error::errno("measure", "a buffer", errno))?;
    Ok(Passed { fd: held.buffer.into(), info: PassedInfo { size: Some(size), description } })
}

/// Explains why a command did not run. Returns the status for it.
pub(super) fn not_run(why: NotRun) -> Exit {
    let (error, exit) = match why {
        NotRun::Prevented(error) => (error, Exit::Wrapper),
        NotRun::NotExecutable(error) => (error, Exit::NotExecutable),
        NotRun::NotFound(error) => (error, Exit::NotFound),
    };
    message::print_error(&error);
    exit
}
