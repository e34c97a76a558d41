//! Random requests, each compared with what the rules say.

mod attempt;
mod generate;
mod shrink;

use super::child;
use super::context::CaseContext;
use super::facts::Facts;
use super::heaps::Probed;
use super::leaks;
use super::memory::RequestMemory;
use super::observation::Observation;
use super::result::{CaseResult, CaseVerdict, FUZZ};
use crate::host::Root;
use crate::sys::probe::arena::Reach;
use attempt::{Compared, alone, compare, generated};
use serde::{Deserialize, Serialize};
use shrink::Difference;
use std::time::Instant;

/// Requests that share a child.
const BATCH: u64 = 1000;
/// A batch may take so many times as long as a case: a second is usual in an emulated machine.
const CASES: u32 = 3;
/// Differences after which nothing new is to be learned, by the ids under which they are reported.
const IDS: [&str; 10] =
    ["fuzz_1", "fuzz_2", "fuzz_3", "fuzz_4", "fuzz_5", "fuzz_6", "fuzz_7", "fuzz_8", "fuzz_9", "fuzz_10"];

#[derive(Clone, Debug, Default)]
pub(crate) struct FuzzRun {
    /// How many requests were sent; with differences, up to the last one.
    pub sent: u64,
    /// How many of them the rules could not judge: their answer is the file system's.
    pub unjudged: u64,
    /// What was not as the rules say.
    pub differences: Vec<Difference>,
    /// Why it could not be run at all.
    pub skipped: Option<String>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct FuzzPlan {
    pub count: u64,
    pub seed: u64,
    /// Whether the first difference is the last thing to be learned.
    pub fail_fast: bool,
}

/// Sends requests 0 to `plan.count` of the sequence of `plan.seed`, to the first differences.
#[must_use]
pub(crate) fn run(probed: &Probed, root: &Root, facts: &Facts, plan: FuzzPlan) -> FuzzRun {
    let FuzzPlan { count, seed, fail_fast } = plan;
    let context = probed.context(facts);
    let enough = if fail_fast { 1 } else { IDS.len() };
    let mut outcome = FuzzRun::default();
    let mut from = 0;
    while from < count && outcome.differences.len() < enough {
        let to = (from + BATCH).min(count);
        match batch(&context, root, seed, from, to) {
            Batch::Clean { unjudged } => {
                outcome.unjudged += unjudged;
                from = to;
            }
            Batch::Skipped(reason) => {
                outcome.skipped = Some(reason);
                break;
            }
            // What follows in this batch is sent again, in a new child.
            Batch::At(index, observation) => {
                outcome.differences.push(shrink::examine(&context, root, seed, index, observation));
                from = index + 1;
            }
        }
        outcome.sent = from;
    }
    outcome
}

#[derive(Serialize, Deserialize)]
enum Batch {
    Clean { unjudged: u64 },
    At(u64, Observation),
    Skipped(String),
}

/// Sends requests `from` to `to` in one child. Where that does not come back, each alone is tried.
fn batch(context: &CaseContext<'_>, root: &Root, seed: u64, from: u64, to: u64) -> Batch {
    let limit = context.facts.limit * CASES;
    let (report, left) = leaks::counted(root, || child::report(limit, |_| all(context, seed, from, to)).0);
    let mut end = match report.and_then(|batch| batch) {
        Ok(Batch::At(index, mut observation)) if observation.skipped.is_none() => {
            leaks::note(&mut observation, &left);
            return Batch::At(index, observation);
        }
        Ok(batch @ Batch::Clean { .. }) if !left.is_certain() => return batch,
        Ok(Batch::Clean { unjudged }) => Observation::of(format!("clean {unjudged}")),
        Ok(Batch::Skipped(reason)) => Observation::skip(reason),
        Ok(Batch::At(_, end)) | Err(end) => end,
    };
    leaks::note(&mut end, &left);
    if let Some(reason) = end.skipped {
        return Batch::Skipped(reason);
    }
    (from..to).find_map(|index| Some((index, alone(context, root, &generated(context, seed, index))?))).map_or_else(
        || Batch::At(from, end.with_note("the batch ended this way; no request did alone")),
        |(index, observation)| Batch::At(index, observation),
    )
}

/// In the child: sends each request, up to the first difference.
fn all(context: &CaseContext<'_>, seed: u64, from: u64, to: u64) -> Result<Batch, Observation> {
    let memory = RequestMemory::new(context.facts.kernel.page_size, Reach::Native)
        .map_err(|errno| Observation::unprepared("map memory", errno))?;
    let mut unjudged = 0;
    for index in from..to {
        match compare(context, &memory, &generated(context, seed, index)) {
            Compared::Same => {}
            Compared::Unjudged => unjudged += 1,
            Compared::Different(observation) => return Ok(Batch::At(index, observation)),
        }
    }
    Ok(Batch::Clean { unjudged })
}

impl FuzzRun {
    /// As results that any format can print: one for all requests, and one a difference. `again` says how to send the
    /// requests up to one again.
    #[must_use]
    pub(crate) fn results(
        &self,
        probed: &Probed,
        facts: &Facts,
        plan: FuzzPlan,
        start: Instant,
        again: &dyn Fn(u64) -> String,
    ) -> Vec<CaseResult> {
        let FuzzPlan { count, seed, .. } = plan;
        let of = |case, verdict, expected: &str, outcome: String, reason, notes, lost| CaseResult {
            heap: probed.name.clone(),
            group: FUZZ,
            case,
            sends: "random requests, compared with the rules",
            function: super::cases::DRIVER,
            verdict,
            expected: expected.to_owned(),
            outcome,
            reason,
            notes,
            lost,
            elapsed: start.elapsed(),
            abi: facts.abi_name(),
            abi_found: facts.abi.word(),
            release: facts.release.as_str().into(),
        };
        if let Some(reason) = &self.skipped {
            return vec![of(FUZZ, CaseVerdict::Skip, "", String::new(), Some(reason.clone()), Vec::new(), Vec::new())];
        }
        if self.differences.is_empty() {
            let outcome =
                format!("{} requests match the rules ({} were answered by the VFS)", self.sent, self.unjudged);
            let reason = Some(format!("seed {seed}"));
            return vec![of(FUZZ, CaseVerdict::Ok, "as the rules say", outcome, reason, Vec::new(), Vec::new())];
        }
        let one = |(difference, id): (&Difference, &'static str)| {
            let Difference { index, expected, outcome, notes, lost } = difference.clone();
            let reason = Some(format!("request {index}; again: {}", again(index)));
            of(id, CaseVerdict::Fail, &expected, outcome, reason, notes, lost)
        };
        let mut results: Vec<CaseResult> = self.differences.iter().zip(IDS).map(one).collect();
        if let Some(last) = results.last_mut().filter(|_| self.sent < count) {
            last.notes.push(format!("stopped after {} of {count} requests", self.sent));
        }
        results
    }
}
