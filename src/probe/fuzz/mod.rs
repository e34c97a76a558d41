//! Random requests, each compared with what the rules say.

mod attempt;
mod generate;
mod shrink;

use super::child::{self, INTERRUPTED};
use super::context::CaseContext;
use super::facts::Facts;
use super::heaps::Probed;
use super::leaks;
use super::memory::RequestMemory;
use super::observation::Observation;
use super::request::RawRequest;
use super::result::{CaseResult, CaseVerdict, FUZZ};
use crate::host::Root;
use crate::size::counted;
use crate::sys::probe::arena::Reach;
use crate::sys::process::signals::Signals;
use attempt::{Compared, Deviation, alone, compare, generated};
#[cfg(test)]
pub(super) use generate::request as random_request;
use serde::{Deserialize, Serialize};
pub(crate) use shrink::Difference;
use std::ops::Range;
use std::time::Instant;

/// Requests that share a child.
const BATCH: u64 = 1000;
/// A batch may take this many times as long as a case: a second is usual in an emulated machine.
const CASES: u32 = 3;
/// Kinds of differences that are examined, by the ids under which they are reported. Others are only counted.
const IDS: [&str; 10] =
    ["fuzz_1", "fuzz_2", "fuzz_3", "fuzz_4", "fuzz_5", "fuzz_6", "fuzz_7", "fuzz_8", "fuzz_9", "fuzz_10"];

