//! `--fill` and `--verify` of the verbs that allocate.

use super::UsageError;
use crate::args::filling::Filling;
use crate::dmabuf::mapping::Target;
use crate::dmabuf::range::ByteRange;
use crate::error::Error;
use crate::exit::Exit;
use crate::heap::alloc::HeldBuffer;
use crate::pattern::{self, Report, SeededPattern, Source, Work};
use crate::ui::{mismatch, output};
use std::os::fd::AsFd;

/// Runs of differing words that are named.
const EXTENTS: usize = 8;

/// The pattern to write, if any, and whether it is verified before the buffers are freed.
#[derive(Debug)]
pub(super) struct Filled<'a> {
    filling: &'a Filling,
    pattern: Option<(SeededPattern<'a>, Source)>,
}

impl<'a> Filled<'a> {
    /// Opens the pattern: before anything is allocated.
    pub(super) fn prepare(filling: &'a Filling) -> anyhow::Result<Self> {
        let seeded = filling.seeded().map_err(UsageError)?;
        let open = |seeded: SeededPattern<'a>| seeded.open().map(|source| (seeded, source));
        Ok(Self { filling, pattern: seeded.map(open).transpose()? })
    }

    pub(super) fn fill(&self, buffers: &[HeldBuffer]) -> Result<(), Error> {
        let Some((_, source)) = &self.pattern else { return Ok(()) };
        for (index, held) in buffers.iter().enumerate() {
            let (target, work) = self.whole(index, held)?;
            pattern::fill(&target, source, &work)?;
        }
        Ok(())
    }

    /// Compares all of them, if that was asked for: after all were filled, so a buffer that aliases another one is
    /// found. Differences are reported on stderr. Returns the number of words for each.
    pub(super) fn verify(&self, buffers: &[HeldBuffer]) -> Result<Vec<u64>, Error> {
        let Some((seeded, source)) = self.pattern.as_ref().filter(|_| self.filling.verify) else {
            return Ok(Vec::new());
        };
        let check = |(index, held): (usize, &HeldBuffer)| {
            let (target, work) = self.whole(index, held)?;
            let report = pattern::verify(&target, source, &work, EXTENTS)?;
            let differing = report.differing;
            if differing > 0 {
                print_mismatches(&target.object, seeded, report);
            }
            Ok(differing)
        };
        buffers.iter().enumerate().map(check).collect()
    }

    /// The status that says what [`Filled::verify`] found.
    pub(super) fn exit(differing: &[u64]) -> Exit {
        if differing.iter().all(|words| *words == 0) { Exit::Success } else { Exit::Differs }
    }

    fn whole<'b>(&self, index: usize, held: &'b HeldBuffer) -> Result<(Target<'b>, Work<'static>), Error> {
        let object = format!("buffer {} from {}", index + 1, held.heap);
        let size = held.buffer.size().map_err(|errno| Error::errno("measure", &object, errno))?;
        let range = ByteRange::within(&object, size, None, None)?;
        Ok((Target::new(held.buffer.as_fd(), object), Work { jobs: self.filling.jobs, ..Work::plain(range) }))
    }
}

fn print_mismatches(object: &str, seeded: &SeededPattern<'_>, report: Report) {
    let pattern = seeded.pattern.to_string();
    output::info(&format!("{object} differs from {pattern}"));
    output::lines(&mismatch::lines(&mismatch::Comparison { pattern, seed: seeded.seed, report, devices: None }));
}
