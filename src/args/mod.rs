//! Groups of options that verbs share, with their help and their parsing.
//!
//! An option says what was typed; nothing is looked up on the machine before a verb runs.

pub(crate) mod allocation;
pub(crate) mod bytes;
pub(crate) mod duration;
pub(crate) mod filling;
pub(crate) mod heaps;
pub(crate) mod numbers;
pub(crate) mod passing;
pub(crate) mod pattern;
pub(crate) mod progress;
pub(crate) mod source;
pub(crate) mod table;
pub(crate) mod timeouts;
