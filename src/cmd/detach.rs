//! `dmaheap hold --detach`: the buffers go to a process of their own.

use super::buffer_row::Row;
use super::hold::{self, Args};
use crate::error::Error;
use crate::exit::Exit;
use crate::handover::{Listener, Readiness};
use crate::heap::batch::Held;
use crate::report::column::Selection;
use crate::report::output;
use crate::sys::file::{self, Purpose};
use crate::sys::process::{self, Fork};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

/// Hands `held` to a child and tells who it is. The child lets go at once if that cannot be told.
pub(super) fn run(
    args: &Args,
    selection: &Selection<Row>,
    readiness: Readiness,
    held: &[Held],
) -> anyhow::Result<Exit> {
    let failed = |errno| Error::errno("detach", "the holder", errno);
    let null =
        file::open(Path::new("/dev/null"), Purpose::Null).map_err(|errno| Error::errno("open", "/dev/null", errno))?;
    // The child keeps what it is told of at its end of the pipe, and ends if nothing comes.
    let (word, speaker) = file::pipe().map_err(failed)?;
    let signals = hold::take_signals()?;
    let listener = args.listen.as_ref().map(Listener::new).transpose()?;
    match process::fork().map_err(failed)? {
        Fork::Child => {
            drop((speaker, readiness));
            let status = stay(args, &null, &word, &signals, listener, held);
            process::exit_now(status)
        }
        Fork::Parent(holder) => {
            if let Some(listener) = listener {
                listener.leave_to_another();
            }
            if args.table.is_chosen() {
                hold::print(args, selection, held, holder)?;
            } else {
                output::data(format!("{holder}\n").as_bytes())?;
            }
            if let Some(notice) = readiness.announce(Some(holder))? {
                output::error(&notice);
            }
            file::write_all(speaker.as_fd(), b"\n").map_err(failed)?;
            Ok(Exit::Success)
        }
    }
}

/// The child: waits for the word, and keeps the buffers. Answers its status, which nobody looks at.
fn stay(
    args: &Args,
    null: &OwnedFd,
    word: &OwnedFd,
    signals: &crate::sys::signals::Signals,
    listener: Option<Listener>,
    held: &[Held],
) -> u8 {
    let mut keep: Vec<BorrowedFd<'_>> = vec![word.as_fd(), signals.as_fd()];
    keep.extend(held.iter().map(|held| held.buffer.as_fd()));
    keep.extend(listener.iter().flat_map(Listener::descriptors));
    let detached = process::detach(null.as_fd(), &keep);
    let told = detached.is_ok() && file::read(word.as_fd(), &mut [0; 1]) == Ok(1);
    // Its stderr is nobody's now.
    let kept = told && hold::keep(args, signals, listener, held).is_ok();
    if kept { Exit::Success.code() } else { Exit::Failure.code() }
}
