//! Sending a request, and looking at everything that it did.

use super::context::{CaseContext, OpenTarget};
use super::memory::{Exchange, Payload, RequestMemory};
use super::oracle;
use super::request::{BufferArgument, FilesLimit, Ioctl, RawRequest, Show, SyncFileFd};
use crate::model::AccessMode;
use crate::sys::fd::{descriptor, file, oflags, status};
use crate::sys::probe::operation;
use crate::sys::probe::raw_ioctl::CallFd;
use crate::sys::{Errno, Result};
use crate::uapi::dma_buf::IOCTL_EXPORT_SYNC_FILE;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// Sends `request` to what it names.
///
/// # Errors
/// Fails if the target cannot be opened, and without memory.
pub(crate) fn send(context: &CaseContext<'_>, memory: &RequestMemory, request: &RawRequest) -> Result<Exchange> {
    match context.target(request.target)? {
        OpenTarget::Heap => send_to(context, memory, request, CallFd::Open(context.heap)),
        OpenTarget::None => send_to(context, memory, request, CallFd::None),
        OpenTarget::Fd(fd) | OpenTarget::Pair(fd, _) => send_to(context, memory, request, CallFd::Open(fd.as_fd())),
    }
}

/// Sends `request` to `fd`.
pub(crate) fn send_to(
    context: &CaseContext<'_>,
    memory: &RequestMemory,
    request: &RawRequest,
    fd: CallFd<'_>,
) -> Result<Exchange> {
    let kernel = &context.facts.kernel;
    let own = match request.ioctl {
        Ioctl::Udmabuf(_, argument) => argument.memfd(kernel.page_size)?,
        _ => exported(context, memory, request, fd)?,
    };
    let own_fd = own.as_ref().map_or(context.heap, AsFd::as_fd).as_raw_fd() as u32;
    context.announce(|| request.describe(kernel.abi, kernel.page_size, own_fd));
    let bytes = request.bytes(kernel.abi, kernel.page_size, own_fd);
    let mut call = request.number(kernel.abi).to(fd);
    (call.fd_high, call.request_high) = (request.fd_high, request.request_high);
    let payload = Payload {
        bytes: &bytes,
        place: request.place,
        entry: request.entry,
        number: request.new_fd(kernel.abi),
        returns_fd: matches!(request.ioctl, Ioctl::Udmabuf(..)),
        no_files: request.files == FilesLimit::Zero,
        is_output: request.show == Show::Vfs,
    };
    let full = if request.files == FilesLimit::Full { fill_up()? } else { Vec::new() };
    let mut exchange = memory.exchange(call, &payload)?;
    drop(full);
    if let Some(fd) = &exchange.returned {
        exchange.effects.shown = show(request.show, kernel.page_size, fd.as_fd())?;
    }
    Ok(exchange)
}

/// The sync_file that `request` to `fd` needs. Without sync_files it is missing, which the request itself shows.
fn exported(
    context: &CaseContext<'_>,
    memory: &RequestMemory,
    request: &RawRequest,
    fd: CallFd<'_>,
) -> Result<Option<OwnedFd>> {
    if !matches!(request.ioctl, Ioctl::Buffer(_, BufferArgument::SyncFile { file: SyncFileFd::Exported, .. })) {
        return Ok(None);
    }
    let argument = BufferArgument::SyncFile { flags: 3, file: SyncFileFd::Number(-1) };
    let export = send_to(context, memory, &RawRequest::of_buffer(IOCTL_EXPORT_SYNC_FILE, argument), fd)?;
    match export.effects.error.map(Errno::from_raw) {
        None | Some(Errno::ENOTTY) => Ok(export.returned),
        Some(errno) => Err(errno),
    }
}

/// Opens descriptors until there is no room for another.
fn fill_up() -> Result<Vec<OwnedFd>> {
    let mut held = vec![operation::memory_file()?];
    while let Some(last) = held.last() {
        match descriptor::duplicate(last.as_fd()) {
            Ok(fd) => held.push(fd),
            Err(Errno::EMFILE) => break,
            Err(errno) => return Err(errno),
        }
    }
    Ok(held)
}

/// Shows what the case looks at in a new buffer.
fn show(show: Show, page_size: u64, fd: BorrowedFd<'_>) -> Result<Option<String>> {
    match show {
        Show::Nothing | Show::Vfs => Ok(None),
        Show::Pages => Ok(Some(oracle::pages(file::seek_end(fd)?, page_size))),
        Show::Flags => {
            let flags = status::open_flags(fd)?;
            let rest = flags & !(oflags::ACCESS_MASK | oflags::CLOEXEC);
            let text = oracle::flags(AccessMode::from_flags(flags), flags & oflags::CLOEXEC != 0);
            Ok(Some(if rest == 0 { text } else { format!("{text} {rest:#x}") }))
        }
    }
}
