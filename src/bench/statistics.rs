//! What is said of the values of rounds. Nothing is assumed about how they are spread.

/// The value in the middle; of two, their mean. `None` of nothing.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get((sorted.len() - 1) / 2)?;
    Some(lower.midpoint(upper))
}

/// The value in the middle of times, the lower one of two; sorts them.
pub(crate) fn median_time(times: &mut [u64]) -> Option<u64> {
    // Selecting it would be quicker, but bring more code than sorting, which exists anyway.
    times.sort_unstable();
    times.get(times.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

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
