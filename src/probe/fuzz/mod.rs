//! Random requests, each compared with what the rules say.

mod generate;
mod shrink;

use super::census;
use super::child;
use super::facts::Facts;
use super::finding::{Finding, Verdict};
use super::ground::Ground;
use super::predict::predict;
use super::run::Probed;
use super::scene::Scene;
use super::send::{describe, send};
use super::shot::{Fd, Len, Shot};
use super::trial::Trial;
use crate::heap::Kind;
use crate::host::Root;
use crate::model::Kernel;
use crate::sys::probe::guarded::Reach;
use std::time::Instant;

/// Requests that share a child.
const BATCH: u64 = 1000;
/// A batch may take so many times as long as a case: a second is usual in an emulated machine.
const CASES: u32 = 3;
/// Of so many requests on a CMA heap one may allocate.
const CONTIGUOUS: u64 = 16;
/// Differences after which nothing new is to be learned, by the ids under which they are reported.
const IDS: [&str; 10] =
    ["fuzz_1", "fuzz_2", "fuzz_3", "fuzz_4", "fuzz_5", "fuzz_6", "fuzz_7", "fuzz_8", "fuzz_9", "fuzz_10"];

/// A difference, as small as it could be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Which request of the sequence.
    pub index: u64,
    pub expected: String,
    pub outcome: String,
    /// The request, shrunk, and what else is worth knowing.
    pub notes: Vec<String>,
    pub lost: Vec<i32>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
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
pub(crate) struct Plan {
    pub count: u64,
    pub seed: u64,
    /// Whether the first difference is the last thing to be learned.
    pub fail_fast: bool,
}

/// Sends requests 0 to `plan.count` of the sequence of `plan.seed`, to the first differences.
#[must_use]
pub(crate) fn run(probed: &Probed, root: &Root, facts: &Facts, plan: Plan) -> Outcome {
    let Plan { count, seed, fail_fast } = plan;
    let scene = probed.scene(facts);
    let enough = if fail_fast { 1 } else { IDS.len() };
    let mut outcome = Outcome::default();
    let mut from = 0;
    while from < count && outcome.differences.len() < enough {
        let to = (from + BATCH).min(count);
        match batch(&scene, root, seed, from, to) {
            Batch::Clean { unjudged } => {
                outcome.unjudged += unjudged;
                from = to;
            }
            Batch::Skipped(reason) => {
                outcome.skipped = Some(reason);
                break;
            }
            // What follows in this batch is sent again, in a new child.
            Batch::At(index, trial) => {
                outcome.differences.push(shrink::examine(&scene, root, seed, index, trial));
                from = index + 1;
            }
        }
        outcome.sent = from;
    }
    outcome
}

enum Batch {
    Clean { unjudged: u64 },
    At(u64, Trial),
    Skipped(String),
}

/// Sends requests `from` to `to` in one child. Where that does not come back, each alone is tried.
fn batch(scene: &Scene<'_>, root: &Root, seed: u64, from: u64, to: u64) -> Batch {
    let trial = census::watched(root, || child::run(scene.facts.limit * CASES, |_| all(scene, seed, from, to)));
    if let Some(reason) = trial.skipped {
        return Batch::Skipped(reason);
    }
    // The count has to be a number: `clean 12+buffer_left` is none.
    let number = |word: Option<&str>| word.and_then(|word| word.parse().ok());
    let mut words = trial.outcome.splitn(3, ' ');
    match (words.next(), number(words.next()), words.next()) {
        (Some("clean"), Some(unjudged), None) => Batch::Clean { unjudged },
        (Some("different"), Some(index), Some(outcome)) => {
            let outcome = outcome.to_owned();
            Batch::At(index, Trial { outcome, ..trial })
        }
        _ => (from..to)
            .map(|index| (index, alone(scene, root, &generated(scene, seed, index))))
            .find(|(_, trial)| differs(trial))
            .map_or_else(
                || {
                    Batch::At(
                        from,
                        Trial::of(trial.outcome.clone()).with_note("the batch ended so; each request alone did not"),
                    )
                },
                |(index, trial)| Batch::At(index, trial),
            ),
    }
}

fn generated(scene: &Scene<'_>, seed: u64, index: u64) -> Shot {
    let kernel = &scene.facts.kernel;
    let shot = generate::shot(seed, index, kernel.abi, kernel.page_size);
    // To find contiguous pages takes a hundred times as long as all the rest, and the rules before it
    // are the same on every heap.
    if scene.kind == Kind::Cma && index % CONTIGUOUS != 0 { refused(kernel, shot, index) } else { shot }
}

/// The same request with a field that keeps it from allocating, if it would have.
fn refused(kernel: &Kernel, shot: Shot, index: u64) -> Shot {
    let allocates = |shot: &Shot| predict(kernel, shot).is_some_and(|effects| effects.opened > 0);
    if !allocates(&shot) {
        return shot;
    }
    let mut spoilt = [shot.fd(Fd::Number(1)), shot.heap_flags(1 << (index % 64)), shot.fd_flags(1 << 4)];
    spoilt.rotate_left(index as usize % 3);
    // Requests that are too short for the other fields have a length.
    spoilt.into_iter().find(|shot| !allocates(shot)).unwrap_or_else(|| shot.len(Len::Bytes(0)))
}

