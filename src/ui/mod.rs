//! What users see. Rows become text here, and stdout and stderr are written here and nowhere else.
//!
//! A verb defines its columns ([`column()`]), makes rows, and hands both to the table options in `args`, which choose
//! between [`table`] (laid out by comfy-table in [`grid`], or raw), [`stream`] (a table that grows) and [`json`].
//! [`output`] writes: data to stdout, messages to stderr, with whatever others chose made harmless by [`escape`].
//! Files that the user names are opened by [`destination`]. Begin reading with `cell.rs` and `column.rs`; everything of
//! the domain may be used here, `args` and `cmd` may not.

pub(crate) mod cell;
pub(crate) mod column;
pub(crate) mod destination;
pub(crate) mod escape;
pub(crate) mod fold;
pub(crate) mod grid;
pub(crate) mod hex;
pub(crate) mod json;
pub(crate) mod mismatch;
pub(crate) mod order;
pub(crate) mod output;
pub(crate) mod progress;
pub(crate) mod replace;
pub(crate) mod stream;
pub(crate) mod table;

pub(crate) use cell::Cell;
pub(crate) use column::{Column, column, headings};
