//! A request in words, for whoever reads a result.

use super::request::{Placement, RawRequest, RequestTarget};
use crate::model::Abi;
use std::fmt::{self, Write as _};

impl RawRequest {
    /// The request in hexadecimal, as it is sent.
    pub(super) fn describe(&self, abi: Abi, page_size: u64, own_fd: u32) -> String {
        let high = |high: u32| if high == 0 { String::new() } else { format!(" (high half {high:#x})") };
        let (of_number, of_fd) = (high(self.request_high), high(self.fd_high));
        let bytes = hex(&self.bytes(abi, page_size, own_fd));
        format!("ioctl {:#010x}{of_number} to {}{of_fd}, {}, {bytes}", self.number(abi).get(), self.target, self.place)
    }
}

impl fmt::Display for RequestTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Heap => "the heap",
            Self::HeapOpened(_) => "the heap opened with another access mode",
            Self::Closed => "descriptor -1",
            Self::PathOnly => "the heap opened O_PATH",
            Self::Null => "/dev/null",
            Self::File => "a file in memory",
            Self::Directory => "the root directory",
            Self::Socket => "a socket",
            Self::Buffer => "a buffer",
        })
    }
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Middle => "writable memory",
            Self::Misaligned => "an odd address",
            Self::LastBytes => "the last bytes of a mapping",
            Self::ReadOnly => "memory that can only be read",
            Self::NoAccess => "memory that cannot be read",
            Self::Straddling(count) => return write!(f, "memory that ends after {count} bytes"),
            Self::Freed => "memory that was unmapped",
            Self::Null => "NULL",
            Self::One => "address 1",
            Self::MinusOne => "address -1",
            Self::Kernel => "an address of the kernel",
        })
    }
}

/// Bytes in groups of eight, the first 48 of them.
fn hex(bytes: &[u8]) -> String {
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
