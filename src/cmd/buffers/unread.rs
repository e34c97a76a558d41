//! What a scan could not read, for JSON: `{}` if nothing was hidden.

use crate::holders::{Gap, ReadState};
use crate::host::Unread;
use crate::sys::errno_name;
use crate::ui::Cell;

/// The member `unread` of a document about files alone.
pub(crate) fn files(unread: &[Unread]) -> Cell {
    let one = |unread: &Unread| {
        let path = ("path", unread.path.to_string_lossy().into_owned().into());
        Cell::Record { shown: String::new(), members: vec![path, ("error", errno_name(unread.errno).into())] }
    };
    let files = || ("files", Cell::List(unread.iter().map(one).collect()));
    Cell::Record { shown: String::new(), members: (!unread.is_empty()).then(files).into_iter().collect() }
}

/// The member `unread` of the document, which dmaheap-json(5) describes.
pub(crate) fn unread(gaps: &[Gap]) -> Cell {
    Cell::Record { shown: String::new(), members: gaps.iter().flat_map(members).collect() }
}

fn members(gap: &Gap) -> Vec<(&'static str, Cell)> {
    let count = |count: &usize| Cell::number(u64::try_from(*count).ok());
    match gap {
        Gap::Proc(errno) => vec![("proc", errno_name(*errno).into())],
        Gap::Processes(processes) => vec![("processes", count(processes))],
        Gap::Hidepid(value) => vec![("hidepid", value.as_str().into())],
        Gap::Descriptors(descriptors) => vec![("descriptors", count(descriptors))],
        Gap::PidNamespace => vec![("pid_namespace", "holders outside it".into())],
        Gap::Threads(errno) => vec![("threads", errno_name(*errno).into())],
        Gap::Lists { bufinfo, statistics } => vec![("bufinfo", why(*bufinfo)), ("statistics", why(*statistics))],
        Gap::Devices { bufinfo } => vec![("bufinfo", why(*bufinfo))],
    }
}

fn why(source: ReadState) -> Cell {
    match source {
        ReadState::Failed(errno) => errno_name(errno).into(),
        ReadState::Partial(shortfall) => shortfall.to_string().into(),
        // It has no simulated buffer.
        ReadState::Read | ReadState::Unasked => "simulated".into(),
    }
}