#[derive(Clone, Debug, Default)]
pub(crate) struct FuzzRun {
    /// How many requests were sent: all, or those up to the difference after which no other is looked for.
    pub sent: u64,
    /// How many of them the rules could not judge: their answer is the file system's.
    pub unjudged: u64,
    /// The differences from the rules, each kind once.
    pub differences: Vec<Difference>,
    /// How many requests differ in none of these ways.
    pub others: u64,
    /// Why it could not be run, or not to its end.
    pub skipped: Option<String>,
    pub is_interrupted: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct FuzzPlan {
    pub count: u64,
    pub seed: u64,
    /// Whether the first difference is the last thing to be learned.
    pub fail_fast: bool,
}

/// Sends requests 0 to `plan.count` of the sequence of `plan.seed`, or to a signal. `progress` is given how many have been
/// sent.
pub(crate) fn run(context: &CaseContext<'_>, root: &Root, plan: FuzzPlan, progress: &dyn Fn(u64)) -> FuzzRun {
    let FuzzPlan { count, seed, fail_fast } = plan;
    let mut outcome = FuzzRun::default();
    let mut from = 0;
    while from < count && (!fail_fast || outcome.differences.is_empty()) {
        progress(from);
        let to = (from + BATCH).min(count);
        let (counts, end) = batch(context, root, seed, from..to, &outcome.differences);
        outcome.unjudged += counts.unjudged;
        outcome.others += counts.others;
        for (known, alike) in outcome.differences.iter_mut().zip(counts.alike) {
            known.count += alike;
        }
        match end {
            BatchEnd::Whole => from = to,
            BatchEnd::Skipped(_) if context.is_interrupted() => {}
            BatchEnd::Skipped(reason) => {
                outcome.skipped = Some(reason);
                break;
            }
            // What follows in this batch is sent again, in a new child.
            BatchEnd::At(index, finding) => {
                let difference = shrink::examine(context, root, seed, index, finding);
                match outcome.differences.iter_mut().find(|known| known.is_like(&difference)) {
                    Some(known) => known.count += 1,
                    None => outcome.differences.push(difference),
                }
                from = index + 1;
            }
        }
        outcome.sent = from;
        if context.is_interrupted() {
            outcome.is_interrupted = true;
            break;
        }
    }
    outcome
}

/// How many requests the rules could not judge, and how many are like each difference that is known, or like none after the last.
#[derive(Default, Serialize, Deserialize)]
struct Counts {
    unjudged: u64,
    alike: Vec<u64>,
    others: u64,
}

#[derive(Serialize, Deserialize)]
enum BatchEnd {
    Whole,
    /// This request differs, and is like none that is known.
    At(u64, Deviation),
    Skipped(String),
}

type Batch = (Counts, BatchEnd);

/// Sends these requests in one child. Where that does not come back, each alone is tried.
fn batch(context: &CaseContext<'_>, root: &Root, seed: u64, range: Range<u64>, known: &[Difference]) -> Batch {
    let limit = context.facts.limit * CASES;
    let (report, left) = leaks::counted(root, || {
        let memory = || RequestMemory::new(context.facts.kernel.page_size, Reach::Native);
        child::report(limit, context.signals, |_| {
            let memory = memory().map_err(|errno| Observation::unprepared("map memory", errno))?;
            Ok(all(context, seed, range.clone(), known, |request| compare(context, root, &memory, request)))
        })
        .0
    });
    let mut end = match report.and_then(|batch| batch) {
        Ok((counts, BatchEnd::At(index, finding))) if finding.observation.skipped.is_none() => {
            return (counts, BatchEnd::At(index, finding));
        }
        Ok(batch @ (_, BatchEnd::Whole)) if !left.is_certain() => return batch,
        Ok((_, BatchEnd::Whole | BatchEnd::Skipped(_))) => Observation::of("clean"),
        Ok((_, BatchEnd::At(_, finding))) => finding.observation,
        Err(end) => end,
    };
    leaks::note(&mut end, &left);
    if let Some(reason) = end.skipped {
        return (Counts::default(), BatchEnd::Skipped(reason));
    }
    let first = range.start;
    match all(context, seed, range, known, |request| {
        alone(context, root, request).deviation().map_or(Compared::Same, Compared::Different)
    }) {
        (counts, BatchEnd::Whole) if context.is_interrupted() => (counts, BatchEnd::Skipped(INTERRUPTED.to_owned())),
        (counts, BatchEnd::Whole) if counts.others == 0 && counts.alike.iter().all(|alike| *alike == 0) => {
            let end = end.with_note("the batch ended this way; no request did alone");
            (counts, BatchEnd::At(first, Deviation::of(end)))
        }
        batch => batch,
    }
}

/// Sends each request, up to the first that differs as none that is known.
fn all(
    context: &CaseContext<'_>,
    seed: u64,
    range: Range<u64>,
    known: &[Difference],
    send: impl Fn(&RawRequest) -> Compared,
) -> Batch {
    let mut counts = Counts { alike: vec![0; known.len()], ..Counts::default() };
    for index in range {
        let request = generated(context, seed, index);
        match send(&request) {
            Compared::Same => {}
            Compared::Unjudged(_) => counts.unjudged += 1,
            Compared::Different(finding) => {
                let group = known.iter().position(|known| known.covers(&request, &finding.rule));
                match group.and_then(|group| counts.alike.get_mut(group)) {
                    Some(alike) => *alike += 1,
                    None if known.len() == IDS.len() => counts.others += 1,
                    None => return (counts, BatchEnd::At(index, finding)),
                }
            }
        }
    }
    (counts, BatchEnd::Whole)
}

/// Sends `request` alone.
pub(crate) fn one(
    probed: &Probed,
    root: &Root,
    (facts, signals): (&Facts, &Signals),
    request: &RawRequest,
) -> CaseResult {
    let (context, start) = (probed.context(facts, signals), Instant::now());
    let expected = shrink::expected(&context, request);
    let (verdict, observation) = match alone(&context, root, request) {
        Compared::Same => (CaseVerdict::Ok, Observation::of(expected.as_str())),
        Compared::Unjudged(outcome) => (CaseVerdict::Ok, Observation::of(outcome)),
        Compared::Different(Deviation { observation, .. }) if observation.skipped.is_some() => {
            (CaseVerdict::Skip, observation)
        }
        Compared::Different(Deviation { observation, .. }) => (CaseVerdict::Fail, observation),
    };
    let Observation { outcome, skipped, notes, lost, .. } = observation;
    let reason = skipped.or_else(|| (verdict == CaseVerdict::Ok).then(|| context.describe(request)));
    let sends = "a request of the command line, compared with the rules";
    CaseResult { verdict, expected, outcome, reason, notes, lost, ..result(probed, facts, ("request", sends), start) }
}

/// A result of which only the circumstances are known.
fn result(probed: &Probed, facts: &Facts, (case, sends): (&'static str, &'static str), start: Instant) -> CaseResult {
    CaseResult {
        heap: probed.name.clone(),
        group: FUZZ,
        case,
        sends,
        function: super::cases::DRIVER,
        verdict: CaseVerdict::Skip,
        expected: String::new(),
        outcome: String::new(),
        before: None,
        reason: None,
        notes: Vec::new(),
        lost: Vec::new(),
        elapsed: start.elapsed(),
        abi: facts.kernel.abi.name(),
        abi_found: facts.abi.word(),
        release: facts.release.as_str().into(),
    }
}

impl FuzzRun {
    /// Makes results that any format can print: one for all requests, and one a difference. `again` is the command that
    /// sends the smallest request of a difference, or all of them up to the one that needs those before it.
    pub(crate) fn results(
        &self,
        probed: &Probed,
        facts: &Facts,
        plan: FuzzPlan,
        start: Instant,
        again: &dyn Fn(&Difference) -> String,
    ) -> Vec<CaseResult> {
        let FuzzPlan { count, seed, .. } = plan;
        let of = |case| result(probed, facts, (case, "random requests, compared with the rules"), start);
        let stopped = format!("stopped after {} of {}", self.sent, counted(count, "request"));
        let nothing = (self.is_interrupted && self.sent == 0).then_some(INTERRUPTED);
        let reason = self.skipped.as_deref().or(nothing).filter(|_| self.differences.is_empty());
        if let Some(reason) = reason {
            return vec![CaseResult { reason: Some(reason.to_owned()), ..of(FUZZ) }];
        }
        if self.differences.is_empty() {
            let outcome =
                format!("{} matched the rules ({} answered by the VFS)", counted(self.sent, "request"), self.unjudged);
            let stopped = if self.is_interrupted { format!(", {stopped}") } else { String::new() };
            let (expected, reason) = ("as the rules say".to_owned(), Some(format!("seed {seed}{stopped}")));
            return vec![CaseResult { verdict: CaseVerdict::Ok, expected, outcome, reason, ..of(FUZZ) }];
        }

        let results = self.differences.iter().zip(IDS).map(|(difference, id)| {
            let Difference { index, expected, outcome, mut notes, lost, count, .. } = difference.clone();
            notes.insert(0, format!("again: {}", again(difference)));
            let reason =
                Some(format!("requests that differ in this way: {count}, the first is request {index} of seed {seed}"));
            CaseResult { verdict: CaseVerdict::Fail, expected, outcome, reason, notes, lost, ..of(id) }
        });
        let mut results: Vec<CaseResult> = results.collect();
        if let Some(last) = results.last_mut() {
            if self.others > 0 {
                last.notes.push(format!("requests that differ in other ways: {}", self.others));
            }
            if self.sent < count {
                last.notes.push(stopped);
            }
            last.notes.extend(self.skipped.clone());
        }
        results
    }
}
