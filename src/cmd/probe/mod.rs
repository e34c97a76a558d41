//! `dmaheap probe`

mod columns;
mod manual;
mod print;

pub use columns::{CASES, COLUMNS};
pub use manual::MANUAL;

use super::UsageError;
use crate::error::Error;
use crate::exit::Exit;
use crate::heap::Selector;
use crate::machine::Root;
use crate::model;
use crate::options::allocation::AbiName;
use crate::options::format::Output;
use crate::options::heap::selector;
use crate::probe::{
    Case, Expectations, Facts, Finding, Probed, Selection, Summary, Verdict, facts, fuzz, run as domain,
};
use crate::random::Random;
use crate::report::output;
use crate::sys::file::errno_of;
use print::Printer;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Send malformed and well-formed requests, and compare each answer with what the kernel has to say
///
/// Every case is run in a child process of its own: the request goes into guarded memory, and afterwards
/// the answer, the struct, the bytes around it and the open descriptors are looked at. A descriptor that
/// nobody was told of is a finding, and is closed again.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Heap to probe: a name, `cma`, or a path (can be repeated)
    ///
    /// By default every heap is probed that opens and is a system or CMA heap; others only when named.
    ///
    /// Example: --heap system --heap linux,cma
    #[arg(long, value_name = "NAME|cma|PATH", value_parser = selector)]
    pub heap: Vec<Selector>,

    /// Run the cases whose id matches GLOB (can be repeated)
    ///
    /// * stands for any characters, ? for one.
    ///
    /// Example: --case 'len_*'
    #[arg(long, value_name = "GLOB")]
    pub case: Vec<String>,

    /// Run the cases of a group (can be repeated)
    ///
    /// Example: --group pointer --group limits
    #[arg(long, value_name = "NAME")]
    pub group: Vec<String>,

    /// List the cases and end; -J lists them in JSON
    ///
    /// Example: --list-cases, --list-cases -J
    #[arg(long)]
    pub list_cases: bool,

    /// Read known deviations of a platform from FILE: lines of id=outcome
    ///
    /// The id is that of a case, or heap.case. Such an outcome is reported as known; if the kernel answers
    /// as it should after all, that is a failure, so that the file is kept up to date.
    ///
    /// Example: --expect board.txt
    #[arg(long, value_name = "FILE")]
    pub expect: Option<PathBuf>,

    /// Run nothing more after the first failure
    ///
    /// Example: --fail-fast
    #[arg(long)]
    pub fail_fast: bool,

    /// Let known deviations fail
    ///
    /// Example: --strict
    #[arg(long)]
    pub strict: bool,

    /// Send N random requests instead, and compare each with the rules that dmaheap knows
    ///
    /// A difference is sent again alone, made as plain as it can be, and printed.
    ///
    /// Example: --fuzz 100000
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with_all = ["case", "group", "expect", "list_cases"])]
    pub fuzz: Option<u64>,

    /// Begin the random requests at this seed; by default one is made up, and printed
    ///
    /// Example: --fuzz 1000 --seed 42
    #[arg(long, value_name = "S", requires = "fuzz")]
    pub seed: Option<u64>,

    /// Structure of the request: auto, mainline (24 bytes), or v12 (the 2019 series, 32 bytes)
    ///
    /// auto asks the kernel which it knows.
    ///
    /// Example: --abi v12
    #[arg(long, value_name = "ABI", value_enum, default_value = "auto", hide_possible_values = true)]
    pub abi: AbiName,

    /// Run the cases of the group unsafe too, which let the OOM killer loose
    ///
    /// The process that sends them makes itself the first victim (oom_score_adj 1000). That is no promise.
    ///
    /// Example: --unsafe --group unsafe
    #[arg(long)]
    pub r#unsafe: bool,

    /// Open nodes that cannot be verified to be heaps
    ///
    /// Without /proc and /sys nothing tells what device a node stands for.
    ///
    /// Example: --force --heap system
    #[arg(long)]
    pub force: bool,

    /// How to print the results.
    #[command(flatten)]
    pub output: Output,
}

