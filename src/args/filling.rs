//! Filling what is allocated, and checking it: `--fill` and `--verify` of the verbs that allocate.

use super::pattern::{Chosen, pattern, seed};
use crate::dmabuf::DmaBuf;
use crate::dmabuf::mapping::Target;
use crate::dmabuf::range::ByteRange;
use crate::dmabuf::sync::SyncRequests;
use crate::error::Error;
use crate::pattern::{self as patterns, Jobs, Pattern, Report, Source, Work};
use clap::Args;
use std::os::fd::AsFd;

/// Runs of differing words that are named.
const EXTENTS: usize = 8;

/// Options of verbs that allocate.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Bytes")]
pub(crate) struct Filling {
    /// Fill the buffers with a pattern, as dmaheap-fill(1) does
    ///
    /// Example: --fill random
    #[arg(long, value_name = "PATTERN", value_parser = pattern())]
    pub fill: Option<Pattern>,

    /// Verify the pattern before freeing; status 3 if it differs
    ///
    /// Example: --fill address --verify
    #[arg(long, requires = "fill")]
    pub verify: bool,

    /// Seed the pattern
    ///
    /// Example: --fill random --seed 42
    #[arg(long, value_name = "N", requires = "fill", value_parser = seed, allow_hyphen_values = true)]
    pub seed: Option<u64>,

    /// Fill and verify with this many threads
    ///
    /// Example: --fill prbs31 --jobs 4
    #[arg(long, value_name = "N", requires = "fill", default_value = "1", allow_hyphen_values = true)]
    pub jobs: Jobs,
}

/// A pattern that is ready for buffers.
#[derive(Debug)]
pub(crate) struct Prepared {
    source: Source,
    pattern: String,
    seed: Option<u64>,
    jobs: Jobs,
}

/// What a check of a buffer found.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The pattern, as it is typed.
    pub pattern: String,
    /// Its seed, if it takes one.
    pub seed: Option<u64>,
    /// The comparison.
    pub report: Report,
}

impl Filling {
    /// The pattern, if there is one. Nothing is opened yet.
    ///
    /// # Errors
    /// A seed that the pattern does not have.
    pub(crate) fn chosen(&self) -> Result<Option<Chosen<'_>>, String> {
        self.fill.as_ref().map(|pattern| Chosen::new(pattern, self.seed)).transpose()
    }

    /// Opens the pattern: before anything is allocated.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn prepare(&self, chosen: &Chosen<'_>) -> Result<Prepared, Error> {
        let source = chosen.open()?;
        Ok(Prepared { source, pattern: chosen.pattern.to_string(), seed: chosen.seed, jobs: self.jobs })
    }
}

impl Prepared {
    /// Fills all of `buffer`, which errors call `object`.
    ///
    /// # Errors
    /// Those of [`patterns::fill()`].
    pub(crate) fn fill(&self, buffer: &DmaBuf, object: &str) -> Result<(), Error> {
        let (target, range) = whole(buffer, object)?;
        patterns::fill(&target, &self.source, &self.work(range))
    }

    /// Compares all of `buffer`, which errors call `object`, with the pattern.
    ///
    /// # Errors
    /// Those of [`patterns::verify()`].
    pub(crate) fn verify(&self, buffer: &DmaBuf, object: &str) -> Result<Checked, Error> {
        let (target, range) = whole(buffer, object)?;
        let report = patterns::verify(&target, &self.source, &self.work(range), EXTENTS)?;
        Ok(Checked { pattern: self.pattern.clone(), seed: self.seed, report })
    }

    fn work(&self, range: ByteRange) -> Work<'static> {
        Work { jobs: self.jobs, ..Work::plain(range) }
    }
}

fn whole<'a>(buffer: &'a DmaBuf, object: &str) -> Result<(Target<'a>, ByteRange), Error> {
    let size = buffer.size().map_err(|errno| Error::errno("measure", object, errno))?;
    let range = ByteRange::within(object, size, None, None)?;
    let target = Target { fd: buffer.as_fd(), object: object.to_owned(), sync: SyncRequests::Both, width: None };
    Ok((target, range))
}
