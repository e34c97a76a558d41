//! The columns of a comparison with a pattern.

use super::column::{Selection, column};
use super::table::{self, Layout};
use super::{Cell, Column};
use crate::host::parse::bufinfo::Devices;
use crate::pattern::{Extent, Mismatch, Report};

/// A comparison, with what puts it into context.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    /// The pattern, as it is typed.
    pub pattern: String,
    /// Seed, if it takes one.
    pub seed: Option<u64>,
    pub report: Report,
    /// The devices that are attached to the buffer, where that can be known.
    pub devices: Option<Devices>,
}

/// Columns that are shown if none are chosen, as far as they hold anything.
pub(crate) const DEFAULT: &str = "OFFSET,LENGTH,WORDS,DIFFERING,FIRST,PAGE,PAGE-OFFSET,EXPECTED,GOT,REREAD,VERDICT,XOR,XOR-COMMON,EXTENTS,MORE-EXTENTS";

pub(crate) const COLUMNS: &[Column<Comparison>] = &[
    column("PATTERN", "pattern", "the pattern").text(|row| row.pattern.as_str().into()),
    column("SEED", "seed", "its seed").text(|row| Cell::number(row.seed)),
    column("OFFSET", "offset", "the first byte that was compared").text(|row| Cell::Offset(row.report.offset)),
    column("LENGTH", "length", "bytes that were compared").text(|row| Cell::Bytes(row.report.length)),
    column("WORD-BITS", "word_bits", "size of a word, bits").text(|row| Cell::Number(row.report.word_bits.into())),
    column("WORDS", "words", "words that were compared").text(|row| Cell::Number(row.report.words)),
    column("DIFFERING", "differing", "words that differ").text(|row| Cell::Number(row.report.differing)),
    column("FIRST", "first", "offset of the first byte that differs")
        .text(|row| of_first(row, |first| Cell::Offset(first.offset))),
    column("PAGE", "page", "its page, counted from the beginning of the buffer")
        .text(|row| of_first(row, |first| Cell::Number(first.page))),
    column("PAGE-OFFSET", "page_offset", "its offset in that page")
        .text(|row| of_first(row, |first| Cell::Offset(first.offset_in_page))),
    column("WORD-OFFSET", "word_offset", "where its word begins")
        .text(|row| of_first(row, |first| Cell::Offset(first.word_offset))),
    column("EXPECTED", "expected", "what that word should be, little-endian")
        .text(|row| of_first(row, |first| first.expected.to_string().into())),
    column("GOT", "got", "what it was").text(|row| of_first(row, |first| first.got.to_string().into())),
    column("REREAD", "reread", "what it was when it was read again at the end")
        .text(|row| of_first(row, |first| first.reread.map(|word| word.to_string()).into())),
    column(
        "VERDICT",
        "verdict",
        "stored: a second read gave the same word; loaded: it gave the expected word; changing: it gave another",
    )
    .text(|row| of_first(row, |first| verdict(first).into())),
    column("XOR", "xor", "bits that are wrong in at least one word")
        .text(|row| of_first(row, |_| row.report.xor.to_string().into())),
    column("XOR-COMMON", "xor_common", "bits that are wrong in every word that differs, as a stuck line makes them")
        .text(|row| of_first(row, |_| row.report.xor_common.to_string().into())),
    column("EXTENTS", "extents", "runs of words that differ, offset+length; in JSON offset and length of each")
        .text(|row| Cell::List(row.report.extents.iter().map(extent).collect())),
    column("MORE-EXTENTS", "more_extents", "number of further runs")
        .text(|row| of_first(row, |_| Cell::Number(row.report.more_extents))),
    column("DEVICES", "devices", "devices attached to the buffer (from debugfs)")
        .text(|row| row.devices.as_ref().into()),
];

fn of_first(row: &Comparison, cell: impl Fn(&Mismatch) -> Cell) -> Cell {
    row.report.first.as_ref().map(cell).into()
}

/// A bad store and a bad or stale load differ in what is read the second time.
fn verdict(first: &Mismatch) -> Option<&'static str> {
    let reread = first.reread?;
    Some(match () {
        () if reread == first.got => "stored",
        () if reread == first.expected => "loaded",
        () => "changing",
    })
}

fn extent(extent: &Extent) -> Cell {
    Cell::Record {
        shown: format!("{:#x}+{:#x}", extent.offset, extent.length),
        members: vec![("offset", Cell::Offset(extent.offset)), ("length", Cell::Bytes(extent.length))],
    }
}

/// Returns what differs, as lines for a message.
pub(crate) fn lines(comparison: &Comparison) -> String {
    let selection = Selection::parse(DEFAULT, COLUMNS, DEFAULT).unwrap_or_else(|_| Selection::all(COLUMNS));
    let layout = Layout { vertical: true, only_known: true, ..Layout::default() };
    table::lines(selection.of(std::slice::from_ref(comparison)), layout).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::report::Word;

    #[test]
    fn second_read_tells_a_bad_store_from_a_bad_load() {
        let word = |value| Word { value, bits: 64 };
        let first = |reread| Mismatch {
            offset: 0,
            page: 0,
            offset_in_page: 0,
            word_offset: 0,
            expected: word(1),
            got: word(3),
            xor: word(2),
            reread,
        };
        for (reread, said) in [
            (Some(word(3)), Some("stored")),
            (Some(word(1)), Some("loaded")),
            (Some(word(7)), Some("changing")),
            (None, None),
        ] {
            assert_eq!(verdict(&first(reread)), said);
        }
    }
}
