//! The JSON document: one object with the schema's version, whether the machine is simulated, rows.

use super::column::Rows;
use crate::quote::is_harmless;
use serde_json::{Map, Value, json};

/// The version of the schema: dmaheap-json(5).
pub(crate) const VERSION: u32 = 1;

/// A row as an object, in the order of the columns.
fn row(rows: &dyn Rows, index: usize) -> Value {
    let members = rows.headings().into_iter().zip(rows.cells(index));
    Value::Object(members.map(|(heading, cell)| (heading.key.to_owned(), cell.to_json())).collect::<Map<_, _>>())
}

/// Rows that become text at once.
const BATCH: usize = 64;

/// The whole document, a line a row, so that it can be read and compared by people too.
#[must_use]
pub(crate) fn document(rows: &dyn Rows, simulated: bool) -> Vec<u8> {
    let mut text = Vec::new();
    let Ok(()) = write(rows, simulated, &mut |part| {
        text.extend_from_slice(part);
        Ok::<(), std::convert::Infallible>(())
    });
    text
}

/// Hands the whole document to `out` in parts, so that many rows take no more memory than few.
///
/// # Errors
/// Those of `out`.
pub(crate) fn write<E>(rows: &dyn Rows, simulated: bool, out: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    let mut text = format!("{{\"version\":{VERSION},\"simulated\":{simulated},\"rows\":[");
    for index in 0..rows.count() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(&harmless(row(rows, index).to_string()));
        if index % BATCH == BATCH - 1 {
            out(text.as_bytes())?;
            text.clear();
        }
    }
    text.push_str(if rows.count() == 0 { "]}\n" } else { "\n]}\n" });
    out(text.as_bytes())
}

/// The document on one line, for a stream of them.
#[must_use]
pub(crate) fn line(rows: &dyn Rows, simulated: bool) -> Vec<u8> {
    let rows: Vec<Value> = (0..rows.count()).map(|index| row(rows, index)).collect();
    let text = json!({"version": VERSION, "simulated": simulated, "rows": rows}).to_string();
    (harmless(text) + "\n").into_bytes()
}

/// Writes as `\uXXXX` what JSON allows in a string and a terminal obeys: DEL, the controls from U+0080 on, and what
/// changes the direction of a line. The document means the same.
#[must_use]
pub(crate) fn harmless(document: String) -> String {
    if document.chars().all(is_harmless) {
        return document;
    }
    let mut text = String::with_capacity(document.len() + 8);
    for c in document.chars() {
        match is_harmless(c) {
            true => text.push(c),
            false => text.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_moves_the_cursor_or_becomes_another() {
        let text = "\u{1b}[31m\u{9b}2J\u{7f}\u{202e}\n\"größe\\u009b";
        let document = harmless(json!([text]).to_string());
        assert!(document.chars().all(is_harmless), "{document}");
        assert!(document.contains("größe") && document.contains("\\u202e"));
        assert_eq!(serde_json::from_str::<Value>(&document).unwrap(), json!([text]));
    }
}
