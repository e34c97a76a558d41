use super::*;
use crate::dmabuf::sync::SyncRequests;
use crate::dmabuf::width::Width;
use std::cell::Cell;
use std::fs::File;
use std::os::fd::AsFd;

const SIZE: u64 = 3 * BLOCK;

fn buffer() -> File {
    let file = tempfile::tempfile().unwrap();
    file.set_len(SIZE).unwrap();
    file
}

fn target(file: &File, width: Option<Width>) -> Target<'_> {
    Target { fd: file.as_fd(), object: "buffer".to_owned(), sync: SyncRequests::None, width }
}

fn bytes(length: u64) -> Vec<u8> {
    (0..length).map(|byte| (byte * 31 / 8) as u8).collect()
}

fn dumped(file: &File, range: ByteRange) -> Vec<u8> {
    let mut out = Vec::new();
    dump(&target(file, None), range, &mut out, "out", &|_| {}).unwrap();
    out
}

#[test]
fn dump_returns_loaded_bytes() {
    for (offset, length) in [(0, SIZE), (1, SIZE - 1), (5, 3), (BLOCK - 1, BLOCK + 2), (SIZE - 1, 1)] {
        let file = buffer();
        let range = ByteRange::within("buffer", SIZE, Some(offset), Some(length)).unwrap();
        let content = bytes(length);
        let seen = Cell::new(0);
        let progress = |bytes| seen.set(seen.get() + bytes);
        assert_eq!(load(&target(&file, None), range, &mut &content[..], "in", &progress).unwrap(), length);
        assert_eq!(seen.get(), length);
        assert_eq!(dumped(&file, range), content);
        let whole = dumped(&file, ByteRange::within("buffer", SIZE, None, None).unwrap());
        assert!(whole[..offset as usize].iter().chain(&whole[range.end() as usize..]).all(|byte| *byte == 0));
    }
}

#[test]
fn a_short_input_says_how_short_and_a_long_one_is_left() {
    let file = buffer();
    let range = ByteRange::within("buffer", SIZE, Some(100), Some(BLOCK)).unwrap();
    assert_eq!(load(&target(&file, None), range, &mut &bytes(999)[..], "in", &|_| {}).unwrap(), 999);
    assert_eq!(dumped(&file, range)[..1000], [bytes(999), vec![0]].concat());
    assert_eq!(load(&target(&file, None), range, &mut std::io::empty(), "in", &|_| {}).unwrap(), 0);
    let long = bytes(BLOCK + 10);
    let mut input = &long[..];
    assert_eq!(load(&target(&file, None), range, &mut input, "in", &|_| {}).unwrap(), BLOCK);
    assert_eq!(input.len(), 10);
}

/// Hands out a byte at a time, as a slow pipe may, and is interrupted before each.
struct Slow<'a>(&'a [u8], bool);

impl Read for Slow<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let length = into.len().min(1);
        self.0.read(&mut into[..length])
    }
}

#[test]
fn a_pipe_that_gives_little_at_a_time_is_read_on() {
    let file = buffer();
    let range = ByteRange::within("buffer", SIZE, None, Some(500)).unwrap();
    let content = bytes(500);
    let width = Some(Width::Bits32);
    assert_eq!(load(&target(&file, width), range, &mut Slow(&content, false), "in", &|_| {}).unwrap(), 500);
    assert_eq!(dumped(&file, range), content);
}

#[test]
fn an_input_that_ends_inside_a_word_is_refused() {
    let file = buffer();
    let range = ByteRange::within("buffer", SIZE, None, None).unwrap();
    let width = Some(Width::Bits32);
    let error = load(&target(&file, width), range, &mut &bytes(6)[..], "frame.raw", &|_| {}).unwrap_err();
    assert_eq!(error.to_string(), "read frame.raw: ends within a 32-bit word");
}

#[test]
fn a_full_disk_is_an_error() {
    let file = buffer();
    let range = ByteRange::within("buffer", SIZE, None, None).unwrap();
    let mut full = File::options().write(true).open("/dev/full").unwrap();
    let error = dump(&target(&file, None), range, &mut full, "out.raw", &|_| {}).unwrap_err();
    assert_eq!(error.to_string(), "write out.raw: no space left on device (ENOSPC)");
}

#[test]
fn an_input_that_fails_is_an_error() {
    let file = buffer();
    let range = ByteRange::within("buffer", SIZE, None, None).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut input = File::open(directory.path()).unwrap();
    let error = load(&target(&file, None), range, &mut input, "dir", &|_| {}).unwrap_err();
    assert_eq!(error.to_string(), "read dir: is a directory (EISDIR)");
}