/// Runs the verb.
///
/// # Errors
/// A heap that was named and cannot be opened, an unreadable or unwritable file, an unwritable stdout.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let selection =
        Selection { globs: args.case.clone(), groups: args.group.clone(), with_harm: args.r#unsafe || args.list_cases };
    let cases = selection.cases().map_err(|unmatched| UsageError(unmatched.0))?;
    if args.list_cases {
        print::cases(&args.output, &cases)?;
        return Ok(Exit::Success);
    }
    let expectations = args.expect.as_deref().map_or_else(|| Ok(Expectations::default()), expectations)?;
    let root = Root::machine();
    let heaps = open(args, &root)?;
    let facts = heaps.first().map(|heap| heap.facts(forced(args.abi)));

    let count = if args.fuzz.is_some() { None } else { Some(heaps.len() * cases.len()) };
    let mut printer = Printer::new(&args.output, args.strict);
    if let Some(facts) = &facts {
        tell_of_abi(facts);
        printer.begin(facts, count)?;
        for heap in &heaps {
            match args.fuzz {
                Some(count) => {
                    fuzz_heap(&mut printer, heap, facts, count, args.seed.unwrap_or_else(Random::fresh_seed))?
                }
                None => run_cases(args, &root, &mut printer, heap, facts, &expectations, &cases)?,
            }
        }
    }
    let (findings, summary) = printer.end()?;
    if let Some(path) = &args.output.junit {
        write(path, &crate::report::junit::document(&findings))?;
    }
    Ok(exit(&summary))
}

fn exit(summary: &Summary) -> Exit {
    if summary.fail > 0 {
        Exit::Failure
    } else if summary.total() == summary.skip {
        Exit::Nothing
    } else {
        Exit::Success
    }
}

fn forced(abi: AbiName) -> Option<model::Abi> {
    match abi {
        AbiName::Auto => None,
        AbiName::Mainline => Some(model::Abi::Mainline),
        AbiName::V12 => Some(model::Abi::V12),
    }
}

/// The heaps that were named, or all that may be probed unasked.
fn open(args: &Args, root: &Root) -> Result<Vec<Probed>, Error> {
    if !args.heap.is_empty() {
        return args.heap.iter().map(|selector| domain::named_heap(root, selector, args.force)).collect();
    }
    let (open, closed) = domain::default_heaps(root);
    for heap in &closed {
        output::talk(&crate::report::escape::escaped(&format!("not probed: {} ({})", heap.name, heap.access)));
    }
    if open.is_empty() && closed.is_empty() {
        output::talk("no heap to probe");
        output::hint("`dmaheap list` tells why; a heap that is neither system nor cma is probed when named by --heap");
    }
    Ok(open)
}

fn tell_of_abi(facts: &Facts) {
    if let facts::AbiFound::Unknown(answers) = &facts.abi {
        output::talk(&format!("warning: an ABI that dmaheap does not know ({answers}); it is probed as mainline's"));
        output::hint("--abi mainline or --abi v12 says which one to compare with");
    }
}

fn run_cases(
    args: &Args,
    root: &Root,
    printer: &mut Printer<'_>,
    heap: &Probed,
    facts: &Facts,
    expectations: &Expectations,
    cases: &[(&'static str, &'static Case)],
) -> anyhow::Result<()> {
    for case in cases {
        let finding = if args.fail_fast && printer.has_failed() {
            // A plan was announced: what is left of it is accounted for.
            heap.left_out(facts, *case, "not run after the first failure (--fail-fast)")
        } else {
            heap.run(root, facts, expectations, *case)
        };
        printer.add(finding)?;
    }
    Ok(())
}

fn fuzz_heap(printer: &mut Printer<'_>, heap: &Probed, facts: &Facts, count: u64, seed: u64) -> anyhow::Result<()> {
    let start = Instant::now();
    let outcome = fuzz::run(heap, facts, count, seed);
    for finding in outcome.findings(heap, facts, seed, start) {
        printer.add(finding)?;
    }
    Ok(())
}

fn expectations(path: &Path) -> anyhow::Result<Expectations> {
    let text = std::fs::read_to_string(path).map_err(|error| Error::errno("read", path.display(), errno_of(&error)))?;
    Ok(Expectations::parse(&text).map_err(|reason| UsageError(format!("{}: {reason}", path.display())))?)
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    std::fs::write(path, text).map_err(|error| Error::errno("write", path.display(), errno_of(&error)))
}

/// A deviation that is known counts as a failure with `--strict`.
fn judged(mut finding: Finding, strict: bool) -> Finding {
    if strict && finding.verdict == Verdict::Known {
        finding.verdict = Verdict::Fail;
    }
    finding
}
