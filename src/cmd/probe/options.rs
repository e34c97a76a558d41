//! Options of how results are printed.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    /// Format of the results: table, ktap, json, junit, or lava
    ///
    /// table is for people: a line a group, and everything about what is not ok. ktap is KTAP version 1, as
    /// kselftest's and TAP's readers take it; lava a signal a case for a LAVA dispatcher.
    ///
    /// Example: --format ktap
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "table", hide_possible_values = true)]
    pub format: Format,

    /// The same as --format json; see dmaheap-json(5)
    ///
    /// Example: -J | jq '.rows[] | select(.verdict == "fail")'
    #[arg(short = 'J', long, conflicts_with = "format")]
    pub json: bool,

    /// Write JUnit's XML to FILE, beside what is printed
    ///
    /// Example: --junit probe.xml
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,

    /// Print KTAP with a subtest a heap instead of one flat list
    ///
    /// Example: --format ktap --nested
    #[arg(long, conflicts_with = "json")]
    pub nested: bool,

    /// Print a line a case in the table
    ///
    /// Example: -v --group len
    #[arg(short, long)]
    pub verbose: bool,
}

/// Formats of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// KTAP version 1
    Ktap,
    /// One object
    Json,
    /// JUnit's XML
    Junit,
    /// LAVA's signals
    Lava,
}

impl Output {
    /// The format that was chosen.
    #[must_use]
    pub(crate) fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}
