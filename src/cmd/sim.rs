//! `dmaheap sim`

use super::Manual;
use crate::args::duration::duration;
use crate::cmd::message;
use crate::exit::Exit;
use crate::host::simulation::{UNIMITATED, Unimitated};
use crate::model::{Abi, Kernel, Release};
use crate::sim::{self, Backing, DEFAULT_CAPACITY, HeapKind, HeapOption, InjectedFault, Options, Rule, RunFailure};
use crate::size;
use crate::sys::process::signals;
use crate::sys::process::wait::ExitStatus;
use crate::sys::system;
use crate::ui::output;
use std::ffi::{CString, OsString};
use std::os::unix::ffi::OsStrExt;

/// Run a command against simulated heaps, without privileges
///
/// The command and all that it starts see /dev/dma_heap as on a machine with heaps: a seccomp filter
/// hands their system calls to dmaheap, which answers as the kernel does. The command need not know of
/// it and may be static or 32-bit. The status is the command's; 125 if the simulation cannot start, 126
/// if the command cannot be executed, 127 if it is not found.
///
/// It is a test double, not a security boundary; dmaheap-sim(1) lists what it cannot imitate.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Args {
    /// Which allocation request the heaps know
    ///
    /// Example: --abi v12
    #[arg(long, value_name = "ABI", value_enum, default_value = "mainline")]
    pub abi: SimulatedAbi,

    /// Answer as this release of the kernel, and name CMA heaps as it does
    ///
    /// Until 6.16 the default area's heap is called reserved, from 6.17 on default_cma_region, and from
    /// 6.19 on a second node, reserved, gives the same memory. Without this option the answers are those
    /// of 6.12, with the name of 6.17.
    ///
    /// Example: --kernel 6.19
    #[arg(long, value_name = "RELEASE", value_parser = release)]
    pub kernel: Option<Release>,

    /// A heap that there is (repeatable; default: system, default_cma_region=cma:64M)
    ///
    /// KIND is system, which NAME alone means, cma, or protected, as a heap of a TEE, whose buffers
    /// cannot be mapped. The latter two have SIZE bytes for all their buffers, 64M unless given, and
    /// answer ENOMEM beyond; a buffer counts until its last descriptor and mapping is gone. The system
    /// heap is bounded by the memory budget of dmaheap-alloc(1).
    ///
    /// Example: --heap system --heap linux,cma=cma:32M --heap protected,secure-video=protected
    #[arg(long, value_name = "NAME[=KIND[:SIZE]]", value_parser = heap)]
    pub heap: Vec<HeapOption>,

    /// What buffers are made of
    ///
    /// udmabuf gives real dma-bufs where /dev/udmabuf may be opened: O_RDWR only (other
    /// access modes are refused by name), at most 64 MiB each, and only system heaps, as the end of such
    /// a buffer is not heard of.
    ///
    /// Example: --backing udmabuf
    #[arg(long, value_name = "WHAT", value_enum, default_value = "memfd")]
    pub backing: BackingChoice,

    /// Make something go wrong (repeatable; rule:list prints the rules that can be broken)
    ///
    /// efault-leak: the kernel before the 2026 fix, which leaves an fd behind where it cannot write the
    /// reply. enomem-after=N: every allocation after N fails. slow=DURATION: requests on a heap are
    /// answered that much later, each by itself. flip-after=N: after N requests DMA_BUF_IOCTL_SYNC the next
    /// that ends a write changes a byte of its buffer, once. keep-fd-after=N: allocation N leaves a second
    /// descriptor in the program, of which it is not told. keep-fd-at-sync=N: so does request N
    /// DMA_BUF_IOCTL_SYNC, in whichever process makes it. rule:ID: one rule is broken.
    ///
    /// Example: --fault enomem-after=3
    #[arg(long, value_name = "FAULT", value_parser = fault)]
    pub fault: Vec<FaultArgument>,

    /// The command and its arguments
    ///
    /// Example: dmaheap sim -- ls -l /dev/dma_heap
    #[arg(required_unless_present_any = ["fault"], trailing_var_arg = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
