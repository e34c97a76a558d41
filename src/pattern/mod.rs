//! What to write into a buffer, how to check it, how to describe what differs.
//!
//! Begin with `fill` and `verify`, a screen each: they cut a range into segments, `jobs` spreads these over threads, and
//! `expected` makes the bytes of a segment. The bytes are accessed through `dmabuf`, and nothing else of the domain is used.
//!
//! A pattern gives every byte a value that depends on the seed and on the byte's offset in the buffer
//! and on nothing else. So ranges, jobs, widths and machines agree: any part of what one process
//! filled, another can verify. Words are little-endian everywhere: the word at offset `o` has its
//! lowest byte at `o`.
//!
//! | pattern | the bytes | the seed |
//! |---|---|---|
//! | `zero` | 0x00 | not used |
//! | `ones` | 0xff | not used |
//! | `byte=0xNN` | 0xNN | not used |
//! | `word=0xNNNNNNNN` | this 32-bit word | not used |
//! | `checkerboard` | 64-bit words 0x5555555555555555 and 0xaaaaaaaaaaaaaaaa in turn | an odd one begins with 0xaa… |
//! | `walking-ones` | 64-bit words, word `i` has bit `i` mod 64 only | begins at this bit |
//! | `walking-zeros` | 64-bit words, word `i` lacks bit `i` mod 64 only | begins at this bit |
//! | `address` | each 64-bit word its offset | xor'ed |
//! | `increment` | byte `i` is `i` mod 256 | begins at this byte |
//! | `prbs31` | the sequence of [`prbs31`], lowest bit of each byte first | begins at this bit |
//! | `random` | the words of [`random`] | of the generator |
//! | `file=PATH` | byte `i` is byte `i` of the file | not used |

mod compare;
mod expected;
mod extents;
pub(crate) mod fill;
pub(crate) mod jobs;
mod kind;
mod periodic;
pub(crate) mod prbs31;
pub(crate) mod random;
mod recurrence;
pub(crate) mod report;
mod source;
pub(crate) mod verify;

pub(crate) use extents::Extent;
pub(crate) use fill::fill;
pub(crate) use jobs::{Jobs, Work};
pub(crate) use kind::{NAMES, Pattern};
pub(crate) use report::{Mismatch, Report};
pub(crate) use source::{SeededPattern, Source};
pub(crate) use verify::verify;

/// Words that are made at once, and that lie at multiples of their number: what work is cut into.
/// 8 KiB and as many that they are compared with fit every first-level cache; blocks that did not were
/// measured to be a quarter slower.
///
/// [`random`] is defined by segments of this length: it can never change.
pub(crate) const SEGMENT_WORDS: usize = 1024;
/// [`SEGMENT_WORDS`] in bytes.
pub(crate) const SEGMENT: u64 = SEGMENT_WORDS as u64 * 8;

#[cfg(test)]
mod tests;
