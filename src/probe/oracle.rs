//! What the model says of a request: the second witness beside the table, and the oracle of the fuzzer.

use super::memfd;
use super::outcome::Effects;
use super::request::{FilesLimit, Ioctl, Placement, RawRequest, RequestTarget, Show};
use crate::model::alloc::FdFate;
use crate::model::dmabuf::{self, BufferAction, BufferState, ExporterKind};
use crate::model::node::{self, Decision};
use crate::model::udmabuf::{self, NewUdmabuf, SourceFile};
use crate::model::vfs::VfsAnswer;
use crate::model::{AccessMode, Arg, Check, Errno, Kernel, Operation, Reply, Request};
use std::mem::offset_of;

/// A descriptor that stands for the one the kernel would give.
const NEW_FD: u32 = 0x7f;
const FD: usize = offset_of!(crate::uapi::dma_heap::AllocationData, fd);

/// The effects that the rules give for `raw`; `None` where they cannot know (another kind of file, an
/// answer of the file system).
pub(crate) fn predict(kernel: &Kernel, exporter: ExporterKind, raw: &RawRequest) -> Option<Effects> {
    let bytes = raw.bytes(kernel.abi, kernel.page_size, NEW_FD);
    let arg = argument(raw, &bytes);
    let request = Request::new(raw.number(kernel.abi).get());
    match raw.target {
        RequestTarget::Heap if exporter == ExporterKind::Udmabuf => Some(of_udmabuf(kernel, raw, request, &arg)),
        RequestTarget::Heap | RequestTarget::HeapOpened(_) => of_heap(kernel, raw, request, &arg),
        RequestTarget::Buffer => of_buffer(kernel, exporter, raw.files, request, &arg),
        _ => None,
    }
}

/// The memory at the pointer as the kernel finds it.
fn argument<'a>(raw: &RawRequest, bytes: &'a [u8]) -> Arg<'a> {
    match raw.place {
        Placement::Middle | Placement::Misaligned | Placement::LastBytes => Arg::new(bytes),
        Placement::ReadOnly => Arg::read_only(bytes),
        Placement::Straddling(count) => Arg::new(bytes.get(..count).unwrap_or(bytes)),
        Placement::NoAccess
        | Placement::Freed
        | Placement::Null
        | Placement::One
        | Placement::MinusOne
        | Placement::Kernel => Arg::fault(),
    }
}

fn of_heap(kernel: &Kernel, raw: &RawRequest, request: Request, arg: &Arg<'_>) -> Option<Effects> {
    match node::ioctl(kernel, request, arg) {
        Decision::Reject(reply) => Some(of_reply(&reply, arg)),
        Decision::Vfs(answer) => of_vfs(answer, arg),
        Decision::Allocate(plan) => {
            let shown = show(kernel, raw.show, plan.len(), plan.access(), plan.close_on_exec());
            let outcome = plan.finish(descriptor(kernel, raw.files, Check::FreeDescriptor));
            let returned = outcome.fd == FdFate::Returned;
            Some(Effects {
                error: outcome.result.err().map(Errno::raw),
                opened: usize::from(outcome.fd.is_open()),
                returned,
                changed: changes(&outcome.copy_out, arg, outcome.result.is_ok()),
                overrun: false,
                shown: shown.filter(|_| returned),
            })
        }
    }
}

/// The effects of a request to the device of udmabuf, which the VFS leaves to it.
fn of_udmabuf(kernel: &Kernel, raw: &RawRequest, request: Request, arg: &Arg<'_>) -> Effects {
    let seals = if let Ioctl::Udmabuf(_, argument) = raw.ioctl { argument.seals } else { None };
    let memfd = SourceFile::Memfd { size: memfd::PAGES * kernel.page_size, seals: seals.unwrap_or_default() };
    let open = |fd| (fd == NEW_FD).then_some(if seals.is_some() { memfd } else { SourceFile::Other });
    let made = udmabuf::ioctl(kernel, request, arg, open)
        .and_then(|made| descriptor(kernel, raw.files, Check::UdmabufDescriptor).map(|_| made));
    match made {
        Err(errno) => of_reply(&Reply::err(errno), arg),
        Ok(NewUdmabuf { size, close_on_exec }) => {
            let shown = show(kernel, raw.show, size, AccessMode::ReadWrite, close_on_exec);
            Effects { opened: 1, returned: true, shown, ..Effects::default() }
        }
    }
}

