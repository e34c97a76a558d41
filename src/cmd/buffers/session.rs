//! How the verb scans, and how it shows what it found.

use super::columns::View;
use super::diff::Row;
use super::options::Args;
use super::unread::unread;
use crate::error::Error;
use crate::exit::Exit;
use crate::holders::{self, Gap, HolderDetails, Scan, Totals};
use crate::host::{Root, simulation};
use crate::size::{Human, counted};
use crate::sys::Errno;
use crate::ui::column::Selection;
use crate::ui::order::SortOrder;
use crate::ui::output;
use std::path::Path;

/// How rows are shown.
pub(super) struct RowPrinter<T: View> {
    pub selection: Selection<Row<T>>,
    order: Option<SortOrder<Row<T>>>,
}

impl<T: View> RowPrinter<T> {
    pub(super) fn new(args: &Args, selection: Selection<Row<T>>) -> Result<Self, String> {
        // A stream is JSON, in which are all columns.
        let is_whole = args.watch.is_some() && !output::is_terminal() && args.table.columns.output.is_none();
        let selection = if is_whole { Selection::all(T::COLUMNS) } else { selection };
        let order = args.sort.as_deref().map(|sort| SortOrder::parse(sort, T::COLUMNS)).transpose()?;
        Ok(Self { selection, order })
    }

    /// Returns the details that the columns shown or sorted by need.
    pub(super) fn details(&self) -> HolderDetails {
        let shows = |name| self.selection.has(name) || self.order.as_ref().is_some_and(|order| order.column() == name);
        let cgroups = T::IS_BY_CGROUP || shows("CGROUP") || shows("CGROUPS");
        HolderDetails { commands: shows("HOLDERS") || shows("COMMAND"), cgroups }
    }

    pub(super) fn sort(&self, rows: &mut Vec<Row<T>>) {
        if let Some(order) = &self.order {
            order.sort(rows);
        }
    }

    pub(super) fn print(&self, session: &Session<'_>, mut rows: Vec<Row<T>>, gaps: &[Gap]) -> Result<(), Error> {
        self.sort(&mut rows);
        session.args.table.print_unnoted(&self.selection, &rows, unread(gaps), session.simulated)
    }
}

/// The results of one scan.
pub(super) struct Scanned<T> {
    pub values: Vec<T>,
    pub gaps: Vec<Gap>,
    /// In words.
    pub totals: String,
}

/// A run of the verb: one scan or many.
pub(super) struct Session<'a> {
    pub args: &'a Args,
    root: Root,
    pub simulated: bool,
    details: HolderDetails,
}

impl<'a> Session<'a> {
    pub(super) fn new(args: &'a Args, details: HolderDetails) -> Result<Self, Error> {
        let root = args.sysroot.as_deref().map_or_else(|| Ok(Root::machine()), Root::at)?;
        let simulated = root.is_machine() && simulation::is_simulated();
        Ok(Self { args, root, simulated, details })
    }

    /// A process that is asked for must be readable, and there when it is looked for first.
    fn check_processes(&self, is_first: bool) -> Result<(), Error> {
        for pid in &self.args.pid {
            let path = format!("/proc/{pid}/fd");
            match self.root.directory(Path::new(&path)) {
                Ok(_) => {}
                Err(Errno::ENOENT | Errno::ESRCH) if !is_first => {}
                Err(Errno::ENOENT | Errno::ESRCH) => {
                    let error = Error::explained("read process", pid, "no such process", Errno::ESRCH);
                    return Err(match holders::hidepid(&self.root) {
                        Some(value) => error.with_hint(format!(
                            "or it belongs to another user and /proc is mounted with hidepid={value}; run as root"
                        )),
                        None => error,
                    });
                }
                Err(errno) => {
                    let error = Error::errno("read process", pid, errno);
                    return Err(error.with_hint("run as root, or as the user of the process"));
                }
            }
        }
        Ok(())
    }

    /// Scans and filters. The first time, the processes that are asked for must be there, and what could be read is
    /// said on stderr if that was asked for or is why the status is not 0.
    pub(super) fn scan<T: View>(&self, is_first: bool) -> Result<Scanned<T>, Error> {
        self.check_processes(is_first)?;
        let mut scan = holders::scan(&self.root, self.details)?;
        let gaps = scan.coverage.gaps();
        let explains = self.args.verbose || self.exit(&gaps) != Exit::Success;
        if is_first && explains {
            output::info(&format!("read {}", scan.coverage.sources()));
            for gap in &gaps {
                output::info(&gap.to_string());
            }
        }
        scan.buffers.retain(|buffer| self.args.wants(buffer));
        let simulated = if self.simulated { "simulated: " } else { "" };
        let hint = if gaps.is_empty() || explains { "" } else { "; -v lists what could not be read" };
        let totals = format!("{simulated}{}{hint}", totals_text(&scan));
        let mut values = T::rows(scan);
        values.retain(|row| row.is_asked_for(self.args));
        Ok(Scanned { values, gaps, totals })
    }

    pub(super) fn exit(&self, gaps: &[Gap]) -> Exit {
        if self.args.strict && !gaps.is_empty() { Exit::Failure } else { Exit::Success }
    }
}

fn totals_text(scan: &Scan) -> String {
    let Totals { all, user, kernel } = holders::totals(&scan.buffers);
    let kernel = match (scan.coverage.has_kernel_list(), scan.coverage.sees_all_holders()) {
        (true, true) => format!("{} by the kernel only, {}", kernel.buffers, Human(kernel.size)),
        (true, false) => {
            format!("{} not seen in any process that could be read, {}", kernel.buffers, Human(kernel.size))
        }
        (false, _) => "buffers held only by the kernel are unknown".to_owned(),
    };
    if all.buffers == 0 {
        return if scan.coverage.has_kernel_list() { "no buffers".to_owned() } else { format!("no buffers; {kernel}") };
    }
    format!(
        "{}, {}: {} held by processes, {}; {kernel}",
        counted(all.buffers, "buffer"),
        Human(all.size),
        user.buffers,
        Human(user.size)
    )
}
