//! The struct of an allocation request, read from bytes.

use crate::uapi::dma_heap::{AllocationData, AllocationDataV12};
use std::mem::offset_of;

/// Where the fd is, in both ABIs.
pub(super) const FD: usize = offset_of!(AllocationData, fd);

const _: () = {
    assert!(FD == offset_of!(AllocationDataV12, fd));
    assert!(offset_of!(AllocationData, len) == offset_of!(AllocationDataV12, len));
    assert!(offset_of!(AllocationData, fd_flags) == offset_of!(AllocationDataV12, fd_flags));
    assert!(offset_of!(AllocationData, heap_flags) == offset_of!(AllocationDataV12, heap_flags));
};

/// The fields that both ABIs have, at the same place. Bytes that are not there read as zero.
pub(super) fn parse(data: &[u8]) -> AllocationData {
    AllocationData {
        len: u64::from_ne_bytes(at(data, offset_of!(AllocationData, len))),
        fd: u32::from_ne_bytes(at(data, FD)),
        fd_flags: u32::from_ne_bytes(at(data, offset_of!(AllocationData, fd_flags))),
        heap_flags: u64::from_ne_bytes(at(data, offset_of!(AllocationData, heap_flags))),
    }
}

/// The two reserved words of v12.
pub(super) fn reserved(data: &[u8]) -> [u32; 2] {
    [offset_of!(AllocationDataV12, reserved0), offset_of!(AllocationDataV12, reserved1)]
        .map(|offset| u32::from_ne_bytes(at(data, offset)))
}

/// `N` bytes from `offset` on, zeros where `data` has ended.
fn at<const N: usize>(data: &[u8], offset: usize) -> [u8; N] {
    let mut bytes = [0; N];
    for (to, from) in bytes.iter_mut().zip(data.iter().skip(offset)) {
        *to = *from;
    }
    bytes
}
