//! What the rows come to.

use super::columns::Row;
use super::options::Args;
use crate::exit::Exit;
use crate::import::answer::ImportVerdict;
use std::collections::BTreeMap;

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
        notes.push("sometimes: whether pages lie next to each other is luck, and later buffers may differ".to_owned());
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
