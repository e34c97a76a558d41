//! The request number, part by part.

use super::row::{DONE, DRIVER, EINVAL, ENOTTY, GOOD, HIDDEN, OK, OK_BUT_UNKNOWN, UNKNOWN, cases, same};
use crate::model::Release;
use crate::probe::case::Case;
use crate::probe::case::CaseAction::{self, Each, Send};
use crate::probe::number::SafeNumber;
use crate::probe::request::Placement::Straddling;
use crate::probe::request::{Ioctl, Len, RawRequest, Show};
use crate::uapi::dma_heap::MAGIC;
use crate::uapi::ioctl::{NONE, READ, SIZE_MAX, WRITE, ioc};
use crate::uapi::{dma_buf, fs};

const VFS: &str = "do_vfs_ioctl";
const ENTRY: &str = "__do_sys_ioctl";
const BOTH: u32 = READ | WRITE;

/// A size of the request in both directions.
const fn both_ways(size: u32) -> CaseAction {
    Send(GOOD.sized(BOTH, size))
}

/// A request that the VFS answers before the driver sees it.
const fn vfs(number: u32) -> CaseAction {
    // All zero, so FIONBIO and FIOASYNC change nothing.
    Send(GOOD.raw(number).len(Len::Bytes(0)).show(Show::Vfs))
}

