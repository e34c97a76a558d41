//! The table for people: no box drawing, no wrapped cell, numbers flush right.

use super::column::Rows;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use std::collections::VecDeque;
use std::convert::Infallible;

/// How a table is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Leave the line of column names out.
    pub no_headings: bool,
    /// One space between fields, and none inside one.
    pub raw: bool,
    /// Sizes as numbers of bytes.
    pub exact: bool,
    /// Shorten texts so that lines fit into this many columns.
    pub width: Option<usize>,
}

/// Spaces between columns.
const GAP: usize = 2;
/// What ends a text that was shortened.
const CUT: char = '>';
/// No column of texts is shortened below this.
const SHORTEST: usize = 8;

/// Rows that are rendered at once: as many as are worth a write(2), and few beside what they are about.
const BATCH: usize = 64;

/// Rows whose fields are kept until the widths are known: more are asked for theirs twice, and take no more memory.
const KEPT: usize = 1024;

/// Renders rows; none give nothing, not even headings.
#[must_use]
pub fn render(rows: &dyn Rows, layout: Layout) -> Vec<u8> {
    let mut text = Vec::new();
    let Ok(()) = write(rows, layout, &mut |part| {
        text.extend_from_slice(part);
        Ok::<(), Infallible>(())
    });
    text
}

/// Renders rows and hands the text to `out` in parts, so that many rows take no more memory than few.
///
/// # Errors
/// Those of `out`.
pub fn write<E>(rows: &dyn Rows, layout: Layout, out: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    let count = rows.count();
    if count == 0 {
        return Ok(());
    }
    let fields = |index| -> Vec<String> {
        let cells = rows.cells(index).into_iter();
        cells.map(|cell| if layout.raw { cell.show_raw(layout.exact) } else { cell.show(layout.exact) }).collect()
    };
    let columns = rows.headings();
    let heading = || columns.iter().map(|column| column.name.to_owned()).collect::<Vec<String>>();
    let right: Vec<bool> = columns.iter().map(|column| column.right).collect();
    let headings = || (!layout.no_headings).then(heading);
    let mut widths = Widths::default();
    let mut kept: VecDeque<Vec<String>> = VecDeque::new();
    if !layout.raw {
        headings().iter().for_each(|line| widths.see(line));
        for index in 0..count {
            let line = fields(index);
            widths.see(&line);
            if count <= KEPT {
                kept.push_back(line);
            }
        }
        widths.fit(&right, layout.width);
    }
    for begin in (0..count).step_by(BATCH) {
        let first = if begin == 0 { headings() } else { None };
        let batch = begin..count.min(begin + BATCH);
        let lines = batch.map(|index| kept.pop_front().unwrap_or_else(|| fields(index)));
        let lines: Vec<Vec<String>> = first.into_iter().chain(lines).collect();
        let text = if layout.raw { joined(&lines) } else { widths.lay_out(lines, &right) };
        out(text.as_bytes())?;
    }
    Ok(())
}

/// Lines of fields separated by one space.
fn joined(lines: &[Vec<String>]) -> String {
    lines.iter().map(|fields| fields.join(" ") + "\n").collect()
}

/// Lines of fields in columns two spaces apart; nothing follows the last one.
#[must_use]
pub fn aligned(lines: Vec<Vec<String>>, right: &[bool], width: Option<usize>) -> String {
    let mut widths = Widths::default();
    lines.iter().for_each(|line| widths.see(line));
    widths.fit(right, width);
    widths.lay_out(lines, right)
}

/// The widths of columns, in characters.
#[derive(Debug, Default)]
struct Widths {
    columns: Vec<usize>,
    /// Of the last column in the first line that was seen, its heading.
    last_heading: Option<usize>,
}

impl Widths {
    /// Makes room for a line.
    fn see(&mut self, line: &[String]) {
        let lengths = line.iter().map(|field| field.chars().count());
        self.last_heading = self.last_heading.or(lengths.clone().next_back());
        self.columns.resize(self.columns.len().max(line.len()), 0);
        self.columns.iter_mut().zip(lengths).for_each(|(width, length)| *width = length.max(*width));
    }

    /// Narrows the widest texts until all columns but the last one leave room for the last one's heading.
    /// The last column may run over; numbers are never shortened.
    fn fit(&mut self, right: &[bool], width: Option<usize>) {
        let (Some(last), Some(width)) = (right.len().checked_sub(1), width) else { return };
        let Some(widths) = self.columns.get_mut(..last) else { return };
        let heading = self.last_heading.unwrap_or(0);
        let mut excess = (widths.iter().map(|width| width + GAP).sum::<usize>() + heading).saturating_sub(width);
        while excess > 0 {
            let candidate = (0..last)
                .filter(|index| !right[*index] && widths[*index] > SHORTEST)
                .max_by_key(|index| widths[*index]);
            let Some(index) = candidate else { break };
            widths[index] -= 1;
            excess -= 1;
        }
    }

