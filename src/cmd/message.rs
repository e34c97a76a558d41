//! How an error is printed, with the words of its hint: the domain knows no options.

use crate::error::{Error, Hint};
use crate::host::Unread;
use crate::sys::process::filter::{self, RefusedCall};
use crate::ui::output;
use std::borrow::Cow;

/// Writes an error and its hint to stderr.
pub(crate) fn print_error(error: &Error) {
    output::error(error);
    if let Some(hint) = error.hint() {
        output::hint(&hint_text(hint));
    }
    refused_calls(&filter::reasons(error.kernel_errno()));
}

/// Writes an error and its hint to stderr unless that would block: a verb that serves others must not wait for a
/// reader.
pub(crate) fn try_print_error(error: &Error) {
    if output::takes_messages() {
        print_error(error);
    }
}

/// Names the system calls that a filter refuses to this process, by which something may just have failed.
fn refused_calls(refusals: &[RefusedCall]) {
    if !refusals.is_empty() {
        let calls: Vec<String> = refusals.iter().map(ToString::to_string).collect();
        let or =
            if refusals.iter().any(|refusal| refusal.may_be_the_kernels()) { ", or this kernel lacks" } else { "" };
        output::hint(&format!("a filter of system calls (seccomp) denies this process{or}: {}", calls.join(", ")));
    }
}

/// Reports, as [`print_error`] does, where it was a filter that kept these paths from being read.
pub(crate) fn refused_reads(unread: &[Unread]) {
    if !unread.is_empty() {
        let mut refusals = filter::refusals();
        refusals.retain(|refusal| unread.iter().any(|unread| unread.errno == refusal.errno));
        refused_calls(&refusals);
    }
}

fn hint_text(hint: &Hint) -> Cow<'_, str> {
    match hint {
        Hint::Text(text) => text.as_str(),
        Hint::FewerJobs(what) => return format!("use fewer --jobs, which need fewer {what}").into(),
        Hint::SmallerSizesOrFewerJobs => "use smaller sizes or fewer --jobs",
        Hint::Force => "where a heap does not refuse this, the kernel kills processes; --force sends it anyway",
        Hint::ForceUnverified => "mount /proc or /sys, or use --force if you know that it is a heap",
        Hint::NoHeaps => "run `dmaheap doctor` to find out why, or try `dmaheap sim -- dmaheap …`",
        Hint::TryV12 => "the driver does not support the mainline request; try --abi v12",
        Hint::TryMainline => "the driver does not support the v12 request; try --abi mainline",
        Hint::AllocateFromHeap => "allocate a buffer from the heap with dmaheap exec, hold or alloc",
        Hint::AllocateReadable => "allocate with --access rw or ro: a mapping always needs read access",
        Hint::AllocateWritable => "allocate with --access rw: a writable mapping also needs read access",
        Hint::OrHandOver(first) => {
            return format!("{first}or have that process serve the buffer (dmaheap hold --listen) and use --from-socket").into();
        }
        Hint::SmallerRange => "use smaller ranges (--offset, --length)",
        Hint::WholeRest => "omit --length to take everything after the offset",
        Hint::ShorterRange(rest) => return format!("--length {rest} ends at the end of the buffer").into(),
        Hint::NoSync => "use --sync none to access it anyway",
        Hint::WordAccess => "it may be device memory: try --access-width 32, which uses only aligned 32-bit accesses",
        Hint::WordAccessOrTruncated => "its file was truncated, or it is device memory: try --access-width 32",
        Hint::OtherDescriptor => "choose another with --at-fd N, or use --replace",
        Hint::ReadyDescriptor => "open it for the command: dmaheap hold --ready-fd 4 4>FILE",
        Hint::AnyDescriptor => "recv --any-fd also accepts other descriptors",
        Hint::LongerTimeout => "use --peer-timeout to give the other end more time",
        Hint::ListenersReady => "`hold --listen` and `recv --listen` print `ready` once they accept connections",
        Hint::Receive => "it is a `hold --listen` or the like: take its buffers with `dmaheap recv`",
        Hint::HoldLess => {
            "use a smaller --max-hold or --max-size; --force runs anyway, at the risk of being killed"
        }
        Hint::HoldFewer => "use a smaller --max-hold",
        Hint::BackWithoutUdmabuf => {
            "--backing udmabuf needs CONFIG_UDMABUF and access to the device; --backing memfd needs neither"
        }
        Hint::BackWithMemfd => "--backing memfd supports every access mode",
        Hint::OneSupervisor => {
            "a process can have only one supervisor: sim runs neither inside another `dmaheap sim` nor in a container that uses seccomp notification"
        }
    }
    .into()
}
