//! What a verb's page in the manual holds besides its options: the columns and prose of its own.

use crate::ui::column::Heading;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Manual {
    pub verb: &'static str,
    /// The columns of its table, if it prints one.
    pub columns: fn() -> Vec<Heading>,
    /// Further sections, in the Markdown that `generate` reads.
    pub prose: fn() -> String,
}
