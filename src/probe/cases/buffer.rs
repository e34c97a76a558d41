//! Ioctls on a buffer, and with them all of the group.

use super::buffer_file;
use crate::model::Release;
use crate::probe::case::{Case, CaseAction, Feature, Outcomes, Question};
use crate::probe::custom;
use crate::probe::number::SafeNumber;
use crate::probe::request::Placement;
use crate::uapi::dma_buf::{IOCTL_EXPORT_SYNC_FILE, IOCTL_IMPORT_SYNC_FILE, IOCTL_SYNC, SET_NAME_A, SET_NAME_B};
use crate::uapi::ioctl::{READ, WRITE, ioc};

/// Where `struct dma_buf_export_sync_file` has its descriptor.
const SYNC_FILE_FD: usize = 4;
const IOCTL: &str = "dma_buf_ioctl";

const fn ask(
    id: &'static str,
    sends: &'static str,
    number: u32,
    bytes: fn() -> Vec<u8>,
    place: Placement,
    outcome: &'static str,
    function: &'static str,
) -> Case {
    let question = Question { number: SafeNumber::constant(number), bytes, place, number_at: (0, 0) };
    Case { id, sends, expected: Outcomes::both(outcome), function, act: CaseAction::Ask(question) }
}

/// DMA_BUF_IOCTL_SYNC with these flags.
macro_rules! sync {
    ($($name:literal $flags:literal $outcome:literal,)*) => {
        [$(ask(
            concat!("buffer_sync_", $name),
            concat!("DMA_BUF_IOCTL_SYNC with flags ", $flags),
            IOCTL_SYNC,
            || u64::to_ne_bytes($flags).to_vec(),
            Placement::Middle,
            $outcome,
            IOCTL,
        ),)*]
    };
}

const SYNC: [Case; 21] = sync! {
    "00" 0 "EINVAL",
    "01" 1 "done",
    "02" 2 "done",
    "03" 3 "done",
    "04" 4 "EINVAL",
    "05" 5 "done",
    "06" 6 "done",
    "07" 7 "done",
    "08" 8 "EINVAL",
    "09" 9 "EINVAL",
    "10" 10 "EINVAL",
    "11" 11 "EINVAL",
    "12" 12 "EINVAL",
    "13" 13 "EINVAL",
    "14" 14 "EINVAL",
    "15" 15 "EINVAL",
    "bit_04" 0x13 "EINVAL",
    "bit_31" 0x8000_0003 "EINVAL",
    "bit_32" 0x1_0000_0003 "EINVAL",
    "bit_63" 0x8000_0000_0000_0003 "EINVAL",
    "all" 0xffff_ffff_ffff_ffff "EINVAL",
};

fn rw() -> Vec<u8> {
    3_u64.to_ne_bytes().to_vec()
}

/// A name of `len` bytes and its NUL.
fn name(len: usize) -> Vec<u8> {
    let mut bytes = vec![b'n'; len];
    bytes.push(0);
    bytes
}

const SET_NAME: &str = "dma_buf_set_name";

const OTHER: [Case; 14] = [
    ask("buffer_sync_null", "DMA_BUF_IOCTL_SYNC with NULL", IOCTL_SYNC, rw, Placement::Null, "EFAULT", IOCTL),
    ask(
        "buffer_sync_read_only",
        "DMA_BUF_IOCTL_SYNC with flags in a page that can only be read",
        IOCTL_SYNC,
        rw,
        Placement::ReadOnly,
        "done",
        IOCTL,
    ),
    ask(
        "buffer_sync_straddling",
        "DMA_BUF_IOCTL_SYNC with half of the flags mapped",
        IOCTL_SYNC,
        rw,
        Placement::Straddling(4),
        "EFAULT",
        IOCTL,
    ),
    ask(
        "buffer_name_empty",
        "DMA_BUF_SET_NAME with an empty name",
        SET_NAME_B,
        || name(0),
        Placement::Middle,
        "done",
        SET_NAME,
    ),
    ask(
        "buffer_name_longest",
        "DMA_BUF_SET_NAME with 31 bytes",
        SET_NAME_B,
        || name(31),
        Placement::Middle,
        "done",
        SET_NAME,
    ),
    ask(
        "buffer_name_longest_a",
        "DMA_BUF_SET_NAME of 32-bit programs with 31 bytes",
        SET_NAME_A,
        || name(31),
        Placement::Middle,
        "done",
        SET_NAME,
    ),
    ask(
        "buffer_name_too_long",
        "DMA_BUF_SET_NAME with 32 bytes",
        SET_NAME_B,
        || name(32),
        Placement::Middle,
        "EINVAL",
        SET_NAME,
    ),
    ask(
        "buffer_name_at_the_end",
        "DMA_BUF_SET_NAME with a name that ends where its memory ends",
        SET_NAME_B,
        || name(4),
        Placement::LastBytes,
        "done",
        SET_NAME,
    ),
    ask(
        "buffer_name_unterminated",
        "DMA_BUF_SET_NAME with a name whose NUL is not mapped",
        SET_NAME_B,
        || name(8),
        Placement::Straddling(8),
        "EFAULT",
        SET_NAME,
    ),
    ask("buffer_name_null", "DMA_BUF_SET_NAME with NULL", SET_NAME_B, || name(0), Placement::Null, "EFAULT", SET_NAME),
    ask(
        "buffer_name_kernel",
        "DMA_BUF_SET_NAME with an address of the kernel",
        SET_NAME_B,
        || name(0),
        Placement::Kernel,
        "EFAULT",
        SET_NAME,
    ),
    ask(
        "buffer_sync_other_size",
        "DMA_BUF_IOCTL_SYNC with a size of 4 bytes: a buffer compares all of the number",
        ioc(WRITE, b'b', 0, 4),
        rw,
        Placement::Middle,
        "ENOTTY",
        IOCTL,
    ),
    ask(
        "buffer_sync_both",
        "DMA_BUF_IOCTL_SYNC with both directions",
        ioc(READ | WRITE, b'b', 0, 8),
        rw,
        Placement::Middle,
        "ENOTTY",
        IOCTL,
    ),
    ask(
        "buffer_unknown",
        "type b, number 255",
        ioc(READ | WRITE, b'b', 255, 8),
        rw,
        Placement::Middle,
        "ENOTTY",
        IOCTL,
    ),
];

