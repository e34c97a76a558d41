//! One result, many formats. Rows become bytes here and nothing is written: that is [`output`]'s job.

pub(crate) mod blocks;
pub(crate) mod cell;
pub(crate) mod column;
pub(crate) mod destination;
pub(crate) mod escape;
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
