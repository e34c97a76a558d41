//! Finding out what kernel this is, before any case and in children.

use super::child;
use super::context::CaseContext;
use super::exchange::send;
use super::facts::{AbiFound, Facts};
use super::memory::RequestMemory;
use super::observation::Observation;
use super::outcome::Effects;
use super::request::{Len, Placement, RawRequest};
use crate::heap::{MemoryKind, abi};
use crate::host::config::{self, Config};
use crate::host::{Root, simulation};
use crate::model::{Abi, Kernel, LongBits, Release};
use crate::sys::probe::arena::Reach;
use crate::sys::probe::raw_ioctl;
use crate::sys::{Errno, system};
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::time::{Duration, Instant};

/// Asks the kernel behind `heap`; with `forced`, not by which ABI. One that is not a heap has none, and refuses what
/// heaps are asked.
pub(super) fn detect(
    root: &Root,
    (heap, path, is_a_heap): (BorrowedFd<'_>, &Path, bool),
    forced: Option<Abi>,
) -> Facts {
    let (release, machine) = system::kernel();
    let release = config::release(root).unwrap_or(release);
    let simulated = simulation::is_simulated();
    // What the machine's kernel has says nothing about a simulated one.
    let config = if simulated { None } else { Config::of(root) };
    let mut facts = Facts {
        kernel: Kernel {
            abi: forced.unwrap_or(Abi::Mainline),
            // Anything but a release counts as older than all rules that changed.
            release: Release::parse(&release).unwrap_or(Release(0, 0)),
            page_size: system::page_size(),
            long_bits: long_bits(&machine),
            efault_fixed: true,
            sync_file: true,
            ..Kernel::DEBIAN_6_12
        },
        abi: AbiFound::Forced,
        release: format!("{release} {machine}"),
        no_compat: None,
        sync_file: config.map(|config| config.value("SYNC_FILE") == Some("y")),
        simulated,
        limit: child::LIMIT,
    };
    facts.limit = measure_limit(&facts, heap, path);
    facts.no_compat = find_compat(facts.limit);
    if !is_a_heap {
        return Facts { abi: AbiFound::NotAsked, ..facts };
    }
    if forced.is_none() {
        (facts.kernel.abi, facts.abi) = find_abi(&facts, heap, path);
    }
    facts.kernel.efault_fixed = is_efault_fixed(&facts, heap, path);
    facts
}

/// Whether the kernel has the fix of the EFAULT leak. Where nothing can be allocated, a refusal decides as well: before
/// the fix it was copied back.
fn is_efault_fixed(facts: &Facts, heap: BorrowedFd<'_>, path: &Path) -> bool {
    let read_only = |request: RawRequest| ask(facts, heap, path, request.at(Placement::ReadOnly));
    let (refused, good) = (Effects::refused(Errno::EFAULT), read_only(RawRequest::GOOD));
    if good.as_ref() == Ok(&refused) {
        return true;
    }
    let leaked = Effects { opened: 1, ..refused.clone() };
    good != Ok(leaked) && read_only(RawRequest::GOOD.len(Len::Bytes(0))) != Ok(refused)
}

/// Asks the questions of [`abi`] in a child each, whatever a driver makes of them.
fn find_abi(facts: &Facts, heap: BorrowedFd<'_>, path: &Path) -> (Abi, AbiFound) {
    let empty = RawRequest::GOOD.len(Len::Bytes(0));
    let answers = abi::QUESTIONS.map(|number| ask(facts, heap, path, empty.raw(number)));
    let refusals = answers.each_ref().map(|answer| answer.as_ref().ok().and_then(Effects::refusal));
    if let Some(abi) = abi::by_refusals(refusals) {
        return (abi, AbiFound::Asked);
    }
    let [unknown, short, long] = answers.map(|answer| match answer {
        Ok(effects) => effects.to_string(),
        Err(end) => end.skipped.unwrap_or(end.outcome),
    });
    (Abi::Mainline, AbiFound::Unknown(format!("number 1: {unknown}, 24 bytes: {short}, 32 bytes: {long}")))
}

/// Measures how long a case may take here, from what one takes that asks for nothing.
fn measure_limit(facts: &Facts, heap: BorrowedFd<'_>, path: &Path) -> Duration {
    let start = Instant::now();
    // Only how long it takes is of interest.
    let _ = ask(facts, heap, path, RawRequest::GOOD.len(Len::Bytes(0)));
    let elapsed = start.elapsed();
    // One that hangs says nothing about the machine.
    if elapsed >= facts.limit { child::LIMIT } else { child::limit_where_nothing_takes(elapsed) }
}

/// Sends `request` in a child. Returns what it does, or what becomes of the child.
fn ask(facts: &Facts, heap: BorrowedFd<'_>, path: &Path, request: RawRequest) -> Result<Effects, Observation> {
    let context = CaseContext { heap, path, kind: MemoryKind::Unknown, facts, log: None, signals: None };
    let sent = || -> crate::sys::Result<Effects> {
        let memory = RequestMemory::new(facts.kernel.page_size, Reach::Native)?;
        Ok(send(&context, &memory, &request)?.effects)
    };
    let (answer, _) =
        child::report(facts.limit, None, |_| sent().map_err(|errno| Observation::unprepared("ask", errno)));
    answer?
}

/// Tries the 32-bit entry, of which a child may die.
fn find_compat(limit: Duration) -> Option<String> {
    const NOT_X86: i32 = Errno::EOPNOTSUPP as i32;
    let (answer, _) = child::report(limit, None, |_| {
        raw_ioctl::compat_getpid().map(|pid| pid == std::process::id()).map_err(|errno| errno as i32)
    });
    let reason = match answer {
        Ok(Ok(true)) => return None,
        Ok(Err(NOT_X86)) => "the 32-bit entry is tried on x86-64 only",
        Ok(_) => "the 32-bit entry does not work here",
        Err(Observation { skipped: Some(reason), .. }) => return Some(reason),
        Err(_) => "this kernel has no 32-bit entry (CONFIG_IA32_EMULATION)",
    };
    Some(reason.to_owned())
}

/// Takes the name of the machine in uname(2): a 32-bit program may run on a 64-bit kernel.
fn long_bits(machine: &str) -> LongBits {
    let is_64 = machine.contains("64") || machine.starts_with("s390x");
    if is_64 || cfg!(target_pointer_width = "64") { LongBits::Bits64 } else { LongBits::Bits32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_tells_the_width() {
        assert_eq!(long_bits("x86_64"), LongBits::Bits64);
        assert_eq!(long_bits("aarch64"), LongBits::Bits64);
        assert_eq!(
            long_bits("armv7l"),
            if cfg!(target_pointer_width = "64") { LongBits::Bits64 } else { LongBits::Bits32 }
        );
    }
}
