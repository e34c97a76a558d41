//! Scanning again and again: a table that is redrawn on a terminal, a line of JSON a time elsewhere.
//!
//! Ctrl-C simply ends the tool, as a signal ends any other: nothing is allocated, the terminal is in no mode of its
//! own, and a frame is written in one go, so none is left half drawn.

use super::alarm::GrowthAlarm;
use super::columns::View;
use super::diff::{Row, Start};
use super::options::Args;
use super::session::{RowPrinter, Scanned, Session};
use super::unread::unread;
use crate::cmd::message;
use crate::error::Error;
use crate::exit::Exit;
use crate::holders::Gap;
use crate::sys::fd::poll;
use crate::ui::column::Rows;
use crate::ui::escape::escaped;
use crate::ui::output::{self, TerminalSize};
use crate::ui::{json, table};
use std::iter;
use std::time::{Duration, Instant};

/// How often `--until-count` looks if `--watch` does not say.
const PACE: Duration = Duration::from_millis(250);

/// When to look, and when to end.
pub(super) struct Looks {
    begun: Instant,
    pace: Duration,
    timeout: Option<Duration>,
    count: u32,
}

impl Looks {
    pub(super) fn new(args: &Args) -> Self {
        Self { begun: Instant::now(), pace: args.watch.unwrap_or(PACE), timeout: args.timeout, count: 0 }
    }

    pub(super) fn is_first(&self) -> bool {
        self.count == 0
    }

    pub(super) fn is_late(&self) -> bool {
        self.timeout.is_some_and(|timeout| timeout <= self.begun.elapsed())
    }

    /// Waits for the next. Times since the beginning, which however long overflow nothing.
    pub(super) fn wait(&mut self) {
        self.count = self.count.saturating_add(1);
        let next = self.pace.saturating_mul(self.count).min(self.timeout.unwrap_or(Duration::MAX));
        poll::sleep(next.saturating_sub(self.begun.elapsed()));
    }
}

/// Looks until the count is reached, the time is over, a row has grown too much, or a signal comes.
pub(super) fn run<T: View>(session: &Session<'_>, printer: &RowPrinter<T>) -> anyhow::Result<Exit> {
    let args = session.args;
    let mut looks = Looks::new(args);
    let mut start = None;
    let mut alarm = args.alarm.map(GrowthAlarm::new);
    let mut alarmed = Exit::Success;
    loop {
        let Scanned { values, gaps, totals } = session.rows::<T>(looks.is_first())?;
        let count = values.len();
        let is_reached = args.until_count == Some(count);
        let is_late = looks.is_late();
        let grown = alarm.as_mut().map_or(Vec::new(), |alarm| {
            let sizes: Vec<_> = values.iter().map(|value| (value.title(), value.measure())).collect();
            alarm.look(&sizes, looks.begun.elapsed())
        });
        let mut rows = match &start {
            Some(start) => Start::compare(start, values),
            None if args.diff => start.insert(Start::new(&values)).compare(values),
            None => values.into_iter().map(|value| Row { value, change: None }).collect(),
        };
        if args.watch.is_some() {
            printer.sort(&mut rows);
            // Each frame says what it does not show, or only the first one, which is gone at once, would.
            let details = gaps.iter().filter(|_| args.verbose).map(Gap::to_string);
            let below: String = iter::once(totals).chain(details).map(|line| line + "\n").collect();
            frame(session, Rows { unread: Some(unread(&gaps)), ..printer.selection.of(&rows) }, &below)?;
        } else if is_reached || is_late {
            printer.print(session, rows, &gaps)?;
        }
        for line in &grown {
            output::info(&escaped(line));
            alarmed = Exit::Failure;
        }
        if is_reached {
            return Ok(session.exit(&gaps));
        }
        if alarmed != Exit::Success && (is_late || !args.keep_going) {
            return Ok(alarmed);
        }
        if is_late {
            return Ok(overdue(args, count).unwrap_or_else(|| session.exit(&gaps)));
        }
        looks.wait();
    }
}

/// Ends a wait that timed out; `None` if there was nothing to wait for.
fn overdue(args: &Args, count: usize) -> Option<Exit> {
    let wanted = args.until_count?;
    let timeout = args.timeout.unwrap_or_default();
    message::print_error(&Error::refused(
        "wait for",
        format!("{wanted} rows"),
        format!("found {count} after {timeout:?}"),
    ));
    Some(Exit::Failure)
}

/// Shows rows, and what is said `below` them.
fn frame(session: &Session<'_>, rows: Rows<'_>, below: &str) -> Result<(), Error> {
    if !output::is_terminal() || session.args.table.columns.json {
        return output::data(json::line(rows, session.simulated).as_bytes());
    }
    let table: Vec<String> = table::lines(rows, session.args.table.layout()).collect();
    let below = output::folded(below);
    let is_dumb = output::is_dumb();
    let table = match output::terminal_size().filter(|_| !is_dumb) {
        Some(size) => cut(&table, size, height(&below, size.columns)),
        None => table.concat(),
    };
    // Home, and clear what is below.
    let home = if is_dumb { "" } else { "\x1b[H\x1b[J" };
    output::data([home, &table, &below].concat().as_bytes())
}

/// The rows of a terminal that `text` takes: lines that are too long go on in the next row.
fn height(text: &str, columns: usize) -> usize {
    text.lines().map(|line| line.chars().count().div_ceil(columns.max(1)).max(1)).sum()
}

/// Keeps the rows of a table that fit above `below` lines, and says how many are left out. The cursor takes the last
/// line.
fn cut(table: &[String], size: TerminalSize, below: usize) -> String {
    let room = size.rows.saturating_sub(below + 1);
    let heights = || table.iter().map(|row| height(row, size.columns));
    if heights().sum::<usize>() <= room {
        return table.concat();
    }
    // One line is for the count.
    let mut left = room.saturating_sub(1);
    let fits = |height: &usize| left.checked_sub(*height).map(|rest| left = rest).is_some();
    let shown = heights().take_while(fits).count();
    format!("{}{} more\n", table[..shown].concat(), table.len() - shown)
}
