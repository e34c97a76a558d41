//! From values to pixels, and the marks on the way.

pub(super) type Tick = (f64, String);

/// Values on a line of pixels. Logarithms are taken before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// `low` stands at pixel `from`, `high` at `to`.
    pub(super) fn new(low: f64, high: f64, from: f64, to: f64) -> Self {
        Self { low, high: if high > low { high } else { low + 1.0 }, from, to }
    }

    pub(super) fn at(&self, value: f64) -> f64 {
        self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from)
    }
}

/// Where a share stands: each nine is as far from the last one. 0.9 is at 1, 0.99 at 2.
pub(super) fn nines(quantile: f64) -> f64 {
    -(1.0 - quantile).log10()
}

/// The whole decades that hold all of `values`, one at least.
pub(super) fn decades(values: impl Iterator<Item = u64> + Clone) -> (i32, i32) {
    let log = |value: u64| (value.max(1) as f64).log10();
    let low = values.clone().map(log).fold(f64::INFINITY, f64::min);
    let high = values.map(log).fold(f64::NEG_INFINITY, f64::max);
    if low > high {
        return (0, 1);
    }
    let low = low.floor() as i32;
    (low, (high.ceil() as i32).max(low + 1))
}

/// Round numbers from 0 to beyond `most`, four or so, in units of 1024 each. The last one is the end.
pub(super) fn round_steps(most: f64) -> Vec<f64> {
    let mut unit = 1.0;
    while most / unit >= 1024.0 {
        unit *= 1024.0;
    }
    let rough = (most / unit / 4.0).max(f64::MIN_POSITIVE);
    let power = 10.0_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= rough);
    let step = step.unwrap_or(rough) * unit;
    let count = (most / step).ceil().max(1.0) as u32;
    (0..=count).map(|index| f64::from(index) * step).collect()
}

/// Where the places are, from the smallest to the largest.
pub(super) fn in_order(places: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_unstable_by(|one, other| places[*one].total_cmp(&places[*other]).then(one.cmp(other)));
    order
}

/// Moves labels apart that stand closer than `gap`, in the order of their places, and keeps them above
/// `end` as far as that goes.
pub(super) fn spread(places: &[f64], gap: f64, end: f64) -> Vec<f64> {
    let order = in_order(places);
    let mut moved = places.to_vec();
    let mut least = f64::NEG_INFINITY;
    for index in &order {
        moved[*index] = moved[*index].max(least);
        least = moved[*index] + gap;
    }
    let mut most = end;
    for index in order.iter().rev() {
        moved[*index] = moved[*index].min(most);
        most = moved[*index] - gap;
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_nine_is_a_step() {
        assert_eq!(nines(0.0), 0.0);
        assert!((nines(0.9) - 1.0).abs() < 1e-9 && (nines(0.999) - 3.0).abs() < 1e-9);
    }

    #[test]
    fn decades_hold_their_values() {
        assert_eq!(decades([15, 900].into_iter()), (1, 3));
        assert_eq!(decades([10].into_iter()), (1, 2));
        assert_eq!(decades([0, 1].into_iter()), (0, 1));
        assert_eq!(decades(std::iter::empty()), (0, 1));
    }

    #[test]
    fn steps_are_round_in_their_unit() {
        let gib = f64::from(1 << 30);
        assert_eq!(round_steps(7.3 * gib), [0.0, 2.0 * gib, 4.0 * gib, 6.0 * gib, 8.0 * gib]);
        assert_eq!(round_steps(900.0), [0.0, 500.0, 1000.0]);
        assert!(round_steps(0.0).len() >= 2);
    }

    #[test]
    fn labels_are_moved_apart_and_stay_inside() {
        assert_eq!(spread(&[10.0, 50.0, 11.0], 10.0, 100.0), [10.0, 50.0, 20.0]);
        assert_eq!(spread(&[99.0, 100.0], 10.0, 100.0), [90.0, 100.0]);
    }

    proptest! {
        #[test]
        fn no_two_labels_are_closer_than_the_gap(places in prop::collection::vec(0.0..100.0, 0..9)) {
            let mut moved = spread(&places, 11.0, 100.0);
            moved.sort_by(f64::total_cmp);
            prop_assert!(moved.windows(2).all(|pair| pair[1] - pair[0] > 10.999));
            prop_assert!(moved.iter().all(|place| *place <= 100.0));
        }
    }
}
