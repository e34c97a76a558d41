//! Filling and verifying together, on files: what holds for every pattern, width, range and job.

use super::kind::NAMES;
use super::*;
use crate::dmabuf::mapping::Target;
use crate::dmabuf::range::ByteRange;
use crate::dmabuf::sync::SyncRequests;
use crate::dmabuf::width::Width;
use crate::error::Hint;
use crate::sys::system::page_size;
use proptest::prelude::*;
use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};

const AROUND: u8 = 0xa5;

struct Buffer {
    file: File,
    size: u64,
}

impl Buffer {
    fn new(size: u64) -> Self {
        let buffer = Self { file: tempfile::tempfile().unwrap(), size };
        buffer.file.write_all_at(&vec![AROUND; size as usize], 0).unwrap();
        buffer
    }

    fn target(&self, width: Option<Width>) -> Target<'_> {
        Target { fd: self.file.as_fd(), object: "buffer".to_owned(), sync: SyncRequests::None, width }
    }

    fn range(&self, offset: u64, length: u64) -> ByteRange {
        ByteRange::within("buffer", self.size, Some(offset), Some(length)).unwrap()
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.size as usize];
        self.file.read_exact_at(&mut bytes, 0).unwrap();
        bytes
    }

    /// Turns bits over behind the back of whoever maps it.
    fn flip(&self, offset: u64, bits: u8) {
        let mut byte = [0];
        self.file.read_exact_at(&mut byte, offset).unwrap();
        self.file.write_all_at(&[byte[0] ^ bits], offset).unwrap();
    }
}

fn source(text: &str, seed: u64) -> Source {
    Source::open(&text.parse().unwrap(), seed).unwrap()
}

/// Every pattern, with a file of `size` bytes for the one that needs it.
fn every_source(seed: u64, size: u64) -> (tempfile::NamedTempFile, Vec<Source>) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let content: Vec<u8> = (0..size).map(|byte| (byte * 251 / 7) as u8).collect();
    file.as_file().write_all_at(&content, 0).unwrap();
    let path = file.path().to_str().unwrap();
    let text = |name: &str| name.replace("PATH", path).replace("NNNNNNNN", "01234567").replace("NN", "3c");
    let sources = NAMES.iter().map(|name| source(&text(name), seed)).collect();
    (file, sources)
}

const WIDTHS: [Option<Width>; 5] =
    [None, Some(Width::Bits8), Some(Width::Bits16), Some(Width::Bits32), Some(Width::Bits64)];

fn widths() -> impl Iterator<Item = Option<Width>> {
    WIDTHS.into_iter().filter(|width| width.is_none_or(Width::is_one_access))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn filled_range_verifies_and_the_rest_is_untouched(
        seed: u64,
        offset in 0..3 * SEGMENT,
        length in 1..9 * SEGMENT,
        jobs in 1_usize..6,
        part: (u64, u64),
    ) {
        let buffer = Buffer::new(12 * SEGMENT + 8);
        let (_file, sources) = every_source(seed, buffer.size);
        for source in &sources {
            for width in widths() {
                let bytes = width.map_or(1, Width::bytes);
                let range = buffer.range(offset.next_multiple_of(bytes), length.next_multiple_of(bytes));
                let target = buffer.target(width);
                let work = Work { jobs: jobs.to_string().parse().unwrap(), ..Work::plain(range) };
                fill(&target, source, &work).unwrap();
                let report = verify(&target, source, &work, 4).unwrap();
                prop_assert!(report.is_equal(), "{:?}", report);

                // Any part, by one job and without a width.
                let begin = range.offset() + part.0 % range.length();
                let inside = buffer.range(begin, 1 + part.1 % (range.end() - begin));
                prop_assert!(verify(&buffer.target(None), source, &Work::plain(inside), 4).unwrap().is_equal());
                let all = buffer.bytes();
                let (before, after) = (&all[..range.offset() as usize], &all[range.end() as usize..]);
                prop_assert!(before.iter().chain(after).all(|byte| *byte == AROUND));
                buffer.file.write_all_at(&vec![AROUND; buffer.size as usize], 0).unwrap();
            }
        }
    }

    #[test]
    fn flipped_bit_is_found_at_its_place(
        seed: u64,
        begin in 0..SEGMENT,
        at in 0..6 * SEGMENT,
        bit in 0_u32..8,
        jobs in 1_usize..4,
    ) {
        let buffer = Buffer::new(8 * SEGMENT);
        let range = buffer.range(begin, 6 * SEGMENT + 3);
        let at = begin + at;
        let (_file, sources) = every_source(seed, buffer.size);
        for source in &sources {
            let work = Work { jobs: jobs.to_string().parse().unwrap(), ..Work::plain(range) };
            fill(&buffer.target(None), source, &work).unwrap();
            buffer.flip(at, 1 << bit);
            let report = verify(&buffer.target(None), source, &work, 4).unwrap();
            prop_assert_eq!(report.words, range.end().div_ceil(8) - begin / 8);
            prop_assert_eq!(report.differing, 1);
            let first = report.first.unwrap();
            prop_assert_eq!((first.offset, first.word_offset), (at, at / 8 * 8));
            prop_assert_eq!((first.page, first.offset_in_page), (at / page_size(), at % page_size()));
            let wrong = 1 << (at % 8 * 8) << bit;
            prop_assert_eq!(first.expected.value ^ first.got.value, wrong);
            prop_assert_eq!((first.xor.value, report.xor.value, report.xor_common.value), (wrong, wrong, wrong));
            prop_assert_eq!(first.reread, Some(first.got));
            let word = (at / 8 * 8).max(begin);
            let length = (at / 8 * 8 + 8).min(range.end()) - word;
            prop_assert_eq!(report.extents, [Extent { offset: word, length }]);
            prop_assert_eq!(report.more_extents, 0);
        }
    }
}

