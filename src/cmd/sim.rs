//! `dmaheap sim`

use super::Manual;
use crate::args::duration::duration;
use crate::cmd::message;
use crate::exit::Exit;
use crate::host::simulation::{UNIMITATED, Unimitated};
use crate::model::{Abi, Release};
use crate::sim::{
    self, Backing, DEFAULT_CAPACITY, HeapKind, HeapOption, InjectedFault, NodePermissions, Options, Rule, RunFailure,
};
use crate::size::{self, Human};
use crate::sys::process::signals;
use crate::sys::process::wait::ExitStatus;
use crate::sys::system;
use crate::ui::escape::escaped;
use crate::ui::output;
use std::ffi::{CString, OsString};
use std::os::unix::ffi::OsStrExt;

/// Run a command against simulated heaps, without privileges
///
/// The command and all its descendants see /dev/dma_heap as on a machine with heaps: a seccomp filter passes
/// their system calls to dmaheap, which answers as the kernel does. The command needs no changes and may be
/// static or 32-bit. The status is that of the command; 125 if the simulation cannot start, 126 if the
/// command cannot be executed, 127 if it is not found.
///
/// It is a test double, not a security boundary; WHAT IS NOT IMITATED in the manual has the differences.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Args {
    /// Choose the allocation request that the heaps support
    ///
    /// Example: --abi v12
    #[arg(long, value_name = "ABI", value_enum, default_value = "mainline")]
    pub abi: SimulatedAbi,

    /// Answer like this kernel release, and name CMA heaps as it does
    ///
    /// /proc/sys/kernel/osrelease then names this release; uname(2) does not. Until 6.16 the heap of the default area is named reserved, from 6.17 on default_cma_region, and from
    /// 6.19 on a second node, reserved, has the same memory. The default is the answers of 6.12 with the name
    /// of 6.17.
    ///
    /// Example: --kernel 6.19
    #[arg(long, value_name = "RELEASE", value_parser = release)]
    pub kernel: Option<Release>,

    /// Add a heap (can be repeated; default: system, default_cma_region=cma:64M)
    ///
    /// KIND is system (the default), cma, or protected: a heap of a TEE, whose buffers cannot be mapped. The
    /// latter two have SIZE bytes for all their buffers, by default 64M, and answer ENOMEM beyond that; a
    /// buffer counts until its last descriptor and mapping are gone. The system heap is limited by the memory
    /// budget of dmaheap-alloc(1).
    ///
    /// Example: --heap system --heap linux,cma=cma:32M --heap protected,secure-video=protected
    #[arg(long, value_name = "NAME[=KIND[:SIZE]]", value_parser = heap)]
    pub heap: Vec<HeapOption>,

    /// Give the heaps' nodes this mode; default: 0666
    ///
    /// A process that it keeps out gets EACCES, as from the kernel. Root with CAP_DAC_OVERRIDE is never kept
    /// out.
    ///
    /// Example: dmaheap sim --mode 0600 -- dmaheap doctor
    #[arg(long, value_name = "MODE", value_parser = mode, allow_hyphen_values = true)]
    pub mode: Option<u32>,

    /// Give the heaps' nodes this owner; default: 0:0
    ///
    /// Both are numbers. Without GID, the group is 0.
    ///
    /// Example: --mode 0660 --owner 0:44
    #[arg(long, value_name = "UID[:GID]", value_parser = owner, allow_hyphen_values = true)]
    pub owner: Option<(u32, u32)>,

    /// Choose what buffers are made of
    ///
    /// udmabuf gives real dma-bufs if /dev/udmabuf can be opened: O_RDWR only (other access modes are refused
    /// with an explanation), at most 64 MiB each, and only for system heaps, because the release of such a
    /// buffer cannot be observed.
    ///
    /// Example: --backing udmabuf
    #[arg(long, value_name = "WHAT", value_enum, default_value = "memfd")]
    pub backing: BackingChoice,

    /// Inject a fault (can be repeated; rule:list prints the rules that can be broken)
    ///
    /// efault-leak: the kernel before the 2026 fix, which leaves an fd behind if it cannot write the reply.
    /// enomem-after=N: every allocation after N fails. slow=DURATION: each request on a heap is answered that
    /// much later. flip-after=N: after N DMA_BUF_IOCTL_SYNC requests, the next one that ends a write changes
    /// a byte of its buffer, once. keep-fd-after=N: allocation N leaves a second, unreported descriptor in
    /// the program. keep-fd-at-sync=N: DMA_BUF_IOCTL_SYNC number N does so, in whichever process sends it.
    /// rule:ID: one rule is broken.
    ///
    /// Example: --fault enomem-after=3
    #[arg(long, value_name = "FAULT", value_parser = fault)]
    pub fault: Vec<FaultArgument>,

    /// Run this command; by default the shell in SHELL, or /bin/sh
    ///
    /// Example: dmaheap sim -- ls -l /dev/dma_heap
    #[arg(trailing_var_arg = true, value_name = "COMMAND")]
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
    /// Anonymous memory, with every access mode
    Memfd,
    /// Real dma-bufs from /dev/udmabuf, O_RDWR only
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
        let cases = if cases.is_empty() { String::new() } else { format!(" Cases: {}.", cases.join(", ")) };
        format!("- **{}**: {}{cases}\n", entry.what, entry.differs)
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
        other => {
            return Err(format!("unknown kind of heap `{other}`: expected system, cma[:SIZE] or protected[:SIZE]"));
        }
    };
    Ok(HeapOption { name: name.to_owned(), kind })
}

