//! How to print one thing, a line for each of its properties.

use super::table::print_columns;
use crate::error::Error;
use crate::ui::column::{Rows, Selection};
use crate::ui::table::{self, Layout};
use crate::ui::{Column, json, output};
use clap::Args;

/// Options of verbs that print one thing.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct Sheet {
    /// Print JSON: one object with version, simulated, and rows; see dmaheap-json(5)
    ///
    /// All properties are in it unless --output chooses some. Sizes are numbers of bytes.
    ///
    /// Example: --json | jq .rows
    #[arg(short = 'J', long, conflicts_with_all = ["noheadings", "bytes"])]
    pub json: bool,

    /// Properties to print, comma-separated; +COL adds to the default ones
    ///
    /// Example: -o SIZE,INODE
    #[arg(short, long, value_name = "COLS", conflicts_with = "output_all")]
    pub output: Option<String>,

    /// Print all properties, also those of which nothing is known
    ///
    /// Example: --output-all
    #[arg(long)]
    pub output_all: bool,

    /// Leave the names out
    ///
    /// Example: -bn -o SIZE
    #[arg(short, long)]
    pub noheadings: bool,

    /// Print sizes and offsets as decimal numbers of bytes
    ///
    /// Example: -b -o SIZE
    #[arg(short, long)]
    pub bytes: bool,

    /// List the properties and end; stands alone
    ///
    /// Example: -H
    #[arg(short = 'H', long, exclusive = true)]
    pub list_columns: bool,
}

impl Sheet {
    /// The properties to print.
    ///
    /// # Errors
    /// An unknown one, with the list of those that exist.
    pub(crate) fn select<R>(&self, columns: &'static [Column<R>], default: &str) -> Result<Selection<R>, String> {
        match &self.output {
            Some(list) => Selection::parse(list, columns, default),
            None if self.output_all || self.json => Ok(Selection::all(columns)),
            None => Selection::parse(default, columns, default),
        }
    }

    /// Prints `row` in the format that was asked for.
    ///
    /// # Errors
    /// When stdout cannot take it.
    pub(crate) fn print<R>(&self, selection: &Selection<R>, row: R, simulated: bool) -> Result<(), Error> {
        self.print_row(&selection.of(&[row]), simulated)
    }

    fn print_row(&self, row: &dyn Rows, simulated: bool) -> Result<(), Error> {
        if self.json {
            return output::in_parts(json::lines(row, simulated), &mut output::data);
        }
        if simulated {
            output::talk("simulated: no kernel heap answered, but dmaheap sim");
        }
        let layout = Layout {
            no_headings: self.noheadings,
            exact: self.bytes,
            // What was asked for by name is there, be it as a dash.
            only_known: self.output.is_none() && !self.output_all,
            vertical: true,
            ..Layout::default()
        };
        output::in_parts(table::lines(row, layout), &mut output::data)
    }

    /// Prints the properties themselves (`--list-columns`).
    ///
    /// # Errors
    /// When stdout cannot take them.
    pub(crate) fn print_columns<R>(&self, columns: &'static [Column<R>]) -> Result<(), Error> {
        print_columns(columns, false, Layout { width: output::width(), ..Layout::default() })
    }
}
