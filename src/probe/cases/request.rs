//! The request number, part by part.

use super::{DRIVER, EINVAL, HIDDEN, OK, OK_BUT_UNKNOWN, UNKNOWN, send};
use crate::probe::case::{Case, CaseAction, Outcomes};
use crate::probe::number::SafeNumber;
use crate::probe::request::{Ioctl, Len, Placement, RawRequest, Show};
use crate::uapi::dma_heap::MAGIC;
use crate::uapi::ioctl::{NONE, READ, SIZE_MAX, WRITE, ioc};
use crate::uapi::{dma_buf, fs};

const VFS: &str = "do_vfs_ioctl";
const BOTH: u32 = READ | WRITE;

/// A size of the request in both directions.
const fn sized(id: &'static str, sends: &'static str, size: u32, expected: Outcomes) -> Case {
    send(id, sends, RawRequest::GOOD.sized(BOTH, size), expected, DRIVER)
}

/// A request that the driver refuses, whatever is at its pointer.
const fn foreign(id: &'static str, sends: &'static str, number: u32, expected: Outcomes) -> Case {
    send(id, sends, RawRequest::GOOD.raw(number), expected, DRIVER)
}

/// A request that the VFS answers before the driver sees it.
const fn vfs(id: &'static str, sends: &'static str, number: u32, outcome: &'static str) -> Case {
    // All zero, so that FIONBIO and FIOASYNC change nothing.
    let request = RawRequest::GOOD.raw(number).len(Len::Bytes(0)).show(Show::Vfs);
    send(id, sends, request, Outcomes::both(outcome), VFS)
}

