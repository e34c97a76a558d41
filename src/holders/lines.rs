//! The lines of a file that may be large, in a buffer that is used again.

use crate::sys::fd::file::errno_of;
use crate::sys::mem::bytes;
use crate::sys::{Errno, Result};
use std::io::Read;

/// More than the longest line of `/proc/PID/maps`: a path of 4096 bytes, each written as `\012`.
const CAPACITY: usize = 32 * 1024;
/// A bound against an endless file: some million buffers or mappings. One that has more is not read to its end (EFBIG).
const LIMIT: u64 = 512 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct Lines {
    buffer: Vec<u8>,
    limit: u64,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self { buffer: vec![0; CAPACITY], limit: LIMIT }
    }

    /// Calls `each` with every line of `file`, without its newline. A line that does not fit is left out.
    pub(super) fn for_each(&mut self, file: &mut impl Read, each: impl FnMut(&[u8])) -> Result<()> {
        self.for_each_near(b"", file, each).map(drop)
    }

    /// As [`Lines::for_each`], but of all that is read at once no line is looked for where none holds `needle`. Answers
    /// whether there was anything.
    pub(super) fn for_each_near(
        &mut self,
        needle: &[u8],
        file: &mut impl Read,
        mut each: impl FnMut(&[u8]),
    ) -> Result<bool> {
        let (mut held, mut total) = (0, 0);
        loop {
            let read = match file.read(&mut self.buffer[held..]).map_err(|error| errno_of(&error)) {
                Err(Errno::EINTR) => continue,
                answer => answer?,
            };
            let end = held + read;
            total += read as u64;
            if total > self.limit {
                return Err(Errno::EFBIG);
            }
            let whole = self.buffer[..end].iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
            let mut start = if bytes::contains(&self.buffer[..whole], needle) { 0 } else { whole };
            while let Some(length) = bytes::find(&self.buffer[start..whole], b'\n') {
                each(&self.buffer[start..start + length]);
                start += length + 1;
            }
            if read == 0 {
                if start < end {
                    each(&self.buffer[start..end]);
                }
                return Ok(total > 0);
            }
            self.buffer.copy_within(start..end, 0);
            held = end - start;
            if held == self.buffer.len() {
                held = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8], step: usize) -> Vec<String> {
        /// Gives a few bytes at a time, as procfs may.
        struct Slow<'a>(&'a [u8], usize);
        impl Read for Slow<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                let length = self.1.min(self.0.len()).min(buffer.len());
                buffer[..length].copy_from_slice(&self.0[..length]);
                self.0 = &self.0[length..];
                Ok(length)
            }
        }
        let mut seen = Vec::new();
        Lines::new()
            .for_each(&mut Slow(text, step), |line| seen.push(String::from_utf8_lossy(line).into_owned()))
            .expect("no error");
        seen
    }

    #[test]
    fn lines_are_whole_however_they_arrive() {
        for step in [1, 2, 3, 7, 100_000] {
            assert_eq!(lines(b"one\n\nthree\nfour", step), ["one", "", "three", "four"], "{step}");
            assert!(lines(b"", step).is_empty());
        }
    }

    #[test]
    fn no_line_is_lost_beside_those_that_are_passed_over() {
        let text = [&b"a\nb\n".repeat(20_000)[..], b"x needle\nc\n", &b"d\n".repeat(30_000), b"needle y"].concat();
        let mut found = Vec::new();
        let any = Lines::new().for_each_near(b"needle", &mut &text[..], |line| {
            found.extend(bytes::contains(line, b"needle").then(|| line.to_vec()));
        });
        assert_eq!((any, found), (Ok(true), vec![b"x needle".to_vec(), b"needle y".to_vec()]));
        assert_eq!(Lines::new().for_each_near(b"needle", &mut &b""[..], |_| {}), Ok(false));
    }

    #[test]
    fn a_file_without_an_end_is_an_error() {
        let mut lines = Lines { limit: 1 << 20, ..Lines::new() };
        for byte in [b'x', b'\n'] {
            assert_eq!(lines.for_each(&mut std::io::repeat(byte), |_| {}), Err(Errno::EFBIG));
            assert_eq!(lines.for_each(&mut std::io::repeat(byte).take(1 << 20), |_| {}), Ok(()));
        }
    }

    #[test]
    fn a_line_that_does_not_fit_hides_no_other() {
        let text = ["x".repeat(3 * CAPACITY).as_bytes(), b"\nlast\n"].concat();
        assert_eq!(lines(&text, 4096).last().map(String::as_str), Some("last"));
    }
}
