//! `dmaheap probe`

mod columns;
mod earlier;
mod expect;
mod format;
mod manual;
mod options;
mod print;
mod run;

pub(crate) use manual::MANUAL;

use super::UsageError;
use crate::args::heaps::{AskedHeaps, REQUEST, abi};
use crate::cmd::heaps::chosen;
use crate::cmd::{message, stream};
use crate::error::Error;
use crate::exit::Exit;
use crate::heap::nodes::{names, none, selectable};
use crate::heap::{RequestAbi, budget::guard};
use crate::host::Root;
use crate::model;
use crate::probe::request::RawRequest;
use crate::probe::{CaseSelection, Expectations, Facts, Probed, Unmatched, VerdictCounts, cases, facts, heaps};
use crate::size::counted;
use crate::sys::fd::blocking::Patient;
use crate::sys::fd::file::errno_of;
use crate::sys::process::filter;
use crate::sys::process::signals::{ENDING, Signals};
use crate::sys::system;
use crate::ui::column::Selection;
use crate::ui::escape::escaped;
use crate::ui::{destination, output};
use earlier::EarlierRun;
use options::{Format, Output};
use print::ResultPrinter;
use run::ProbeRun;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The heading of the options of random requests.
const FUZZ: &str = "Random";
const COMPARISON: &str = "Comparison";

/// Send malformed and well-formed requests, and check each answer
///
/// By default all system and CMA heaps that can be opened are probed; other heaps, and udmabuf, only when named. Each case runs in its own child process: the request lies in guarded memory, and afterwards the answer,
/// the struct, the bytes around it and the open descriptors are examined. A descriptor that was opened but
/// not returned is reported and closed.
///
/// Ctrl-C ends the run at any moment: the results so far are printed. The status is 128 + n after signal n.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Args {
    /// Run the cases with this id (can be repeated)
    ///
    /// * matches any characters, ? matches one.
    ///
    /// Example: --case 'len_*'
    #[arg(long, value_name = "GLOB")]
    pub case: Vec<glob::Pattern>,

    /// Run the cases of a group (can be repeated)
    ///
    /// Example: --group pointer --group limits
    #[arg(long, value_name = "NAME")]
    pub group: Vec<String>,

    /// List the cases and exit; with -J, as JSON
    ///
    /// Example: --list-cases, --list-cases -J
    #[arg(long, conflicts_with_all = ["junit", "nested"])]
    pub list_cases: bool,

    /// Read known deviations of a platform from FILE
    ///
    /// Its lines are id=outcome. The id is that of a case, or heap.case. Such an outcome is reported as known; a correct answer instead
    /// of it is a failure, which keeps the file up to date. A line with correct outcomes has no effect, so a
    /// recorded run is also accepted.
    ///
    /// Example: --expect board.txt
    #[arg(long, value_name = "FILE", help_heading = COMPARISON)]
    pub expect: Option<PathBuf>,

    /// Compare the answers with those in FILE
    ///
    /// FILE is what --json printed, on this or another kernel. Each answer that is not the same is shown, and the status is then 1. Times are not compared, nor which of its allowed
    /// ways a race ended.
    ///
    /// Example: --compare 6.12.json
    #[arg(long, value_name = "FILE", conflicts_with_all = ["list_cases", "nested"], help_heading = COMPARISON)]
    pub compare: Option<PathBuf>,

    /// Stop after the first failure
    ///
    /// Example: --fail-fast
    #[arg(long)]
    pub fail_fast: bool,

    /// Treat known deviations as failures
    ///
    /// Example: --strict
    #[arg(long)]
    pub strict: bool,

    /// Send N random requests instead of the cases
    ///
    /// Each answer is compared with dmaheap's rules. A request whose answer differs is repeated alone, reduced as far as possible, and printed once for its kind, with
    /// the command that sends it again.
    ///
    /// Example: --fuzz 100000
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with_all = ["case", "group", "expect", "compare", "list_cases", "unsafe"], help_heading = FUZZ)]
    pub fuzz: Option<u64>,

    /// Repeat the random requests of this seed
    ///
    /// By default it is a random number, which is printed.
    ///
    /// Example: --fuzz 1000 --seed 42
    #[arg(long, value_name = "N", requires = "fuzz", help_heading = FUZZ)]
    pub seed: Option<u64>,

    /// Send one request instead of the cases, described by KEY=VALUE,...
    ///
    /// Keys that are not given are as in a correct request for one page. Keys of the structure: len, fd, fd_flags,
    /// heap_flags, and behind them reserved0, reserved1 and tail, the byte that fills a longer one. ioctl is the
    /// number of the request; ioctl_high and fd_high are the upper halves of the registers. at is where
    /// the structure lies: writable, misaligned, last-bytes, read-only, no-access, unmapped,
    /// straddling:BYTES, null, one, minus-one, or kernel.
    ///
    /// Example: --request heap_flags=0x1,at=misaligned
    #[arg(long, value_name = "KEY=VALUE,...", value_parser = request, conflicts_with_all = ["fuzz", "case", "group", "expect", "compare", "list_cases", "unsafe"], help_heading = FUZZ)]
    pub request: Option<RawRequest>,

    /// Choose the request structure: auto, mainline, v12
    ///
    /// mainline has 24 bytes, v12 (the 2019 series) 32. auto asks the kernel which one it supports.
    ///
    /// Example: --abi v12
    #[arg(long, value_name = "ABI", value_parser = abi(), default_value = "auto", hide_possible_values = true, help_heading = REQUEST)]
    pub abi: RequestAbi,

    /// Also run the cases that trigger the OOM killer
    ///
    /// They are the group unsafe. The process that sends them makes itself the first victim (oom_score_adj 1000), which is not a
    /// guarantee.
    ///
    /// Example: --unsafe --group unsafe
    #[arg(long)]
    pub r#unsafe: bool,

    /// Open nodes that cannot be verified to be heaps
    ///
    /// Without /proc and /sys, a node's device cannot be identified.
    ///
    /// Example: --force --heap system
    #[arg(long, help_heading = REQUEST)]
    pub force: bool,

    #[command(flatten)]
    pub asked: AskedHeaps,

    #[command(flatten)]
    pub output: Output,
}

