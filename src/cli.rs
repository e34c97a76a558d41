//! The command line: verbs, help, dispatch.

use crate::exit::Exit;
use std::ffi::OsString;

/// Runs the tool with the given arguments (the first is the program's name).
pub fn run(_args: impl IntoIterator<Item = OsString>) -> Exit {
    Exit::Usage
}
