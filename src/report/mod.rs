//! One result, many formats. Rows become bytes here and nothing is written: that is [`output`]'s job.

pub mod blocks;
pub mod cell;
pub mod column;
pub mod destination;
pub mod escape;
pub mod hex;
pub mod json;
pub mod mismatch;
pub mod order;
pub mod output;
pub mod plot;
pub mod progress;
pub mod replace;
pub mod saved;
pub mod sheet;
pub mod stream;
pub mod table;

pub use cell::Cell;
pub use column::Column;
