//! Parsers of the kernel's text files, from bytes. They open nothing and never fail: a line that is
//! not understood is left out, and a value that is missing is `None`.

pub mod buddyinfo;
pub mod bufinfo;
pub mod cgroup;
pub mod devices;
pub mod fdinfo;
pub mod idmap;
pub mod link;
pub mod maps;
pub mod meminfo;
pub mod mountinfo;
pub mod stat;

/// The number in a file that holds nothing else: digits, and perhaps white space around them.
#[must_use]
pub fn number(bytes: &[u8]) -> Option<u64> {
    let digits = bytes.trim_ascii();
    std::str::from_utf8(digits).ok().filter(|_| digits.iter().all(u8::is_ascii_digit))?.parse().ok()
}
