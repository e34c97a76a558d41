//! What is said of the values of rounds. Nothing is assumed about how they are spread.

/// Fewer rounds than this say nothing about noise: that all of five lie on one side of another five by chance happens
/// once in 126 times.
pub(crate) const LEAST_ROUNDS: usize = 5;
/// The most rounds that are looked at.
pub(crate) const MOST_ROUNDS: usize = 1000;

/// The smallest and the largest value. `None` for less than [`LEAST_ROUNDS`] or more than [`MOST_ROUNDS`].
#[must_use]
pub(crate) fn range(values: &[f64]) -> Option<(f64, f64)> {
    let of = |choose: fn(f64, f64) -> f64| values.iter().copied().reduce(choose);
    (LEAST_ROUNDS..=MOST_ROUNDS).contains(&values.len()).then(|| of(f64::min).zip(of(f64::max))).flatten()
}

/// The value in the middle; of two, their mean. `None` of nothing.
#[must_use]
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get((sorted.len() - 1) / 2)?;
    Some(lower.midpoint(upper))
}

/// The value in the middle of times, the lower one of two; sorts them.
#[must_use]
pub(crate) fn median_time(times: &mut [u64]) -> Option<u64> {
    // Selecting it would be quicker, but bring more code than sorting, which is there anyway.
    times.sort_unstable();
    times.get(times.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_goes_from_end_to_end_and_few_rounds_have_none() {
        assert_eq!(range(&[3.0, 1.0, 2.0, 5.0, 4.0]), Some((1.0, 5.0)));
        assert_eq!(range(&[1.0; LEAST_ROUNDS - 1]), None);
        assert_eq!(range(&[]), None);
        assert!(range(&[1.0; MOST_ROUNDS]).is_some());
        assert_eq!(range(&[1.0; MOST_ROUNDS + 1]), None);
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
}
