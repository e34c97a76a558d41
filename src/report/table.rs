//! The table for people: no box drawing, no wrapped cell, numbers flush right.

use super::column::Selection;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

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

/// Renders rows; none give nothing, not even headings.
#[must_use]
pub fn render<R>(selection: &Selection<R>, rows: &[R], layout: Layout) -> Vec<u8> {
    if rows.is_empty() {
        return Vec::new();
    }
    let headings = (!layout.no_headings).then(|| selection.0.iter().map(|column| column.name.to_owned()).collect());
    let body = rows.iter().map(|row| {
        let cells = selection.0.iter().map(|column| (column.cell)(row));
        cells.map(|cell| if layout.raw { cell.show_raw(layout.exact) } else { cell.show(layout.exact) }).collect()
    });
    let lines: Vec<Vec<String>> = headings.into_iter().chain(body).collect();
    let right: Vec<bool> = selection.0.iter().map(|column| column.right).collect();
    let text = if layout.raw { joined(&lines) } else { aligned(lines, &right, layout.width) };
    text.into_bytes()
}

/// Lines of fields separated by one space.
fn joined(lines: &[Vec<String>]) -> String {
    lines.iter().map(|fields| fields.join(" ") + "\n").collect()
}

/// Lines of fields in columns two spaces apart; nothing follows the last one.
#[must_use]
pub fn aligned(mut lines: Vec<Vec<String>>, right: &[bool], width: Option<usize>) -> String {
    if lines.is_empty() {
        return String::new();
    }
    if let Some(width) = width {
        fit(&mut lines, right, width);
    }
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.add_rows(lines);
    let last = right.len().saturating_sub(1);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if index == last { 0 } else { GAP as u16 }));
        if right.get(index) == Some(&true) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// Shortens the widest texts until all columns but the last one leave room for the last one's heading.
/// The last column may run over; numbers are never shortened.
fn fit(lines: &mut [Vec<String>], right: &[bool], width: usize) {
    let Some(last) = right.len().checked_sub(1) else { return };
    let widest = |index: usize| {
        lines.iter().filter_map(|line| line.get(index)).map(|field| field.chars().count()).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..last).map(widest).collect();
    let heading = lines.first().and_then(|line| line.get(last)).map_or(0, |field| field.chars().count());
    let mut excess = (widths.iter().map(|width| width + GAP).sum::<usize>() + heading).saturating_sub(width);
    while excess > 0 {
        let candidate =
            (0..last).filter(|index| !right[*index] && widths[*index] > SHORTEST).max_by_key(|index| widths[*index]);
        let Some(index) = candidate else { break };
        widths[index] -= 1;
        excess -= 1;
    }
    for line in lines {
        for (field, width) in line.iter_mut().zip(&widths) {
            if field.chars().count() > *width {
                *field = field.chars().take(width.saturating_sub(1)).chain(std::iter::once(CUT)).collect();
            }
        }
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
    fn no_rows_are_no_lines() {
        assert_eq!(aligned(Vec::new(), &[], None), "");
    }
}
