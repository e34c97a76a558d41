//! The buffer that options name: got hold of, with what it is.

use super::timeouts;
use crate::args::source::{BufferSource, ChosenFd};
use crate::dmabuf::borrow;
use crate::dmabuf::identity::Identity;
use crate::error::Error;
use crate::exit::Exit;
use crate::host::Root;
use crate::pass::run::environment::named;
use crate::pass::socket::{self, Accept, Address};
use crate::size::counted;
use crate::sys::Errno;
use crate::sys::fd::descriptor;
use std::os::fd::{AsFd, OwnedFd};

/// A descriptor that was named by options, and what it stands for.
#[derive(Debug)]
pub(super) struct Opened {
    /// The descriptor.
    pub(super) fd: OwnedFd,
    /// Its number where it was found; none of one that came through a socket.
    pub(super) number: Option<i32>,
    /// Its name in errors.
    pub(super) object: String,
    /// May be that of another file than a dma-buf.
    pub(super) identity: Identity,
}

/// Gets hold of the descriptor, for `operation`. To be called once, before anything is allocated: the time of the
/// verb begins here.
pub(super) fn open(source: &BufferSource, operation: &'static str) -> Result<Opened, Error> {
    // clap sees to it that there is one of the two.
    let number = source.fd.as_ref().map(|fd| number(fd, source.pid)).transpose()?;
    match (&source.from_socket, number) {
        (Some(address), _) => timeouts::begin(&source.timeouts, "take a buffer from", address, Exit::Failure)?,
        (None, fd) => timeouts::begin(&source.timeouts, operation, format!("fd {}", fd.unwrap_or(-1)), Exit::Failure)?,
    };

    let (fd, object) = match (&source.from_socket, number.unwrap_or(-1), source.pid) {
        (Some(address), ..) => receive(source, address)?,
        (None, fd, Some(pid)) => (borrow::of_process(&Root::machine(), pid, fd)?, format!("fd {fd} of process {pid}")),
        (None, fd, None) => (inherit(fd)?, format!("fd {fd}")),
    };
    timeouts::go_on(&source.timeouts, operation, &object, Exit::Failure);
    let identity = Identity::of(fd.as_fd()).map_err(|errno| Error::errno("inspect", &object, errno))?;
    Ok(Opened { fd, number, object, identity })
}

/// The number of a descriptor; only those of this process have names.
fn number(fd: &ChosenFd, of_process: Option<u32>) -> Result<i32, Error> {
    let name = match (fd, of_process) {
        (ChosenFd::Number(number), _) => return Ok(*number),
        (ChosenFd::Named(name), None) => name,
        (ChosenFd::Named(name), Some(_)) => {
            return Err(Error::refused("use", format!("fd {name}"), "a descriptor of another process has a number"));
        }
    };
    named(name).map_err(|names| {
        let reason = match names.as_slice() {
            [] => "no descriptor has a name (LISTEN_FDNAMES is not set)".to_owned(),
            names if names.contains(name) => "several descriptors have this name".to_owned(),
            names => format!("no descriptor has this name (names: {})", names.join(" ")),
        };
        Error::refused("use", format!("fd {name}"), reason)
    })
}

/// Takes all that the socket gives, and keeps the one that was asked for.
fn receive(source: &BufferSource, address: &Address) -> Result<(OwnedFd, String), Error> {
    let mut arrivals = socket::receive(address, Accept::default(), source.timeouts.peer_timeout)?;
    let count = arrivals.len();
    let refused = |reason: String| Error::refused("take a buffer from", address, reason);
    let index = match source.index {
        Some(index) => index.get(),
        None if count > 1 => {
            return Err(refused(format!("it offers {}", counted(count, "buffer")))
                .with_hint("choose one with --index, counted from 1"));
        }
        None => 1,
    };
    if index > count {
        return Err(refused(format!("it offers {}; --index {index} is out of range", counted(count, "buffer"))));
    }
    Ok((arrivals.swap_remove(index - 1).fd, format!("buffer {index} from {address}")))
}

fn inherit(number: i32) -> Result<OwnedFd, Error> {
    descriptor::inherited(number).map_err(|errno| match errno {
        Errno::EBADF => Error::explained("use", format!("fd {number}"), "it is not open in this process", errno)
            .with_hint(
                "let the caller pass it on: `dmaheap exec`, or `3<&5` in a shell; sudo and ssh close descriptors",
            ),
        _ => Error::errno("use", format!("fd {number}"), errno),
    })
}
