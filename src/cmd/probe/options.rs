//! Options of how results are printed.

use crate::args::progress::ProgressChoice;
use crate::args::table::Table;
use crate::cmd::stream::is_stream;
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
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value = "table",
        hide_possible_values = true,
        conflicts_with = "json"
    )]
    pub format: Format,

    /// Also write JUnit XML to FILE
    ///
    /// With -, it is printed instead of the table.
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

    #[command(flatten)]
    pub progress: ProgressChoice,

    #[command(flatten)]
    table: Table,
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
    /// Whether columns or their form were chosen, for a table with a row per case.
    pub(super) fn has_rows(&self) -> bool {
        self.table.is_chosen()
    }

    /// Returns how rows are printed, in whichever way JSON was chosen.
    pub(super) fn table(&self) -> Table {
        let mut table = self.table.clone();
        table.columns.json = self.format() == Format::Json;
        table
    }

    /// The format that was chosen.
    pub(crate) fn format(&self) -> Format {
        match &self.junit {
            _ if self.table.columns.json => Format::Json,
            Some(path) if is_stream(path) => Format::Junit,
            _ => self.format,
        }
    }
}
