//! What a verb's page in the manual holds besides its options: the columns and prose of its own.

use crate::ui::column::Heading;
use clap::Command;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Manual {
    pub verb: &'static str,
    /// The columns of its table, if it prints one.
    pub columns: fn() -> Vec<Heading>,
    /// Further sections, in the Markdown that `generate` reads.
    pub prose: fn() -> String,
}

impl Manual {
    /// The section of examples.
    pub(crate) fn examples(&self) -> String {
        let prose = (self.prose)();
        let (_, rest) = prose.split_once("# EXAMPLES\n").unwrap_or_default();
        rest.split_once("\n\n# ").map_or(rest, |(examples, _)| examples).to_owned()
    }
}

/// Commands that belong together, for the help and the manual.
#[derive(Debug)]
pub(crate) struct Group {
    pub name: &'static str,
    pub verbs: &'static [&'static str],
    pub about: &'static str,
}

/// Source of the pages and completions.
#[derive(Debug)]
pub(crate) struct Definition<'a> {
    /// The whole command line, built.
    pub command: Command,
    pub manuals: &'a [Manual],
    pub groups: &'a [Group],
}
