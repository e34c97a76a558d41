//! `--timeout`: an alarm that ends the verb with an error.

use crate::args::timeouts::Timeouts;
use crate::error::Error;
use crate::exit::Exit;
use crate::sys::process::alarm::{self, Alarm};
use crate::ui::output;
use std::fmt::Display;

/// Begins to count the time of the verb, which does `operation` on `object` first. When the time is up, that is what
/// it was about, and `exit` its status. A command that takes this process's place needs the alarm called off.
pub(super) fn begin(
    timeouts: &Timeouts,
    operation: &'static str,
    object: impl Display,
    exit: Exit,
) -> Result<Option<Alarm>, Error> {
    let Some(timeout) = timeouts.timeout else { return Ok(None) };
    go_on(timeouts, operation, object, exit);
    alarm::set(timeout).map(Some).map_err(|errno| Error::errno("set", "a timer for --timeout", errno))
}

/// Says what the verb does from now on.
pub(super) fn go_on(timeouts: &Timeouts, operation: &'static str, object: impl Display, exit: Exit) {
    let Some(timeout) = timeouts.timeout else { return };
    let error = Error::refused(operation, object, format!("timed out after {timeout:?}"));
    alarm::prepare(output::line_of(&error), exit.code());
}
