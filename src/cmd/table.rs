//! Printing rows as the options of a table say.

use super::buffers::unread_files;
use super::message;
use crate::args::table::{Columns, Table};
use crate::error::Error;
use crate::host::Unread;
use crate::ui::column::{Heading, Rows, Selection};
use crate::ui::escape::escaped;
use crate::ui::table::{self, Layout};
use crate::ui::{Cell, Column, column, headings, json, output};

/// The note beside rows that do not come from a kernel's heaps.
pub(super) const SIMULATED: &str = "simulated: answers come from dmaheap sim, not from a kernel";

const HEADINGS: &[Column<Heading>] = &[
    column("COLUMN", "column", "name for -o").text(|row| row.name.into()),
    column("KEY", "key", "key in JSON").text(|row| row.key.into()),
    column("HOLDS", "holds", "what it holds").text(|row| row.help.into()),
];

impl Table {
    /// Prints rows in the format that was asked for.
    pub(super) fn print<R>(&self, selection: &Selection<R>, rows: &[R], simulated: bool) -> Result<(), Error> {
        self.note_if_simulated(simulated);
        self.print_to(&mut output::data, selection, rows, simulated)
    }

    /// Prints rows that were searched for, and in JSON what could not be read.
    pub(super) fn print_scanned<R>(
        &self,
        selection: &Selection<R>,
        rows: &[R],
        unread: Cell,
        simulated: bool,
    ) -> Result<(), Error> {
        self.note_if_simulated(simulated);
        self.print_unnoted(selection, rows, unread, simulated)
    }

    /// Prints rows that files were read for, and what could not be read: in JSON and, a line each, on stderr.
    pub(super) fn print_read<R>(
        &self,
        selection: &Selection<R>,
        rows: &[R],
        unread: &[Unread],
        simulated: bool,
    ) -> Result<(), Error> {
        self.print_scanned(selection, rows, unread_files(unread), simulated)?;
        for unread in unread {
            output::info(&escaped(&unread.to_string()));
        }
        message::refused_reads(unread);
        Ok(())
    }

    /// Prints as [`print_scanned`](Self::print_scanned) does, for a verb that says itself whether they are `simulated`.
    pub(super) fn print_unnoted<R>(
        &self,
        selection: &Selection<R>,
        rows: &[R],
        unread: Cell,
        simulated: bool,
    ) -> Result<(), Error> {
        let rows = Rows { unread: Some(unread), ..selection.of(rows) };
        self.print_rows(&mut output::data, rows, self.layout(), simulated)
    }

    /// Prints a last line that says that all was well, unless `is_quiet` or a script reads it.
    pub(super) fn print_success(&self, is_quiet: bool, line: &str) -> Result<(), Error> {
        if is_quiet || self.is_for_scripts() { Ok(()) } else { output::text(&format!("{line}\n")) }
    }

    /// Whether a script chose what is printed, which then has nothing else beside it.
    pub(super) fn is_for_scripts(&self) -> bool {
        let Columns { json, output, noheadings, .. } = &self.columns;
        *json || self.raw || *noheadings || output.is_some()
    }

    /// Says above a table that its rows are `simulated`, if they are; JSON says it itself.
    pub(super) fn note_if_simulated(&self, simulated: bool) {
        if simulated && !self.columns.json {
            output::info(SIMULATED);
        }
    }

    /// Prints rows by `write`, which takes the bytes for stdout; nothing else is said.
    pub(super) fn print_to<R>(
        &self,
        write: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
        selection: &Selection<R>,
        rows: &[R],
        simulated: bool,
    ) -> Result<(), Error> {
        self.print_rows(write, selection.of(rows), self.layout(), simulated)
    }

    fn print_rows(
        &self,
        write: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
        rows: Rows<'_>,
        layout: Layout,
        simulated: bool,
    ) -> Result<(), Error> {
        if self.columns.json {
            output::in_parts(json::lines(rows, simulated), write)
        } else {
            output::in_parts(table::lines(rows, layout), write)
        }
    }

    /// Prints the columns themselves (`--list-columns`).
    pub(super) fn print_columns<R>(&self, columns: &'static [Column<R>]) -> Result<(), Error> {
        let columns = headings(columns);
        let layout = Layout { vertical: false, ..self.layout() };
        self.print_rows(&mut output::data, Selection::all(HEADINGS).of(&columns), layout, false)
    }

    /// Returns how a table is laid out.
    pub(super) fn layout(&self) -> Layout {
        let Columns { output, output_all, noheadings, bytes, .. } = &self.columns;
        Layout {
            no_headings: *noheadings,
            raw: self.raw,
            exact: *bytes,
            width: self.width.or_else(output::width),
            whole: false,
            vertical: self.vertical,
            // What was asked for by name is there, even as a dash.
            only_known: output.is_none() && !output_all,
        }
    }
}
