//! The file of `--compare`: what `--json` printed, here or on another kernel.

use super::columns::{COLUMNS, COMPARED};
use crate::cmd::saved::{self, Document};
use crate::error::Error;
use crate::probe::CaseResult;
use crate::ui::column::Selection;
use crate::ui::escape::escaped;
use crate::ui::output;
use crate::ui::table::{self, Layout};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Debug)]
pub(super) struct EarlierRun {
    name: String,
    kernel: String,
    /// By heap and case; empty where the case was not run.
    answers: BTreeMap<(String, String), String>,
}

#[derive(Deserialize)]
struct SavedAnswer {
    heap: String,
    case: String,
    outcome: Option<String>,
    kernel: String,
}

impl EarlierRun {
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let (bytes, name) = saved::bytes(path)?;
        let document = saved::document::<SavedAnswer>(&bytes, "probe").map_err(|reason| {
            Error::refused("read", &name, reason).with_hint("expected what `dmaheap probe --json` prints")
        })?;
        let Document { simulated, rows, .. } = document;
        let kernel = rows.first().map(|row| row.kernel.clone()).unwrap_or_default();
        let answers = rows.into_iter().map(|row| ((row.heap, row.case), row.outcome.unwrap_or_default()));
        let kernel = if simulated { format!("{kernel}, simulated") } else { kernel };
        Ok(Self { name, kernel, answers: answers.collect() })
    }

    pub(super) fn answer(&self, heap: &str, case: &str) -> Option<String> {
        self.answers.get(&(heap.to_owned(), case.to_owned())).cloned()
    }

    /// Says how many of these answers are others than in the file; whether any is.
    pub(super) fn report(&self, results: &[CaseResult]) -> Result<bool, Error> {
        let results: Vec<&CaseResult> = results.iter().filter(|result| !result.is_interrupted()).collect();
        let compared = results.iter().filter(|result| result.before.is_some()).count();
        if results.is_empty() {
            return Ok(false);
        }
        if compared == 0 {
            return Err(self.nothing_in_common());
        }
        let changed = results.iter().filter(|result| result.change().is_some()).count();
        let Self { name, kernel, .. } = self;
        output::info(&escaped(&format!("answers that differ from {name} ({kernel}): {changed} of {compared}")));
        if results.len() > compared {
            output::info(&format!("cases that the file does not have: {}", results.len() - compared));
        }
        Ok(changed > 0)
    }

    fn nothing_in_common(&self) -> Error {
        let mut heaps: Vec<&str> = self.answers.keys().map(|(heap, _)| heap.as_str()).collect();
        heaps.dedup();
        Error::refused("compare with", &self.name, "it has none of these heaps and cases")
            .with_hint(escaped(&format!("it has cases of {}", heaps.join(", "))).into_owned())
    }
}

/// The answers that are others than before, as a table.
pub(super) fn changes(results: &[CaseResult]) -> String {
    let changed: Vec<CaseResult> = results.iter().filter(|result| result.change().is_some()).cloned().collect();
    let shown = |name: &str| COLUMNS.iter().find(|column| column.heading.name == name);
    let selection = Selection(COMPARED.into_iter().filter_map(shown).collect());
    table::lines(selection.of(&changed), Layout::default()).collect()
}
