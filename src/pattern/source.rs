//! A pattern with its seed, ready to be written or compared.

use super::kind::Pattern;
use super::periodic::{self, PERIOD};
use crate::dmabuf::range::ByteRange;
use crate::error::{Error, Hint};
use crate::sys::fd::descriptor;
use crate::sys::fd::file::errno_of;
use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, FileTypeExt};
use std::path::Path;

/// Where the bytes of a pattern come from. Threads may share it.
#[derive(Debug)]
pub(crate) struct Source {
    pub(super) content: SourceKind,
}

#[derive(Debug)]
pub(super) enum SourceKind {
    Periodic { words: Box<[u64; PERIOD]>, constant: Option<u8> },
    Address(u64),
    Prbs31(u64),
    Random(u64),
    File(Contents),
}

/// The file of `file=PATH`.
#[derive(Debug)]
pub(super) struct Contents {
    file: File,
    name: String,
    length: u64,
}

/// A pattern with its seed.
#[derive(Debug)]
pub(crate) struct SeededPattern<'a> {
    pub pattern: &'a Pattern,
    /// Seed, if it has one.
    pub seed: Option<u64>,
}

impl<'a> SeededPattern<'a> {
    /// Refuses a seed that the pattern does not have.
    pub(crate) fn new(pattern: &'a Pattern, seed: Option<u64>) -> Result<Self, String> {
        match (pattern.takes_seed(), seed) {
            (true, seed) => Ok(Self { pattern, seed: Some(seed.unwrap_or(0)) }),
            (false, None) => Ok(Self { pattern, seed }),
            (false, Some(_)) => Err(format!("the pattern {pattern} takes no seed")),
        }
    }

    pub(crate) fn open(&self) -> Result<Source, Error> {
        Source::open(self.pattern, self.seed.unwrap_or(0))
    }
}

impl Source {
    /// The bytes of `pattern` with `seed`. Opens the file of `file=`.
    ///
    /// # Errors
    /// A file that cannot be opened or is neither a regular file nor a block device: its bytes are
    /// read at any offset, and more than once.
    pub(crate) fn open(pattern: &Pattern, seed: u64) -> Result<Self, Error> {
        let content = match (pattern, periodic::period(pattern, seed)) {
            (_, Some(words)) => SourceKind::Periodic { words: Box::new(words), constant: periodic::constant(pattern) },
            (Pattern::Prbs31, None) => SourceKind::Prbs31(seed),
            (Pattern::Random, None) => SourceKind::Random(seed),
            (Pattern::File(path), None) => SourceKind::File(Contents::open(path)?),
            // Everything else repeats.
            (_, None) => SourceKind::Address(seed),
        };
        Ok(Self { content })
    }

    /// Refuses a range of which the pattern does not have all bytes, as a file that ends before.
    pub(crate) fn check_covers(&self, range: ByteRange) -> Result<(), Error> {
        match &self.content {
            SourceKind::File(contents) => contents.check_covers(range),
            _ => Ok(()),
        }
    }

    /// The byte, where all are the same.
    pub(crate) fn constant(&self) -> Option<u8> {
        match self.content {
            SourceKind::Periodic { constant, .. } => constant,
            _ => None,
        }
    }
}

impl Contents {
    fn open(path: &Path) -> Result<Self, Error> {
        let is_stdin = path.as_os_str() == "-";
        let name = if is_stdin { "stdin".to_owned() } else { path.display().to_string() };
        let failed = |error: io::Error| failed(&name, &error);
        let stdin = is_stdin.then(|| descriptor::inherited(0).map(File::from)).transpose();
        let stdin = stdin.map_err(|errno| Error::errno("open", &name, errno))?;
        // Looked at before it is opened: to open a FIFO waits, to open a device can do harm.
        let kind = stdin.as_ref().map_or_else(|| fs::metadata(path), File::metadata).map_err(failed)?.file_type();
        if !kind.is_file() && !kind.is_block_device() {
            return Err(Error::refused("open", &name, "not a regular file, so its bytes cannot be read twice")
                .with_hint("load copies from pipes and devices into a buffer"));
        }
        let mut file = stdin.map_or_else(|| File::open(path), Ok).map_err(failed)?;
        let length = file.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok(Self { file, name, length })
    }

    fn check_covers(&self, range: ByteRange) -> Result<(), Error> {
        if range.end() <= self.length {
            return Ok(());
        }
        let reason = format!("is {} bytes long, but the range ends at {}", self.length, range.end());
        let error = Error::refused("read", &self.name, reason);
        Err(match self.length.checked_sub(range.offset()).filter(|rest| *rest > 0) {
            Some(rest) => error.with_hint(Hint::ShorterRange(rest)),
            None => error,
        })
    }

    /// Reads what the file has at `offset`.
    pub(super) fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), Error> {
        self.file.read_exact_at(into, offset).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                Error::refused("read", &self.name, format!("truncated while it was read: no byte at offset {offset}"))
            }
            _ => failed(&self.name, &error),
        })
    }
}

fn failed(name: &str, error: &io::Error) -> Error {
    Error::errno("read", name, errno_of(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn open(path: &Path) -> Result<Source, Error> {
        Source::open(&Pattern::File(path.to_owned()), 0)
    }

    #[test]
    fn a_file_has_to_reach_to_the_end_of_the_range() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&[7; 100]).unwrap();
        let source = open(file.path()).unwrap();
        assert!(source.check_covers(ByteRange::from_parts(90, 10)).is_ok());
        let error = source.check_covers(ByteRange::from_parts(90, 11)).unwrap_err();
        assert!(error.to_string().ends_with("is 100 bytes long, but the range ends at 101"));
        assert_eq!(error.hint(), Some(&Hint::ShorterRange(10)));
        assert_eq!(source.check_covers(ByteRange::from_parts(100, 1)).unwrap_err().hint(), None);
    }

    #[test]
    fn a_file_that_shrinks_is_an_error() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&[7; 100]).unwrap();
        let source = open(file.path()).unwrap();
        file.as_file().set_len(10).unwrap();
        let SourceKind::File(contents) = &source.content else { panic!("not a file") };
        assert!(contents.read(5, &mut [0; 50]).unwrap_err().to_string().contains("truncated while it was read"));
    }

    #[test]
    fn pattern_file_that_is_not_regular_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        for path in [directory.path(), Path::new("/dev/null")] {
            assert!(open(path).unwrap_err().to_string().contains("not a regular file"));
        }
        let missing = open(&directory.path().join("none")).unwrap_err();
        assert!(missing.to_string().ends_with("none: no such file or directory (ENOENT)"), "{missing}");
    }
}
