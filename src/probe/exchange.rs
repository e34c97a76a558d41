//! Sending a request, and looking at everything that it did.

use super::context::{CaseContext, OpenTarget};
use super::memory::{Payload, RequestMemory};
use super::oracle;
use super::outcome::Effects;
use super::request::{FilesLimit, RawRequest, Show};
use crate::model::AccessMode;
use crate::sys::fd::{file, oflags, operation, status};
use crate::sys::probe::raw_ioctl::CallFd;
use crate::sys::{Errno, Result};
use crate::uapi::dma_heap::AllocationData;
use crate::uapi::ioctl;
use std::fmt::Write as _;
use std::mem::offset_of;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// Where the struct has the descriptor.
const FD: usize = offset_of!(AllocationData, fd);

#[derive(Clone, Debug)]
pub(crate) struct Observed {
    pub effects: Effects,
    /// The numbers of the descriptors that nobody was told of. They have been closed.
    pub lost: Vec<i32>,
}

/// Sends `request`. Every descriptor that comes of it is closed.
///
/// # Errors
/// What kept it from being sent: a target that cannot be opened, memory.
pub(crate) fn send(context: &CaseContext<'_>, memory: &RequestMemory, request: &RawRequest) -> Result<Observed> {
    let kernel = &context.facts.kernel;
    let target = context.target(request.target)?;
    let bytes = request.bytes(kernel.abi, kernel.page_size, context.heap.as_raw_fd() as u32);
    let fd = match &target {
        OpenTarget::Heap => CallFd::Open(context.heap),
        OpenTarget::None => CallFd::None,
        OpenTarget::Fd(fd) | OpenTarget::Pair(fd, _) => CallFd::Open(fd.as_fd()),
    };
    let number = request.number(kernel.abi);
    // A number that the kernel could not write there is none that it told of, even if it is the right one.
    let written =
        if ioctl::direction(number.get()) & ioctl::READ == 0 { 0 } else { ioctl::size(number.get()) as usize };
    let told = written.saturating_sub(FD).min(size_of::<u32>());
    let mut call = number.to(fd);
    (call.fd_high, call.request_high) = (request.fd_high, request.request_high);
    let payload = Payload {
        bytes: &bytes,
        place: request.place,
        entry: request.entry,
        number: (FD, told),
        no_files: request.files == FilesLimit::Zero,
        is_output: request.show == Show::Vfs,
    };
    let full = if request.files == FilesLimit::Full { fill_up()? } else { Vec::new() };
    let exchange = memory.exchange(call, &payload)?;
    drop(full);

    let shown = match &exchange.told {
        Some(fd) => show(request.show, kernel.page_size, fd.as_fd())?,
        None => None,
    };
    Ok(Observed {
        lost: exchange.lost.iter().map(AsRawFd::as_raw_fd).collect(),
        effects: Effects {
            error: exchange.answer.err().map(|errno| errno as i32),
            opened: exchange.lost.len() + usize::from(exchange.told.is_some()),
            told: exchange.told.is_some(),
            changed: exchange.changed,
            overrun: exchange.overrun,
            shown,
        },
    })
}

/// Opens descriptors until there is no room for another.
fn fill_up() -> Result<Vec<OwnedFd>> {
    let mut held = vec![operation::memory_file()?];
    while let Some(last) = held.last() {
        match operation::duplicate(last.as_fd()) {
            Ok(fd) => held.push(fd),
            Err(Errno::EMFILE) => break,
            Err(errno) => return Err(errno),
        }
    }
    Ok(held)
}

/// What the case looks at in a new buffer.
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

/// The request in hexadecimal, as [`send`] sends it.
#[must_use]
pub(super) fn describe(context: &CaseContext<'_>, request: &RawRequest) -> String {
    let kernel = &context.facts.kernel;
    let number = request.number(kernel.abi).get();
    let bytes = request.bytes(kernel.abi, kernel.page_size, context.heap.as_raw_fd() as u32);
    let high = |high: u32| if high == 0 { String::new() } else { format!(" (high half {high:#x})") };
    let (of_number, of_fd) = (high(request.request_high), high(request.fd_high));
    format!("ioctl {number:#010x}{of_number} to {:?}{of_fd}, {:?}, {}", request.target, request.place, hex(&bytes))
}

/// Bytes in groups of eight, the first 48 of them.
pub(super) fn hex(bytes: &[u8]) -> String {
    const SHOWN: usize = 48;
    let mut text = format!("{} bytes:", bytes.len());
    for (index, byte) in bytes.iter().take(SHOWN).enumerate() {
        let _ = write!(text, "{}{byte:02x}", if index % 8 == 0 { " " } else { "" });
    }
    if bytes.len() > SHOWN {
        text.push_str(" ...");
    }
    text
}
