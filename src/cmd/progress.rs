//! Showing how far a long operation is, as the option says.

use crate::args::progress::{ProgressChoice, ProgressWhen};
use crate::ui::progress::{self, ProgressLine};
use std::time::Duration;

impl ProgressChoice {
    /// Begins to show how much of `total` is done; by default not where the output `is_shared`, on the same terminal.
    pub(super) fn line(self, total: u64, is_shared: bool) -> ProgressLine {
        // What takes less than a second needs no progress, unless it was asked for.
        const DELAY: Duration = Duration::from_secs(1);
        let (is_shown, delay) = match self.progress {
            ProgressWhen::Auto => (!is_shared && progress::is_watched(), DELAY),
            ProgressWhen::Always => (true, Duration::ZERO),
            ProgressWhen::Never => (false, DELAY),
        };
        ProgressLine::new(is_shown, total, delay)
    }
}