pub(crate) enum SimulatedAbi {
    /// Linux 5.6 and later
    Mainline,
    /// The 2019 patch series, version 12
    V12,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
pub(crate) enum BackingChoice {
    /// Anonymous memory: every access mode
    Memfd,
    /// Real dma-bufs of /dev/udmabuf, O_RDWR only
    Udmabuf,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum FaultArgument {
    Fault(InjectedFault),
    ListRules,
}

pub(crate) const MANUAL: Manual = Manual { verb: "sim", columns: Vec::new, prose };

fn prose() -> String {
    let item = |entry: &Unimitated| {
        let cases: Vec<&str> = entry.cases.iter().map(|(case, _)| *case).collect();
        format!("- **{}**: {} Cases: {}.\n", entry.what, entry.differs, cases.join(", "))
    };
    include_str!("sim.md").replace("{unimitated}\n", &UNIMITATED.iter().map(item).collect::<String>())
}

fn heap(text: &str) -> Result<HeapOption, String> {
    // The last `=`: names may contain one, kinds do not.
    let (name, kind) = text.rsplit_once('=').unwrap_or((text, "system"));
    let (kind, size) = kind.split_once(':').map_or((kind, None), |(kind, size)| (kind, Some(size)));
    let page = system::page_size();
    let capacity = size.map_or(Ok(DEFAULT_CAPACITY), |size| size::parse(size, page));
    let capacity = || capacity.map(|capacity| capacity / page * page).map_err(|error| error.to_string());
    let kind = match kind {
        "system" if size.is_some() => return Err("a system heap has no size of its own".to_owned()),
        "system" => HeapKind::System,
        "cma" => HeapKind::Cma(capacity()?),
        "protected" => HeapKind::Protected(capacity()?),
        other => return Err(format!("`{other}` is no kind of heap: system, cma[:SIZE], protected[:SIZE]")),
    };
    Ok(HeapOption { name: name.to_owned(), kind })
}

fn release(text: &str) -> Result<Release, String> {
    /// The first with heaps.
    const FIRST: Release = Release(5, 6);
    let release = Release::parse(text).ok_or_else(|| "a release begins with two numbers, as 6.12 does".to_owned())?;
    if release < FIRST { Err("heaps came with Linux 5.6".to_owned()) } else { Ok(release) }
}

fn fault(text: &str) -> Result<FaultArgument, String> {
    match text.strip_prefix("rule:") {
        None => {}
        Some("list") => return Ok(FaultArgument::ListRules),
        Some(id) => {
            let rule = Rule::ALL
                .iter()
                .find(|rule| rule.id() == id)
                .map(|rule| FaultArgument::Fault(InjectedFault::Rule(*rule)));
            return rule.ok_or_else(|| format!("no rule has the id `{id}`; rule:list prints them"));
        }
    }
    let number = |text: &str, least: u64, what: &str| {
        text.parse().ok().filter(|number| *number >= least).ok_or_else(|| format!("`{text}` is no {what}"))
    };
    let fault = match text.split_once('=') {
        None if text == "efault-leak" => InjectedFault::EfaultLeak,
        Some(("enomem-after", count)) => InjectedFault::EnomemAfter(number(count, 0, "number of allocations")?),
        Some(("slow", delay)) => InjectedFault::Slow(duration(delay)?),
        Some(("flip-after", count)) => InjectedFault::FlipAfter(number(count, 0, "number of DMA_BUF_IOCTL_SYNC")?),
        Some(("keep-fd-after", at)) => {
            InjectedFault::KeepFdAfter(number(at, 1, "allocation, of which the first is 1")?)
        }
        Some(("keep-fd-at-sync", at)) => {
            InjectedFault::KeepFdAtSync(number(at, 1, "DMA_BUF_IOCTL_SYNC, of which the first is 1")?)
        }
        _ => {
            return Err(
                "efault-leak, enomem-after=N, slow=DURATION, flip-after=N, keep-fd-after=N, keep-fd-at-sync=N or \
                        rule:ID is expected"
                    .to_owned(),
            );
        }
    };
    Ok(FaultArgument::Fault(fault))
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut faults = Vec::new();
    for argument in &args.fault {
        match argument {
            FaultArgument::ListRules => return list_rules(),
            FaultArgument::Fault(fault) => faults.push(*fault),
        }
    }
    let backing = match args.backing {
        BackingChoice::Memfd => Backing::Memfd,
        BackingChoice::Udmabuf => Backing::Udmabuf,
    };
    let names = args.kernel.unwrap_or(Release(6, 17));
    let heaps = if args.heap.is_empty() { HeapOption::defaults(backing, names) } else { args.heap.clone() };
    let options = Options {
        abi: match args.abi {
            SimulatedAbi::Mainline => Abi::Mainline,
            SimulatedAbi::V12 => Abi::V12,
        },
        release: args.kernel.unwrap_or(Kernel::DEBIAN_6_12.release),
        heaps,
        backing,
        faults,
    };
    let command: Result<Vec<CString>, _> = args.command.iter().map(|part| CString::new(part.as_bytes())).collect();
    let Some(command) = command.ok().filter(|command| !command.is_empty()) else {
        return Err(super::UsageError("no COMMAND to run: dmaheap sim [OPTIONS] -- COMMAND".to_owned()).into());
    };
    match sim::run(&options, &command, message::error) {
        Ok(ExitStatus::Exited(status)) => Ok(Exit::Command(status)),
        Ok(ExitStatus::Killed(signal)) => Ok(Exit::Command(signals::die_by(signal))),
        Err(RunFailure::Simulation) => Ok(Exit::Wrapper),
        Err(RunFailure::NotExecutable) => Ok(Exit::NotExecutable),
        Err(RunFailure::NotFound) => Ok(Exit::NotFound),
    }
}

fn list_rules() -> anyhow::Result<Exit> {
    let text: String = Rule::ALL.iter().map(|rule| format!("{:<22}{}\n", rule.id(), rule.text())).collect();
    output::text(&text)?;
    Ok(Exit::Success)
}
