//! `dmaheap hold --detach`: the buffers go to a process of their own.

use super::keep::{keep, print, service, take_signals};
use super::options::Args;
use crate::cmd::buffer_row::Row;
use crate::cmd::message;
use crate::error::Error;
use crate::exit::Exit;
use crate::heap::alloc::HeldBuffer;
use crate::pass::Readiness;
use crate::pass::socket::Service;
use crate::sys::fd::file::{self, Purpose};
use crate::sys::process::channel::Channel;
use crate::sys::process::child::Child;
use crate::sys::process::session;
use crate::sys::process::signals::Signals;
use crate::ui::column::Selection;
use crate::ui::output;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

/// Hands `held` to a child and reports its PID. The child lets go at once if that cannot be reported.
pub(super) fn run(
    args: &Args,
    selection: &Selection<Row>,
    readiness: Readiness,
    held: &[HeldBuffer],
) -> anyhow::Result<Exit> {
    let failed = |errno| Error::errno("detach", "the holder", errno);
    let null =
        file::open(Path::new("/dev/null"), Purpose::Null).map_err(|errno| Error::errno("open", "/dev/null", errno))?;
    let signals = take_signals()?;
    let mut service = service(args, held)?;
    let child = Child::start(|channel| stay(args, &null, channel, &signals, service.take(), held));
    let mut child: Child<(), ()> = child.map_err(failed)?;
    // The socket is the child's to remove, and it ends with this process: so a signal may end both again, whether or
    // not the report is read.
    let restored = signals.put_back();
    if let Some(service) = service {
        service.leave_to_another();
    }
    // It is not reported before it is on its own.
    let announced = match restored.and_then(|()| child.channel.receive()).map_err(failed) {
        Ok(None) => Err(Error::refused("detach", "the holder", "it exited immediately")),
        detached => detached.and_then(|_| announce(args, selection, readiness, held, child.id())),
    };
    let confirmed = announced.and_then(|()| child.channel.send(&()).map_err(failed));
    if confirmed.is_err() {
        // Without an answer it ends; nothing is allocated any more when this process ends.
        let _ = child.channel.hang_up();
        child.wait();
    }
    confirmed?;
    Ok(Exit::Success)
}

/// The parent: says who holds the buffers now.
fn announce(
    args: &Args,
    selection: &Selection<Row>,
    readiness: Readiness,
    held: &[HeldBuffer],
    holder: u32,
) -> Result<(), Error> {
    if args.table.is_chosen() {
        print(&mut output::data, args, selection, held, holder)?;
    } else {
        output::data(format!("{holder}\n").as_bytes())?;
    }
    readiness.announce_other(holder, &mut |notice| message::print_error(&notice))
}

/// The child: waits for the answer, and keeps the buffers. Returns its exit status, which nobody looks at.
fn stay(
    args: &Args,
    null: &OwnedFd,
    channel: Channel<(), ()>,
    signals: &Signals,
    service: Option<Service<'_>>,
    held: &[HeldBuffer],
) -> u8 {
    let mut kept_open: Vec<BorrowedFd<'_>> = vec![channel.as_fd(), signals.as_fd()];
    kept_open.extend(held.iter().map(|held| held.buffer.as_fd()));
    kept_open.extend(service.iter().flat_map(Service::descriptors));
    let detached = session::detach(null.as_fd(), &kept_open).and_then(|()| channel.send(&()));
    // Without an answer its parent is gone.
    let is_confirmed = detached.is_ok() && channel.receive() == Ok(Some(()));
    drop(channel);
    // Its stderr is nobody's now.
    let kept = is_confirmed && keep(args, signals, service).is_ok();
    if kept { Exit::Success.code() } else { Exit::Failure.code() }
}