fn of_buffer(
    kernel: &Kernel,
    exporter: ExporterKind,
    files: FilesLimit,
    request: Request,
    arg: &Arg<'_>,
) -> Option<Effects> {
    let buffer = BufferState { size: kernel.page_size, access: AccessMode::ReadWrite, exporter, begun: false };
    match dmabuf::ioctl(kernel, request, arg, &buffer) {
        BufferAction::Reply(reply) => Some(of_reply(&reply, arg)),
        BufferAction::Vfs(answer) => of_vfs(answer, arg),
        BufferAction::Sync { .. } | BufferAction::SetName(_) => Some(Effects::default()),
        BufferAction::ImportSyncFile { fd, .. } if fd != NEW_FD as i32 && kernel.has(Check::ImportFence) => {
            Some(of_reply(&Reply::err(Errno::EINVAL), arg))
        }
        BufferAction::ImportSyncFile { .. } => Some(Effects::default()),
        BufferAction::ExportSyncFile(plan) => {
            let outcome = plan.finish(descriptor(kernel, files, Check::ExportDescriptor));
            let (error, is_open) = (outcome.result.err().map(Errno::raw), outcome.fd.is_open());
            Some(Effects { error, opened: usize::from(is_open), returned: is_open, ..Effects::default() })
        }
    }
}

/// The new descriptor, if `check` finds room for it.
fn descriptor(kernel: &Kernel, files: FilesLimit, check: Check) -> Result<u32, Errno> {
    if files == FilesLimit::Free || !kernel.has(check) { Ok(NEW_FD) } else { Err(Errno::EMFILE) }
}

fn of_vfs(answer: VfsAnswer, arg: &Arg<'_>) -> Option<Effects> {
    match answer {
        VfsAnswer::Reply(reply) => Some(of_reply(&reply, arg)),
        VfsAnswer::Effect(_) => Some(Effects::default()),
        VfsAnswer::Depends { .. } => None,
    }
}

fn of_reply(reply: &Reply, arg: &Arg<'_>) -> Effects {
    Effects {
        error: reply.result.err().map(Errno::raw),
        changed: changes(&reply.copy_out, arg, false),
        ..Effects::default()
    }
}

/// Whether a copy out changes more than the descriptor's field of a request that succeeded.
fn changes(copy_out: &[u8], arg: &Arg<'_>, succeeded: bool) -> bool {
    if arg.bytes.starts_with(copy_out) {
        return false;
    }
    let differs = |(at, (new, old)): (usize, (&u8, &u8))| new != old && !(succeeded && (FD..FD + 4).contains(&at));
    copy_out.iter().zip(arg.bytes).enumerate().any(differs)
}

fn show(kernel: &Kernel, show: Show, size: u64, access: AccessMode, close_on_exec: bool) -> Option<String> {
    match show {
        Show::Nothing | Show::Vfs => None,
        Show::Pages => Some(pages(size, kernel.page_size)),
        Show::Flags => Some(flags(access, close_on_exec)),
    }
}

/// Shows the value of a successful call.
pub(super) fn answer(operation: Operation, value: u64, page_size: u64) -> String {
    match operation {
        Operation::Poll { .. } => format!("done {value:#x}"),
        Operation::Lseek { .. } => format!("done {}", pages(value, page_size)),
        _ => "done".to_owned(),
    }
}

/// Shows a size: `2p`.
pub(super) fn pages(bytes: u64, page_size: u64) -> String {
    if bytes % page_size == 0 { format!("{}p", bytes / page_size) } else { format!("{bytes} bytes") }
}

/// Shows the flags of a descriptor: `rw cloexec`.
pub(super) fn flags(access: AccessMode, close_on_exec: bool) -> String {
    let mode = match access {
        AccessMode::ReadOnly => "ro",
        AccessMode::WriteOnly => "wo",
        AccessMode::ReadWrite => "rw",
        AccessMode::Neither => "none",
    };
    format!("{mode}{}", if close_on_exec { " cloexec" } else { "" })
}
