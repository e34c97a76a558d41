//! `dmaheap stress`

mod columns;

pub(crate) use columns::{COLUMNS, Row};

use super::{Manual, UsageError, heaps};
use crate::args::duration::some_time;
use crate::args::heaps::{AskedHeaps, RequestChoice};
use crate::args::numbers::{buffer_size, count, seed};
use crate::args::table::{Columns, Table};
use crate::cmd::message;
use crate::error::Error;
use crate::exit::Exit;
use crate::heap::Heap;
use crate::host::{Root, simulation};
use crate::pattern::Jobs;
use crate::random::Random;
use crate::size::{self, counted};
use crate::stress::{self, Failure, Hold, Misfit, Progress, Reporter, StressOutcome, StressPlan};
use crate::sys::process::signals::{ENDING, Signals};
use crate::sys::system;
use crate::ui::column::Selection;
use crate::ui::stream::Stream;
use crate::ui::table::{self, Layout};
use crate::ui::{headings, json, mismatch, output};
use std::io::Stdout;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// Allocate, fill, verify, share and free buffers at random, and check everything
///
/// Refusals caused by a shortage of memory or files are counted. Any other refusal, any wrong byte, and any
/// descriptor or dma-buf left over is a failure, which ends the run with status 1 and is reported with the
/// seed that repeats it.
///
/// Ctrl-C ends the run with a final report. The status is 128 + n after signal n, and 4 if no buffer was
/// allocated at all.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Args {
    /// Set the size of the smallest buffer
    ///
    /// Example: --min-size 64K
    #[arg(long, value_name = "SIZE", value_parser = buffer_size, default_value = "1p", allow_hyphen_values = true)]
    pub min_size: u64,

    /// Set the size of the largest buffer
    ///
    /// Example: --max-size 8M
    #[arg(long, value_name = "SIZE", value_parser = buffer_size, default_value = "1M", allow_hyphen_values = true)]
    pub max_size: u64,

    /// Limit what is held at the same time
    ///
    /// A number of buffers, or a size with a unit. It is divided among the jobs. By default 64 buffers, and at most half of the memory budget.
    ///
    /// Example: --max-hold 1000, --max-hold 256M
    #[arg(long, value_name = "N|SIZE", value_parser = hold, allow_hyphen_values = true)]
    pub max_hold: Option<Hold>,

    /// Run for this long, such as 1h
    ///
    /// The default is 10 seconds, unless --iterations is given. Buffers that are still held near the end are verified within this time; stderr reports how many could
    /// not be.
    ///
    /// Example: --duration 1h
    #[arg(short, long, value_name = "TIME", value_parser = some_time, allow_hyphen_values = true)]
    pub duration: Option<Duration>,

    /// Run this many operations in each job
    ///
    /// Example: --iterations 10000
    #[arg(short, long, value_name = "N", value_parser = count, allow_hyphen_values = true)]
    pub iterations: Option<u64>,

    /// Run this many jobs at the same time
    ///
    /// Each job has two threads and a process.
    ///
    /// Example: --jobs 4
    #[arg(short, long, value_name = "N", default_value = "2", allow_hyphen_values = true)]
    pub jobs: Jobs,

    /// Repeat the operations of this seed
    ///
    /// By default it is a random number, which is printed. The same seed with the same jobs, sizes, heaps and --max-hold gives the same sequence of operations.
    ///
    /// Example: --seed 42
    #[arg(long, value_name = "N", value_parser = seed, allow_hyphen_values = true)]
    pub seed: Option<u64>,

    /// Print a report at this interval
    ///
    /// Example: --report 10s
    #[arg(long, value_name = "TIME", value_parser = some_time, default_value = "1s", allow_hyphen_values = true)]
    pub report: Duration,

    /// Omit the last line, which says that all was well
    ///
    /// Example: -q
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,

    /// Print each operation on stderr before it is done
    ///
    /// Example: --seed 42 --iterations 100 --trace
    #[arg(long)]
    pub trace: bool,

    #[command(flatten)]
    pub asked: AskedHeaps,

    #[command(flatten)]
    pub how: RequestChoice,

    #[command(flatten)]
    pub table: Table,
}

pub(crate) const MANUAL: Manual =
    Manual { verb: "stress", columns: || headings(COLUMNS), prose: || include_str!("stress.md").into() };

