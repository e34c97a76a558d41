//! Groups of options that verbs share, with their help and their parsing.
//!
//! An option says what was typed; nothing is looked up on the machine before a verb runs.

pub mod allocation;
pub mod bytes;
pub mod duration;
pub mod filling;
pub mod format;
pub mod heap;
pub mod heaps;
pub mod passing;
pub mod pattern;
pub mod sheet;
pub mod source;
pub mod table;
pub mod timeouts;
