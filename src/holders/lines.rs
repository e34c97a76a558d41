//! The lines of a file that may be large.

use crate::sys::fd::file::errno_of;
use crate::sys::{Errno, Result};
use std::io::{self, BufRead, BufReader, Read};

/// More than the longest line of `/proc/PID/maps`: a path of 4096 bytes, each written as `\012`. A longer one is left
/// out.
const LONGEST: u64 = 32 * 1024;
/// A bound against an endless file: some million buffers or mappings. One that has more is not read to its end (EFBIG).
const LIMIT: u64 = 512 * 1024 * 1024;

/// Calls `each` with every line of `file`, without its newline. Returns whether there was any.
pub(super) fn for_each_line(file: impl Read, each: impl FnMut(&[u8])) -> Result<bool> {
    match for_each_up_to(LIMIT, file, each).map_err(|error| errno_of(&error))? {
        length if length > LIMIT => Err(Errno::EFBIG),
        length => Ok(length > 0),
    }
}

/// Reads at most a byte more than `limit`. Returns how many bytes it read.
fn for_each_up_to(limit: u64, file: impl Read, mut each: impl FnMut(&[u8])) -> io::Result<u64> {
    let mut reader = BufReader::new(file.take(limit + 1));
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = reader.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
        if length == 0 {
            return Ok(limit + 1 - reader.get_ref().limit());
        }
        match line.strip_suffix(b"\n") {
            Some(line) => each(line),
            None if length as u64 == LONGEST => drop(reader.skip_until(b'\n')?),
            None => each(&line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out a few bytes at a time, as a file of procfs may.
    struct Slowly<'a>(&'a [u8], usize);

    impl Read for Slowly<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let length = into.len().min(self.1);
            self.0.read(&mut into[..length])
        }
    }

    fn lines(text: &[u8], step: usize) -> Vec<String> {
        let mut lines = Vec::new();
        let any = for_each_line(Slowly(text, step), |line| lines.push(String::from_utf8(line.to_vec()).unwrap()));
        assert_eq!(any, Ok(!text.is_empty()));
        lines
    }

    #[test]
    fn lines_are_whole_however_they_arrive() {
        for step in [1, 2, 3, 7, 100_000] {
            assert_eq!(lines(b"one\n\nthree\nfour", step), ["one", "", "three", "four"], "{step}");
            assert!(lines(b"", step).is_empty());
        }
    }

    #[test]
    fn no_more_is_read_of_a_file_without_an_end() {
        for byte in [b'x', b'\n'] {
            assert_eq!(for_each_up_to(1 << 20, io::repeat(byte), |_| {}).unwrap(), (1 << 20) + 1);
            assert_eq!(for_each_up_to(1 << 20, io::repeat(byte).take(1 << 20), |_| {}).unwrap(), 1 << 20);
        }
    }

    #[test]
    fn a_line_that_does_not_fit_hides_no_other() {
        let text = ["x".repeat(3 * LONGEST as usize).as_bytes(), b"\nlast\n"].concat();
        assert_eq!(lines(&text, 4096), ["last"]);
    }
}