/// `struct dma_buf_export_sync_file` and its twin.
fn sync_file(flags: u32, fd: i32) -> Vec<u8> {
    [flags.to_ne_bytes(), fd.to_ne_bytes()].concat()
}

const fn file(
    id: &'static str,
    sends: &'static str,
    number: u32,
    bytes: fn() -> Vec<u8>,
    place: Placement,
    outcome: &'static str,
) -> Case {
    let is_export = number == IOCTL_EXPORT_SYNC_FILE;
    let number_at = if is_export { (SYNC_FILE_FD, 4) } else { (0, 0) };
    let question = Question { number: SafeNumber::constant(number), bytes, place, number_at };
    let function = if is_export { "dma_buf_export_sync_file" } else { "dma_buf_import_sync_file" };
    Case { id, sends, expected: SINCE_6_0.since(since_6_0(outcome)), function, act: CaseAction::Ask(question) }
}

/// The series of 2019 is older than these requests.
const SINCE_6_0: Outcomes = Outcomes::both("ENOTTY").without(Feature::SyncFile, "ENOTTY");

/// A change with 6.0, for each outcome that there is.
const fn since_6_0(outcome: &'static str) -> &'static [(Release, &'static str)] {
    match outcome.as_bytes() {
        b"ok" => &[(Release(6, 0), "ok")],
        b"EFAULT" => &[(Release(6, 0), "EFAULT")],
        _ => &[(Release(6, 0), "EINVAL")],
    }
}

const EXPORT: u32 = IOCTL_EXPORT_SYNC_FILE;
const IMPORT: u32 = IOCTL_IMPORT_SYNC_FILE;

const SYNC_FILE: [Case; 10] = [
    file(
        "buffer_export",
        "DMA_BUF_IOCTL_EXPORT_SYNC_FILE for reading and writing",
        EXPORT,
        || sync_file(3, -1),
        Placement::Middle,
        "ok",
    ),
    file(
        "buffer_export_no_flags",
        "DMA_BUF_IOCTL_EXPORT_SYNC_FILE with flags 0",
        EXPORT,
        || sync_file(0, -1),
        Placement::Middle,
        "EINVAL",
    ),
    file(
        "buffer_export_end",
        "DMA_BUF_IOCTL_EXPORT_SYNC_FILE with flags 4",
        EXPORT,
        || sync_file(4, -1),
        Placement::Middle,
        "EINVAL",
    ),
    file(
        "buffer_export_null",
        "DMA_BUF_IOCTL_EXPORT_SYNC_FILE with NULL",
        EXPORT,
        || sync_file(3, -1),
        Placement::Null,
        "EFAULT",
    ),
    file(
        "buffer_export_read_only",
        "DMA_BUF_IOCTL_EXPORT_SYNC_FILE with a struct that can only be read",
        EXPORT,
        || sync_file(3, -1),
        Placement::ReadOnly,
        "EFAULT",
    ),
    file(
        "buffer_import_none",
        "DMA_BUF_IOCTL_IMPORT_SYNC_FILE with descriptor -1",
        IMPORT,
        || sync_file(3, -1),
        Placement::Middle,
        "EINVAL",
    ),
    file(
        "buffer_import_other",
        "DMA_BUF_IOCTL_IMPORT_SYNC_FILE with a descriptor that is no sync_file",
        IMPORT,
        || sync_file(3, 0),
        Placement::Middle,
        "EINVAL",
    ),
    file(
        "buffer_import_no_flags",
        "DMA_BUF_IOCTL_IMPORT_SYNC_FILE with flags 0",
        IMPORT,
        || sync_file(0, 0),
        Placement::Middle,
        "EINVAL",
    ),
    file(
        "buffer_import_null",
        "DMA_BUF_IOCTL_IMPORT_SYNC_FILE with NULL",
        IMPORT,
        || sync_file(3, -1),
        Placement::Null,
        "EFAULT",
    ),
    Case {
        id: "buffer_import_exported",
        sends: "a sync_file exported from a buffer and imported again",
        expected: SINCE_6_0.since(&[(Release(6, 0), "done")]),
        function: "dma_buf_import_sync_file",
        act: CaseAction::Custom(custom::sync_file_round_trip),
    },
];

pub(super) const CASES: &[Case] = &{
    const PARTS: [&[Case]; 4] = [&SYNC, &OTHER, &SYNC_FILE, buffer_file::CASES];
    let mut all = [SYNC[0]; SYNC.len() + OTHER.len() + SYNC_FILE.len() + buffer_file::CASES.len()];
    let (mut part, mut at, mut to) = (0, 0, 0);
    while part < PARTS.len() {
        if at < PARTS[part].len() {
            all[to] = PARTS[part][at];
            (at, to) = (at + 1, to + 1);
        } else {
            (part, at) = (part + 1, 0);
        }
    }
    all
};
