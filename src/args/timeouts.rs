//! How long a verb may take, and how long a process at the other end of a socket.

use super::duration::some_time;
use crate::error::Error;
use crate::exit::Exit;
use crate::sys::process::alarm::{self, Alarm};
use crate::ui::output;
use clap::Args;
use std::fmt::Display;
use std::time::Duration;

/// The limits of what waits for another process.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Time")]
pub(crate) struct Timeouts {
    /// Fail if the command has not finished after this time; no limit by default
    ///
    /// Whatever it is waiting for: another process, a pipe, or a fence of the buffer.
    ///
    /// Example: --timeout 30s
    #[arg(long, value_name = "DURATION", value_parser = some_time, allow_hyphen_values = true)]
    pub timeout: Option<Duration>,

    /// Limit the time of the other end of the socket, from the connection to its last byte
    ///
    /// Example: --peer-timeout 1m
    #[arg(long, value_name = "DURATION", value_parser = some_time, default_value = "10s", allow_hyphen_values = true)]
    pub peer_timeout: Duration,
}

impl Timeouts {
    /// Begins to count the time of the verb, which does `operation` on `object` first. When the time is up, that is what
    /// it was about, and `exit` its status. A command that takes this process's place needs the alarm called off.
    ///
    /// # Errors
    /// A kernel without timers.
    pub(crate) fn begin(
        &self,
        operation: &'static str,
        object: impl Display,
        exit: Exit,
    ) -> Result<Option<Alarm>, Error> {
        let Some(timeout) = self.timeout else { return Ok(None) };
        self.go_on(operation, object, exit);
        alarm::set(timeout).map(Some).map_err(|errno| Error::errno("set", "a timer for --timeout", errno))
    }

    /// Says what the verb does from now on.
    pub(crate) fn go_on(&self, operation: &'static str, object: impl Display, exit: Exit) {
        let Some(timeout) = self.timeout else { return };
        let error = Error::refused(operation, object, format!("timed out after {timeout:?}"));
        alarm::prepare(output::line_of(&error), exit.code());
    }
}
