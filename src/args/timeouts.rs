//! How long a verb may take, and how long a process at the other end of a socket.

use super::duration::some_time;
use clap::Args;
use std::time::Duration;

/// The limits of what waits for another process.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Time")]
pub(crate) struct Timeouts {
    /// Fail if the command has not finished after this time
    ///
    /// By default there is no limit. The time includes every wait: for another process, a pipe, or a fence of the buffer.
    ///
    /// Example: --timeout 30s
    #[arg(long, value_name = "TIME", value_parser = some_time, allow_hyphen_values = true)]
    pub timeout: Option<Duration>,

    /// Limit the time of the other end of the socket
    ///
    /// The time runs from the connection to its last byte.
    ///
    /// Example: --peer-timeout 1m
    #[arg(long, value_name = "TIME", value_parser = some_time, default_value = "10s", allow_hyphen_values = true)]
    pub peer_timeout: Duration,
}