#[test]
fn the_width_is_the_size_of_the_words() {
    let buffer = Buffer::new(4096);
    let all = Work::plain(buffer.range(0, 4096));
    let source = source("address", 0);
    for width in widths().flatten() {
        let target = buffer.target(Some(width));
        fill(&target, &source, &all).unwrap();
        buffer.flip(0x123, 0x80);
        let report = verify(&target, &source, &all, 4).unwrap();
        assert_eq!((report.word_bits, report.words), (width.bits(), 4096 / width.bytes()));
        let first = report.first.unwrap();
        assert_eq!((first.offset, first.word_offset), (0x123, 0x123 / width.bytes() * width.bytes()));
        assert_eq!(first.reread, Some(first.got));
    }
}

#[test]
fn every_run_is_counted_whatever_the_jobs() {
    let buffer = Buffer::new(8 * SEGMENT);
    let source = source("random", 1);
    let range = buffer.range(0, buffer.size);
    fill(&buffer.target(None), &source, &Work::plain(range)).unwrap();
    // A run over the border of two jobs, and ten of one word.
    for offset in (4 * SEGMENT - 20)..(4 * SEGMENT + 20) {
        buffer.flip(offset, 1);
    }
    for run in 0..10 {
        buffer.flip(5 * SEGMENT + run * 64, 4);
    }
    let reports = ["1", "2", "3", "8"].map(|jobs| {
        let work = Work { jobs: jobs.parse().unwrap(), ..Work::plain(range) };
        verify(&buffer.target(None), &source, &work, 3).unwrap()
    });
    assert!(reports.iter().all(|report| *report == reports[0]));
    assert_eq!((reports[0].differing, reports[0].more_extents), (6 + 10, 8));
    assert_eq!(reports[0].extents[0], Extent { offset: 4 * SEGMENT - 24, length: 48 });
    assert_eq!((reports[0].xor.value, reports[0].xor_common.value), (0x0101_0101_0101_0105, 0));
}

#[test]
fn seed_changes_the_content() {
    let buffer = Buffer::new(SEGMENT);
    let all = Work::plain(buffer.range(0, SEGMENT));
    for name in NAMES.iter().filter(|name| !name.contains('=')) {
        let pattern: Pattern = name.parse().unwrap();
        fill(&buffer.target(None), &source(name, 1), &all).unwrap();
        let report = verify(&buffer.target(None), &source(name, 2), &all, 0).unwrap();
        assert_eq!(report.is_equal(), !pattern.takes_seed(), "{name}");
    }
}

#[test]
fn progress_adds_up() {
    let buffer = Buffer::new(20 * SEGMENT);
    let range = buffer.range(7, 19 * SEGMENT);
    for name in ["zero", "prbs31"] {
        let done = AtomicU64::new(0);
        let progress = |bytes| {
            done.fetch_add(bytes, Ordering::Relaxed);
        };
        let work = Work { range, jobs: "3".parse().unwrap(), progress: Some(&progress) };
        fill(&buffer.target(None), &source(name, 0), &work).unwrap();
        assert_eq!(done.swap(0, Ordering::Relaxed), range.length());
        verify(&buffer.target(None), &source(name, 0), &work, 0).unwrap();
        assert_eq!(done.load(Ordering::Relaxed), range.length());
    }
}

#[test]
fn unmappable_buffer_is_refused_with_a_reason() {
    let all = |size| Work::plain(ByteRange::within("buffer", size, None, None).unwrap());
    let named = tempfile::NamedTempFile::new().unwrap();
    named.as_file().set_len(4096).unwrap();
    let target = |fd| Target { fd, object: "buffer".to_owned(), sync: SyncRequests::None, width: None };

    let read_only = File::open(named.path()).unwrap();
    let error = fill(&target(read_only.as_fd()), &source("zero", 0), &all(4096)).unwrap_err();
    assert!(error.to_string().ends_with("(EACCES)"), "{error}");
    assert_eq!(error.hint(), Some(&Hint::AllocateWritable));

    let write_only = File::options().write(true).open(named.path()).unwrap();
    let error = verify(&target(write_only.as_fd()), &source("zero", 0), &all(4096), 0).unwrap_err();
    assert!(error.to_string().starts_with("map buffer: its descriptor is write-only"), "{error}");

    let (socket, _other) = std::os::unix::net::UnixStream::pair().unwrap();
    let error = verify(&target(socket.as_fd()), &source("zero", 0), &all(4096), 0).unwrap_err();
    assert!(error.to_string().contains("cannot be mapped"), "{error}");

    let wide = Target { width: Some(Width::Bits32), ..target(named.as_fd()) };
    let odd = Work::plain(ByteRange::within("buffer", 4096, Some(6), None).unwrap());
    let error = fill(&wide, &source("zero", 0), &odd).unwrap_err();
    assert!(
        error.to_string().contains("offset 6 is not a multiple of 4, as aligned 32-bit accesses require"),
        "{error}"
    );
}
