//! The search for the largest size that fits, in whole pages.

/// Bounds of the largest number of pages that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Search {
    pub(super) fits: u64,
    pub(super) too_many: Option<u64>,
    /// Where to begin: the answer, if what the machine says of itself is right.
    hint: u64,
}

impl Search {
    /// Nothing is known but a guess.
    pub(super) fn new(hint: u64) -> Self {
        Self { fits: 0, too_many: None, hint: hint.max(1) }
    }

    /// Returns the number to try next, or `None` when the largest is known.
    pub(super) fn next(&self) -> Option<u64> {
        match self.too_many {
            Some(too_many) if too_many <= self.fits.saturating_add(1) => None,
            Some(too_many) if self.hint > self.fits && self.hint < too_many => Some(self.hint),
            Some(too_many) => Some(self.fits + (too_many - self.fits) / 2),
            None if self.fits < self.hint => Some(self.hint),
            // A right guess takes one more request; a wrong one is far off.
            None if self.fits == self.hint => self.fits.checked_add(1),
            None => Some(self.fits.saturating_mul(2)).filter(|pages| *pages > self.fits),
        }
    }

    pub(super) fn fit(&mut self, pages: u64) {
        self.fits = self.fits.max(pages);
    }

    /// `pages` do not fit, and perhaps `hint` do.
    pub(super) fn refuse(&mut self, pages: u64, hint: u64) {
        self.too_many = Some(self.too_many.map_or(pages, |before| before.min(pages)));
        self.hint = hint;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Searches where `limit` pages fit. Returns what it found, and after how many requests.
    fn found(hint: u64, limit: u64) -> (u64, u32) {
        let mut search = Search::new(hint);
        let mut requests = 0;
        while let Some(pages) = search.next() {
            requests += 1;
            if pages <= limit { search.fit(pages) } else { search.refuse(pages, 0) }
        }
        (search.fits, requests)
    }

    #[test]
    fn a_right_guess_takes_two_requests() {
        assert_eq!(found(16_384, 16_384), (16_384, 2));
        assert_eq!(found(0, 1), (1, 2));
        assert_eq!(found(5, 0).0, 0);
    }

    #[test]
    fn a_lower_hint_is_tried_first() {
        let mut search = Search::new(100);
        search.refuse(100, 90);
        assert_eq!(search.next(), Some(90));
        search.fit(90);
        assert_eq!(search.next(), Some(95));
    }

    proptest! {
        #[test]
        fn it_is_found_to_the_page_in_logarithmic_time(hint: u64, limit in 0..u64::MAX) {
            let (fits, requests) = found(hint, limit);
            prop_assert_eq!(fits, limit);
            prop_assert!(requests <= 130, "{}", requests);
        }
    }
}
