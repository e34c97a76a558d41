//! Writing a pattern.

use super::SEGMENT;
use super::expected::Expected;
use super::jobs::Work;
use super::source::Source;
use crate::dmabuf::mapping::{Mapped, Target};
use crate::dmabuf::range::ByteRange;
use crate::dmabuf::sync::Direction;
use crate::error::Error;
use crate::sys::mem::mapping::FILL_PIECE;
use std::time::{Duration, Instant};

/// Bytes of a constant that are set at once: the most, where nobody is told in between.
const MOST: u64 = FILL_PIECE as u64;
/// The first, where somebody is; memory that is not cached may take a second for a hundred times as many.
const FIRST: u64 = 4 << 20;
/// What takes less than this is told often enough.
const TURN: Duration = Duration::from_millis(100);

/// Fills the range of `work` with `source`, between the brackets of `target`.
///
/// # Errors
/// A file that does not have the range, a mapping or a bracket that the kernel refuses, memory that
/// does not answer.
pub(crate) fn fill(target: &Target<'_>, source: &Source, work: &Work<'_>) -> Result<(), Error> {
    source.check_covers(work.range)?;
    target.access(Direction::Write, work.range, |mapped| fill_mapped(mapped, source, work))
}

/// The same on what is mapped and bracketed already.
///
/// # Errors
/// Those of a file, and of memory that does not answer.
pub(crate) fn fill_mapped(mapped: &Mapped, source: &Source, work: &Work<'_>) -> Result<(), Error> {
    let job = |part| match (source.constant(), mapped.width()) {
        (Some(byte), None) => set(mapped, byte, part, work),
        _ => copy(mapped, source, part, work),
    };
    work.run(mapped.object(), job)?;
    Ok(())
}

/// Straight into the mapping.
fn set(mapped: &Mapped, byte: u8, part: ByteRange, work: &Work<'_>) -> Result<(), Error> {
    let mut step = if work.progress.is_some() { FIRST } else { MOST };
    let mut begin = part.offset();
    while begin < part.end() {
        let piece = ByteRange::from_parts(begin, step.min(part.end() - begin));
        let begun = Instant::now();
        mapped.set(piece, byte)?;
        work.tell(piece.length());
        begin = piece.end();
        if begun.elapsed() < TURN {
            step = MOST.min(step * 2);
        }
    }
    Ok(())
}

fn copy(mapped: &Mapped, source: &Source, part: ByteRange, work: &Work<'_>) -> Result<(), Error> {
    let mut expected = Expected::new(source);
    for piece in part.pieces(SEGMENT) {
        mapped.write(piece.offset(), expected.at(piece)?)?;
        work.tell(piece.length());
    }
    Ok(())
}
