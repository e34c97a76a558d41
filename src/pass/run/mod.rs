//! A command that inherits buffers: where it finds them, and what its environment says of them.

pub(crate) mod command;
pub(crate) mod environment;

pub(crate) use command::{Command, NotRun, Passed};
pub(crate) use environment::PassedInfo;
