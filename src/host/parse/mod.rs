//! Parsers of the kernel's text files, from bytes. They open nothing and never fail: a line that is
//! not understood is left out, and a value that is missing is `None`.

pub(crate) mod buddyinfo;
pub(crate) mod bufinfo;
pub(crate) mod cgroup;
pub(crate) mod devices;
pub(crate) mod fdinfo;
pub(crate) mod link;
pub(crate) mod maps;
pub(crate) mod meminfo;
pub(crate) mod mountinfo;
pub(crate) mod stat;

/// The number in a file that holds nothing else: digits, and perhaps white space around them.
pub(crate) fn number(bytes: &[u8]) -> Option<u64> {
    let digits = bytes.trim_ascii();
    std::str::from_utf8(digits).ok().filter(|_| digits.iter().all(u8::is_ascii_digit))?.parse().ok()
}
