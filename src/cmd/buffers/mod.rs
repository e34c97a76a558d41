//! `dmaheap buffers`

mod columns;
mod diff;
mod filter;
mod watch;

pub(crate) use columns::{NamedBuffer, Row, TotalRow, View};

use super::{Manual, UsageError};
use crate::args::duration::duration;
use crate::args::table::Table;
use crate::error::Error;
use crate::exit::Exit;
use crate::holders::{self, Commands, Exporter, Process, Scan};
use crate::host::{Root, simulation};
use crate::size::Human;
use crate::sys::Errno;
use crate::ui::column::{Heading, Selection};
use crate::ui::order::SortOrder;
use crate::ui::{headings, output};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Show every dma-buf of this machine and who holds it
///
/// Joins what /proc tells about descriptors and mappings with the kernel's own lists (bufinfo in debugfs,
/// statistics in sysfs), so that a buffer which only the kernel holds is seen, too. What could be read is
/// said on stderr, with what the rest hides. Root sees everything; others see their own processes.
///
/// Status 0 also when there is no buffer.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Args {
    /// What a row is: a buffer, a process that holds any, an exporter, or a total
    ///
    /// Each has columns of its own: --by process --list-columns.
    ///
    /// Example: --by process --sort -SHARED
    #[arg(long, value_name = "WHAT", value_enum, default_value = "buffer")]
    pub by: By,

    /// Only buffers that this process holds (can be repeated)
    ///
    /// Example: --pid 1234
    #[arg(short, long, value_name = "PID")]
    pub pid: Vec<u32>,

    /// Only buffers of this exporter: a heap, a driver (can be repeated)
    ///
    /// Example: --exporter system
    #[arg(long, value_name = "NAME")]
    pub exporter: Vec<String>,

    /// Only the buffer with this inode number (can be repeated)
    ///
    /// Example: --inode 7
    #[arg(long, value_name = "N")]
    pub inode: Vec<u64>,

    /// Only buffers whose name matches a shell pattern (can be repeated)
    ///
    /// Example: --name 'camera*'
    #[arg(long, value_name = "GLOB")]
    pub name: Vec<glob::Pattern>,

    /// Only buffers that no process holds
    ///
    /// What is left behind by a driver, or on its way through a socket. Processes that could not be read may
    /// hold them.
    ///
    /// Example: --orphans -o INODE,SIZE,DEVICES
    #[arg(long)]
    pub orphans: bool,

    /// Sort by a column; -COL puts the largest first
    ///
    /// Example: --sort -SIZE
    #[arg(long, value_name = "COL", allow_hyphen_values = true)]
    pub sort: Option<String>,

    /// Fail with status 1 if anything could not be read that may hide a buffer or a holder
    ///
    /// Example: --strict
    #[arg(long)]
    pub strict: bool,

    /// Look at the files of a machine below DIR
    ///
    /// Every path and link is resolved inside DIR.
    ///
    /// Example: --sysroot /mnt/board
    #[arg(long, value_name = "DIR")]
    pub sysroot: Option<PathBuf>,

    /// Look again and again: redraw on a terminal, print a JSON object a line elsewhere
    ///
    /// Ctrl-C ends it.
    ///
    /// Example: --watch 2
    #[arg(long, value_name = "SECONDS", value_parser = pace)]
    pub watch: Option<Duration>,

    /// With --watch, show in a column CHANGE what came, went and grew since the start
    ///
    /// Example: --watch 1 --diff --exporter system
    #[arg(long, requires = "watch")]
    pub diff: bool,

    /// Wait until there are exactly N rows, then print them
    ///
    /// Rows that went do not count.
    ///
    /// Example: --name test --until-count 0 --timeout 5s
    #[arg(long, value_name = "N")]
    pub until_count: Option<usize>,

    /// How long --watch looks or --until-count waits; waiting in vain is status 1
    ///
    /// Seconds, or with a unit: 250ms, 10s, 5m.
    ///
    /// Example: --watch 1 --timeout 1m
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub timeout: Option<Duration>,

    /// How to print it.
    #[command(flatten)]
    pub table: Table,
}

pub(crate) const MANUAL: Manual =
    Manual { verb: "buffers", columns: every_column, prose: || include_str!("buffers.md").into() };

/// The columns of all views. Those of the same name are of the same kind in each.
fn every_column() -> Vec<Heading> {
    let mut columns = headings(NamedBuffer::COLUMNS);
    let views = [headings(Process::COLUMNS), headings(Exporter::COLUMNS), headings(TotalRow::COLUMNS)];
    for column in views.into_iter().flatten() {
        if columns.iter().all(|known| known.name != column.name) {
            columns.push(column);
        }
    }
    columns
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum By {
    /// A buffer
    Buffer,
    /// A process
    Process,
    /// An exporter
    Exporter,
    /// All, those that processes hold, those that only the kernel holds
    Total,
}

/// The time between two looks; a shorter one would be nothing but load.
fn pace(text: &str) -> Result<Duration, String> {
    const SHORTEST: Duration = Duration::from_millis(100);
    duration(text).and_then(|pace| if pace < SHORTEST { Err("the shortest is 0.1".to_owned()) } else { Ok(pace) })
}

/// Runs the verb.
///
/// # Errors
/// No /proc; a process that was asked for and is not there; an unreadable sysroot; an unwritable stdout.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    match args.by {
        By::Buffer => run_view::<NamedBuffer>(args),
        By::Process => run_view::<Process>(args),
        By::Exporter => run_view::<Exporter>(args),
        By::Total => run_view::<TotalRow>(args),
    }
}

