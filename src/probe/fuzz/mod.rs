//! Random requests, each compared with what the rules say.

mod generate;
mod shrink;

pub use generate::shot;

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
use crate::model::Kernel;
use crate::sys::guarded::Reach;
use std::time::{Duration, Instant};

/// Requests that share a child.
const BATCH: u64 = 1000;
/// How long a batch may take: a second is usual in an emulated machine.
const BATCH_LIMIT: Duration = Duration::from_secs(60);
/// Of so many requests on a CMA heap one may allocate.
const CONTIGUOUS: u64 = 16;
/// Differences after which nothing new is to be learned.
const ENOUGH: usize = 10;

/// A difference, as small as it could be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which request of the sequence.
    pub index: u64,
    /// What the rules say.
    pub expected: String,
    /// What the kernel did.
    pub outcome: String,
    /// The request, shrunk, and what else is worth knowing.
    pub notes: Vec<String>,
    /// Descriptors left behind.
    pub lost: Vec<i32>,
}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// How many requests were sent.
    pub sent: u64,
    /// How many of them the rules could not judge: their answer is the file system's.
    pub unjudged: u64,
    /// How many were sent at the time of the last difference.
    pub differences: Vec<Difference>,
    /// Why it could not be run at all.
    pub skipped: Option<String>,
}

/// Sends requests 0 to `count` of the sequence of `seed`.
#[must_use]
pub fn run(probed: &Probed, facts: &Facts, count: u64, seed: u64) -> Outcome {
    let scene = probed.scene(facts);
    let mut outcome = Outcome::default();
    let mut from = 0;
    while from < count && outcome.differences.len() < ENOUGH {
        let to = (from + BATCH).min(count);
        match batch(&scene, seed, from, to) {
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
                outcome.differences.push(shrink::examine(&scene, seed, index, trial));
                from = index + 1;
            }
        }
        outcome.sent = from;
    }
    outcome
}

/// What came of a batch.
enum Batch {
    Clean { unjudged: u64 },
    At(u64, Trial),
    Skipped(String),
}

/// Sends requests `from` to `to` in one child. Where that does not come back, each alone is tried.
fn batch(scene: &Scene<'_>, seed: u64, from: u64, to: u64) -> Batch {
    let trial = child::run(BATCH_LIMIT, || all(scene, seed, from, to));
    if let Some(reason) = trial.skipped {
        return Batch::Skipped(reason);
    }
    match trial.outcome.split_once(' ') {
        Some(("clean", unjudged)) => Batch::Clean { unjudged: unjudged.parse().unwrap_or(0) },
        Some(("different", index)) => Batch::At(index.parse().unwrap_or(from), trial),
        _ => (from..to)
            .map(|index| (index, alone(scene, &generated(scene, seed, index))))
            .find(|(_, trial)| trial.outcome != "same")
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
            Compared::Different(trial) => return Trial { outcome: format!("different {index}"), ..trial },
        }
    }
    Trial::of(format!("clean {unjudged}"))
}

/// One request in a child of its own: `same`, or what it ended with instead of what.
fn alone(scene: &Scene<'_>, shot: &Shot) -> Trial {
    child::run(child::LIMIT, || {
        let ground = match Ground::new(scene.facts.kernel.page_size, Reach::Native) {
            Ok(ground) => ground,
            Err(errno) => return Trial::unprepared("map memory", errno),
        };
        match compare(scene, &ground, shot) {
            Compared::Same | Compared::Unjudged => Trial::of("same"),
            Compared::Different(trial) => trial,
        }
    })
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
    pub fn findings(&self, probed: &Probed, facts: &Facts, seed: u64, start: Instant) -> Vec<Finding> {
        let of = |verdict, expected: &str, outcome: String, reason, notes, lost| Finding {
            heap: probed.name.clone(),
            group: "fuzz",
            case: "fuzz",
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
            release: facts.release.as_str().into(),
        };
        if let Some(reason) = &self.skipped {
            return vec![of(Verdict::Skip, "", String::new(), Some(reason.clone()), Vec::new(), Vec::new())];
        }
        if self.differences.is_empty() {
            let outcome =
                format!("{} requests as the rules say, {} of them the file system's", self.sent, self.unjudged);
            let reason = Some(format!("seed {seed}"));
            return vec![of(Verdict::Ok, "as the rules say", outcome, reason, Vec::new(), Vec::new())];
        }
        let one = |difference: &Difference| {
            let Difference { index, expected, outcome, notes, lost } = difference.clone();
            let again = format!("request {index}; again: dmaheap probe --fuzz {} --seed {seed}", index + 1);
            of(Verdict::Fail, &expected, outcome, Some(again), notes, lost)
        };
        self.differences.iter().map(one).collect()
    }
}

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
