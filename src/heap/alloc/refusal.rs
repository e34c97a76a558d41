//! What to say of a request that was refused.

use super::request::{AllocationRequest, RequestAbi};
use crate::error::{Error, Hint, open_files_hint};
use crate::heap::Heap;
use crate::heap::area::CmaAreas;
use crate::heap::name::{self, MemoryKind};
use crate::host::Root;
use crate::host::memory::SystemMemory;
use crate::host::udmabuf;
use crate::size::Human;
use crate::sys::Errno;
use crate::sys::fd::oflags;
use crate::uapi::dma_heap;

/// The error of a refused request; `which` says which buffer of how many, if of many.
pub(crate) fn explain(
    root: &Root,
    heap: &Heap,
    request: &AllocationRequest,
    which: Option<(u64, u64)>,
    errno: Errno,
) -> Error {
    let object = match which {
        Some((number, count)) => format!("{} bytes from {}, buffer {number} of {count}", request.len, heap.name()),
        None => format!("{} bytes from {}", request.len, heap.name()),
    };
    let error = Error::errno("allocate", object, errno);
    let of_udmabuf =
        || if heap.is_a_heap() { None } else { udmabuf_hint(heap.size_limit(root), request, errno).map(Hint::Text) };
    match of_udmabuf().or_else(|| hint(root, heap.name(), request, errno)) {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

fn hint(root: &Root, heap: &str, request: &AllocationRequest, errno: Errno) -> Option<Hint> {
    match errno {
        Errno::EINVAL => Some(invalid_hint(request).into()),
        Errno::ENOMEM => memory_hint(root, heap).map(Hint::Text),
        Errno::EMFILE => Some(open_files_hint().into()),
        Errno::ENFILE => Some("the system-wide limit of open files is reached: see /proc/sys/fs/file-max".into()),
        Errno::ENOTTY => Some(match request.abi {
            RequestAbi::Auto => "the driver supports neither the mainline request nor that of the v12 series".into(),
            RequestAbi::Mainline => Hint::TryV12,
            RequestAbi::V12 => Hint::TryMainline,
        }),
        Errno::EPROTO => Some("the driver reported success without a file descriptor".into()),
        _ => None,
    }
}

fn udmabuf_hint(limit: Option<u64>, request: &AllocationRequest, errno: Errno) -> Option<String> {
    match errno {
        Errno::EOPNOTSUPP => {
            Some("udmabuf returns only read-write descriptors, and accepts neither heap flags nor an ABI".to_owned())
        }
        Errno::EFBIG => Some("its memfd is larger than a file may be: see `ulimit -f`".to_owned()),
        Errno::EINVAL => match limit {
            Some(limit) if request.len > limit => Some(format!(
                "a udmabuf has at most {}; root can raise this limit in {}",
                Human(limit),
                udmabuf::SIZE_LIMIT
            )),
            _ if request.len == 0 => Some("udmabuf makes no empty buffers".to_owned()),
            _ => None,
        },
        _ => None,
    }
}

/// EINVAL has four causes, and the request shows which apply.
fn invalid_hint(request: &AllocationRequest) -> String {
    let mut causes = Vec::new();
    let strange = request.fd_flags & !dma_heap::VALID_FD_FLAGS;
    if strange != 0 {
        causes.push(format!(
            "fd flags {strange:#x}: the kernel accepts an access mode and O_CLOEXEC ({:#x})",
            oflags::CLOEXEC
        ));
    }
    if request.heap_flags != dma_heap::VALID_HEAP_FLAGS {
        causes.push(format!("heap flags {:#x}: mainline defines none, so only 0 is accepted", request.heap_flags));
    }
    if request.len.checked_next_multiple_of(crate::sys::system::page_size()).is_none() {
        causes.push(format!("length {} becomes 0 when it is rounded up to pages", request.len));
    }
    if causes.is_empty() {
        return "this driver refuses what mainline accepts; a vendor heap may require other flags".to_owned();
    }
    causes.join("; ")
}

fn memory_hint(root: &Root, heap: &str) -> Option<String> {
    let memory = SystemMemory::of(root);
    let human = |bytes: Option<u64>| bytes.map_or_else(|| "unknown".to_owned(), |bytes| Human(bytes).to_string());
    if let Some(area) = CmaAreas::of(root, memory.as_ref()).seen(heap) {
        let largest = human(area.largest);
        return Some(format!(
            "CMA area {}: {} free of {}, largest free run {largest}; a buffer must fit into one run",
            area.name,
            human(area.free),
            human(area.total)
        ));
    }
    let memory = memory?;
    if let (MemoryKind::Cma, Some(total)) = (name::infer_kind(heap), memory.cma_total) {
        return Some(format!(
            "all CMA areas together: {} free of {}; a buffer must fit into one run of one area",
            human(memory.cma_free),
            Human(total)
        ));
    }
    let cma = memory.cma_free.map(|free| format!(", CmaFree {}", Human(free))).unwrap_or_default();
    Some(format!("available memory {}{cma}", Human(memory.available)))
}