fn run_view<T: View>(args: &Args) -> anyhow::Result<Exit> {
    let default = if args.diff { format!("CHANGE,{}", T::DEFAULT) } else { T::DEFAULT.to_owned() };
    let Some(selection) = super::selected(&args.table, T::COLUMNS, &default)? else { return Ok(Exit::Success) };
    let is_waiting = args.watch.is_some() || args.until_count.is_some();
    if args.timeout.is_some() && !is_waiting {
        return Err(UsageError("--timeout needs --watch or --until-count".to_owned()).into());
    }
    let printer = RowPrinter::<T>::new(args, selection).map_err(UsageError)?;
    let session = Session::new(args, printer.commands())?;
    if is_waiting {
        return watch::run(&session, &printer);
    }
    session.check_processes(true)?;
    let values = session.look::<T>(true)?;
    let rows = values.into_iter().map(|value| Row { value, change: None }).collect();
    printer.print(args, rows, session.simulated)?;
    output::talk(&session.totals.borrow());
    Ok(session.exit())
}

/// How rows are shown.
struct RowPrinter<T: View> {
    selection: Selection<Row<T>>,
    order: Option<SortOrder<Row<T>>>,
}

impl<T: View> RowPrinter<T> {
    fn new(args: &Args, selection: Selection<Row<T>>) -> Result<Self, String> {
        // A stream is JSON, in which are all columns.
        let is_whole = args.watch.is_some() && !output::is_terminal() && args.table.columns.output.is_none();
        let selection = if is_whole { Selection::all(T::COLUMNS) } else { selection };
        let order = args.sort.as_deref().map(|sort| SortOrder::parse(sort, T::COLUMNS)).transpose()?;
        Ok(Self { selection, order })
    }

    /// Whether a column shows the names of processes, or rows are sorted by it.
    fn commands(&self) -> Commands {
        let shows = |name: &str| matches!(name, "HOLDERS" | "COMMAND");
        let sorts = self.order.as_ref().is_some_and(|order| shows(order.column()));
        let is_shown = sorts || self.selection.0.iter().any(|column| shows(column.heading.name));
        if is_shown { Commands::Wanted } else { Commands::Unwanted }
    }

    fn sort(&self, rows: &mut Vec<Row<T>>) {
        if let Some(order) = &self.order {
            order.sort(rows);
        }
    }

    fn print(&self, args: &Args, mut rows: Vec<Row<T>>, simulated: bool) -> Result<(), Error> {
        self.sort(&mut rows);
        args.table.print(&self.selection, &rows, simulated)
    }
}

/// A run of the verb: one scan or many.
struct Session<'a> {
    args: &'a Args,
    root: Root,
    simulated: bool,
    commands: Commands,
    /// What the last scan could not read, and what that hides.
    gaps: RefCell<Vec<String>>,
    /// The totals of the last scan, in words.
    totals: RefCell<String>,
}

impl<'a> Session<'a> {
    fn new(args: &'a Args, commands: Commands) -> Result<Self, Error> {
        let root = args.sysroot.as_deref().map_or_else(|| Ok(Root::machine()), Root::at)?;
        let simulated = root.is_machine() && simulation::is_simulated();
        Ok(Self { args, root, simulated, commands, gaps: RefCell::default(), totals: RefCell::default() })
    }

    /// A process that is asked for has to be readable, and there when it is looked for first.
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
                            "or one of another user: /proc is mounted with hidepid={value}; run as root"
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

    /// Scans, filters, and says on stderr what could be read if that is wanted.
    fn look<T: View>(&self, is_told: bool) -> Result<Vec<T>, Error> {
        let mut rows = T::rows(self.scan(is_told)?);
        rows.retain(|row| row.is_asked_for(self.args));
        Ok(rows)
    }

    fn scan(&self, is_told: bool) -> Result<Scan, Error> {
        let mut scan = holders::scan(&self.root, self.commands)?;
        let gaps = scan.coverage.gaps();
        if is_told {
            output::talk(&format!("read {}", scan.coverage.sources()));
            gaps.iter().for_each(|gap| output::talk(gap));
        }
        *self.gaps.borrow_mut() = gaps;
        filter::apply(self.args, &mut scan);
        *self.totals.borrow_mut() = totals_text(&scan);
        Ok(scan)
    }

    fn exit(&self) -> Exit {
        if self.args.strict && !self.gaps.borrow().is_empty() { Exit::Failure } else { Exit::Success }
    }
}

fn totals_text(scan: &Scan) -> String {
    let [all, user, kernel] = holders::totals(&scan.buffers);
    let kernel = match (scan.coverage.has_kernel_list(), scan.coverage.sees_all_holders()) {
        (true, true) => format!("{} by the kernel only, {}", kernel.buffers, Human(kernel.size)),
        (true, false) => {
            format!("{} not seen in any process that could be read, {}", kernel.buffers, Human(kernel.size))
        }
        (false, _) => "what only the kernel holds is not known".to_owned(),
    };
    format!(
        "{} buffers, {}: {} held by processes, {}; {kernel}",
        all.buffers,
        Human(all.size),
        user.buffers,
        Human(user.size)
    )
}
