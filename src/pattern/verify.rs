//! Checking a pattern.

use super::SEGMENT;
use super::compare::Findings;
use super::expected::Expected;
use super::jobs::Work;
use super::report::{Mismatch, Report, Word};
use super::source::Source;
use crate::dmabuf::mapping::{Mapped, Target};
use crate::dmabuf::range::ByteRange;
use crate::dmabuf::sync::Direction;
use crate::error::Error;

/// Compares the range of `work` with `source` and reports what differs, with at most `extents` runs by name. Bytes that
/// differ are no error.
///
/// The first word that differs is read again at the end, in an access of its own.
pub(crate) fn verify(target: &Target<'_>, source: &Source, work: &Work<'_>, extents: usize) -> Result<Report, Error> {
    source.check_covers(work.range)?;
    let mapped = target.begin(Direction::Read, work.range)?;
    let mut report = verify_mapped(&mapped, source, work, extents)?;
    mapped.finish()?;
    let (begin, end) = (work.range.offset(), work.range.end());
    if let Some(first) = &mut report.first {
        let size = u64::from(report.word_bits / 8);
        let offset = first.word_offset.max(begin);
        let word = ByteRange::from_parts(offset, (first.word_offset + size).min(end) - offset);
        // What was found is worth more than a reason why it could not be read again.
        first.reread = read_again(target, word, first).ok();
    }
    Ok(report)
}

/// Nothing is read again.
pub(crate) fn verify_mapped(
    mapped: &Mapped<'_>,
    source: &Source,
    work: &Work<'_>,
    extents: usize,
) -> Result<Report, Error> {
    let word_bytes = mapped.width().map_or(8, |width| width.bytes());
    let parts = work.run(mapped.object(), |part| {
        let mut findings = Findings::new(word_bytes, extents);
        let mut expected = Expected::new(source);
        let mut block = vec![0; SEGMENT as usize];
        for piece in part.pieces(SEGMENT) {
            let expected = expected.at(piece)?;
            let got = &mut block[..expected.len()];
            mapped.read(piece.offset(), got);
            if got != expected {
                findings.compare(piece, expected, got);
            }
            work.report_done(piece.length());
        }
        Ok(findings)
    })?;
    let mut findings = Findings::new(word_bytes, extents);
    for part in parts {
        findings.append(part);
    }
    Ok(findings.report(work.range))
}

fn read_again(target: &Target<'_>, word: ByteRange, first: &Mismatch) -> Result<Word, Error> {
    let mut memory = [0; 8];
    // A word has 8 bytes at most, and `word` lies in the one that begins at `word_offset`.
    let begin = (word.offset() - first.word_offset) as usize;
    let mapped = target.begin(Direction::Read, word)?;
    mapped.read(word.offset(), &mut memory[begin..begin + word.length() as usize]);
    mapped.finish()?;
    Ok(Word { value: u64::from_le_bytes(memory), bits: first.got.bits })
}
