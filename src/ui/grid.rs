//! Columns of text, laid out by comfy-table.

use super::fold;
use comfy_table::{CellAlignment, ColumnConstraint, Table, Width, presets};

/// Lines of fields in columns, those of numbers flush right.
pub(crate) struct Grid {
    table: Table,
    /// Spaces between two columns.
    gap: u16,
    /// The last column, if it holds texts: one of them may be very long, and no other line is padded for it.
    tails: Vec<String>,
    /// Where lines are folded, if they are.
    width: Option<usize>,
}

impl Grid {
    /// Lays out lines of cells; `right` says for each column whether it is flush right.
    pub(crate) fn new(lines: impl IntoIterator<Item = Vec<String>>, right: &[bool], gap: u16) -> Self {
        let has_tails = right.len() > 1 && right.last() == Some(&false);
        let mut tails = Vec::new();
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).add_rows(lines.into_iter().map(|mut line| {
            tails.extend(has_tails.then(|| line.pop()).flatten());
            line
        }));
        for (column, right) in table.column_iter_mut().zip(right) {
            column.set_padding((0, gap));
            column.set_cell_alignment(if *right { CellAlignment::Right } else { CellAlignment::Left });
        }
        Self { table, gap, tails, width: None }
    }

    /// Narrows the widest texts, from `widths` on, until all columns but the last one leave room for its heading, and for its
    /// texts as far as folding needs it. Numbers are never shortened.
    pub(super) fn fit(&mut self, right: &[bool], widths: &[u16], width: usize) {
        /// No column of texts is shortened below this.
        const SHORTEST: u16 = 8;
        let mut widths = widths[..right.len().saturating_sub(1)].to_vec();
        let texts = self.tails.iter().map(|text| text.chars().count().min(fold::ROOM)).max();
        let heading = self.tails.first().cloned().or_else(|| Some(self.table.row(0)?.cell_iter().last()?.content()));
        let last = heading.map_or(0, |heading| heading.chars().count()).max(texts.unwrap_or(0));
        let gap = usize::from(self.gap);
        let whole = widths.clone();
        let columns = |widths: &[u16]| -> usize { widths.iter().map(|width| usize::from(*width) + gap).sum() };
        for _ in width..columns(&widths) + last {
            let texts = widths.iter_mut().zip(right).filter(|(width, right)| !**right && **width > SHORTEST);
            let Some((widest, _)) = texts.max_by_key(|(width, _)| **width) else { break };
            *widest -= 1;
        }
        if columns(&widths) > width {
            // They are folded anyway, so nothing is gained by shortening.
            widths = whole;
        }
        self.table.set_truncation_indicator(">");
        for row in self.table.row_iter_mut() {
            row.max_height(1);
        }
        self.set_widths(&widths);
        self.fold(width);
    }

    /// Folds what goes beyond `width` columns, and continues it below the last column.
    pub(crate) fn fold(&mut self, width: usize) {
        self.width = Some(width);
    }

    /// Makes columns as wide as `widths` says, or what was wider before; `widths` then says how wide they are.
    pub(super) fn widen(&mut self, widths: &mut [u16]) {
        let contents = self.table.column_max_content_widths();
        for (width, content) in widths.iter_mut().zip(contents) {
            *width = content.max(*width);
        }
        self.set_widths(widths);
    }

    fn set_widths(&mut self, widths: &[u16]) {
        for (column, width) in self.table.column_iter_mut().zip(widths) {
            // No field has a line break: what is too long is cut where the column ends, and not between two words.
            column.set_delimiter('\n');
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width.saturating_add(self.gap))));
        }
    }

    /// The lines, of which none ends in spaces.
    pub(crate) fn into_lines(self) -> impl Iterator<Item = String> {
        let width = self.width.unwrap_or(usize::MAX);
        let tails = self.tails.into_iter().chain(std::iter::repeat(String::new()));
        let lines: Vec<String> = self.table.lines().collect();
        lines.into_iter().zip(tails).map(move |(line, tail)| {
            let last = line.chars().count();
            let line = (line + &tail).trim_end().to_owned() + "\n";
            fold::line_at(&line, width, last).into_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &[&[&str]], right: &[bool], width: usize) -> String {
        let lines = text.iter().map(|line| line.iter().map(|field| (*field).to_owned()).collect());
        let mut grid = Grid::new(lines, right, 2);
        let mut widths = vec![0; right.len()];
        grid.widen(&mut widths);
        grid.fit(right, &widths, width);
        grid.into_lines().collect()
    }

    #[test]
    fn numbers_are_flush_right_and_no_line_ends_in_spaces() {
        let lines: &[&[&str]] = &[&["NAME", "SIZE", "X"], &["a", "4096", ""], &["long", "1", "z"]];
        assert_eq!(shown(lines, &[false, true, false], 80), "NAME  SIZE  X\na     4096\nlong     1  z\n");
    }

    #[test]
    fn the_widest_text_gives_way_and_the_last_column_is_folded() {
        let lines: &[&[&str]] = &[&["NAME", "KIND", "ALIAS"], &["a very-long name", "protected", "one two three"]];
        let fitted = "NAME      KIND      ALIAS\na very->  protect>  one two three\n";
        assert_eq!(shown(lines, &[false; 3], 33), fitted);
        let fitted = "NAME      KIND      ALIAS\na very->  protect>\n  one two three\n";
        assert_eq!(shown(lines, &[false; 3], 30), fitted);
        let folded = "NAME\n  KIND       ALIAS\na very-long name\n  protected  one\n  two three\n";
        assert_eq!(shown(lines, &[false; 3], 19), folded);
        let lines: &[&[&str]] = &[&["0123456789", "0123456789", "x"]];
        assert_eq!(shown(lines, &[true, false, false], 23), "0123456789  0123456>  x\n");
    }

    #[test]
    fn long_text_takes_no_room_in_other_lines() {
        let long = "x".repeat(77);
        let lines: &[&[&str]] = &[&["A", "HOLDERS"], &["1", &long.repeat(3)], &["2", "y"]];
        let folded = format!("A  HOLDERS\n1  {long}\n   {long}\n   {long}\n2  y\n");
        assert_eq!(shown(lines, &[true, false], 80), folded);
    }

    #[test]
    fn no_lines_are_no_text() {
        assert_eq!(shown(&[], &[], 80), "");
    }
}
