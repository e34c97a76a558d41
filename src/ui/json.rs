//! The JSON document: one object with the schema's version, whether the machine is simulated, what could not be read, rows.

use super::Cell;
use super::column::{Heading, Rows};
use crate::quote::is_harmless;
use serde::{Serialize, Serializer};
use std::iter;

/// The version of the schema: dmaheap-json(5).
pub(crate) const VERSION: u32 = 1;

/// A row as an object, in the order of the columns.
struct JsonRow<'a> {
    headings: &'a [Heading],
    cells: &'a [Cell],
}

impl Serialize for JsonRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.headings.iter().map(|heading| heading.key).zip(self.cells))
    }
}

/// The lines of the document, of which each row has one, so it can be read and compared by a reader as well.
pub(crate) fn lines(rows: Rows<'_>, simulated: bool) -> impl Iterator<Item = String> {
    let Rows { headings, cells, unread } = rows;
    let count = cells.len();
    let line_break = if count == 0 { "" } else { "\n" };
    let unread = unread.map(|unread| format!("\"unread\":{},", text(&unread))).unwrap_or_default();
    let begin = format!("{{\"version\":{VERSION},\"simulated\":{simulated},{unread}\"rows\":[{line_break}");
    let row = move |(number, cells): (usize, Vec<Cell>)| {
        text(&JsonRow { headings: &headings, cells: &cells }) + if number < count { ",\n" } else { "\n" }
    };
    iter::once(begin).chain((1..).zip(cells).map(row)).chain(iter::once("]}\n".to_owned()))
}

/// The document on one line, for a stream of them.
pub(crate) fn line(rows: Rows<'_>, simulated: bool) -> String {
    lines(rows, simulated).map(|line| line.trim_end().to_owned()).collect::<String>() + "\n"
}

/// A value, with `\uXXXX` for what JSON allows in a string and a terminal obeys: DEL, the controls from U+0080 on, and
/// what changes the direction of a line. The document means the same.
pub(crate) fn text(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    if text.chars().all(is_harmless) {
        return text;
    }
    let clean = |c: char| if is_harmless(c) { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) };
    text.chars().map(clean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn no_text_moves_the_cursor_or_becomes_another() {
        let name = "\u{1b}[31m\u{9b}2J\u{7f}\u{202e}\n\"größe\\u009b";
        let document = text(&[name]);
        assert!(document.chars().all(is_harmless), "{document}");
        assert!(document.contains("größe") && document.contains("\\u202e"));
        assert_eq!(serde_json::from_str::<Value>(&document).unwrap(), json!([name]));
    }
}
