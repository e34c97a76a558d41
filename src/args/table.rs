//! How to print rows: util-linux's options.

use crate::ui::Column;
use crate::ui::column::Selection;
use clap::{Arg, Args};

/// Options of verbs that print rows, or one of them.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct Columns {
    /// Print JSON, described in dmaheap-json(5)
    ///
    /// One object with version, simulated, and rows. It has all columns unless --output selects some. Sizes are numbers of bytes, request words are
    /// hexadecimal strings.
    ///
    /// Example: --json | jq .rows
    #[arg(short = 'J', long, conflicts_with_all = ["noheadings", "bytes"])]
    pub json: bool,

    /// Print these columns; +COL adds to the default ones
    ///
    /// Their names are separated by commas; --list-columns lists them.
    ///
    /// Example: -o COL1,COL2, -o +COL
    #[arg(short, long, value_name = "COLS", conflicts_with = "output_all")]
    pub output: Option<String>,

    /// Print all columns, even those without a value
    ///
    /// Example: --output-all
    #[arg(long)]
    pub output_all: bool,

    /// Omit the line of column names
    ///
    /// Example: -n
    #[arg(short, long)]
    pub noheadings: bool,

    /// Print sizes as numbers of bytes
    ///
    /// Example: -b
    #[arg(short, long)]
    pub bytes: bool,

    /// List the columns and exit
    ///
    /// Example: -H, -H --json
    #[arg(short = 'H', long)]
    pub list_columns: bool,
}

/// Options of verbs that print a table.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct Table {
    #[command(flatten)]
    pub columns: Columns,

    /// Separate fields by one space
    ///
    /// A space within a field is printed as \x20.
    ///
    /// Example: -rn | while read -r name rest
    #[arg(short, long, conflicts_with = "json")]
    pub raw: bool,

    /// Fit the table into N columns
    ///
    /// Texts are shortened, and the last column is folded. The default is COLUMNS, else the width of the terminal, or 80 if
    /// it reports none. Without COLUMNS and a terminal, nothing is shortened.
    ///
    /// Example: --width 132
    #[arg(long, value_name = "N", value_parser = width)]
    pub width: Option<usize>,

    /// Print a line for each property instead of a line for each row.
    #[arg(skip)]
    pub vertical: bool,
}

/// `--width`: what no terminal has is as good as no limit.
fn width(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(width) => Ok(width),
        Err(_) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(usize::MAX),
        Err(_) => Err("not a number of columns, such as 80".to_owned()),
    }
}

/// In verbs that print one thing and require other options, `--list-columns` stands alone.
pub(crate) fn of_one_thing(arg: Arg) -> Arg {
    const LIST: &str = "List the columns and exit; excludes all other options";
    match arg.get_id().as_str() {
        "list_columns" => arg.exclusive(true).help(LIST).long_help(format!("{LIST}\n\nExample: -H")),
        _ => arg,
    }
}

impl Table {
    /// Prints one thing, a line for each of its properties.
    pub(crate) fn vertical(columns: &Columns) -> Self {
        Self { columns: columns.clone(), raw: false, width: None, vertical: true }
    }

    /// The columns to print.
    pub(crate) fn select<R>(&self, columns: &'static [Column<R>], default: &str) -> Result<Selection<R>, String> {
        match &self.columns.output {
            Some(list) => Selection::parse(list, columns, default),
            None if self.columns.output_all || self.columns.json => Ok(Selection::all(columns)),
            None => Selection::parse(default, columns, default),
        }
    }

    /// Whether any of these options was given.
    pub(crate) fn is_chosen(&self) -> bool {
        let Columns { json, output, output_all, noheadings, bytes, .. } = &self.columns;
        *json || output.is_some() || *output_all || *noheadings || *bytes || self.raw || self.width.is_some()
    }
}
