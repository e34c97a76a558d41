//! Where the median of rounds lies, and with what certainty. Nothing is assumed about how they are spread.

/// The certainty that is asked for.
pub const CERTAINTY: f64 = 0.99;
/// Fewer rounds than this say nothing about noise.
pub const LEAST_ROUNDS: usize = 3;
/// The most rounds that are looked at.
pub const MOST_ROUNDS: usize = 1000;

/// Where a median lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// From here,
    pub low: f64,
    /// to here,
    pub high: f64,
    /// with this certainty, if the rounds are independent of one another: 0 to 1.
    pub certainty: f64,
}

impl Interval {
    /// The interval between two of the values themselves: as many are left out at each end as the certainty
    /// allows. How many values lie below the true median is a throw of as many coins.
    ///
    /// Where there are too few for [`CERTAINTY`] it reaches from the smallest to the largest. `None` for
    /// less than [`LEAST_ROUNDS`].
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let count = values.len();
        if !(LEAST_ROUNDS..=MOST_ROUNDS).contains(&count) {
            return None;
        }
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        // The chance that exactly `left` of `count` coins show heads, and that at most so many do.
        let mut exactly = 0.5_f64.powi(i32::try_from(count).ok()?);
        let (mut at_most, mut left_out) = (exactly, 0);
        loop {
            exactly *= (count - left_out) as f64 / (left_out + 1) as f64;
            if 1.0 - 2.0 * (at_most + exactly) < CERTAINTY {
                break;
            }
            at_most += exactly;
            left_out += 1;
        }
        Some(Self { low: sorted[left_out], high: sorted[count - 1 - left_out], certainty: 1.0 - 2.0 * at_most })
    }

    /// Whether both have a value in common.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.low <= other.high && other.low <= self.high
    }
}

/// The value in the middle; of two, their mean. `None` of nothing.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get((sorted.len() - 1) / 2)?;
    Some(lower.midpoint(upper))
}

/// The value in the middle of times, the lower one of two; sorts them.
#[must_use]
pub fn median_time(times: &mut [u64]) -> Option<u64> {
    // Selecting it would be quicker, but bring more code than sorting, which is there anyway.
    times.sort_unstable();
    times.get(times.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn upto(count: u32) -> Vec<f64> {
        (1..=count).map(f64::from).collect()
    }

    #[test]
    fn the_ranks_are_those_of_the_tables() {
        // Tables of the sign test give the ranks of a 99 % interval of the median.
        for (count, low, high) in
            [(8, 1.0, 8.0), (10, 1.0, 10.0), (11, 1.0, 11.0), (12, 2.0, 11.0), (20, 4.0, 17.0), (50, 16.0, 35.0)]
        {
            let interval = Interval::of(&upto(count)).unwrap();
            assert_eq!((interval.low, interval.high), (low, high), "{count}");
            assert!(interval.certainty >= CERTAINTY && interval.certainty < 1.0);
        }
    }

    #[test]
    fn few_rounds_reach_from_end_to_end_with_less_certainty_and_two_say_nothing() {
        let interval = Interval::of(&upto(5)).unwrap();
        assert_eq!(interval, Interval { low: 1.0, high: 5.0, certainty: 0.9375 });
        assert_eq!(Interval::of(&upto(2)), None);
        assert_eq!(Interval::of(&[]), None);
        assert!(Interval::of(&upto(1000)).is_some());
        assert_eq!(Interval::of(&upto(1001)), None);
    }

    #[test]
    fn medians_of_even_and_odd_numbers() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[]), None);
        assert_eq!(median_time(&mut [9, 1, 5]), Some(5));
        assert_eq!(median_time(&mut [9, 1]), Some(1));
        assert_eq!(median_time(&mut []), None);
    }

    proptest! {
        #[test]
        fn the_median_lies_in_its_interval(values in prop::collection::vec(-1e9..1e9, LEAST_ROUNDS..200)) {
            let interval = Interval::of(&values).unwrap();
            let median = median(&values).unwrap();
            prop_assert!(interval.low <= median && median <= interval.high);
            prop_assert!(interval.overlaps(&interval));
        }

        #[test]
        fn more_certainty_than_was_asked_for_is_not_wasted(count in 8_u32..300) {
            let interval = Interval::of(&upto(count)).unwrap();
            prop_assert!(interval.certainty >= CERTAINTY);
            // Both ends are equally far from the middle.
            prop_assert_eq!(interval.low + interval.high, f64::from(count) + 1.0);
        }
    }
}
