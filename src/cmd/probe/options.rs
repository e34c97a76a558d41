//! Options of how results are printed.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    /// Choose the format: table, ktap, json, junit, or lava
    ///
    /// table prints one line per group, and details of every case that is not ok. ktap is KTAP version 1,
    /// which kselftest and TAP tools read; lava prints one signal per case for a LAVA dispatcher.
    ///
    /// Example: --format ktap
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "table", hide_possible_values = true)]
    pub format: Format,

    /// The same as --format json; see dmaheap-json(5)
    ///
    /// Example: -J | jq '.rows[] | select(.verdict == "fail")'
    #[arg(short = 'J', long, conflicts_with = "format")]
    pub json: bool,

    /// Also write JUnit XML to FILE
    ///
    /// Example: --junit probe.xml
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,

    /// Print KTAP with one subtest per heap instead of a flat list
    ///
    /// Example: --format ktap --nested
    #[arg(long, conflicts_with = "json")]
    pub nested: bool,

    /// Print one line per case in the table
    ///
    /// Example: -v --group len
    #[arg(short, long)]
    pub verbose: bool,
}

/// Formats of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table
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
    pub(crate) fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}
