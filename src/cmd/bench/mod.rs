//! `dmaheap bench`

mod columns;
mod plot;
pub(crate) mod saved;

pub(crate) use columns::{COLUMNS, COMPARED, DEFAULT, Row};

use super::{Manual, UsageError, heaps};
use crate::args::duration::duration;
use crate::args::heaps::AskedHeaps;
use crate::args::numbers::{buffer_size, count, count_or_none, cpu};
use crate::args::progress::ProgressChoice;
use crate::args::table::Table;
use crate::bench::{Amount, BenchOutcome, BenchPlan, Figure, PreparedBench, Verdict, Watcher};
use crate::cmd::message;
use crate::cmd::stream::Outlet;
use crate::error::Error;
use crate::exit::Exit;
use crate::host::{Root, simulation};
use crate::pattern::Jobs;
use crate::size::{Human, counted};
use crate::sys::errno_name;
use crate::sys::process::affinity;
use crate::sys::process::signals::{self, ENDING, Signals};
use crate::ui::column::Selection;
use crate::ui::escape::escaped;
use crate::ui::progress::ProgressLine;
use crate::ui::{headings, json, output};
use saved::SavedRun;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Measure latency and bandwidth of heaps
///
/// For each heap and size, bench repeatedly allocates a buffer, maps it and touches each page, begins and ends a
/// CPU access, and closes it; then it fills, copies out and verifies one, compared with memset and memcpy on
/// anonymous memory of the same size. STEPS in the manual describes each figure.
///
/// With --compare, the status is 1 if a step is slower than before in all of its rounds, or is no longer
/// possible.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Args {
    /// Set a buffer size
    ///
    /// It can be repeated.
    ///
    /// Example: -s 4K -s 3110400
    #[arg(short, long, value_name = "SIZE", value_parser = buffer_size, default_values = ["4K", "64K", "1M", "8M"], allow_hyphen_values = true)]
    pub size: Vec<u64>,

    /// Measure this many buffers instead of a time
    ///
    /// As many of each heap and size in each job.
    ///
    /// Example: --iterations 1000
    #[arg(short, long, value_name = "N", value_parser = count, allow_hyphen_values = true, conflicts_with = "duration")]
    pub iterations: Option<u64>,

    /// Run for this long, such as 1m
    ///
    /// It is divided equally among heaps and sizes, and includes the warm-up. When it is over, the run ends as soon as the current buffers are freed. Large
    /// buffers may be measured less often than small ones; if there was no time to measure everything once,
    /// the status is 1.
    ///
    /// Example: --duration 1m
    #[arg(short, long, value_name = "TIME", value_parser = duration, default_value = "10s", allow_hyphen_values = true)]
    pub duration: Duration,

    /// Warm up with this many buffers
    ///
    /// As many are allocated of each heap and size in each job before any is measured.
    ///
    /// Example: --warmup 0
    #[arg(long, value_name = "N", value_parser = count_or_none, default_value = "10", allow_hyphen_values = true)]
    pub warmup: u64,

    /// Run this many threads at the same time
    ///
    /// Each has its own buffer.
    ///
    /// Example: --jobs 4
    #[arg(short, long, value_name = "N", default_value = "1", allow_hyphen_values = true)]
    pub jobs: Jobs,

    /// Pin the jobs to this CPU (can be repeated)
    ///
    /// Jobs are distributed among several CPUs in turn.
    ///
    /// Example: --jobs 2 --pin 0 --pin 4
    #[arg(long, value_name = "CPU", value_parser = cpu, allow_hyphen_values = true)]
    pub pin: Vec<usize>,

    /// Measure beyond the memory budget
    ///
    /// Nodes that cannot be verified to be heaps are also opened. dmaheap-alloc(1) describes the budget. In addition to its buffer, each job needs twice that size of
    /// anonymous memory. dmaheap makes itself the OOM killer's first victim.
    ///
    /// Example: --force -s 2G
    #[arg(long)]
    pub force: bool,

    /// Save the results to FILE, for --compare and --from
    ///
    /// They are the JSON that --json prints. FILE is replaced atomically; - is stdout, for this and other files.
    ///
    /// Example: --save before.json
    #[arg(long, value_name = "FILE", help_heading = "Files")]
    pub save: Option<PathBuf>,

    /// Compare with results saved in FILE
    ///
    /// The table adds the earlier figures, how many times as long each step takes now, and a verdict if no
    /// round of one run overlaps those of the other.
    ///
    /// Example: --compare before.json
    #[arg(long, value_name = "FILE", help_heading = "Files")]
    pub compare: Option<PathBuf>,

    /// Plot the results to FILE, as SVG
    ///
    /// Latency by percentile, and bandwidth by size. With --compare, the earlier run is drawn in grey.
    ///
    /// Example: --plot bench.svg
    #[arg(long, value_name = "FILE", help_heading = "Files")]
    pub plot: Option<PathBuf>,

    /// Read saved results from FILE instead of measuring
    ///
    /// Example: --from after.json --compare before.json --plot change.svg
    #[arg(long, value_name = "FILE", conflicts_with_all = ["heaps", "heap", "size", "iterations", "duration", "warmup", "jobs", "pin", "force", "save", "progress"], help_heading = "Files")]
    pub from: Option<PathBuf>,

    #[command(flatten)]
    pub progress: ProgressChoice,

    #[command(flatten)]
    pub asked: AskedHeaps,

    #[command(flatten)]
    pub table: Table,
}

