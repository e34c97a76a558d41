//! Scanning again and again: a table that is redrawn on a terminal, a line of JSON a time elsewhere.
//!
//! Ctrl-C simply ends the tool, as a signal ends any other: nothing is allocated, the terminal is in no
//! mode of its own, and a frame is written in one go, so that none is left half drawn.

use super::columns::{Row, View};
use super::diff::Start;
use super::{Args, Printer, Session};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::column::Rows;
use crate::report::{json, output, table};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How often `--until-count` looks if `--watch` does not say.
const PACE: Duration = Duration::from_millis(250);

/// Looks until the count is reached, the time is over, or a signal comes.
pub(super) fn run<T: View>(session: &Session<'_>, printer: &Printer<T>) -> anyhow::Result<Exit> {
    let args = session.args;
    let begun = Instant::now();
    let pace = args.watch.unwrap_or(PACE);
    let mut start = None;
    for tick in 1_u32.. {
        let values = session.look::<T>(tick == 1)?;
        let count = values.len();
        let is_reached = args.until_count == Some(count);
        let elapsed = begun.elapsed();
        let is_late = args.timeout.is_some_and(|timeout| timeout <= elapsed);
        let rows = match &start {
            Some(start) => Start::compare(start, values),
            None if args.diff => start.insert(Start::new(&values)).compare(values),
            None => values.into_iter().map(|value| Row { value, change: None }).collect(),
        };
        if args.watch.is_some() {
            frame(session, printer, rows)?;
        } else if is_reached || is_late {
            printer.print(args, rows, session.simulated)?;
        }
        if is_reached {
            return Ok(session.exit());
        }
        if is_late {
            return Ok(overdue(args, count).unwrap_or_else(|| session.exit()));
        }
        let next = begun + pace.saturating_mul(tick);
        let end = args.timeout.map_or(next, |timeout| next.min(begun + timeout));
        sleep(end.saturating_duration_since(Instant::now()));
    }
    Ok(session.exit())
}

/// The end of a wait in vain; `None` if there was nothing to wait for.
fn overdue(args: &Args, count: usize) -> Option<Exit> {
    let wanted = args.until_count?;
    let timeout = args.timeout.unwrap_or_default();
    output::error(&Error::refused(
        "wait for",
        format!("{wanted} rows"),
        format!("there are {count} after {timeout:?}"),
    ));
    Some(Exit::Failure)
}

fn frame<T: View>(session: &Session<'_>, printer: &Printer<T>, mut rows: Vec<Row<T>>) -> Result<(), Error> {
    printer.sort(&mut rows);
    show(session, &printer.selection.of(&rows))
}

fn show(session: &Session<'_>, rows: &dyn Rows) -> Result<(), Error> {
    if !output::is_terminal() || session.args.table.json {
        return output::data(&json::line(rows, session.simulated));
    }
    // Home, and clear what is below.
    let mut frame = if output::is_dumb() { Vec::new() } else { b"\x1b[H\x1b[J".to_vec() };
    frame.extend(table::render(rows, session.args.table.layout()));
    frame.extend(format!("{}\n", session.totals.borrow()).bytes());
    output::data(&frame)
}