/// A number of buffers, or bytes where there is a unit.
fn hold(text: &str) -> Result<Hold, String> {
    const ACCEPTED: &str = "expected a number of buffers (64) or a size with a unit (256M)";
    if text.starts_with('-') {
        return Err(format!("it cannot be negative; {ACCEPTED}"));
    }
    let parsed = match text.parse() {
        Ok(count) => Ok(Hold::Count(count)),
        Err(_) => size::parse(text, system::page_size()).map(Hold::Bytes).map_err(|invalid| invalid.to_string()),
    };
    match parsed {
        Ok(Hold::Count(0) | Hold::Bytes(0)) => Err(format!("--max-hold must be at least 1; {ACCEPTED}")),
        other => other,
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let root = Root::machine();
    let Some(selection) = super::selected(&args.table, COLUMNS, columns::DEFAULT)? else { return Ok(Exit::Success) };
    let plan = plan(args, &root)?;
    plan.check().map_err(|misfit| UsageError(misfit_words(misfit)))?;
    for place in &plan.places {
        // Nothing is asked for, and no seed said, where one of them is missing.
        Heap::open(&root, place, plan.force)?;
    }
    let signals = Signals::take(ENDING).map_err(|errno| Error::errno("catch", "signals", errno))?;
    let mut printer = ReportPrinter::new(args, selection, &plan);
    let outcome = stress::run(&root, &plan, &signals, &mut printer)?;
    // One that comes from now on ends the printing.
    signals.put_back().map_err(|errno| Error::errno("restore", "signals", errno))?;
    printer.print_end(&outcome)?;
    if outcome.unchecked > 0 {
        output::info(&format!(
            "time ran out before all buffers were verified; freed unverified: {}",
            outcome.unchecked
        ));
    }
    for failure in &outcome.failures {
        print_failure(failure);
    }
    if !outcome.failures.is_empty() {
        output::hint(&format!(
            "repeat the run with --seed {} --jobs {} and the same other options",
            plan.seed, plan.jobs
        ));
        return Ok(Exit::Failure);
    }
    Ok(match outcome.signal {
        Some(number) => Exit::by_signal(number),
        None if outcome.total.allocations == 0 => {
            output::info("nothing was tested: no buffer was allocated");
            Exit::Nothing
        }
        None => {
            let line = format!("no failure in {}", counted(outcome.total.operations, "operation"));
            args.table.print_success(args.quiet, &line)?;
            Exit::Success
        }
    })
}

fn plan(args: &Args, root: &Root) -> anyhow::Result<StressPlan> {
    const USUAL: Duration = Duration::from_secs(10);
    Ok(StressPlan {
        places: heaps::places(args.asked.given(), args.how.verbose, root)?,
        request: args.how.request(),
        seed: args.seed.unwrap_or_else(Random::fresh_seed),
        jobs: args.jobs.count(),
        sizes: (args.min_size, args.max_size),
        hold: args.max_hold,
        duration: args.duration.or_else(|| args.iterations.is_none().then_some(USUAL)),
        iterations: args.iterations,
        report: args.report,
        force: args.how.force,
        trace: args.trace.then_some(|line: &str| output::lines(&format!("{line}\n"))),
        warn: message::print_error,
    })
}

fn print_failure(failure: &Failure) {
    if let Some((job, number)) = failure.operation {
        output::info(&format!("failure in operation {number} of job {job}"));
    }
    message::print_error(&failure.error);
    if let Some((pattern, seed, report)) = failure.comparison.clone() {
        let seed = Some(seed);
        output::lines(&mismatch::lines(&mismatch::Comparison { pattern, seed, report, devices: None }));
    }
}

struct ReportPrinter<'a> {
    args: &'a Args,
    plan: &'a StressPlan,
    simulated: bool,
    selection: Selection<Row>,
    stream: Option<Stream>,
    outlet: Stdout,
}

impl<'a> ReportPrinter<'a> {
    fn new(args: &'a Args, selection: Selection<Row>, plan: &'a StressPlan) -> Self {
        let simulated = simulation::is_simulated();
        args.table.note_if_simulated(simulated);
        output::info(&format!("seed {} jobs {}", plan.seed, plan.jobs));
        Self { args, plan, simulated, selection, stream: None, outlet: output::outlet() }
    }

    fn row(&self, progress: &Progress, failures: &[Failure]) -> Row {
        Row {
            seed: self.plan.seed,
            jobs: self.plan.jobs as u64,
            progress: progress.clone(),
            failures: failures.iter().map(|failure| failure.error.to_string()).collect(),
        }
    }

    /// The line of a row, below the headings if it is the first one.
    fn format(&mut self, row: &Row) -> String {
        let mut text = String::new();
        let stream = self.stream.get_or_insert_with(|| {
            let mut stream = Stream::new(self.selection.headings(), self.args.table.layout());
            text = stream.heading();
            stream
        });
        text + &stream.line(&self.selection.cells(row))
    }

    /// The final report: one more line where a script chose its form, else all figures below the table.
    fn print_end(&mut self, outcome: &StressOutcome) -> Result<(), Error> {
        let row = self.row(&outcome.total, &outcome.failures);
        let Columns { json, output_all, .. } = self.args.table.columns;
        if json {
            return output::data(json::line(self.selection.of(&[row]), self.simulated).as_bytes());
        }
        if self.args.table.is_for_scripts() {
            return output::data(self.format(&row).as_bytes());
        }
        let all = || Selection::all(COLUMNS);
        let parsed = || Selection::parse(columns::FINAL, COLUMNS, "").unwrap_or_else(|_| all());
        let selection = if output_all { all() } else { parsed() };
        let gap = if self.stream.is_some() { "\n" } else { "" };
        let layout = Layout { vertical: true, only_known: !output_all, ..self.args.table.layout() };
        let text: String = table::lines(selection.of(&[row]), layout).collect();
        output::data(format!("{gap}{text}").as_bytes())
    }
}

impl Reporter for ReportPrinter<'_> {
    fn outlet(&self) -> BorrowedFd<'_> {
        self.outlet.as_fd()
    }

    fn report(&mut self, progress: &Progress) -> Result<(), Error> {
        let row = self.row(progress, &[]);
        if self.args.table.columns.json {
            return output::data(json::line(self.selection.of(&[row]), self.simulated).as_bytes());
        }
        let text = self.format(&row);
        output::data(text.as_bytes())
    }
}

fn misfit_words(misfit: Misfit) -> String {
    match misfit {
        Misfit::FewerThanJobs { count, jobs } => {
            format!("--max-hold {count} is less than one buffer for each of {}", counted(jobs, "job"))
        }
        Misfit::MoreThan { count, most } => {
            format!("--max-hold {count} is more than {most}, the most buffers that a process can have open")
        }
        Misfit::TooFewBytes { bytes, largest, jobs } => {
            format!("--max-hold of {bytes} bytes is less than one buffer of {largest} bytes for each of {jobs} jobs")
        }
        Misfit::Sizes(least, most) => format!("--min-size {least} is larger than --max-size {most}"),
    }
}
