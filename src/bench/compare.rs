//! Whether a run differs from an earlier one by more than the noise.
//!
//! Nothing is said from one number. Each round of a run has a value of its own (the median of its
//! latencies, the ratio of its bandwidth), and the rounds of a run lie seconds apart, so that their spread
//! is what the machine's moods make of one and the same thing. A mood can last longer than a run, and then
//! the rounds agree with each other and not with those of another run: an interval of their median would
//! say how certain the mood is. So it is whole ranges that are compared, and a change has to be one that moods
//! do not make.

use super::figures::{Figure, Run};
use super::statistics::range;

/// How many times as long it takes at least if it is to be called a change: runs of the same thing on the same kernel
/// differed by as much through all of their rounds, by where memory and code happened to lie.
pub(crate) const LEAST_CHANGE: f64 = 1.25;

/// The same of a latency in a simulation, which is that of two processes. Whether they share a CPU, and whether it slept,
/// was measured to make a call take 2.4 times as long through all of a run.
pub(crate) const LEAST_SIMULATED: f64 = 3.0;

/// What there is to say about a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No difference beyond the noise.
    Same,
    /// It takes longer, or moves less.
    Slower,
    /// It takes less time, or moves more.
    Faster,
    /// There are too few rounds to know the noise.
    Unclear,
    /// The earlier run has nothing of it.
    New,
    /// The earlier run has it, and it cannot be done any more.
    Gone,
}

impl Verdict {
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Slower => "slower",
            Self::Faster => "faster",
            Self::Unclear => "unclear",
            Self::New => "new",
            Self::Gone => "gone",
        }
    }

    /// Whether it makes the comparison fail.
    #[must_use]
    pub(crate) const fn is_worse(self) -> bool {
        matches!(self, Self::Slower | Self::Gone)
    }
}

/// A figure beside that of an earlier run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Comparison<'a> {
    pub before: Option<&'a Figure>,
    /// How many times as long it takes now: of a bandwidth, the earlier ratio by this one.
    pub change: Option<f64>,
    /// Whether that is beyond the noise; `None` where neither run has measured it.
    pub verdict: Option<Verdict>,
}

impl<'a> Comparison<'a> {
    /// Compares `now`, which is of `run`, with what `earlier` has of it.
    #[must_use]
    pub(crate) fn of(now: &Figure, run: &Run, earlier: &'a Run) -> Self {
        let before = earlier.figures.iter().find(|figure| figure.is_same_as(now) && figure.is_measured());
        let (before, true) = (before, now.is_measured()) else {
            return Self { before, change: None, verdict: before.map(|_| Verdict::Gone) };
        };
        let Some(before) = before else { return Self { before, change: None, verdict: Some(Verdict::New) } };
        let change = change(before, now);
        let verdict = match (change, range(&before.rounds), range(&now.rounds)) {
            (Some(change), Some(one), Some(other)) => {
                let is_apart = one.1 < other.0 || other.1 < one.0;
                let is_latency = now.bandwidth.is_none();
                // Less than a stamp costs is not seen.
                let stamp = run.clock.stamp_ns.max(earlier.clock.stamp_ns);
                let is_seen = !is_latency || before.times.p50.abs_diff(now.times.p50) > stamp;
                let is_simulated = run.simulated || earlier.simulated;
                let least = if is_latency && is_simulated { LEAST_SIMULATED } else { LEAST_CHANGE };
                match is_apart && is_seen {
                    true if change > least => Verdict::Slower,
                    true if change < 1.0 / least => Verdict::Faster,
                    _ => Verdict::Same,
                }
            }
            _ => Verdict::Unclear,
        };
        Self { before: Some(before), change, verdict: Some(verdict) }
    }
}

/// How many figures of `run` seem slower or faster than those of `earlier`.
pub(super) fn changed(run: &Run, earlier: &Run) -> usize {
    let verdict = |figure: &Figure| Comparison::of(figure, run, earlier).verdict;
    let is_changed = |figure: &&Figure| matches!(verdict(figure), Some(Verdict::Slower | Verdict::Faster));
    run.figures.iter().filter(is_changed).count()
}

fn change(before: &Figure, now: &Figure) -> Option<f64> {
    let change = match (before.bandwidth, now.bandwidth) {
        (Some(before), Some(now)) => before.ratio / now.ratio,
        // A coarse clock says 0 of what is short.
        _ => now.times.p50.max(1) as f64 / before.times.p50.max(1) as f64,
    };
    change.is_finite().then_some(change)
}

