//! Keeping buffers until there is a reason to let go.

use super::socket::Service;
use crate::error::Error;
use crate::sys::Errno;
use crate::sys::fd::file;
use crate::sys::fd::poll::{self, Interest, Timer};
use crate::sys::process::signals::Signals;
use std::os::fd::AsFd;
use std::time::Duration;

/// The end of the keeping, beside a signal: whichever comes first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Until {
    /// Stdin has no more to give; what it gives is passed over.
    pub eof: bool,
    /// So much time has gone by.
    pub time: Option<Duration>,
}

/// Waits, and serves in the meantime; returns the signal that ended it, if one did. `notice` receives mishaps that do
/// not end it.
pub(crate) fn keep(
    signals: &Signals,
    until: Until,
    mut service: Option<Service<'_>>,
    notice: &mut dyn FnMut(Error),
) -> Result<Option<i32>, Error> {
    let failed = |errno| Error::errno("wait for", "signals", errno);
    let timer = until.time.map(Timer::after).transpose().map_err(failed)?;
    let stdin = until.eof.then(std::io::stdin);
    loop {
        let ends = [Some(signals.as_fd()), timer.as_ref().map(AsFd::as_fd), stdin.as_ref().map(AsFd::as_fd)];
        let place = |end: usize| ends.iter().take(end).flatten().count();
        let mut awaited: Vec<_> = ends.into_iter().flatten().map(|end| (end, Interest::Read)).collect();
        awaited.extend(service.iter().flat_map(Service::awaited));
        let pause = service.as_ref().and_then(Service::pause);
        let ready = poll::wait_at_most(&awaited, pause).map_err(failed)?;
        let is_ready = |index: usize| ready.get(index).copied().unwrap_or(false);
        if is_ready(0) {
            if let Some(caught) = signals.next().map_err(failed)? {
                return Ok(Some(caught.signal));
            }
        }
        if timer.is_some() && is_ready(place(1)) {
            return Ok(None);
        }
        if let Some(stdin) = &stdin {
            if is_ready(place(2)) && is_at_end(stdin.as_fd())? {
                return Ok(None);
            }
        }
        if let Some(one) = &mut service {
            one.go_on(notice)?;
        }
    }
}

/// Takes what stdin has; whether that was all.
fn is_at_end(stdin: std::os::fd::BorrowedFd<'_>) -> Result<bool, Error> {
    match file::read(stdin, &mut [0; 4096]) {
        Ok(length) => Ok(length == 0),
        // Someone else has read it, or made it non-blocking.
        Err(Errno::EAGAIN) => Ok(false),
        Err(errno) => Err(Error::errno("read from", "stdin", errno)),
    }
}