/// Calls without which no case can be run, or its answer is a filter's.
const NEEDED: &[&str] = &[
    "clone",
    "close",
    "fcntl",
    "fstat",
    "getpid",
    "ioctl",
    "kill",
    "lseek",
    "openat",
    "prlimit64",
    "read",
    "recvfrom",
    "recvmsg",
    "sendmsg",
    "socketpair",
    "uname",
    "wait4",
];

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    check(args)?;
    let table = args.output.table();
    if args.list_cases && table.columns.list_columns {
        table.print_columns(columns::CASES)?;
        return Ok(Exit::Success);
    }
    // What is chosen of cases is looked up where they are listed.
    let columns = if args.list_cases {
        Some(Selection::all(columns::COLUMNS))
    } else {
        super::selected(&table, columns::COLUMNS, columns::DEFAULT)?
    };
    let Some(columns) = columns else { return Ok(Exit::Success) };
    let selection = CaseSelection {
        globs: args.case.clone(),
        groups: args.group.clone(),
        with_harm: args.r#unsafe || args.list_cases,
    };
    let cases = selection.cases().map_err(|unmatched| UsageError(unmatched_words(unmatched)))?;
    if args.list_cases {
        print::cases(&args.output, &cases)?;
        return Ok(Exit::Success);
    }
    let expectations = args.expect.as_deref().map_or_else(|| Ok(Expectations::default()), expect::read)?;
    let earlier = args.compare.as_deref().map(EarlierRun::read).transpose()?;
    let root = Root::machine();
    // What cannot be written is noticed before there is anything to write.
    let mut junit =
        args.output.junit.as_deref().filter(|path| !stream::is_stream(path)).map(Junit::create).transpose()?;
    filter::check(NEEDED).map_err(|errno| Error::errno("run", "cases", errno))?;
    let (heaps, closed) = open(args, &root)?;
    expect::warn_of_unknown_heaps(&expectations, &heaps, &selectable(&root));
    // The other cases take next to nothing.
    if args.r#unsafe && !heaps.is_empty() {
        let _ = guard::make_children_victims(message::print_error);
    }
    let facts = heaps.iter().min_by_key(|heap| !heap.is_a_heap()).map(|heap| heap.facts(&root, forced(args.abi)));
    let signals = Signals::take(ENDING).map_err(|errno| Error::errno("catch", "signals", errno))?;
    let mut printer = ResultPrinter::new(&args.output, columns, args.strict, earlier.as_ref(), &signals);
    if let Some(facts) = &facts {
        print_abi(facts);
        if args.request.is_some_and(|request| !request.is_modest(facts.kernel.abi, facts.kernel.page_size)) {
            return Err(UsageError("--request asks for more than 1 MiB, which is never sent".to_owned()).into());
        }
        let mut run = ProbeRun {
            output: &args.output,
            fail_fast: args.fail_fast,
            root: &root,
            facts,
            signals: &signals,
            heaps: &heaps,
            printer: &mut printer,
        };
        match (args.fuzz, args.request) {
            (Some(count), _) => run.fuzz(count, args.seed, args.abi)?,
            (None, Some(request)) => run.request(&request)?,
            (None, None) => run.cases(&cases, &expectations)?,
        }
    }
    let results = printer.end()?;
    if let Some(junit) = &mut junit {
        junit.write(&results.junit())?;
    }
    if let Some(error) = results.unprinted {
        return Err(error.into());
    }
    let is_changed = earlier.map(|earlier| earlier.report(&results.findings)).transpose()? == Some(true);
    if let Some(signal) = results.signal {
        let run = results.findings.iter().filter(|finding| !finding.is_interrupted()).count();
        let cases = if args.fuzz.is_some() {
            String::new()
        } else {
            format!(" after {run} of {}", counted(results.findings.len(), "case"))
        };
        output::info(&format!("{}{cases}", print::interrupted(signal)));
        return Ok(Exit::by_signal(signal));
    }
    Ok(if is_changed { Exit::Failure } else { exit(&results.summary, closed && (args.strict || heaps.is_empty())) })
}