/// What makes two runs of different things, though their heaps and sizes be the same.
#[must_use]
pub(crate) fn differences(before: &Run, now: &Run) -> Vec<String> {
    let mut found = Vec::new();
    let who = |run: &Run| if run.simulated { "a simulation" } else { "a kernel" };
    if before.simulated != now.simulated {
        found.push(format!("{} then, {} now", who(before), who(now)));
    } else if before.machine != now.machine {
        found.push(format!("machine {} then, {} now", before.machine, now.machine));
    }
    // What a stamp costs is in every time, and how coarse it is.
    let source = |run: &Run| run.clock.source.clone().unwrap_or_else(|| "unknown".to_owned());
    if source(before) != source(now) {
        found.push(format!("clock source {} then, {} now", source(before), source(now)));
    }
    if before.clock.is_system_call != now.clock.is_system_call {
        let how = |run: &Run| if run.clock.is_system_call { "a system call" } else { "read in the vDSO" };
        found.push(format!("the clock {} then, {} now", how(before), how(now)));
    }
    if before.jobs != now.jobs {
        found.push(format!("{} jobs then, {} now", before.jobs, now.jobs));
    }
    if before.cpus != now.cpus {
        let shown = |run: &Run| match run.cpus.as_slice() {
            [] => "not pinned".to_owned(),
            cpus => format!("pinned to CPU {}", cpus.iter().map(usize::to_string).collect::<Vec<_>>().join(" ")),
        };
        found.push(format!("{} then, {} now", shown(before), shown(now)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::clock::Clock;
    use super::super::figures::{Bandwidth, Step};
    use super::*;
    use crate::stats::Summary;
    use proptest::prelude::*;

    fn figure(rounds: &[f64]) -> Figure {
        let p50 = super::super::statistics::median(rounds).unwrap_or(0.0) as u64;
        Figure {
            heap: "system".into(),
            size: 4096,
            step: Step::Allocate,
            times: Summary { count: rounds.len() as u64, p50, ..Summary::default() },
            curve: Vec::new(),
            rounds: rounds.to_vec(),
            bandwidth: None,
        }
    }

    fn bandwidth(rounds: &[f64]) -> Figure {
        let ratio = super::super::statistics::median(rounds).unwrap();
        let bandwidth = Some(Bandwidth { bytes: 1, rate: 1, baseline: 1, ratio });
        Figure { step: Step::Fill, bandwidth, ..figure(rounds) }
    }

    fn run(figure: Figure) -> Run {
        Run::of(vec![figure])
    }

    fn verdict(before: Figure, now: &Figure) -> Verdict {
        Comparison::of(now, &run(now.clone()), &run(before)).verdict.expect("one of them was measured")
    }

    /// Rounds about `middle`, up to 5 % away from it.
    fn about(middle: f64) -> Vec<f64> {
        (0..20).map(|index| middle * (0.95 + f64::from(index) * 0.005)).collect()
    }

    #[test]
    fn what_lies_apart_differs_in_both_directions() {
        assert_eq!(verdict(figure(&about(1000.0)), &figure(&about(1300.0))), Verdict::Slower);
        assert_eq!(verdict(figure(&about(1300.0)), &figure(&about(1000.0))), Verdict::Faster);
        let (before, now) = (run(figure(&about(1000.0))), run(figure(&about(1500.0))));
        assert_eq!((changed(&now, &before), changed(&before, &now), changed(&now, &now)), (1, 1, 0));
        let slow = Comparison::of(&now.figures[0], &now, &before);
        assert!((slow.change.unwrap() - 1.5).abs() < 0.01);
    }

    #[test]
    fn less_of_the_baseline_is_slower() {
        let (more, less) = (bandwidth(&about(1.0)), bandwidth(&about(0.5)));
        let before = run(more.clone());
        let comparison = Comparison::of(&less, &before, &before);
        assert_eq!((comparison.verdict, comparison.change.map(f64::round)), (Some(Verdict::Slower), Some(2.0)));
        assert_eq!(verdict(less, &more), Verdict::Faster);
    }

    #[test]
    fn what_overlaps_is_the_same_though_the_medians_differ() {
        assert_eq!(verdict(figure(&about(1000.0)), &figure(&about(1040.0))), Verdict::Same);
        // All but one of the rounds: the mood can change.
        let mut one_as_before = about(2000.0);
        one_as_before[7] = 1000.0;
        assert_eq!(verdict(figure(&about(1000.0)), &figure(&one_as_before)), Verdict::Same);
        assert_eq!(verdict(figure(&one_as_before), &figure(&about(1000.0))), Verdict::Same);
        // Apart, but by less than is called a change.
        assert_eq!(verdict(figure(&[1000.0; 20]), &figure(&[1240.0; 20])), Verdict::Same);
        assert_eq!(verdict(figure(&[1000.0; 20]), &figure(&[1260.0; 20])), Verdict::Slower);
        // Apart by less than a stamp costs.
        assert_eq!(verdict(figure(&[60.0; 20]), &figure(&[79.0; 20])), Verdict::Same);
        assert_eq!(verdict(figure(&[60.0; 20]), &figure(&[81.0; 20])), Verdict::Slower);
    }

    #[test]
    fn latencies_of_a_simulation_change_by_more_than_its_two_processes_make() {
        let simulated = |figure: Figure| Run { simulated: true, ..run(figure) };
        let verdict = |before: Figure, now: Figure| {
            let (before, now) = (simulated(before), simulated(now));
            Comparison::of(&now.figures[0], &now, &before).verdict.unwrap()
        };
        assert_eq!(verdict(figure(&about(1000.0)), figure(&about(2900.0))), Verdict::Same);
        assert_eq!(verdict(figure(&about(2900.0)), figure(&about(1000.0))), Verdict::Same);
        assert_eq!(verdict(figure(&about(1000.0)), figure(&about(3100.0))), Verdict::Slower);
        // Its memory is the machine's.
        assert_eq!(verdict(bandwidth(&about(1.0)), bandwidth(&about(0.7))), Verdict::Slower);
    }

    #[test]
    fn four_rounds_are_unclear_and_what_was_not_there_is_new() {
        assert_eq!(verdict(figure(&[1.0; 4]), &figure(&[900.0; 20])), Verdict::Unclear);
        let other = Figure { size: 8192, ..figure(&[1.0; 20]) };
        assert_eq!(verdict(other, &figure(&[1.0; 20])), Verdict::New);
        assert_eq!(verdict(figure(&[]), &figure(&[1.0; 20])), Verdict::New);
    }

    #[test]
    fn what_cannot_be_done_any_more_is_gone_and_what_never_could_has_no_verdict() {
        let before = run(figure(&[1.0; 20]));
        let gone = Comparison::of(&figure(&[]), &before, &before);
        assert_eq!((gone.verdict, gone.change, gone.before.is_some()), (Some(Verdict::Gone), None, true));
        assert!(Comparison::of(&figure(&[]), &before, &run(figure(&[]))).verdict.is_none());
        let worse: Vec<&str> =
            [Verdict::Same, Verdict::Slower, Verdict::Faster, Verdict::Unclear, Verdict::New, Verdict::Gone]
                .into_iter()
                .filter(|verdict| verdict.is_worse())
                .map(Verdict::name)
                .collect();
        assert_eq!(worse, ["slower", "gone"]);
    }

    #[test]
    fn what_makes_runs_unlike_is_named() {
        let before = run(figure(&[1.0]));
        assert!(differences(&before, &before).is_empty());
        let now = Run { jobs: 4, cpus: vec![0, 2], simulated: true, ..before.clone() };
        let expected =
            ["a kernel then, a simulation now", "1 jobs then, 4 now", "not pinned then, pinned to CPU 0 2 now"];
        assert_eq!(differences(&before, &now), expected);
        let clock = Clock { source: Some("hpet".into()), stamp_ns: 900, is_system_call: true };
        let now = Run { clock, ..before.clone() };
        let expected = ["clock source unknown then, hpet now", "the clock read in the vDSO then, a system call now"];
        assert_eq!(differences(&before, &now), expected);
    }

    proptest! {
        #[test]
        fn nothing_differs_from_itself(rounds in prop::collection::vec(0.0..1e9, 1..100)) {
            for one in [figure(&rounds), bandwidth(&rounds)] {
                let verdict = verdict(one.clone(), &one);
                prop_assert!(matches!(verdict, Verdict::Same | Verdict::Unclear), "{verdict:?}");
            }
        }

        #[test]
        fn two_milliseconds_more_in_every_round_are_found(rounds in prop::collection::vec(10_000.0..1_000_000.0, 20)) {
            let slower: Vec<f64> = rounds.iter().map(|time| time + 2_000_000.0).collect();
            prop_assert_eq!(verdict(figure(&rounds), &figure(&slower)), Verdict::Slower);
        }
    }
}
