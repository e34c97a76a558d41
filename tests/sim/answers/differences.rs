//! What dmaheap-sim(1) lists as not imitated, as far as the questions meet it.

/// An answer that the simulator gives in another way, and how.
#[derive(Debug)]
pub struct Difference {
    /// The item of the manual page.
    pub item: &'static str,
    /// How the question begins, up to a `*`, and ends after it.
    question: &'static str,
    /// What every kernel says, if it is one thing.
    pub kernel: Option<&'static str>,
    pub simulator: &'static str,
    /// Whether the kernel of a release differs.
    concerns: fn(&str) -> bool,
}

impl Difference {
    pub fn is_about(&self, question: &str) -> bool {
        match self.question.split_once('*') {
            Some((begin, end)) => question.starts_with(begin) && question.ends_with(end),
            None => question == self.question,
        }
    }
}

const fn differs(
    item: &'static str,
    question: &'static str,
    kernel: &'static str,
    simulator: &'static str,
) -> Difference {
    Difference { item, question, kernel: Some(kernel), simulator, concerns: |_| true }
}

const BYTES: &str = "read, write on a buffer";
const POLL: &str = "poll and epoll on a buffer";
const NODE: &str = "read, write on a heap";
const DIRECTORY: &str = "O_PATH of a directory";
const ATTRIBUTES: &str = "extended attributes";
const MODE: &str = "owner and mode of a heap";

/// On the small kernel alone, which has CONFIG_SYNC_FILE.
const fn fences(question: &'static str, kernel: &'static str, simulator: &'static str) -> Difference {
    Difference { concerns: |release| release == "6.12.117", ..differs("sync_file", question, kernel, simulator) }
}

/// On the small kernel alone, which has no CONFIG_TMPFS_XATTR.
const fn attribute(question: &'static str) -> Difference {
    Difference { concerns: |release| release == "6.12.117", ..differs(ATTRIBUTES, question, "EOPNOTSUPP", "ENODATA") }
}

pub const ALL: &[Difference] = &[
    differs(BYTES, "buffer ro read", "EINVAL", "1"),
    differs(BYTES, "buffer rw read", "EINVAL", "1"),
    differs(BYTES, "buffer wo write", "EINVAL", "1"),
    differs(BYTES, "buffer rw write", "EINVAL", "1"),
    differs(BYTES, "buffer ro pread", "ESPIPE", "1"),
    differs(BYTES, "buffer rw pread", "ESPIPE", "1"),
    differs(BYTES, "buffer wo pread", "ESPIPE", "EBADF"),
    differs(BYTES, "buffer none pread", "ESPIPE", "EBADF"),
    differs(BYTES, "buffer wo pwrite", "ESPIPE", "1"),
    differs(BYTES, "buffer rw pwrite", "ESPIPE", "1"),
    differs(BYTES, "buffer ro pwrite", "ESPIPE", "EBADF"),
    differs(BYTES, "buffer none pwrite", "ESPIPE", "EBADF"),
    differs(BYTES, "buffer * fsync", "EINVAL", "0"),
    differs(POLL, "buffer * epoll", "0", "EPERM"),
    differs(POLL, "buffer * poll 0xffff", "5", "325"),
    differs(NODE, "node ro write", "EBADF", "EINVAL"),
    differs(NODE, "node wo read", "EBADF", "EINVAL"),
    differs(NODE, "node none read", "EBADF", "EINVAL"),
    differs(NODE, "node none write", "EBADF", "EINVAL"),
    differs(DIRECTORY, "open of the directory, O_RDONLY|O_PATH", "0o10000000", "0o100000"),
    differs(DIRECTORY, "open of the directory, O_RDONLY|O_PATH|O_DIRECTORY", "0o10200000", "0o300000"),
    fences("buffer * IMPORT_SYNC_FILE of -1, flags", "0..8 EINVAL", "0..8 ENOTTY"),
    fences("buffer * IMPORT_SYNC_FILE of 0, flags", "0..8 EINVAL", "0..8 ENOTTY"),
    fences("buffer * EXPORT_SYNC_FILE, flags", "0 EINVAL | 4 EINVAL | 8 EINVAL", "0 ENOTTY | 4 ENOTTY | 8 ENOTTY"),
    fences(
        "buffer rw _IOW(0x62) of 8 bytes, number",
        "0 EINVAL | 1 0 | 2 ENOTTY | 3 EINVAL | 4..255 ENOTTY",
        "0 EINVAL | 1 0 | 2..255 ENOTTY",
    ),
    fences("buffer rw _IOWR(0x62) of 8 bytes, number", "0..1 ENOTTY | 2 EINVAL | 3..255 ENOTTY", "0..255 ENOTTY"),
    attribute("getxattr security.capability of the node"),
    attribute("getxattr user.x of the directory"),
    attribute("getxattr security.capability of the directory"),
    differs(MODE, "node * fstat mode", "0o20600", "0o20666"),
    // The simulator takes bit 25, as 6.12 does. The other bits are the kernel's, as their answers are.
    Difference {
        kernel: None,
        concerns: |release| crate::answers::series(release) >= Some((7, 2)),
        ..differs("flag bit 25 of openat2", "openat2 of the node, flag bit", "", FLAGS_ON_7_2)
    },
];

const FLAGS_ON_7_2: &str = "0 0o100001 | 1 0o100002 | 2..5 EINVAL | 7..9 0o100000 | 10 0o102000 | 11 0o104000 | 12 0o110000 | 13 0o120000 | 14 EINVAL | 15 0o100000 | 16 ENOTDIR | 17 0o500000 | 18 0o1100000 | 19 0o100000 | 20 0o4110000 | 21 0o10000000 | 23..24 EINVAL | 25 0o100000 | 26 0o400100000 | 27..31 EINVAL | 32 unknown errno | 33..63 EINVAL";

/// Those that a kernel shows.
pub fn of(release: &str) -> Vec<&'static Difference> {
    ALL.iter().filter(|difference| (difference.concerns)(release)).collect()
}