pub(super) const CASES: &[Case] = &[
    foreign(
        "request_unknown",
        "number 1 without an argument, which tells the ABIs apart",
        ioc(NONE, MAGIC, 1, 0),
        UNKNOWN,
    ),
    Case {
        id: "request_every_number",
        sends: "every number from 1 to 255 with type H, both directions, 24 bytes",
        expected: UNKNOWN,
        function: DRIVER,
        act: CaseAction::Each(every_number),
    },
    Case {
        id: "request_every_foreign_number",
        sends: "every number from 1 to 255 with type X, both directions, 24 bytes, but what changes files",
        expected: UNKNOWN,
        function: DRIVER,
        act: CaseAction::Each(every_foreign_number),
    },
    Case {
        id: "request_every_type",
        sends: "number 0 with every type but H: mainline compares the number alone",
        expected: OK_BUT_UNKNOWN,
        function: DRIVER,
        act: CaseAction::Each(every_type),
    },
    send(
        "request_none",
        "no direction, 24 bytes: nothing is copied, so len is 0",
        RawRequest::GOOD.sized(NONE, 24),
        UNKNOWN,
        DRIVER,
    ),
    send(
        "request_read",
        "the kernel only writes, 24 bytes: nothing is copied in, so len is 0",
        RawRequest::GOOD.sized(READ, 24),
        UNKNOWN.before_fix("EINVAL+struct_changed"),
        DRIVER,
    ),
    send(
        "request_write",
        "the kernel only reads, 24 bytes: it allocates, and tells the descriptor to nobody",
        RawRequest::GOOD.sized(WRITE, 24),
        HIDDEN,
        DRIVER,
    ),
    send(
        "request_both",
        "both directions, 24 bytes: mainline's own",
        RawRequest::GOOD.sized(BOTH, 24),
        OK_BUT_UNKNOWN,
        DRIVER,
    ),
    send("request_v12", "both directions, 32 bytes: v12's own", RawRequest::GOOD.sized(BOTH, 32), OK, DRIVER),
    sized("request_size_0", "both directions, 0 bytes: len is 0", 0, UNKNOWN),
    sized("request_size_4", "both directions, 4 bytes: the low half of len", 4, HIDDEN),
    sized("request_size_7", "both directions, 7 bytes: most of len", 7, HIDDEN),
    sized("request_size_8", "both directions, 8 bytes: len alone", 8, HIDDEN),
    sized("request_size_9", "both directions, 9 bytes: the first of the descriptor's is told", 9, HIDDEN),
    sized("request_size_10", "both directions, 10 bytes: two of the descriptor's are told", 10, HIDDEN),
    sized("request_size_11", "both directions, 11 bytes: three of the descriptor's are told", 11, HIDDEN),
    sized(
        "request_size_12",
        "both directions, 12 bytes: len and fd, so the descriptor is read-only",
        12,
        OK_BUT_UNKNOWN,
    ),
    sized("request_size_15", "both directions, 15 bytes: most of fd_flags", 15, OK_BUT_UNKNOWN),
    sized("request_size_16", "both directions, 16 bytes: without heap_flags, as an older program", 16, OK_BUT_UNKNOWN),
    sized("request_size_23", "both directions, 23 bytes", 23, OK_BUT_UNKNOWN),
    sized("request_size_25", "both directions, 25 bytes", 25, OK_BUT_UNKNOWN),
    sized("request_size_48", "both directions, 48 bytes, as a newer program", 48, OK_BUT_UNKNOWN),
    sized(
        "request_size_128",
        "both directions, 128 bytes: the last size that is copied to the stack",
        128,
        OK_BUT_UNKNOWN,
    ),
    sized(
        "request_size_129",
        "both directions, 129 bytes: the first size that is copied elsewhere",
        129,
        OK_BUT_UNKNOWN,
    ),
    sized("request_size_4096", "both directions, 4096 bytes", 4096, OK_BUT_UNKNOWN),
    sized(
        "request_size_most",
        "both directions, 16383 bytes, the most that a request can name",
        SIZE_MAX,
        OK_BUT_UNKNOWN,
    ),
    send(
        "request_size_without_memory",
        "both directions, 48 bytes, of which 24 are there",
        RawRequest::GOOD.sized(BOTH, 48).at(Placement::Straddling(24)),
        Outcomes::of("EFAULT", "ENOTTY"),
        DRIVER,
    ),
    send(
        "request_sync",
        "DMA_BUF_IOCTL_SYNC, START and RW, sent to the heap: a length of 3 to mainline",
        RawRequest::GOOD.raw(dma_buf::IOCTL_SYNC).len(Len::Bytes(dma_buf::SYNC_START | dma_buf::SYNC_RW)),
        HIDDEN,
        DRIVER,
    ),
    send(
        "request_sync_end",
        "DMA_BUF_IOCTL_SYNC, END and RW, sent to the heap: a length of 7 to mainline",
        RawRequest::GOOD.raw(dma_buf::IOCTL_SYNC).len(Len::Bytes(dma_buf::SYNC_END | dma_buf::SYNC_RW)),
        HIDDEN,
        DRIVER,
    ),
    foreign("request_set_name", "DMA_BUF_SET_NAME sent to the heap", dma_buf::SET_NAME_B, UNKNOWN),
    foreign("request_tcgets", "TCGETS, by which isatty(3) asks", 0x5401, UNKNOWN),
    foreign("request_fionread", "FIONREAD, which the VFS leaves to the driver of a device", 0x541b, UNKNOWN),
    send("request_zero", "request 0: no size, so len is 0", RawRequest::GOOD.raw(0), UNKNOWN, DRIVER),
    send(
        "request_drm_version",
        "DRM_IOCTL_VERSION with a struct of zeros, which is number 0 too",
        RawRequest::GOOD.raw(ioc(BOTH, b'd', 0, 64)).len(Len::Bytes(0)).fd_flags(0),
        UNKNOWN,
        DRIVER,
    ),
    vfs("request_vfs_fioclex", "FIOCLEX", fs::FIOCLEX, "done"),
    vfs("request_vfs_fionclex", "FIONCLEX", fs::FIONCLEX, "done"),
    vfs("request_vfs_fionbio", "FIONBIO, off", fs::FIONBIO, "done"),
    vfs("request_vfs_fioasync", "FIOASYNC, off, as it is", fs::FIOASYNC, "done"),
    vfs("request_vfs_fioqsize", "FIOQSIZE, which is not for devices", fs::FIOQSIZE, "ENOTTY"),
    vfs("request_vfs_figetbsz", "FIGETBSZ, which the node's file system answers", fs::FIGETBSZ, "done|EINVAL"),
    vfs("request_vfs_fiemap", "FIEMAP, which no device has", fs::FIEMAP, "EOPNOTSUPP"),
    send(
        "request_vfs_fsuuid",
        "FS_IOC_GETFSUUID, number 0, which the node's file system answers since 6.9",
        RawRequest::GOOD.raw(fs::GETFSUUID).show(Show::Vfs),
        Outcomes::of("EINVAL", "ENOTTY|done").since(&[(crate::model::Release(6, 9), "done|ENOTTY")]),
        "ioctl_getfsuuid",
    ),
    send(
        "request_high_half",
        "garbage in the high half of the request's register",
        RawRequest::GOOD.high(0, 0xdead_beef),
        OK,
        "__do_sys_ioctl",
    ),
    send(
        "request_high_half_of_fd",
        "garbage in the high half of the descriptor's register",
        RawRequest::GOOD.high(0xdead_beef, 0),
        OK,
        "__do_sys_ioctl",
    ),
    send(
        "request_high_half_and_empty",
        "garbage in both high halves, and len 0",
        RawRequest::GOOD.high(u32::MAX, u32::MAX).len(Len::Bytes(0)),
        EINVAL,
        "__do_sys_ioctl",
    ),
];

/// [`RawRequest::GOOD`] with each of the numbers that may be sent.
fn with_numbers(numbers: impl Iterator<Item = u32>) -> Vec<RawRequest> {
    numbers
        .filter_map(SafeNumber::new)
        .map(|number| RawRequest { ioctl: Ioctl::Number(number), ..RawRequest::GOOD })
        .collect()
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
