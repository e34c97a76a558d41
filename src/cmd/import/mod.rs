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
use crate::dmabuf::DmaBuf;
use crate::error::Error;
use crate::exit::Exit;
use crate::host::{Root, simulation};
use crate::pass::run::{Command, Passed, Told};
use crate::pass::{self, Until};
use crate::sys::fd::descriptor;
use crate::sys::process::signals::{ENDING, Signals};
use crate::ui::{headings, output};
use devices::{Buffers, Tested};
use std::os::fd::{AsFd, OwnedFd};

pub(crate) const MANUAL: Manual =
    Manual { verb: "import", columns: || headings(COLUMNS), prose: || include_str!("import.md").into() };

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let Some(selection) = super::selected(&args.table, COLUMNS, DEFAULT)? else { return Ok(Exit::Success) };
    if simulation::is_simulated() {
        let reason = "buffers of dmaheap sim exist in its processes only, and devices are real";
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
    if has_command && given.is_none() && args.asked.given().len() != 1 {
        return Err(UsageError("a command takes one heap, or a buffer (--fd)".to_owned()).into());
    }
    let root = Root::machine();
    let buffers = Buffers::of(args, &root, given.as_ref())?;
    // From now on a signal ends what is held, and not the process in the middle of a request.
    let signals = args.hold.then(|| Signals::take(ENDING)).transpose();
    let signals = signals.map_err(|errno| Error::errno("catch", "signals", errno))?;
    let opened = devices::open_all(args, &root);
    let Tested { rows, attached } = devices::test_all(args, &root, &opened, &buffers)?;
    for note in outcome::notes(&rows) {
        output::info(&note);
    }
    if let Some(command) = command {
        let Some((_, buffer)) = attached.last() else {
            args.table.print(&selection, &rows, false)?;
            return Err(Error::refused("run", "the command", "no device accepted the buffer").into());
        };
        return Ok(run_command(&command, buffer)?);
    }
    args.table.print(&selection, &rows, false)?;
    if let Some(signals) = signals.filter(|_| !attached.is_empty()) {
        output::lines("ready\n");
        pass::keep(&signals, Until { eof: false, time: None }, None, &mut |notice| message::try_print_error(&notice))?;
    }
    Ok(outcome::exit(args, &rows))
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
    let told = Told { size: buffer.size().ok(), ..Told::default() };
    Ok(match command.run(vec![Passed { fd, told }]) {
        Ok(ended) => super::exec::status(ended),
        Err(why) => super::exec::not_run(why),
    })
}