fn mode(text: &str) -> Result<u32, String> {
    let mode = u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o777 && !text.starts_with('+'));
    mode.ok_or_else(|| "expected an octal number from 0 to 0777, such as 0600".to_owned())
}

fn owner(text: &str) -> Result<(u32, u32), String> {
    let (uid, gid) = text.split_once(':').unwrap_or((text, "0"));
    // chown(2) takes the last number for no change.
    let id = |text: &str| text.parse().ok().filter(|id| *id != u32::MAX && !text.starts_with('+'));
    let owner = id(uid).zip(id(gid));
    owner.ok_or_else(|| "expected a user's number, or a user's and a group's such as 0:44".to_owned())
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
            return rule.ok_or_else(|| format!("unknown rule `{id}`; rule:list prints them"));
        }
    }
    let number = |text: &str, least: u64, what: &str| {
        text.parse().ok().filter(|number| *number >= least).ok_or_else(|| format!("`{text}` is not a {what}"))
    };
    let fault = match text.split_once('=') {
        None if text == "efault-leak" => InjectedFault::EfaultLeak,
        Some(("enomem-after", count)) => InjectedFault::EnomemAfter(number(count, 0, "number of allocations")?),
        Some(("slow", delay)) => InjectedFault::Slow(duration(delay)?),
        Some(("flip-after", count)) => InjectedFault::FlipAfter(number(count, 0, "number of DMA_BUF_IOCTL_SYNC")?),
        Some(("keep-fd-after", at)) => {
            InjectedFault::KeepFdAfter(number(at, 1, "number of an allocation, counted from 1")?)
        }
        Some(("keep-fd-at-sync", at)) => {
            InjectedFault::KeepFdAtSync(number(at, 1, "number of a DMA_BUF_IOCTL_SYNC, counted from 1")?)
        }
        _ => {
            return Err(
                "expected efault-leak, enomem-after=N, slow=DURATION, flip-after=N, keep-fd-after=N, keep-fd-at-sync=N or rule:ID"
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
        kernel: args.kernel,
        heaps,
        backing,
        nodes: nodes(args),
        faults,
    };
    let mut command = args.command.clone();
    if command.is_empty() {
        let shell = std::env::var_os("SHELL").filter(|shell| !shell.is_empty());
        command.push(shell.unwrap_or_else(|| "/bin/sh".into()));
        output::info(&escaped(&about(&options)));
    }
    // An argument cannot hold a NUL: it was one before.
    let command = command.iter().map(|part| CString::new(part.as_bytes())).collect::<Result<Vec<CString>, _>>()?;
    match sim::run(&options, &command, message::print_error) {
        Ok(ExitStatus::Exited(status)) => Ok(Exit::Command(status)),
        Ok(ExitStatus::Killed(signal)) => Ok(Exit::Command(signals::die_by(signal))),
        Err(RunFailure::Simulation) => Ok(Exit::Wrapper),
        Err(RunFailure::NotExecutable) => Ok(Exit::NotExecutable),
        Err(RunFailure::NotFound) => Ok(Exit::NotFound),
    }
}

fn nodes(args: &Args) -> NodePermissions {
    let usual = NodePermissions::default();
    let (uid, gid) = args.owner.unwrap_or((usual.uid, usual.gid));
    NodePermissions { mode: args.mode.unwrap_or(usual.mode), uid, gid }
}

/// What a shell that is started sees.
fn about(options: &Options) -> String {
    let heap = |heap: &HeapOption| match heap.kind.capacity() {
        Some(capacity) => format!("{} ({})", heap.name, Human(capacity)),
        None => heap.name.clone(),
    };
    let heaps: Vec<String> = options.heaps.iter().map(heap).collect();
    format!("this shell sees simulated heaps: {}; exit ends it", heaps.join(", "))
}

fn list_rules() -> anyhow::Result<Exit> {
    let text: String = Rule::ALL.iter().map(|rule| format!("{:<22}{}\n", rule.id(), rule.text())).collect();
    output::text(&text)?;
    Ok(Exit::Success)
}
