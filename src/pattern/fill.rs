//! Writing a pattern.

use super::SEGMENT;
use super::expected::Expected;
use super::jobs::Work;
use super::source::Source;
use crate::dmabuf::mapping::{Mapped, Target};
use crate::dmabuf::range::ByteRange;
use crate::dmabuf::sync::Direction;
use crate::error::Error;
use std::time::{Duration, Instant};

/// Bytes of a constant that are set at once at first, where progress is reported; memory that is not cached may take a
/// second for a hundred times as many.
const FIRST: u64 = 4 << 20;
/// A part that takes less than this is reported often enough.
const TURN: Duration = Duration::from_millis(100);

/// Fills the range of `work` with `source`.
pub(crate) fn fill(target: &Target<'_>, source: &Source, work: &Work<'_>) -> Result<(), Error> {
    source.check_covers(work.range)?;
    let mapped = target.begin(Direction::Write, work.range)?;
    fill_mapped(&mapped, source, work)?;
    mapped.finish()
}

pub(crate) fn fill_mapped(mapped: &Mapped<'_>, source: &Source, work: &Work<'_>) -> Result<(), Error> {
    work.run(mapped.object(), |part| match (source.constant(), mapped.width()) {
        (Some(byte), None) => {
            set(mapped, byte, part, work);
            Ok(())
        }
        _ => copy(mapped, source, part, work),
    })?;
    Ok(())
}

/// Straight into the mapping, and as much as possible at once: where memset(3) is asked for more than the caches hold,
/// processors do it in another way, a third faster.
fn set(mapped: &Mapped<'_>, byte: u8, part: ByteRange, work: &Work<'_>) {
    let mut step = if work.progress.is_some() { FIRST } else { part.length() };
    let mut begin = part.offset();
    while begin < part.end() {
        let piece = ByteRange::from_parts(begin, step.min(part.end() - begin));
        let begun = Instant::now();
        mapped.set(piece, byte);
        work.report_done(piece.length());
        begin = piece.end();
        if begun.elapsed() < TURN {
            step = step.saturating_mul(2);
        }
    }
}

fn copy(mapped: &Mapped<'_>, source: &Source, part: ByteRange, work: &Work<'_>) -> Result<(), Error> {
    let mut expected = Expected::new(source);
    for piece in part.pieces(SEGMENT) {
        mapped.write(piece.offset(), expected.at(piece)?);
        work.report_done(piece.length());
    }
    Ok(())
}