pub(crate) const MANUAL: Manual =
    Manual { verb: "bench", columns: || headings(COLUMNS), prose: || include_str!("bench.md").into() };

/// Work besides measuring, checked beforehand.
struct Files<'a> {
    earlier: Option<(SavedRun, &'a Path)>,
    save: Option<Outlet>,
    plot: Option<Outlet>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let default = if args.compare.is_some() { COMPARED } else { DEFAULT };
    let Some(selection) = super::selected(&args.table, COLUMNS, default)? else { return Ok(Exit::Success) };
    if args.iterations.is_none() && args.duration.is_zero() {
        return Err(UsageError("--duration: must be greater than zero".to_owned()).into());
    }
    let files = Files::prepare(args)?;
    let (simulated, outcome, signal) = match &args.from {
        Some(path) => {
            let SavedRun { simulated, figures } = saved::read(path)?;
            (simulated, BenchOutcome { figures, rounds: 0, complete: true, failure: None }, None)
        }
        None => {
            let (outcome, signal) = measure(args)?;
            (simulation::is_simulated(), outcome, signal)
        }
    };
    let run = SavedRun { simulated, figures: outcome.figures };
    let is_whole = outcome.complete && outcome.failure.is_none();
    // Whoever reads stdout may have gone in the meantime; and what cannot be saved is printed nevertheless.
    let written = if is_whole { files.write(&run) } else { Ok(()) };
    print(args, &selection, &files, &run, outcome.complete)?;
    if let Some(failure) = outcome.failure {
        return Err(failure.into());
    }
    if !outcome.complete {
        return Ok(files.leave(signal, args.duration, outcome.rounds));
    }
    written?;
    Ok(files.judge(&run))
}

impl<'a> Files<'a> {
    fn prepare(args: &'a Args) -> anyhow::Result<Self> {
        let earlier = args.compare.as_deref().map(|path| Ok::<_, Error>((saved::read(path)?, path))).transpose()?;
        let save = args.save.as_deref().map(Outlet::prepare).transpose()?;
        let plot = args.plot.as_deref().map(Outlet::prepare).transpose()?;
        if save.as_ref().zip(plot.as_ref()).is_some_and(|(save, plot)| save.is_same_as(plot)) {
            return Err(UsageError("--save and --plot name the same file".to_owned()).into());
        }
        Ok(Self { earlier, save, plot })
    }

    /// Whether a document is printed in place of the table.
    fn take_stdout(&self) -> bool {
        [&self.save, &self.plot].into_iter().flatten().any(|sink| matches!(sink, Outlet::Stdout))
    }

    fn rows(&self, run: &SavedRun) -> Vec<Row> {
        columns::rows(&run.figures, self.earlier.as_ref().map(|(earlier, _)| earlier.figures.as_slice()))
    }

    /// Writes what was asked for, after all of it was measured.
    fn write(&self, run: &SavedRun) -> anyhow::Result<()> {
        if let Some(file) = &self.save {
            let document: String = json::lines(Selection::all(COLUMNS).of(&self.rows(run)), run.simulated).collect();
            file.write(document.as_bytes())?;
        }
        if let Some(file) = &self.plot {
            let earlier = self.earlier.as_ref().map(|(run, path)| (run.figures.as_slice(), *path));
            file.write(plot::document(run, earlier).as_bytes())?;
        }
        Ok(())
    }

    /// Whether the run is worse than the earlier one.
    fn judge(&self, run: &SavedRun) -> Exit {
        let Some((_, path)) = &self.earlier else { return Exit::Success };
        let rows = self.rows(run);
        let mut exit = Exit::Success;
        for (verdict, comparison) in [(Verdict::Slower, "slower than"), (Verdict::Gone, "gone since")] {
            let count = rows.iter().filter(|row| row.verdict == Some(verdict)).count();
            if count > 0 {
                output::info(&escaped(&format!(
                    "{comparison} {}: {count} of {}",
                    path.display(),
                    counted(rows.len(), "figure")
                )));
                exit = Exit::Failure;
            }
        }
        exit
    }

