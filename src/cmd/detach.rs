//! `dmaheap hold --detach`: the buffers go to a process of their own.

use super::buffer_row::Row;
use super::hold::{self, Args};
use crate::error::Error;
use crate::exit::Exit;
use crate::heap::alloc::batch::Held;
use crate::pass::{Readiness, Service};
use crate::sys::fd::file::{self, Purpose};
use crate::sys::process::{self, Fork};
use crate::ui::column::Selection;
use crate::ui::output;
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
    // It is not told of before it is on its own.
    let (news, teller) = file::pipe().map_err(failed)?;
    let signals = hold::take_signals()?;
    let service = hold::service(args, held)?;
    match process::fork().map_err(failed)? {
        Fork::Child => {
            drop((speaker, news, readiness));
            let status = stay(args, &null, &word, teller, &signals, service, held);
            process::exit_now(status)
        }
        Fork::Parent(holder) => {
            // The socket is the child's to remove, and it ends with this process: so a signal may end both again,
            // whoever does not read what is told.
            let restored = signals.put_back();
            if let Some(service) = service {
                service.leave_to_another();
            }
            drop(teller);
            // What it says, and then that it has closed this too.
            let read = || file::read(news.as_fd(), &mut [0; 1]);
            let detached = restored.and_then(|()| Ok(read()? + read()?)).map_err(failed);
            let told = match detached {
                Ok(0) => Err(Error::refused("detach", "the holder", "it ended at once")),
                detached => detached.and_then(|_| tell(args, selection, readiness, held, holder)),
            };
            let told = told.and_then(|()| file::write_all(speaker.as_fd(), b"\n").map_err(failed));
            if told.is_err() {
                // Without a word it ends; nothing is allocated any more when this process ends.
                drop(speaker);
                let _ = process::await_end(holder);
            }
            told?;
            Ok(Exit::Success)
        }
    }
}

/// The parent: says who holds the buffers now.
fn tell(
    args: &Args,
    selection: &Selection<Row>,
    readiness: Readiness,
    held: &[Held],
    holder: u32,
) -> Result<(), Error> {
    if args.table.is_chosen() {
        hold::print(&mut output::data, args, selection, held, holder)?;
    } else {
        output::data(format!("{holder}\n").as_bytes())?;
    }
    readiness.announce_other(holder, &mut |notice| output::error(&notice))
}

/// The child: waits for the word, and keeps the buffers. Answers its status, which nobody looks at.
fn stay(
    args: &Args,
    null: &OwnedFd,
    word: &OwnedFd,
    teller: OwnedFd,
    signals: &crate::sys::process::signals::Signals,
    service: Option<Service<'_>>,
    held: &[Held],
) -> u8 {
    let mut keep: Vec<BorrowedFd<'_>> = vec![word.as_fd(), teller.as_fd(), signals.as_fd()];
    keep.extend(held.iter().map(|held| held.buffer.as_fd()));
    keep.extend(service.iter().flat_map(Service::descriptors));
    let detached = process::detach(null.as_fd(), &keep);
    let detached = detached.and_then(|()| file::write_all(teller.as_fd(), b"\n"));
    drop(teller);
    // Without a word its parent is gone.
    let told = detached.is_ok() && file::read(word.as_fd(), &mut [0; 1]) == Ok(1);
    // Its stderr is nobody's now.
    let kept = told && hold::keep(args, signals, service).is_ok();
    if kept { Exit::Success.code() } else { Exit::Failure.code() }
}
