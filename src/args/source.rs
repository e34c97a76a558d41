//! Which buffer: the options of every verb that works on one that is there already.

use super::timeouts::Timeouts;
use crate::dmabuf::borrow;
use crate::dmabuf::identity::Identity;
use crate::error::Error;
use crate::exit::Exit;
use crate::host::Root;
use crate::pass::socket::{Accept, Address, receive};
use crate::sys::Errno;
use crate::sys::fd::descriptor;
use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, OwnedFd};

/// Options that name a buffer.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Buffer")]
pub(crate) struct BufferSource {
    /// Use this file descriptor, inherited from the caller, or with --pid that of another process
    ///
    /// Example: --fd 3, -f 0 <&3
    #[arg(short, long, value_name = "N", value_parser = number, allow_hyphen_values = true)]
    pub fd: Option<i32>,

    /// Take the descriptor from this process (pidfd_getfd(2); needs permission to ptrace it)
    ///
    /// Example: --pid 1234 --fd 5
    #[arg(short, long, value_name = "PID", value_parser = process, allow_hyphen_values = true, requires = "fd")]
    pub pid: Option<u32>,

    /// Take the buffer from a Unix socket served by `dmaheap hold --listen`: a path, or @NAME
    ///
    /// Example: --from-socket /run/buffers, --from-socket @camera
    #[arg(long, value_name = "SOCKET", value_parser = address(), conflicts_with_all = ["fd", "pid"])]
    pub from_socket: Option<Address>,

    /// Choose one of the buffers that the socket offers, counted from 1
    ///
    /// Example: --from-socket @camera --index 2
    #[arg(long, value_name = "N", value_parser = index, requires = "from_socket", allow_hyphen_values = true)]
    pub index: Option<NonZeroUsize>,

    /// How long it may take.
    #[command(flatten)]
    pub timeouts: Timeouts,
}

/// A descriptor that was named by options, and what it stands for.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The descriptor.
    pub fd: OwnedFd,
    /// What errors call it.
    pub object: String,
    /// What it is; not always a dma-buf.
    pub identity: Identity,
}

impl BufferSource {
    /// Gets hold of the descriptor, for `operation`. To be called once, before anything is allocated: the time of the
    /// verb begins here.
    ///
    /// # Errors
    /// A descriptor that is not open, a process that is gone, may not be traced, or takes too long.
    pub(crate) fn open(&self, operation: &'static str) -> Result<Opened, Error> {
        match &self.from_socket {
            Some(address) => self.timeouts.begin("take a buffer from", address, Exit::Failure)?,
            None => self.timeouts.begin(operation, format!("fd {}", self.fd.unwrap_or(-1)), Exit::Failure)?,
        };

        // Without a socket there is a number: clap sees to it. None is open as -1.
        let number = self.fd.unwrap_or(-1);
        let (fd, object) = match (&self.from_socket, self.pid) {
            (Some(address), _) => self.receive(address)?,
            (None, Some(pid)) => {
                (borrow::of_process(&Root::machine(), pid, number)?, format!("fd {number} of process {pid}"))
            }
            (None, None) => (inherit(number)?, format!("fd {number}")),
        };
        self.timeouts.go_on(operation, &object, Exit::Failure);
        let identity = Identity::of(fd.as_fd()).map_err(|errno| Error::errno("inspect", &object, errno))?;
        Ok(Opened { fd, object, identity })
    }

    /// Takes all that the socket gives, and keeps the one that was asked for.
    fn receive(&self, address: &Address) -> Result<(OwnedFd, String), Error> {
        let mut arrivals = receive(address, Accept::DmaBufs, self.timeouts.peer_timeout)?;
        let count = arrivals.len();
        let refused = |reason: String| Error::refused("take a buffer from", address, reason);
        let index = match self.index {
            Some(index) => index.get(),
            None if count > 1 => {
                return Err(
                    refused(format!("it offers {count} buffers")).with_hint("choose one with --index, counted from 1")
                );
            }
            None => 1,
        };
        if index > count {
            return Err(refused(format!("it offers {count} buffers; --index {index} is out of range")));
        }
        Ok((arrivals.swap_remove(index - 1).fd, format!("buffer {index} from {address}")))
    }
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

/// The number of a descriptor.
fn number(text: &str) -> Result<i32, String> {
    match text.parse() {
        Ok(number @ 0..) => Ok(number),
        Ok(_) => Err("a file descriptor cannot be negative".to_owned()),
        Err(_) => Err("not a file descriptor number".to_owned()),
    }
}

/// The place of a buffer among others.
fn index(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| format!("'{text}' is not an index; buffers are counted from 1"))
}

/// The address of a socket.
pub(super) fn address() -> impl TypedValueParser<Value = Address> {
    OsStringValueParser::new().try_map(|text| Address::parse(&text))
}

/// The number of a process.
fn process(text: &str) -> Result<u32, String> {
    match text.parse::<i32>() {
        Ok(number @ 1..) => Ok(number.unsigned_abs()),
        Ok(_) => Err("a process ID is at least 1".to_owned()),
        Err(_) => Err("not a process ID".to_owned()),
    }
}
