//! `dmaheap import`

mod columns;
mod devices;
mod options;
mod outcome;

pub(crate) use columns::{COLUMNS, DEFAULT};
pub(crate) use options::Args;

use super::source::{self, Opened};
use super::{Manual, UsageError, timeouts};
use crate::args::source::BufferSource;
use crate::cmd::message;
use crate::cmd::stream::Outlet;
use crate::dmabuf::DmaBuf;
use crate::error::Error;
use crate::exit::Exit;
use crate::host::{Root, simulation};
use crate::pass::run::{Command, Passed, PassedInfo};
use crate::pass::{self, Until};
use crate::sys::Errno;
use crate::sys::fd::descriptor;
use crate::sys::process::alarm;
use crate::sys::process::signals::{ENDING, PIPE, Signals};
use crate::ui::{headings, output};
use devices::{Buffers, Tested};
use std::os::fd::{AsFd, OwnedFd};

pub(crate) const MANUAL: Manual =
    Manual { verb: "import", columns: || headings(COLUMNS), prose: || include_str!("import.md").into() };

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let default = if args.frames.is_some() { columns::OF_FRAMES } else { DEFAULT };
    let Some(selection) = super::selected(&args.table, COLUMNS, default)? else { return Ok(Exit::Success) };
    if simulation::is_simulated() {
        let reason = "buffers of dmaheap sim exist only in its processes, and devices are real";
        return Err(Error::refused("import", "a simulated buffer", reason).into());
    }
    let has_command = !args.command.is_empty();
    let command = if has_command { Some(Command::new(&args.command, FIRST, false)?) } else { None };
    let given = if args.asks_about_one() {
        Some(existing(&args.source)?)
    } else {
        timeouts::begin(&args.source.timeouts, "import", "buffers", Exit::Failure)?;
        None
    };
    let is_one = given.is_some() || args.asked.given().len() == 1;
    if has_command && !is_one {
        return Err(UsageError("a command needs one heap, or a buffer (--fd)".to_owned()).into());
    }
    if args.save.is_some() && !(is_one && args.device.len() == 1) {
        return Err(UsageError("--save needs one device, and one heap or a buffer (--fd)".to_owned()).into());
    }
    let save = args.save.as_deref().map(outcome::outlet).transpose()?;
    let root = Root::machine();
    let buffers = Buffers::of(args, &root, given.as_ref())?;
    // From now on a signal ends what is held, and not the process in the middle of a request.
    let signals = args.disturbs().then(|| Signals::take(&[ENDING, &[PIPE]].concat())).transpose();
    let signals = signals.map_err(no_signals)?;
    let opened = devices::open_all(args, &root);
    let Tested { rows, attached } = devices::test_all(args, &root, &opened, &buffers, signals.as_ref());
    for note in outcome::notes(&rows) {
        output::info(&note);
    }
    if let Some(command) = command {
        let Some((_, buffer)) = attached.last() else {
            args.table.print(&selection, &rows, false)?;
            return Err(Error::refused("run", "the command", "no device accepted the buffer").into());
        };
        signals.as_ref().map_or(Ok(()), Signals::put_back).map_err(no_signals)?;
        return Ok(run_command(&command, buffer)?);
    }
    let mut ended = None;
    if let Some(signals) = signals.as_ref().filter(|_| args.hold && !attached.is_empty()) {
        args.table.print(&selection, &rows, false)?;
        output::lines("ready\n");
        let until = Until { eof: false, time: None };
        ended = pass::keep(signals, until, None, &mut |notice| message::try_print_error(&notice))?;
    }
    drop(attached);
    let closed = devices::close_all(opened);
    // A signal that came in the meantime ends this process here.
    signals.as_ref().map_or(Ok(()), Signals::put_back).map_err(no_signals)?;
    if let Some(signal) = ended {
        alarm::end_if_due(signal);
    }
    closed?;
    if ended.is_none() && !matches!(save, Some(Outlet::Stdout)) {
        args.table.print(&selection, &rows, false)?;
    }
    save.map_or(Ok(()), |outlet| outcome::save(&outlet, &rows))?;
    Ok(outcome::exit(args, &rows))
}

fn no_signals(errno: Errno) -> Error {
    Error::errno("catch", "signals", errno)
}

/// Where a command finds its buffer.
const FIRST: i32 = 3;

/// The buffer that options name.
fn existing(source: &BufferSource) -> Result<DmaBuf, Error> {
    let Opened { fd, object, identity, .. } = source::open(source, "import")?;
    identity.check("import", &object)?;
    Ok(DmaBuf::from(fd))
}

fn run_command(command: &Command, buffer: &DmaBuf) -> Result<Exit, Error> {
    let fd: OwnedFd =
        descriptor::duplicate(buffer.as_fd()).map_err(|errno| Error::errno("duplicate", "the buffer", errno))?;
    let size = buffer.size().map_err(|errno| Error::errno("measure", "the buffer", errno))?;
    let info = PassedInfo { size: Some(size), ..PassedInfo::default() };
    Ok(match command.run(vec![Passed { fd, info }]) {
        Ok(ended) => super::exec::status(ended),
        Err(why) => super::exec::not_run(why),
    })
}