pub(super) const CASES: &[Case] = cases! {
    "request_unknown": "number 1 without an argument, which distinguishes the ABIs",
        Send(GOOD.raw(ioc(NONE, MAGIC, 1, 0))) => UNKNOWN, DRIVER;
    "request_every_number": "every number from 1 to 255 with type H, both directions, 24 bytes",
        Each(every_number) => UNKNOWN, DRIVER;
    "request_every_foreign_number":
        "every number from 1 to 255 with type X, both directions, 24 bytes, but what changes files",
        Each(every_foreign_number) => UNKNOWN, DRIVER;
    "request_every_type": "number 0 with every type but H: mainline compares the number alone",
        Each(every_type) => OK_BUT_UNKNOWN, DRIVER;
    "request_none": "no direction, 24 bytes: nothing is copied, so len is 0",
        Send(GOOD.sized(NONE, 24)) => UNKNOWN, DRIVER;
    "request_read": "the kernel only writes, 24 bytes: nothing is copied in, so len is 0",
        Send(GOOD.sized(READ, 24)) => UNKNOWN.before_fix("EINVAL+struct_changed"), DRIVER;
    "request_write": "the kernel only reads, 24 bytes: it allocates, but returns no descriptor",
        Send(GOOD.sized(WRITE, 24)) => HIDDEN, DRIVER;
    "request_both": "both directions, 24 bytes: mainline's own", Send(GOOD.sized(BOTH, 24)) => OK_BUT_UNKNOWN, DRIVER;
    "request_v12": "both directions, 32 bytes: v12's own", Send(GOOD.sized(BOTH, 32)) => OK, DRIVER;
    "request_size_0": "both directions, 0 bytes: len is 0", both_ways(0) => UNKNOWN, DRIVER;
    "request_size_4": "both directions, 4 bytes: the low half of len", both_ways(4) => HIDDEN, DRIVER;
    "request_size_7": "both directions, 7 bytes: most of len", both_ways(7) => HIDDEN, DRIVER;
    "request_size_8": "both directions, 8 bytes: len alone", both_ways(8) => HIDDEN, DRIVER;
    "request_size_9": "both directions, 9 bytes: one byte of the descriptor is returned", both_ways(9) => HIDDEN, DRIVER;
    "request_size_10": "both directions, 10 bytes: two bytes of the descriptor are returned", both_ways(10) => HIDDEN, DRIVER;
    "request_size_11": "both directions, 11 bytes: three bytes of the descriptor are returned", both_ways(11) => HIDDEN, DRIVER;
    "request_size_12": "both directions, 12 bytes: len and fd, so the descriptor is read-only",
        both_ways(12) => OK_BUT_UNKNOWN, DRIVER;
    "request_size_15": "both directions, 15 bytes: most of fd_flags", both_ways(15) => OK_BUT_UNKNOWN, DRIVER;
    "request_size_16": "both directions, 16 bytes: without heap_flags, as an older program",
        both_ways(16) => OK_BUT_UNKNOWN, DRIVER;
    "request_size_23": "both directions, 23 bytes", both_ways(23) => OK_BUT_UNKNOWN, DRIVER;
    "request_size_25": "both directions, 25 bytes", both_ways(25) => OK_BUT_UNKNOWN, DRIVER;
    "request_size_48": "both directions, 48 bytes, as a newer program", both_ways(48) => OK_BUT_UNKNOWN, DRIVER;
    "request_size_128": "both directions, 128 bytes: the last size that is copied to the stack",
        both_ways(128) => OK_BUT_UNKNOWN, DRIVER;
    "request_size_129": "both directions, 129 bytes: the first size that is copied elsewhere",
        both_ways(129) => OK_BUT_UNKNOWN, DRIVER;
    "request_size_4096": "both directions, 4096 bytes", both_ways(4096) => OK_BUT_UNKNOWN, DRIVER;
    "request_size_most": "both directions, 16383 bytes, the most that a request can name",
        both_ways(SIZE_MAX) => OK_BUT_UNKNOWN, DRIVER;
    "request_size_without_memory": "both directions, 48 bytes, of which 24 are mapped",
        Send(GOOD.sized(BOTH, 48).at(Straddling(24))) => same("EFAULT").v12("ENOTTY"), DRIVER;
    "request_sync": "DMA_BUF_IOCTL_SYNC, START and RW, sent to the heap: a length of 3 to mainline",
        Send(GOOD.raw(dma_buf::IOCTL_SYNC).len(Len::Bytes(dma_buf::SYNC_START | dma_buf::SYNC_RW))) => HIDDEN, DRIVER;
    "request_sync_end": "DMA_BUF_IOCTL_SYNC, END and RW, sent to the heap: a length of 7 to mainline",
        Send(GOOD.raw(dma_buf::IOCTL_SYNC).len(Len::Bytes(dma_buf::SYNC_END | dma_buf::SYNC_RW))) => HIDDEN, DRIVER;
    "request_set_name": "DMA_BUF_SET_NAME sent to the heap", Send(GOOD.raw(dma_buf::SET_NAME_B)) => UNKNOWN, DRIVER;
    "request_tcgets": "TCGETS, by which isatty(3) asks", Send(GOOD.raw(0x5401)) => UNKNOWN, DRIVER;
    "request_fionread": "FIONREAD, which the VFS leaves to the driver of a device",
        Send(GOOD.raw(0x541b)) => UNKNOWN, DRIVER;
    "request_zero": "request 0: no size, so len is 0", Send(GOOD.raw(0)) => UNKNOWN, DRIVER;
    "request_drm_version": "DRM_IOCTL_VERSION with a struct of zeros, which is number 0 too",
        Send(GOOD.raw(ioc(BOTH, b'd', 0, 64)).len(Len::Bytes(0)).fd_flags(0)) => UNKNOWN, DRIVER;
    "request_vfs_fioclex": "FIOCLEX", vfs(fs::FIOCLEX) => DONE, VFS;
    "request_vfs_fionclex": "FIONCLEX", vfs(fs::FIONCLEX) => DONE, VFS;
    "request_vfs_fionbio": "FIONBIO, off", vfs(fs::FIONBIO) => DONE, VFS;
    "request_vfs_fioasync": "FIOASYNC, off, as it already is", vfs(fs::FIOASYNC) => DONE, VFS;
    "request_vfs_fioqsize": "FIOQSIZE, which is not for devices", vfs(fs::FIOQSIZE) => ENOTTY, VFS;
    "request_vfs_figetbsz": "FIGETBSZ, which the node's file system answers",
        vfs(fs::FIGETBSZ) => same("done|EINVAL"), VFS;
    "request_vfs_fiemap": "FIEMAP, which no device has", vfs(fs::FIEMAP) => same("EOPNOTSUPP"), VFS;
    "request_vfs_fsuuid": "FS_IOC_GETFSUUID, number 0, which the node's file system answers since 6.9",
        Send(GOOD.raw(fs::GETFSUUID).show(Show::Vfs))
            => same("EINVAL").v12("ENOTTY|done").since(&[(Release(6, 9), "done|ENOTTY")])
                .before_fix("EINVAL+struct_changed"), "ioctl_getfsuuid";
    "request_high_half": "garbage in the high half of the request's register",
        Send(GOOD.high(0, 0xdead_beef)) => OK, ENTRY;
    "request_high_half_of_fd": "garbage in the high half of the descriptor's register",
        Send(GOOD.high(0xdead_beef, 0)) => OK, ENTRY;
    "request_high_half_and_empty": "garbage in both high halves, and len 0",
        Send(GOOD.high(u32::MAX, u32::MAX).len(Len::Bytes(0))) => EINVAL, ENTRY;
};

/// [`RawRequest::GOOD`] with each of the numbers that may be sent.
fn with_numbers(numbers: impl Iterator<Item = u32>) -> Vec<RawRequest> {
    numbers.filter_map(SafeNumber::new).map(|number| RawRequest { ioctl: Ioctl::Number(number), ..GOOD }).collect()
}

fn every_number() -> Vec<RawRequest> {
    with_numbers((1..=u8::MAX).map(|nr| ioc(BOTH, MAGIC, nr, 24)))
}

/// 24 bytes: no request of the VFS with type X has that size (FS_IOC_FSGETXATTR has 28).
fn every_foreign_number() -> Vec<RawRequest> {
    with_numbers((1..=u8::MAX).map(|nr| ioc(BOTH, b'X', nr, 24)))
}

fn every_type() -> Vec<RawRequest> {
    with_numbers((0..=u8::MAX).filter(|kind| *kind != MAGIC).map(|kind| ioc(BOTH, kind, 0, 24)))
}
