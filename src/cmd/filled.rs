//! `--fill` and `--verify` of the verbs that allocate.

use super::UsageError;
use crate::args::filling::{Checked, Filling, Prepared};
use crate::error::Error;
use crate::exit::Exit;
use crate::heap::alloc::HeldBuffer;
use crate::ui::{mismatch, output};

/// What is to be written, if anything, and whether it is checked at the end.
#[derive(Debug)]
pub(super) struct Filled {
    pattern: Option<Prepared>,
    verify: bool,
}

impl Filled {
    /// Opens the pattern: before anything is allocated.
    pub(super) fn prepare(filling: &Filling) -> anyhow::Result<Self> {
        let chosen = filling.chosen().map_err(UsageError)?;
        let pattern = chosen.map(|chosen| filling.prepare(&chosen)).transpose()?;
        Ok(Self { pattern, verify: filling.verify })
    }

    /// Whether there will be something to check.
    pub(super) fn is_to_be_verified(&self) -> bool {
        self.verify
    }

    pub(super) fn fill(&self, buffers: &[HeldBuffer]) -> Result<(), Error> {
        let Some(pattern) = &self.pattern else { return Ok(()) };
        for (index, held) in buffers.iter().enumerate() {
            pattern.fill(&held.buffer, &object(index, held))?;
        }
        Ok(())
    }

    /// Compares all of them, if that was asked for: after all were filled, so a buffer that aliases another one is
    /// found. Differences are reported on stderr; answers the number of words for each.
    pub(super) fn verify(&self, buffers: &[HeldBuffer]) -> Result<Vec<u64>, Error> {
        let Some(pattern) = self.pattern.as_ref().filter(|_| self.verify) else { return Ok(Vec::new()) };
        let check = |(index, held): (usize, &HeldBuffer)| {
            let object = object(index, held);
            let checked = pattern.verify(&held.buffer, &object)?;
            let differing = checked.report.differing;
            if differing > 0 {
                tell(&object, checked);
            }
            Ok(differing)
        };
        buffers.iter().enumerate().map(check).collect()
    }

    /// The status that says what [`Filled::verify`] found.
    pub(super) fn exit(differing: &[u64]) -> Exit {
        if differing.iter().all(|words| *words == 0) { Exit::Success } else { Exit::Differs }
    }
}

fn object(index: usize, held: &HeldBuffer) -> String {
    format!("buffer {} from {}", index + 1, held.heap)
}

fn tell(object: &str, checked: Checked) {
    let Checked { pattern, seed, report } = checked;
    output::talk(&format!("{object} differs from {pattern}"));
    output::lines(&mismatch::lines(&mismatch::Comparison { pattern, seed, report, devices: None }));
}
