//! Lines folded where a terminal ends: serial programs cut off what goes beyond.

use std::borrow::Cow;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// The lines of `text`, each folded at `width` columns and continued a little to the right of its beginning.
pub(crate) fn paragraphs(text: &str, width: usize) -> String {
    text.split_inclusive('\n').map(|line| line_at(line, width, hanging(line))).collect()
}

/// The least room for what is folded, in columns.
pub(super) const ROOM: usize = 16;

/// A line folded at `width` columns, whose continuation begins at column `indent`. What begins there goes below the line as
/// a whole if it would have no room beside it.
pub(crate) fn line_at(line: &str, width: usize, indent: usize) -> Cow<'_, str> {
    let (text, end) = line.strip_suffix('\n').map_or((line, ""), |text| (text, "\n"));
    if textwrap::core::display_width(text) <= width {
        return line.into();
    }
    let has_room = indent + ROOM <= width;
    let further_left = hanging(line).min(width / 2);
    let (beside, below) = text.char_indices().nth(indent).map_or((text, ""), |(place, _)| text.split_at(place));
    if !has_room && indent <= width && !below.is_empty() && !beside.trim().is_empty() {
        let below = " ".repeat(further_left) + below + end;
        return (beside.trim_end().to_owned() + "\n" + &line_at(&below, width, further_left)).into();
    }
    let indent = " ".repeat(if has_room { indent } else { further_left });
    let options = Options::new(width)
        .subsequent_indent(&indent)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    (textwrap::wrap(text, options).join("\n") + end).into()
}

/// The indentation of what continues a line.
fn hanging(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len() + 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_goes_on_beside_its_first_word() {
        let text = "short\n  detail: one two three four\n";
        assert_eq!(paragraphs(text, 20), "short\n  detail: one two\n    three four\n");
        assert_eq!(paragraphs("a word-that-is-much-too-long-for-it\n", 20).lines().map(str::len).max(), Some(20));
    }

    #[test]
    fn a_continuation_that_would_have_no_room_begins_further_left() {
        assert_eq!(line_at("HEAP    SYSTEM  one two three\n", 24, 16), "HEAP    SYSTEM\n  one two three\n");
        let long = "HEAP    SYSTEM  one two three four five six seven\n";
        assert_eq!(line_at(long, 24, 16), "HEAP    SYSTEM\n  one two three four\n  five six seven\n");
        assert_eq!(
            line_at("HEAP  one two three four five six seven\n", 30, 6),
            "HEAP  one two three four five\n      six seven\n"
        );
    }

    proptest! {
        /// Nothing is lost and nothing goes beyond the terminal.
        #[test]
        fn every_word_is_there_and_every_line_fits(text in "[a-zé ]{0,200}", width in 20_usize..90, indent in 0_usize..60) {
            let folded = line_at(&text, width, indent);
            prop_assert!(folded.lines().all(|line| line.chars().count() <= width), "{folded}");
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&folded), letters(&text));
        }
    }
}
