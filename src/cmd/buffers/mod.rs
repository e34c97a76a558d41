//! `dmaheap buffers`

mod alarm;
mod columns;
mod diff;
mod metrics;
mod openmetrics;
mod options;
mod session;
mod unread;
mod watch;

pub(crate) use columns::{NamedBuffer, TotalRow, View};
pub(crate) use options::Args;
pub(crate) use unread::{files as unread_files, unread};

use super::{Manual, UsageError};
use crate::exit::Exit;
use crate::holders::{CgroupHoldings, Exporter, Process};
use crate::ui::column::Heading;
use crate::ui::{headings, output};
use diff::Row;
use options::{By, MetricsFormat};
use session::{RowPrinter, Session};

pub(crate) const MANUAL: Manual =
    Manual { verb: "buffers", columns: every_column, prose: || include_str!("buffers.md").into() };

/// The columns of all views. Those of the same name are of the same kind in each.
fn every_column() -> Vec<Heading> {
    let mut columns = headings(NamedBuffer::COLUMNS);
    let views = [
        headings(Process::COLUMNS),
        headings(CgroupHoldings::COLUMNS),
        headings(Exporter::COLUMNS),
        headings(TotalRow::COLUMNS),
    ];
    for column in views.into_iter().flatten() {
        if columns.iter().all(|known| known.name != column.name) {
            columns.push(column);
        }
    }
    columns
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    if args.timeout.is_some() && args.watch.is_none() && args.until_count.is_none() {
        return Err(UsageError("--timeout needs --watch or --until-count".to_owned()).into());
    }
    if let (Some(alarm), Some(pace)) = (args.alarm, args.watch) {
        if args.by == By::Buffer {
            return Err(
                UsageError("--alarm needs rows that can grow: --by process, cgroup, exporter or total".into()).into()
            );
        }
        let longest = alarm.longest_pace();
        if pace > longest {
            return Err(UsageError(format!("--alarm needs --watch {longest:?} or less, a sixth of its time")).into());
        }
    }
    if args.format == Some(MetricsFormat::Openmetrics) {
        return metrics::run(args);
    }
    match args.by {
        By::Buffer => run_view::<NamedBuffer>(args),
        By::Process => run_view::<Process>(args),
        By::Cgroup => run_view::<CgroupHoldings>(args),
        By::Exporter => run_view::<Exporter>(args),
        By::Total => run_view::<TotalRow>(args),
    }
}

fn run_view<T: View>(args: &Args) -> anyhow::Result<Exit> {
    let default = if args.diff { format!("CHANGE,{}", T::DEFAULT) } else { T::DEFAULT.to_owned() };
    let Some(selection) = super::selected(&args.table, T::COLUMNS, &default)? else { return Ok(Exit::Success) };
    let printer = RowPrinter::<T>::new(args, selection).map_err(UsageError)?;
    let session = Session::new(args, printer.details())?;
    if args.watch.is_some() || args.until_count.is_some() {
        return watch::run(&session, &printer);
    }
    let scanned = session.rows::<T>(true)?;
    let rows = scanned.values.into_iter().map(|value| Row { value, change: None }).collect();
    printer.print(&session, rows, &scanned.gaps)?;
    output::info(&scanned.totals);
    Ok(session.exit(&scanned.gaps))
}
