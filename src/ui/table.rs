//! The table for people: no box drawing, no wrapped cell, numbers flush right.

use super::column::Rows;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use std::borrow::Cow;
use std::convert::Infallible;
use std::iter;
use std::ops::Range;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Leave the line of column names out.
    pub no_headings: bool,
    /// One space between fields, and none inside one.
    pub raw: bool,
    /// Sizes as numbers of bytes.
    pub exact: bool,
    /// Shorten texts so that lines fit into this many columns.
    pub width: Option<usize>,
}

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
pub(crate) fn render(rows: &dyn Rows, layout: Layout) -> Vec<u8> {
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
pub(crate) fn write<E>(rows: &dyn Rows, layout: Layout, out: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    let count = rows.count();
    if count == 0 {
        return Ok(());
    }
    let columns = rows.headings();
    let right: Vec<bool> = columns.iter().map(|column| column.right).collect();
    let mut lines = Lines::new(columns.len());
    if !layout.no_headings {
        columns.iter().for_each(|column| lines.add(|text| text.push_str(column.name)));
    }
    let add = |lines: &mut Lines, index| {
        for cell in rows.cells(index) {
            lines.add(|text| match layout.raw {
                true => cell.show_raw_in(text, layout.exact),
                false => cell.show_in(text, layout.exact),
            });
        }
    };

    let mut widths = Widths::default();
    let is_kept = !layout.raw && count <= KEPT;
    if is_kept {
        (0..count).for_each(|index| add(&mut lines, index));
        widths.see(&lines);
    } else if !layout.raw {
        widths.see(&lines);
        // One for all rows: an allocation for each would scatter over what is free.
        let mut line = Lines::new(columns.len());
        for index in 0..count {
            add(&mut line, index);
            widths.see(&line);
            line.clear();
        }
    }
    widths.fit(&right, layout.width);
    let lay_out =
        |lines: &Lines, part| if layout.raw { lines.joined(part) } else { widths.lay_out(lines, part, &right) };
    if is_kept {
        let lines = &lines;
        for begin in (0..lines.count()).step_by(BATCH) {
            out(lay_out(lines, begin..lines.count().min(begin + BATCH)).as_bytes())?;
        }
        return Ok(());
    }
    for begin in (0..count).step_by(BATCH) {
        (begin..count.min(begin + BATCH)).for_each(|index| add(&mut lines, index));
        out(lay_out(&lines, 0..lines.count()).as_bytes())?;
        lines.clear();
    }
    Ok(())
}

/// Lines of fields in columns two spaces apart; nothing follows the last one.
#[must_use]
pub(crate) fn aligned(fields: &[Vec<String>], right: &[bool], width: Option<usize>) -> String {
    let mut lines = Lines::new(right.len());
    fields.iter().flatten().for_each(|field| lines.add(|text| text.push_str(field)));
    let mut widths = Widths::default();
    widths.see(&lines);
    widths.fit(right, width);
    widths.lay_out(&lines, 0..lines.count(), right)
}

/// Lines of as many fields each, in one text: a text for each field would take more memory than what it says.
#[derive(Debug)]
struct Lines {
    columns: usize,
    text: String,
    /// Where in `text` each field ends.
    ends: Vec<usize>,
}

impl Lines {
    fn new(columns: usize) -> Self {
        Self { columns, text: String::new(), ends: Vec::new() }
    }

    /// Adds the field that `write` adds to a text.
    fn add(&mut self, write: impl FnOnce(&mut String)) {
        write(&mut self.text);
        self.ends.push(self.text.len());
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    fn count(&self) -> usize {
        self.ends.len().checked_div(self.columns).unwrap_or(0)
    }

    fn field(&self, line: usize, column: usize) -> &str {
        let index = line * self.columns + column;
        let begin = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[begin..self.ends[index]]
    }

    fn joined(&self, lines: Range<usize>) -> String {
        let fields = |line| (0..self.columns).map(move |column| self.field(line, column)).collect::<Vec<_>>();
        lines.map(|line| fields(line).join(" ") + "\n").collect()
    }
}

/// The widths of columns, in characters.
#[derive(Debug, Default)]
struct Widths {
    columns: Vec<usize>,
    /// Of the last column in the first line that was seen, its heading.
    last_heading: Option<usize>,
}

impl Widths {
    fn see(&mut self, lines: &Lines) {
        self.columns.resize(lines.columns, 0);
        for line in 0..lines.count() {
            for (column, width) in self.columns.iter_mut().enumerate() {
                *width = length(lines.field(line, column)).max(*width);
            }
            self.last_heading = self.last_heading.or(self.columns.last().copied());
        }
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
    fn lay_out(&self, lines: &Lines, part: Range<usize>, right: &[bool]) -> String {
        // Where each character is a column wide there is nothing to do but to fill up, at a tenth of the cost.
        if lines.text.is_ascii() { self.pad(lines, part, right) } else { self.arrange(lines, part, right) }
    }

    /// The field, shortened if it is too wide for its column; the last one may run over.
    fn cut<'l>(&self, lines: &'l Lines, line: usize, column: usize) -> Cow<'l, str> {
        let (field, width) = (lines.field(line, column), self.columns[column]);
        if column + 1 == lines.columns || length(field) <= width {
            return Cow::Borrowed(field);
        }
        field.chars().take(width.saturating_sub(1)).chain(iter::once(CUT)).collect()
    }

    fn pad(&self, lines: &Lines, part: Range<usize>, right: &[bool]) -> String {
        let mut text = String::new();
        for line in part {
            let start = text.len();
            for (column, is_right) in right.iter().enumerate() {
                let field = self.cut(lines, line, column);
                let fill = self.columns[column].max(1).saturating_sub(field.len());
                blank(&mut text, if *is_right { fill } else { 0 });
                text.push_str(&field);
                blank(&mut text, if *is_right { GAP } else { fill + GAP });
            }
            text.truncate(start + text[start..].trim_end_matches(' ').len());
            text.push('\n');
        }
        text
    }

    fn arrange(&self, lines: &Lines, part: Range<usize>, right: &[bool]) -> String {
        let last = right.len().saturating_sub(1);
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.add_rows(part.map(|line| (0..lines.columns).map(move |column| self.cut(lines, line, column))));
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

fn length(field: &str) -> usize {
    if field.is_ascii() { field.len() } else { field.chars().count() }
}

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
            &lines(&[&["NAME", "SIZE", "X"], &["a", "4096", ""], &["long", "1", "z"]]),
            &[false, true, false],
            None,
        );
        assert_eq!(table, "NAME  SIZE  X\na     4096\nlong     1  z\n");
    }

    #[test]
    fn the_widest_text_gives_way_and_the_last_column_runs_over() {
        let table = aligned(
            &lines(&[&["NAME", "KIND", "ALIAS"], &["a-very-long-name", "protected", "one two three"]]),
            &[false; 3],
            Some(30),
        );
        assert_eq!(table, "NAME          KIND       ALIAS\na-very-long>  protected  one two three\n");
        let table = aligned(&lines(&[&["0123456789", "0123456789", "x"]]), &[true, false, false], Some(10));
        assert_eq!(table, "0123456789  0123456>  x\n");
    }

    #[test]
    fn many_rows_are_laid_out_as_a_few_are() {
        use crate::ui::column::Selection;
        use crate::ui::{Cell, Column};
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
        assert_eq!((parts, text.lines().count()), ((rows.len() + 1).div_ceil(BATCH), rows.len() + 1));
        assert!(text.lines().all(|line| line.len() == 13), "{text}");
        let raw = render(&selection.of(&rows), Layout { raw: true, no_headings: true, ..Layout::default() });
        assert_eq!(raw.split(|byte| *byte == b'\n').count(), rows.len() + 1);
    }

    proptest::proptest! {
        #[test]
        fn texts_of_ascii_look_as_any_others_do(
            fields in proptest::collection::vec("[ -~]{0,12}", 0..40), right in proptest::array::uniform4(proptest::bool::ANY),
        ) {
            let mut lines = Lines::new(right.len());
            fields.chunks_exact(right.len()).flatten().for_each(|field| lines.add(|text| text.push_str(field)));
            let mut widths = Widths::default();
            widths.see(&lines);
            let all = 0..lines.count();
            proptest::prop_assert_eq!(widths.pad(&lines, all.clone(), &right), widths.arrange(&lines, all, &right));
        }
    }

    #[test]
    fn no_rows_are_no_lines() {
        assert_eq!(aligned(&[], &[], None), "");
    }
}