/// Refuses options that would have no effect, which clap cannot know.
fn check(args: &Args) -> Result<(), UsageError> {
    let format = args.output.format();
    if args.list_cases && !matches!(format, Format::Table | Format::Json) {
        return Err(UsageError("--list-cases prints a table or, with -J, JSON".to_owned()));
    }
    if args.compare.is_some() && !matches!(format, Format::Table | Format::Json) {
        return Err(UsageError("--compare prints a table or, with -J, JSON".to_owned()));
    }
    if args.output.junit.as_deref().is_some_and(stream::is_stream)
        && (format == Format::Json || args.output.format != Format::Table)
    {
        return Err(UsageError("--junit - takes stdout, and so does the other format".to_owned()));
    }
    if args.output.has_rows() && !matches!(format, Format::Table | Format::Json) {
        return Err(UsageError("columns need --format table or json".to_owned()));
    }
    if args.output.nested && format != Format::Ktap {
        return Err(UsageError("--nested needs --format ktap".to_owned()));
    }
    Ok(())
}

/// The file of `--junit`.
struct Junit<'a> {
    path: &'a Path,
    file: Patient<File>,
}

impl<'a> Junit<'a> {
    fn create(path: &'a Path) -> Result<Self, Error> {
        Ok(Self { path, file: destination::create(path)? })
    }

    fn write(&mut self, text: &str) -> Result<(), Error> {
        let fail = |error| Error::errno("write", self.path.display(), errno_of(&error));
        self.file.write_all(text.as_bytes()).map_err(fail)
    }
}

fn exit(summary: &VerdictCounts, something_was_closed: bool) -> Exit {
    if summary.fail > 0 || something_was_closed {
        Exit::Failure
    } else if summary.total() == summary.skip {
        Exit::Nothing
    } else {
        Exit::Success
    }
}

fn forced(abi: RequestAbi) -> Option<model::Abi> {
    match abi {
        RequestAbi::Auto => None,
        RequestAbi::Mainline => Some(model::Abi::Mainline),
        RequestAbi::V12 => Some(model::Abi::V12),
    }
}

/// The heaps that were named, or all that may be probed unasked, each once; and whether one could not be opened.
fn open(args: &Args, root: &Root) -> anyhow::Result<(Vec<Probed>, bool)> {
    let named = chosen(args.asked.given(), root)?;
    if !named.is_empty() {
        let named: Result<Vec<Probed>, Error> =
            named.iter().map(|selector| heaps::named_heap(root, selector, args.force)).collect();
        let named = each_once(named?);
        let is_of_heaps = args.fuzz.is_some() || args.request.is_some() || args.abi != RequestAbi::Auto;
        if let Some(other) = named.iter().find(|probed| is_of_heaps && !probed.is_a_heap()) {
            return Err(Error::refused("probe", &other.name, "it does not accept the requests of heaps").into());
        }
        return Ok((named, false));
    }
    let (open, closed) = heaps::default_heaps(root)?;
    for heap in &closed {
        output::info(&escaped(&format!("not probed: {} ({})", heap.name, heap.access)));
    }
    if open.is_empty() && closed.is_empty() {
        if names(root).is_empty() {
            message::print_error(&none(root));
        } else {
            output::info("no heap to probe");
            output::hint("a heap that is neither system nor cma is probed only when it is named");
        }
    }
    Ok((each_once(open), !closed.is_empty()))
}

/// Results are distinguished by the heap's name and the case.
fn each_once(heaps: Vec<Probed>) -> Vec<Probed> {
    let mut once: Vec<Probed> = Vec::new();
    for heap in heaps {
        match once.iter().find(|known| known.is(&heap)) {
            Some(known) if known.name == heap.name => {}
            Some(known) => output::info(&escaped(&format!("not probed: {} is {}", heap.name, known.name))),
            None => once.push(heap),
        }
    }
    once
}

fn print_abi(facts: &Facts) {
    if let facts::AbiFound::Unknown(answers) = &facts.abi {
        output::info(&format!("warning: unknown ABI ({answers}); probing it as mainline"));
        output::hint("choose the ABI to compare with: --abi mainline or --abi v12");
    }
}

fn request(text: &str) -> Result<RawRequest, String> {
    RawRequest::parse(text, system::page_size())
}

fn unmatched_words(unmatched: Unmatched) -> String {
    match unmatched {
        Unmatched::Group(name) => {
            let known: Vec<&str> = cases::GROUPS.iter().map(|group| group.name).collect();
            format!("unknown group '{name}' (groups: {})", known.join(" "))
        }
        Unmatched::Pattern(pattern) => format!("no case matches '{pattern}'; --list-cases lists them"),
        Unmatched::Harmful => "the selected cases need --unsafe".to_owned(),
        Unmatched::Both => "no case matches both --group and --case".to_owned(),
    }
}
