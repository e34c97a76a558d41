//! Many latencies as a few figures.

use hdrhistogram::Histogram;

/// Times in nanoseconds, counted in a histogram: recording one allocates nothing and costs the same
/// whatever came before. Quantiles are exact to three digits; count, smallest, largest and mean are exact.
#[derive(Clone, Debug)]
pub(crate) struct Latency {
    /// `None` if there was no memory for it, or the library refuses its own limits: nothing is recorded then.
    histogram: Option<Histogram<u64>>,
    min: u64,
    max: u64,
    sum: u128,
}

/// The largest time that quantiles tell from larger ones: an hour.
const LARGEST: u64 = 3_600_000_000_000;
/// Decimal digits that quantiles are exact to.
const DIGITS: u8 = 3;

/// A summary of latencies. Times are nanoseconds; all are 0 where the count is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub count: u64,
    pub min: u64,
    /// The arithmetic mean, rounded down.
    pub mean: u64,
    /// Half of them took at most this.
    pub p50: u64,
    /// 90 % of them took at most this.
    pub p90: u64,
    /// 99 % of them took at most this.
    pub p99: u64,
    /// 99.9 % of them took at most this.
    pub p999: u64,
    pub max: u64,
}

impl Latency {
    /// None yet. Takes about 270 KiB, all of it now.
    pub(crate) fn new() -> Self {
        Self { histogram: Histogram::new_with_bounds(1, LARGEST, DIGITS).ok(), min: u64::MAX, max: 0, sum: 0 }
    }

    /// Counts one of `nanoseconds`.
    pub(crate) fn record(&mut self, nanoseconds: u64) {
        self.record_many(nanoseconds, 1);
    }

    /// Counts `count` of `nanoseconds` each.
    pub(crate) fn record_many(&mut self, nanoseconds: u64, count: u64) {
        let Some(histogram) = self.histogram.as_mut().filter(|_| count > 0) else { return };
        histogram.saturating_record_n(nanoseconds, count);
        self.min = self.min.min(nanoseconds);
        self.max = self.max.max(nanoseconds);
        self.sum += u128::from(nanoseconds) * u128::from(count);
    }

    /// Counts those of `other` too.
    pub(crate) fn add(&mut self, other: &Self) {
        let (Some(histogram), Some(more)) = (&mut self.histogram, &other.histogram) else { return };
        // Both have the same limits, so it cannot fail.
        let _ = histogram.add(more);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.sum += other.sum;
    }

    /// Forgets all of them and keeps the memory.
    pub(crate) fn clear(&mut self) {
        if let Some(histogram) = &mut self.histogram {
            histogram.reset();
        }
        (self.min, self.max, self.sum) = (u64::MAX, 0, 0);
    }

    pub(crate) fn count(&self) -> u64 {
        self.histogram.as_ref().map_or(0, Histogram::len)
    }

    /// The time that `quantile` (0 to 1) of them do not exceed; 0 where there are none.
    pub(crate) fn quantile(&self, quantile: f64) -> u64 {
        match &self.histogram {
            Some(histogram) if !histogram.is_empty() && quantile <= 0.0 => self.min,
            Some(histogram) if !histogram.is_empty() => histogram.value_at_quantile(quantile).clamp(self.min, self.max),
            _ => 0,
        }
    }

    pub(crate) fn summary(&self) -> Summary {
        let count = self.count();
        if count == 0 {
            return Summary::default();
        }
        Summary {
            count,
            min: self.min,
            mean: u64::try_from(self.sum / u128::from(count)).unwrap_or(u64::MAX),
            p50: self.quantile(0.5),
            p90: self.quantile(0.9),
            p99: self.quantile(0.99),
            p999: self.quantile(0.999),
            max: self.max,
        }
    }
}

impl Default for Latency {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(times: impl IntoIterator<Item = u64>) -> Latency {
        let mut latency = Latency::new();
        for time in times {
            latency.record(time);
        }
        latency
    }

    #[test]
    fn the_figures_of_a_thousand_times_are_known() {
        let summary = of(1..=1000).summary();
        let expected = Summary { count: 1000, min: 1, mean: 500, p50: 500, p90: 900, p99: 990, p999: 999, max: 1000 };
        assert_eq!(summary, expected);
    }

    #[test]
    fn none_have_no_figures_and_one_is_all_of_them() {
        assert_eq!(Latency::new().summary(), Summary::default());
        let one = of([123_456_789]).summary();
        assert_eq!((one.min, one.p50, one.p999, one.max, one.mean), (one.max, one.max, one.max, one.max, 123_456_789));
    }

    #[test]
    fn latency_beyond_an_hour_is_counted_with_its_exact_maximum() {
        let summary = of([0, u64::MAX]).summary();
        assert_eq!((summary.count, summary.min, summary.max), (2, 0, u64::MAX));
        assert_eq!(summary.mean, u64::MAX / 2);
    }

    #[test]
    fn many_at_once_are_as_many_times_one() {
        let mut latency = of([3, 9]);
        latency.record_many(5, 4);
        latency.record_many(1_000, 0);
        assert_eq!(latency.summary(), of([3, 9, 5, 5, 5, 5]).summary());
    }

    #[test]
    fn cleared_latency_starts_from_nothing() {
        let mut latency = of([7, 8]);
        latency.clear();
        assert_eq!(latency.summary(), Summary::default());
        latency.record(5);
        assert_eq!((latency.summary().min, latency.summary().max), (5, 5));
    }

    proptest! {
        #[test]
        fn quantiles_are_ordered_and_lie_within_what_was_recorded(times in prop::collection::vec(0..LARGEST, 1..200)) {
            let summary = of(times.iter().copied()).summary();
            let Summary { min, p50, p90, p99, p999, max, .. } = summary;
            prop_assert!([min, p50, p90, p99, p999, max].is_sorted(), "{summary:?}");
            prop_assert_eq!(Some((&min, &max)), times.iter().min().zip(times.iter().max()));
            prop_assert_eq!(summary.count as usize, times.len());
        }

        #[test]
        fn the_median_is_exact_to_three_digits(times in prop::collection::vec(1..LARGEST, 1..200)) {
            let median = of(times.iter().copied()).summary().p50;
            let mut sorted = times.clone();
            sorted.sort_unstable();
            let exact = sorted[(sorted.len() - 1) / 2];
            prop_assert!(median.abs_diff(exact) <= exact / 1000, "{median} instead of {exact}");
        }

        #[test]
        fn two_together_are_as_one(one in prop::collection::vec(0..LARGEST, 0..50), other in prop::collection::vec(0..LARGEST, 0..50)) {
            let mut sum = of(one.iter().copied());
            sum.add(&of(other.iter().copied()));
            prop_assert_eq!(sum.summary(), of(one.into_iter().chain(other)).summary());
        }
    }
}
