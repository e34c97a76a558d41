//! One file per verb. `Args` are its arguments, whose comments are its help; `COLUMNS` has every column of its table, and
//! `DEFAULT` those that are shown if none are chosen; `MANUAL` is its page of the manual; `run` performs it.

// The verbs.
pub(crate) mod alloc;
pub(crate) mod bench;
pub(crate) mod buffers;
pub(crate) mod complete;
pub(crate) mod doctor;
pub(crate) mod dump;
pub(crate) mod exec;
pub(crate) mod fence;
pub(crate) mod fill;
pub(crate) mod generate;
pub(crate) mod hold;
pub(crate) mod import;
pub(crate) mod info;
pub(crate) mod limits;
pub(crate) mod list;
pub(crate) mod load;
pub(crate) mod probe;
pub(crate) mod recv;
pub(crate) mod send;
pub(crate) mod sim;
pub(crate) mod stress;
pub(crate) mod verify;

// Parts of several verbs.
mod allocate;
pub(crate) mod buffer_row;
mod filled;
mod heaps;
pub(crate) mod manual;
pub(crate) mod message;
mod progress;
mod region;
mod saved;
mod source;
mod stream;
mod table;
mod timeouts;

pub(crate) use manual::Manual;

use crate::args::table::Table;
use crate::ui::Column;
use crate::ui::column::Selection;

/// The columns to print; `None` where they were to be listed themselves, which is then done.
fn selected<R>(table: &Table, columns: &'static [Column<R>], default: &str) -> anyhow::Result<Option<Selection<R>>> {
    if table.columns.list_columns {
        table.print_columns(columns)?;
        return Ok(None);
    }
    Ok(Some(table.select(columns, default).map_err(UsageError)?))
}

/// A command line that clap accepted and the verb cannot: it ends like every other usage error.
#[derive(Debug)]
pub(crate) struct UsageError(pub String);

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}
