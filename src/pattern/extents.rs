//! Which parts of a range differ.

use serde::Serialize;

/// A run of words that differ, without one between them that agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Extent {
    /// Offset of its first byte in the buffer.
    pub offset: u64,
    /// In bytes.
    pub length: u64,
}

/// The runs in the order of their offsets: the first few by name, all of them by number.
#[derive(Debug)]
pub(super) struct Extents {
    limit: usize,
    kept: Vec<Extent>,
    count: u64,
    /// Where the first run begins and the last one ends, kept or not.
    start: u64,
    end: u64,
}

impl Extents {
    /// Keeps at most `limit` runs.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, kept: Vec::new(), count: 0, start: 0, end: 0 }
    }

    /// Adds bytes that come after all before, and that make one run with those that they touch.
    pub(super) fn add(&mut self, offset: u64, length: u64) {
        let touches = self.count > 0 && self.end == offset;
        if !touches && self.kept.len() < self.limit {
            self.kept.push(Extent { offset, length });
        } else if let (true, Some(last)) = (touches && self.count == self.kept.len() as u64, self.kept.last_mut()) {
            last.length += length;
        }
        if self.count == 0 {
            self.start = offset;
        }
        self.count += u64::from(!touches);
        self.end = offset + length;
    }

    /// Adds all of `later`, which lies after these and has the same limit.
    pub(super) fn append(&mut self, later: Self) {
        if later.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = later;
            return;
        }
        let touch = self.end == later.start;
        let all_kept = self.count == self.kept.len() as u64;
        let mut kept = later.kept.into_iter();
        if touch {
            let first = kept.next();
            if let (true, Some(last), Some(first)) = (all_kept, self.kept.last_mut(), first) {
                last.length += first.length;
            }
        }
        self.kept.extend(kept.take(self.limit - self.kept.len()));
        self.count += later.count - u64::from(touch);
        self.end = later.end;
    }

    /// The runs that are kept, and how many are not.
    pub(super) fn finish(self) -> (Vec<Extent>, u64) {
        let rest = self.count - self.kept.len() as u64;
        (self.kept, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn extents(limit: usize, bytes: impl IntoIterator<Item = u64>) -> Extents {
        let mut extents = Extents::new(limit);
        for byte in bytes {
            extents.add(byte, 1);
        }
        extents
    }

    #[test]
    fn neighbours_make_one_run() {
        let (kept, rest) = extents(2, [0, 1, 2, 5, 9, 10, 20]).finish();
        assert_eq!(kept, [Extent { offset: 0, length: 3 }, Extent { offset: 5, length: 1 }]);
        assert_eq!(rest, 2);
    }

    #[test]
    fn no_run_need_be_kept() {
        assert_eq!(extents(0, [0, 1, 4]).finish(), (vec![], 2));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn parts_add_up_to_the_whole(
            bytes in proptest::collection::btree_set(0_u64..60, 0..40),
            borders in proptest::collection::btree_set(0_u64..60, 0..6),
            limit in 0_usize..8,
        ) {
            let mut sum = Extents::new(limit);
            let mut from = 0;
            for to in borders.into_iter().chain([60]) {
                sum.append(extents(limit, bytes.range(from..to).copied()));
                from = to;
            }
            prop_assert_eq!(sum.finish(), extents(limit, bytes).finish());
        }
    }
}
