//! A figure beside that of an earlier run.
//!
//! Nothing is said from one number. Each round of a run has a value of its own, and the rounds are apart in time, so
//! their spread is the machine's own. Two runs differ where no round of the one reaches any round of the other.

use super::figures::Figure;

/// Fewer rounds than this say nothing about noise: that all of five lie on one side of another five by chance happens
/// once in 126 times.
const LEAST_ROUNDS: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It takes longer, or moves less.
    Slower,
    /// It takes less time, or moves more.
    Faster,
    /// The earlier run has nothing of it.
    New,
    /// The earlier run has it, and it cannot be done any more.
    Gone,
}

impl Verdict {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Slower => "slower",
            Self::Faster => "faster",
            Self::New => "new",
            Self::Gone => "gone",
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct FigureChange<'a> {
    pub before: Option<&'a Figure>,
    /// How many times as long it takes now: of a bandwidth, the earlier ratio by this one.
    pub change: Option<f64>,
    /// `None` where rounds overlap or are few, and where neither run has measured it.
    pub verdict: Option<Verdict>,
}

impl<'a> FigureChange<'a> {
    pub(crate) fn of(now: &Figure, earlier: &'a [Figure]) -> Self {
        let before = earlier.iter().find(|figure| figure.is_same_as(now) && figure.is_measured());
        match before {
            Some(_) if !now.is_measured() => Self { before, change: None, verdict: Some(Verdict::Gone) },
            Some(one) => Self { before, change: change(one, now), verdict: verdict(one, now) },
            None => Self { before, change: None, verdict: now.is_measured().then_some(Verdict::New) },
        }
    }
}

fn verdict(before: &Figure, now: &Figure) -> Option<Verdict> {
    let (before_low, before_high) = range(&before.rounds)?;
    let (low, high) = range(&now.rounds)?;
    // A time grows where a ratio shrinks.
    let is_time = now.bandwidth.is_none();
    match (low > before_high, high < before_low) {
        (true, _) => Some(if is_time { Verdict::Slower } else { Verdict::Faster }),
        (_, true) => Some(if is_time { Verdict::Faster } else { Verdict::Slower }),
        _ => None,
    }
}

fn range(rounds: &[u64]) -> Option<(u64, u64)> {
    let range = rounds.iter().min().copied().zip(rounds.iter().max().copied());
    range.filter(|_| rounds.len() >= LEAST_ROUNDS)
}

fn change(before: &Figure, now: &Figure) -> Option<f64> {
    let change = match (before.bandwidth, now.bandwidth) {
        (Some(before), Some(now)) => before.ratio / now.ratio,
        // A coarse clock says 0 of what is short.
        _ => now.times.p50.max(1) as f64 / before.times.p50.max(1) as f64,
    };
    change.is_finite().then_some(change)
}

#[cfg(test)]
mod tests {
    use super::super::figures::{Bandwidth, BenchStep};
    use super::*;
    use crate::stats::Summary;
    use proptest::prelude::*;

    fn latency(rounds: &[u64]) -> Figure {
        let p50 = rounds.get(rounds.len() / 2).copied().unwrap_or_default();
        Figure {
            heap: "system".into(),
            size: 4096,
            step: BenchStep::Allocate,
            times: Summary { count: rounds.len() as u64, p50, ..Summary::default() },
            rounds: rounds.to_vec(),
            bandwidth: None,
        }
    }

    fn bandwidth(rounds: &[u64]) -> Figure {
        let ratio = rounds[rounds.len() / 2] as f64 / 1000.0;
        let bandwidth = Some(Bandwidth { bytes: 1, rate: 1, baseline: 1, ratio });
        Figure { step: BenchStep::Fill, bandwidth, ..latency(rounds) }
    }

    fn compared(before: Figure, now: &Figure) -> (Option<Verdict>, Option<f64>) {
        let earlier = [before];
        let comparison = FigureChange::of(now, &earlier);
        (comparison.verdict, comparison.change.map(|change| (change * 100.0).round() / 100.0))
    }

    #[test]
    fn a_verdict_needs_rounds_that_lie_apart_and_more_than_four_of_them() {
        let (low, high) = ([1000, 1010, 1020, 1030, 1040], [1041, 1200, 1300, 1400, 1500]);
        assert_eq!(compared(latency(&low), &latency(&high)), (Some(Verdict::Slower), Some(1.27)));
        assert_eq!(compared(latency(&high), &latency(&low)), (Some(Verdict::Faster), Some(0.78)));
        assert_eq!(compared(bandwidth(&low), &bandwidth(&high)).0, Some(Verdict::Faster));
        assert_eq!(compared(bandwidth(&high), &bandwidth(&low)).0, Some(Verdict::Slower));
        // One round of the other run's.
        let touching = [1040, 1200, 1300, 1400, 1500];
        assert_eq!(compared(latency(&low), &latency(&touching)), (None, Some(1.27)));
        assert_eq!(compared(latency(&low[..4]), &latency(&high)).0, None);
    }

    #[test]
    fn figure_of_one_run_only_is_new_or_gone() {
        let (some, none) = (latency(&[1; 5]), latency(&[]));
        assert_eq!(compared(none.clone(), &some), (Some(Verdict::New), None));
        assert_eq!(compared(Figure { size: 8192, ..some.clone() }, &some), (Some(Verdict::New), None));
        assert_eq!(compared(some, &none), (Some(Verdict::Gone), None));
        assert_eq!(compared(none.clone(), &none), (None, None));
    }

    proptest! {
        #[test]
        fn run_does_not_differ_from_itself(rounds in prop::collection::vec(1_u64..1_000_000, 1..100)) {
            for one in [latency(&rounds), bandwidth(&rounds)] {
                prop_assert_eq!(compared(one.clone(), &one).0, None);
            }
        }
    }
}
