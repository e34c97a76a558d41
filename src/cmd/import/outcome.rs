//! What the rows come to.

use super::columns::Row;
use super::options::Args;
use crate::cmd::stream::{Outlet, is_stream};
use crate::error::Error;
use crate::exit::Exit;
use crate::import::answer::ImportVerdict;
use crate::import::stream::first_bytes;
use crate::ui::output;
use std::collections::BTreeMap;
use std::path::Path;

/// The status, as the help has it.
pub(super) fn exit(args: &Args, rows: &[Row]) -> Exit {
    let is_accepted = |row: &Row| row.is(ImportVerdict::Accepted);
    let is_success = match (args.device.is_empty(), args.asked.given().is_empty()) {
        _ if rows.is_empty() => return Exit::Nothing,
        (false, _) => rows.iter().all(is_accepted),
        (true, false) => {
            let mut heaps = BTreeMap::new();
            for row in rows {
                if let Some(heap) = &row.heap {
                    *heaps.entry(heap).or_insert(false) |= is_accepted(row);
                }
            }
            !heaps.is_empty() && heaps.into_values().all(|is_accepted| is_accepted)
        }
        (true, true) => rows.iter().any(is_accepted),
    };
    if is_success { Exit::Success } else { Exit::Failure }
}

/// Returns what is to be said beside the rows.
pub(super) fn notes(rows: &[Row]) -> Vec<String> {
    let mut notes = Vec::new();
    if rows.is_empty() {
        notes.push("no devices: there is neither a DRM node in /dev/dri nor a /dev/video*".to_owned());
    }
    if rows.iter().any(|row| row.is(ImportVerdict::Sometimes)) {
        notes.push("sometimes: pages are adjacent by chance, so later buffers may differ".to_owned());
    }
    for row in rows.iter().filter(|row| row.kept > 0) {
        notes.push(format!(
            "{}: the kernel kept {} references to refused buffers: their memory is lost until the next boot",
            row.device.display(),
            row.kept
        ));
    }
    notes
}

/// Where the last frame goes.
pub(super) fn outlet(path: &Path) -> Result<Outlet, Error> {
    if is_stream(path) && output::is_terminal() {
        let reason = "binary output would garble the terminal";
        return Err(Error::refused("save a frame to", "stdout", reason).with_hint("write to a FILE or a pipe"));
    }
    Outlet::prepare(path)
}

/// Writes the last frame of the only row.
pub(super) fn save(outlet: &Outlet, rows: &[Row]) -> Result<(), Error> {
    let Some(row) = rows.first() else { return Ok(()) };
    match row.streamed.as_ref().and_then(|streamed| streamed.last.as_ref().zip(Some(streamed.bytes))) {
        Some((buffer, bytes)) => outlet.write(&first_bytes(buffer, bytes)?),
        None => {
            let reason = row.answer.reason.as_ref().map_or("none came", |reason| &reason.text);
            let object = format!("a frame of {}", row.device.display());
            Err(match row.answer.errno {
                Some(errno) => Error::explained("save", object, reason, errno),
                None => Error::refused("save", object, reason),
            })
        }
    }
}