    /// Ends a run before everything was measured: after a signal, or when the time was up.
    fn leave(self, signal: Option<i32>, duration: Duration, rounds: usize) -> Exit {
        let files = if self.save.is_some() || self.plot.is_some() { "; no file was written" } else { "" };
        match signal {
            Some(signal) => {
                let done = match rounds {
                    0 => "before the first round was complete".to_owned(),
                    rounds => format!("after {}", counted(rounds, "round")),
                };
                output::info(&format!("interrupted ({}) {done}{files}", signals::name(signal)));
                Exit::by_signal(signal)
            }
            None => {
                output::info(&format!("timed out after {duration:?}; the figures are incomplete{files}"));
                output::hint("use a longer --duration, fewer heaps or smaller sizes");
                Exit::Failure
            }
        }
    }
}

/// Measures, unless a signal comes first, which is reported.
fn measure(args: &Args) -> anyhow::Result<(BenchOutcome, Option<i32>)> {
    let root = Root::machine();
    let plan = BenchPlan {
        places: heaps::places(args.asked.given(), false, &root)?,
        sizes: args.size.clone(),
        amount: args.iterations.map_or(Amount::Duration(args.duration), Amount::Iterations),
        warmup: args.warmup,
        jobs: args.jobs.count(),
        cpus: args.pin.clone(),
        force: args.force,
        warn: message::print_error,
    };
    let prepared = plan.prepare(&root)?;
    print_conditions(args, &prepared);
    let signals = Signals::take(ENDING).map_err(|errno| Error::errno("catch", "signals", errno))?;
    let progress = args.progress.line(prepared.slots(), false);
    let mut look = Look { signals: &signals, signal: None, progress, slots: 0 };
    let outcome = prepared.run(&root, &mut look);
    let signal = look.signal;
    drop(look);
    // One that comes from now on ends the printing too.
    signals.put_back().map_err(|errno| Error::errno("restore", "signals", errno))?;
    Ok((outcome, signal))
}

/// Reports what must be known to understand the figures.
fn print_conditions(args: &Args, prepared: &PreparedBench) {
    let clock = prepared.clock();
    if clock.is_system_call {
        let source = clock.source.as_deref().unwrap_or("unknown");
        output::info(&escaped(&format!(
            "reading the clock takes a system call here (clock source {source}): each time includes {} ns of it",
            clock.stamp_ns
        )));
    }
    for (heap, errno) in prepared.unmapped() {
        let why = errno_name(*errno);
        output::info(&escaped(&format!(
            "buffers of {heap} cannot be mapped ({why}): touch, fill, copy and verify are skipped"
        )));
    }
    let cpus =
        if args.pin.is_empty() { affinity::allowed().map_or(usize::MAX, |cpus| cpus.len()) } else { args.pin.len() };
    if args.jobs.count() > cpus {
        output::info(&format!("{} jobs share {cpus} CPUs: times include waiting for each other", args.jobs.count()));
    }
}

/// Looks for signals and shows how far it is.
struct Look<'a> {
    signals: &'a Signals,
    signal: Option<i32>,
    progress: ProgressLine,
    slots: u64,
}

impl Watcher for Look<'_> {
    fn next(&mut self, heap: &str, size: u64) {
        self.progress.step(self.slots, &format!("{heap} {}", Human(size)));
        self.slots += 1;
    }

    fn is_interrupted(&mut self) -> bool {
        if let (None, Ok(Some(caught))) = (self.signal, self.signals.next()) {
            self.signal = Some(caught.signal);
        }
        self.signal.is_some()
    }
}

fn print(
    args: &Args,
    selection: &Selection<Row>,
    files: &Files<'_>,
    run: &SavedRun,
    is_complete: bool,
) -> Result<(), Error> {
    if let Some((earlier, path)) = &files.earlier {
        let is_common = |figure: &Figure| earlier.figures.iter().any(|before| before.is_same_as(figure));
        if !run.figures.iter().any(is_common) {
            return Err(nothing_in_common(&earlier.figures, path));
        }
        if earlier.simulated != run.simulated {
            let who = |run: &SavedRun| if run.simulated { "a simulation" } else { "a kernel" };
            output::info(&format!(
                "conditions differ from those of the saved run: {} then, {} now",
                who(earlier),
                who(run)
            ));
        }
    }
    if is_complete && files.take_stdout() {
        return Ok(());
    }
    let mut rows = files.rows(run);
    if !is_complete {
        rows.retain(Row::is_measured);
    }
    args.table.print(selection, &rows, run.simulated || simulation::is_simulated())
}

fn nothing_in_common(earlier: &[Figure], path: &Path) -> Error {
    let mut known: Vec<String> =
        earlier.iter().map(|figure| format!("{} {}", figure.heap, Human(figure.size))).collect();
    known.dedup();
    Error::refused("compare with", path.display(), "it has none of these heaps and sizes")
        .with_hint(format!("it has {}", known.join(", ")))
}
