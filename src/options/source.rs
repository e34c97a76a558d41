//! Which buffer: the options of every verb that works on one that is there already.

use crate::buffer::borrow;
use crate::buffer::identity::Identity;
use crate::error::Error;
use crate::machine::Root;
use crate::sys::{Errno, descriptor};
use clap::Args;
use std::os::fd::{AsFd, OwnedFd};

/// Options that name a buffer.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Buffer")]
pub struct BufferSource {
    /// File descriptor of the buffer, inherited from the caller, or that of another process
    ///
    /// Example: --fd 3, -f 0 <&3
    #[arg(short, long, value_name = "N", value_parser = number, allow_hyphen_values = true, required = true)]
    pub fd: Option<i32>,

    /// Process whose file descriptor N it is (pidfd_getfd, which takes the right to trace it)
    ///
    /// Example: --pid 1234 --fd 5
    #[arg(short, long, value_name = "PID", value_parser = process, allow_hyphen_values = true, requires = "fd")]
    pub pid: Option<u32>,
}

/// A descriptor that was named by options, and what it stands for.
#[derive(Debug)]
pub struct Opened {
    /// The descriptor.
    pub fd: OwnedFd,
    /// What errors call it.
    pub object: String,
    /// What it is; not always a dma-buf.
    pub identity: Identity,
}

impl BufferSource {
    /// Gets hold of the descriptor. To be called once, before anything is allocated.
    ///
    /// # Errors
    /// A descriptor that is not open, a process that is gone or may not be traced.
    pub fn open(&self) -> Result<Opened, Error> {
        let number = self.fd.unwrap_or(-1);
        let (fd, object) = match self.pid {
            Some(pid) => (borrow::of_process(&Root::machine(), pid, number)?, format!("fd {number} of process {pid}")),
            None => (inherit(number)?, format!("fd {number}")),
        };
        let identity = Identity::of(fd.as_fd()).map_err(|errno| Error::errno("inspect", &object, errno))?;
        Ok(Opened { fd, object, identity })
    }
}

fn inherit(number: i32) -> Result<OwnedFd, Error> {
    descriptor::inherited(number).map_err(|errno| match errno {
        Errno::EBADF => Error::explained("use", format!("fd {number}"), "it is not open here", errno).with_hint(
            "a descriptor is inherited from the caller: dmaheap exec, `3<&5` in a shell; sudo and ssh close it",
        ),
        _ => Error::errno("use", format!("fd {number}"), errno),
    })
}

/// The number of a descriptor.
fn number(text: &str) -> Result<i32, String> {
    match text.parse() {
        Ok(number @ 0..) => Ok(number),
        Ok(_) => Err("a file descriptor cannot be negative".to_owned()),
        Err(_) => Err("not the number of a file descriptor".to_owned()),
    }
}

/// The number of a process.
fn process(text: &str) -> Result<u32, String> {
    match text.parse::<i32>() {
        Ok(number @ 1..) => Ok(number.unsigned_abs()),
        Ok(_) => Err("processes are numbered from 1".to_owned()),
        Err(_) => Err("not the number of a process".to_owned()),
    }
}
