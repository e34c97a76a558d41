//! Groups of options that verbs share, with their help and their parsing.
//!
//! An option says what was typed; nothing is looked up on the machine before a verb runs.

pub mod allocation;
pub mod format;
pub mod heap;
pub mod table;