/// In the child: sends each request, up to the first difference.
fn all(scene: &Scene<'_>, seed: u64, from: u64, to: u64) -> Trial {
    let ground = match Ground::new(scene.facts.kernel.page_size, Reach::Native) {
        Ok(ground) => ground,
        Err(errno) => return Trial::unprepared("map memory", errno),
    };
    let mut unjudged = 0;
    for index in from..to {
        match compare(scene, &ground, &generated(scene, seed, index)) {
            Compared::Same => {}
            Compared::Unjudged => unjudged += 1,
            Compared::Different(trial) => {
                return Trial { outcome: format!("different {index} {}", trial.outcome), ..trial };
            }
        }
    }
    Trial::of(format!("clean {unjudged}"))
}

/// One request in a child of its own: `same`, or what it ended with instead of what.
fn alone(scene: &Scene<'_>, root: &Root, shot: &Shot) -> Trial {
    let attempt = |story: child::Story<'_>| {
        story.announce(&describe(scene, shot));
        let ground = match Ground::new(scene.facts.kernel.page_size, Reach::Native) {
            Ok(ground) => ground,
            Err(errno) => return Trial::unprepared("map memory", errno),
        };
        match compare(scene, &ground, shot) {
            Compared::Same | Compared::Unjudged => Trial::of(SAME),
            Compared::Different(trial) => trial,
        }
    };
    census::watched(root, || child::run(scene.facts.limit, attempt))
}

/// What a request alone ends with if it is answered as the rules say.
const SAME: &str = "same";

fn differs(trial: &Trial) -> bool {
    trial.outcome != SAME && trial.skipped.is_none()
}

enum Compared {
    Same,
    Unjudged,
    Different(Trial),
}

fn compare(scene: &Scene<'_>, ground: &Ground, shot: &Shot) -> Compared {
    let observed = match send(scene, ground, shot) {
        Ok(observed) => observed,
        Err(errno) => return Compared::Different(Trial::unprepared("send", errno)),
    };
    let Some(expected) = predict(&scene.facts.kernel, shot) else { return Compared::Unjudged };
    if expected == observed.effects {
        return Compared::Same;
    }
    Compared::Different(Trial {
        outcome: observed.effects.to_string(),
        skipped: None,
        notes: vec![format!("expected {expected}"), describe(scene, shot)],
        lost: observed.lost,
    })
}

impl Outcome {
    /// As findings that any format can print: one for all requests, and one a difference.
    #[must_use]
    pub(crate) fn findings(&self, probed: &Probed, facts: &Facts, plan: Plan, start: Instant) -> Vec<Finding> {
        let Plan { count, seed, .. } = plan;
        let of = |case, verdict, expected: &str, outcome: String, reason, notes, lost| Finding {
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
            return vec![of(FUZZ, Verdict::Skip, "", String::new(), Some(reason.clone()), Vec::new(), Vec::new())];
        }
        if self.differences.is_empty() {
            let outcome =
                format!("{} requests as the rules say, {} of them the file system's", self.sent, self.unjudged);
            let reason = Some(format!("seed {seed}"));
            return vec![of(FUZZ, Verdict::Ok, "as the rules say", outcome, reason, Vec::new(), Vec::new())];
        }
        let (heap, abi) = (probed.argument(), facts.abi_name());
        let one = |(difference, id): (&Difference, &'static str)| {
            let Difference { index, expected, outcome, notes, lost } = difference.clone();
            let again = format!(
                "request {index}; again: dmaheap probe --heap {heap} --abi {abi} --fuzz {} --seed {seed}",
                index + 1
            );
            of(id, Verdict::Fail, &expected, outcome, Some(again), notes, lost)
        };
        let mut findings: Vec<Finding> = self.differences.iter().zip(IDS).map(one).collect();
        if let Some(last) = findings.last_mut().filter(|_| self.sent < count) {
            last.notes.push(format!("stopped after {} of {count} requests", self.sent));
        }
        findings
    }
}

/// The group of its findings, and the id of one that stands for all requests.
pub(crate) const FUZZ: &str = "fuzz";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_is_refused_allocates_nothing() {
        let kernel = Kernel::DEBIAN_6_12;
        let allocates = |shot: &Shot| predict(&kernel, shot).is_some_and(|effects| effects.opened > 0);
        let mut spoilt = 0;
        for index in 0..5000 {
            let shot = generate::shot(7, index, kernel.abi, kernel.page_size);
            let refused = refused(&kernel, shot, index);
            assert!(!allocates(&refused), "{refused:?}");
            spoilt += usize::from(refused != shot);
        }
        assert!(spoilt > 500, "{spoilt}");
    }
}