    /// Lays out lines, with texts that are too wide cut off.
    fn lay_out(&self, mut lines: Vec<Vec<String>>, right: &[bool]) -> String {
        if lines.is_empty() {
            return String::new();
        }
        let last = right.len().saturating_sub(1);
        for (field, width) in lines.iter_mut().flat_map(|line| line.iter_mut().zip(&self.columns).take(last)) {
            if field.chars().count() > *width {
                *field = field.chars().take(width.saturating_sub(1)).chain(std::iter::once(CUT)).collect();
            }
        }
        // Where each character is a column wide there is nothing to do but to fill up, at a tenth of the cost.
        if lines.iter().flatten().all(|field| field.is_ascii()) {
            self.pad(&lines, right)
        } else {
            self.arrange(lines, right)
        }
    }

    /// Lays out texts of ASCII.
    fn pad(&self, lines: &[Vec<String>], right: &[bool]) -> String {
        let mut text = String::new();
        for line in lines {
            let start = text.len();
            for (index, field) in line.iter().enumerate() {
                let width = self.columns.get(index).copied().unwrap_or(0).max(1);
                let fill = width.saturating_sub(field.len());
                let is_right = right.get(index) == Some(&true);
                blank(&mut text, if is_right { fill } else { 0 });
                text.push_str(field);
                blank(&mut text, if is_right { GAP } else { fill + GAP });
            }
            text.truncate(start + text[start..].trim_end_matches(' ').len());
            text.push('\n');
        }
        text
    }

    /// Lays out any texts.
    fn arrange(&self, lines: Vec<Vec<String>>, right: &[bool]) -> String {
        let last = right.len().saturating_sub(1);
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.add_rows(lines);
        for (index, column) in table.column_iter_mut().enumerate() {
            let gap = if index == last { 0 } else { GAP };
            column.set_padding((0, gap as u16));
            if right.get(index) == Some(&true) {
                column.set_cell_alignment(CellAlignment::Right);
            }
            // Other lines may be wider than these. A lower boundary, because characters are not always a
            // column wide each.
            let width = self.columns.get(index).and_then(|width| u16::try_from(width + gap).ok());
            if let Some(width) = width.filter(|_| index != last || right.get(index) == Some(&true)) {
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
            }
        }
        table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
    }
}

/// Adds so many spaces.
fn blank(text: &mut String, mut count: usize) {
    const SPACES: &str = "                                ";
    while count > 0 {
        let part = count.min(SPACES.len());
        text.push_str(&SPACES[..part]);
        count -= part;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[&[&str]]) -> Vec<Vec<String>> {
        text.iter().map(|line| line.iter().map(|field| (*field).to_owned()).collect()).collect()
    }

    #[test]
    fn numbers_are_flush_right_and_no_line_ends_in_spaces() {
        let table = aligned(
            lines(&[&["NAME", "SIZE", "X"], &["a", "4096", ""], &["long", "1", "z"]]),
            &[false, true, false],
            None,
        );
        assert_eq!(table, "NAME  SIZE  X\na     4096\nlong     1  z\n");
    }

    #[test]
    fn the_widest_text_gives_way_and_the_last_column_runs_over() {
        let table = aligned(
            lines(&[&["NAME", "KIND", "ALIAS"], &["a-very-long-name", "protected", "one two three"]]),
            &[false; 3],
            Some(30),
        );
        assert_eq!(table, "NAME          KIND       ALIAS\na-very-long>  protected  one two three\n");
        let table = aligned(lines(&[&["0123456789", "0123456789", "x"]]), &[true, false, false], Some(10));
        assert_eq!(table, "0123456789  0123456>  x\n");
    }

    #[test]
    fn many_rows_are_laid_out_as_a_few_are() {
        use crate::report::column::Selection;
        use crate::report::{Cell, Column};
        const COLUMNS: &[Column<u64>] = &[
            Column {
                name: "TEXT",
                key: "text",
                help: "",
                right: false,
                cell: |row| Cell::Text("x".repeat(*row as usize % 9)),
            },
            Column { name: "N", key: "n", help: "", right: true, cell: |row| Cell::Number(*row) },
        ];
        let rows: Vec<u64> = (1..=3 * BATCH as u64).collect();
        let selection = Selection::all(COLUMNS);
        let mut parts = 0;
        let mut text = Vec::new();
        let Ok(()) = write(&selection.of(&rows), Layout::default(), &mut |part| {
            parts += 1;
            text.extend_from_slice(part);
            Ok::<(), Infallible>(())
        });
        let text = String::from_utf8(text).unwrap();
        assert_eq!((parts, text.lines().count()), (3, rows.len() + 1));
        assert!(text.lines().all(|line| line.len() == 13), "{text}");
        let raw = render(&selection.of(&rows), Layout { raw: true, no_headings: true, ..Layout::default() });
        assert_eq!(raw.split(|byte| *byte == b'\n').count(), rows.len() + 1);
    }

    proptest::proptest! {
        #[test]
        fn texts_of_ascii_look_as_any_others_do(
            fields in proptest::collection::vec("[ -~]{0,12}", 0..40), right in proptest::array::uniform4(proptest::bool::ANY),
        ) {
            let lines: Vec<Vec<String>> = fields.chunks_exact(right.len()).map(<[String]>::to_vec).collect();
            let mut widths = Widths::default();
            lines.iter().for_each(|line| widths.see(line));
            if !lines.is_empty() {
                proptest::prop_assert_eq!(widths.pad(&lines, &right), widths.arrange(lines, &right));
            }
        }
    }

    #[test]
    fn no_rows_are_no_lines() {
        assert_eq!(aligned(Vec::new(), &[], None), "");
    }
}
