//! The JSON document: one object with the schema's version, whether the machine is simulated, rows.

use super::column::Selection;
use serde_json::{Map, Value, json};

/// The version of the schema: dmaheap-json(5).
pub const VERSION: u32 = 1;

/// One row as an object, in the order of the columns.
#[must_use]
pub fn row<R>(selection: &Selection<R>, row: &R) -> Value {
    let members = selection.0.iter().map(|column| (column.key.to_owned(), (column.cell)(row).to_json()));
    Value::Object(members.collect::<Map<_, _>>())
}

/// Rows that become text at once.
const BATCH: usize = 64;

/// The whole document, a line a row, so that it can be read and compared by people too.
#[must_use]
pub fn document<R>(selection: &Selection<R>, rows: &[R], simulated: bool) -> Vec<u8> {
    let mut text = Vec::new();
    let Ok(()) = write(selection, rows, simulated, &mut |part| {
        text.extend_from_slice(part);
        Ok::<(), std::convert::Infallible>(())
    });
    text
}

/// Hands the whole document to `out` in parts, so that many rows take no more memory than few.
///
/// # Errors
/// Those of `out`.
pub fn write<R, E>(
    selection: &Selection<R>,
    rows: &[R],
    simulated: bool,
    out: &mut dyn FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut text = format!("{{\"version\":{VERSION},\"simulated\":{simulated},\"rows\":[");
    for (index, one) in rows.iter().enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(&row(selection, one).to_string());
        if index % BATCH == BATCH - 1 {
            out(text.as_bytes())?;
            text.clear();
        }
    }
    text.push_str(if rows.is_empty() { "]}\n" } else { "\n]}\n" });
    out(text.as_bytes())
}

/// The document on one line, for a stream of them.
#[must_use]
pub fn line<R>(selection: &Selection<R>, rows: &[R], simulated: bool) -> Vec<u8> {
    let rows: Vec<Value> = rows.iter().map(|one| row(selection, one)).collect();
    format!("{}\n", json!({"version": VERSION, "simulated": simulated, "rows": rows})).into_bytes()
}
