//! How an error is printed, with the words of its hint: the domain knows no options.

use crate::error::{Error, Hint};
use crate::host::Unread;
use crate::sys::process::filter;
use crate::sys::{Errno, errno_name};
use crate::ui::output;
use std::borrow::Cow;

/// Writes an error and its hint to stderr.
pub(crate) fn error(error: &Error) {
    output::error(error);
    if let Some(hint) = error.hint() {
        output::hint(&words(hint));
    }
    error.kernel_errno().into_iter().for_each(refused_calls);
}

/// Writes an error and its hint to stderr if that takes them now, for who serves others and must not wait for a reader.
pub(crate) fn notice(notice: &Error) {
    if output::takes_messages() {
        error(notice);
    }
}

/// Names the system calls that a filter refuses to this process with `errno`, which something has just failed with.
fn refused_calls(errno: Errno) {
    let calls = filter::refused(errno);
    if !calls.is_empty() {
        let calls: Vec<String> = calls.iter().map(|call| format!("{call} ({})", errno_name(errno))).collect();
        output::hint(&format!("a filter of system calls (seccomp) refuses to this process: {}", calls.join(", ")));
    }
}

/// As [`error`] does: says where it was a filter that kept these paths from being read.
pub(crate) fn refused_reads(unread: &[Unread]) {
    let mut errnos: Vec<Errno> = unread.iter().map(|unread| unread.errno).collect();
    errnos.sort_unstable_by_key(|errno| *errno as i32);
    errnos.dedup();
    errnos.into_iter().for_each(refused_calls);
}

fn words(hint: &Hint) -> Cow<'_, str> {
    match hint {
        Hint::Text(text) => text.as_str(),
        Hint::FewerJobs(what) => return format!("fewer --jobs need fewer {what}").into(),
        Hint::SmallerSizesOrFewerJobs => "smaller sizes and fewer --jobs need less",
        Hint::Force => "where a heap does not refuse this, the kernel kills processes; --force sends it anyway",
        Hint::ForceUnverified => "mount /proc or /sys, or use --force if you know that it is a heap",
        Hint::NoHeaps => "there is no heap here; `dmaheap list` tells why",
        Hint::TryV12 => "the driver does not know mainline's request; try --abi v12",
        Hint::TryMainline => "the driver does not know the request of the v12 series; try --abi mainline",
        Hint::AllocateFromHeap => "buffers are allocated from a heap: dmaheap exec, hold, alloc",
        Hint::AllocateReadable => "a mapping always reads: allocate with --access rw or ro",
        Hint::AllocateWritable => "a mapping that writes also reads: allocate with --access rw",
        Hint::OrHandOver(first) => {
            return format!("{first}or let it hand the buffer over: dmaheap hold --listen, --from-socket").into();
        }
        Hint::SmallerRange => "take smaller ranges: --offset and --length",
        Hint::WholeRest => "leave --length out for all that follows the offset",
        Hint::ShorterRange(rest) => return format!("--length {rest} takes what it has from this offset on").into(),
        Hint::NoSync => "--sync none accesses it without",
        Hint::WordAccess => "it may be device memory: try --width 32, which makes aligned 32-bit accesses only",
        Hint::WordAccessOrTruncated => "its file was truncated, or it is device memory: try --width 32",
        Hint::OtherDescriptor => "--at-fd N begins elsewhere, --replace closes what is there",
        Hint::ReadyDescriptor => "open it for the command: dmaheap hold --ready-fd 4 4>FILE",
        Hint::AnyDescriptor => "recv --any-fd takes other descriptors too",
        Hint::LongerTimeout => "--peer-timeout gives the other end more time",
        Hint::ListenersReady => "`hold --listen` and `recv --listen` say `ready` when one can connect",
        Hint::Receive => "it is a `hold --listen` or the like: take its buffers with `dmaheap recv`",
        Hint::HoldLess => {
            "a smaller --max-hold or --max-size fits; --force runs all the same, at the risk of being killed"
        }
        Hint::HoldFewer => "a smaller --max-hold needs fewer",
        Hint::BackWithoutUdmabuf => {
            "--backing udmabuf needs CONFIG_UDMABUF and access to the device; --backing memfd needs neither"
        }
        Hint::BackWithMemfd => "--backing memfd has every access mode",
        Hint::OneSupervisor => {
            "one process can be served by one supervisor only: not inside another `dmaheap sim`, nor in a container that uses seccomp notification"
        }
    }
    .into()
}
