//! Which buffer: the options of every verb that works on one that is there already.

use super::passing::{descriptor, socket};
use super::timeouts::Timeouts;
use crate::pass::socket::Address;
use clap::Args;
use std::num::NonZeroUsize;

/// Options that name a buffer.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Buffer")]
pub(crate) struct BufferSource {
    /// Use this descriptor: inherited, or that of --pid
    ///
    /// Its number, or the name that an inherited one has in LISTEN_FDNAMES, which `dmaheap exec` and systemd set.
    ///
    /// Example: --fd 3, -f 0 <&3, -f camera0
    #[arg(short, long, value_name = "N", value_parser = chosen, allow_hyphen_values = true)]
    pub fd: Option<ChosenFd>,

    /// Take the descriptor from this process
    ///
    /// It is taken with pidfd_getfd(2), which needs permission to ptrace the process.
    ///
    /// Example: --pid 1234 --fd 5
    #[arg(short, long, value_name = "PID", value_parser = process, allow_hyphen_values = true, requires = "fd")]
    pub pid: Option<u32>,

    /// Take it from `hold --listen` at this address
    ///
    /// A path, or @NAME.
    ///
    /// Example: --from-socket /run/buffers, --from-socket @camera
    #[arg(long, value_name = "SOCKET", value_parser = socket(), conflicts_with_all = ["fd", "pid"])]
    pub from_socket: Option<Address>,

    /// Choose one of the socket's buffers, counted from 1
    ///
    /// Example: --from-socket @camera --index 2
    #[arg(long, value_name = "N", value_parser = index, requires = "from_socket", allow_hyphen_values = true)]
    pub index: Option<NonZeroUsize>,

    #[command(flatten)]
    pub timeouts: Timeouts,
}

/// A descriptor that is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ChosenFd {
    Number(i32),
    Named(String),
}

fn chosen(text: &str) -> Result<ChosenFd, String> {
    // What begins so is meant to be a number.
    let is_number = |first: char| first.is_ascii_digit() || matches!(first, '-' | '+');
    if text.is_empty() || text.starts_with(is_number) {
        return descriptor(text).map(ChosenFd::Number);
    }
    Ok(ChosenFd::Named(text.to_owned()))
}

/// The place of a buffer among others.
fn index(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| format!("'{text}' is not an index; buffers are counted from 1"))
}

/// The number of a process.
fn process(text: &str) -> Result<u32, String> {
    match text.parse::<i32>() {
        Ok(number @ 1..) => Ok(number.unsigned_abs()),
        Ok(_) => Err("a process ID is at least 1".to_owned()),
        Err(_) => Err("not a process ID".to_owned()),
    }
}
