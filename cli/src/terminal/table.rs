//! Columns that line up.

use std::fmt::Write;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::text::{clean, cut};
use super::{FAINT, paint};

/// What a column is called, and how it is set.
#[derive(Clone, Copy)]
pub(crate) struct Column {
    title: &'static str,
    to_the_right: bool,
    columns_max: usize,
}

impl Column {
    /// Of text, cut where it is wider than so many columns.
    pub(crate) fn text(title: &'static str, columns_max: usize) -> Self {
        Self { title, to_the_right: false, columns_max }
    }

    /// Of numbers, which are never cut.
    pub(crate) fn number(title: &'static str) -> Self {
        Self { title, to_the_right: true, columns_max: usize::MAX }
    }
}

/// A text and how it looks.
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// In a style.
    pub(crate) fn new(style: Style, text: impl AsRef<str>) -> Self {
        Self { text: clean(text.as_ref()), style }
    }

    /// As it is.
    pub(crate) fn plain(text: impl AsRef<str>) -> Self {
        Self::new(Style::new(), text)
    }
}

/// Rows of cells under the titles of their columns.
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Without rows yet.
    pub(crate) fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self { columns: columns.into(), rows: Vec::new() }
    }

    /// Adds a row: a cell for each column.
    pub(crate) fn row(&mut self, cells: impl Into<Vec<Cell>>) {
        self.rows.push(cells.into());
    }

    /// The text of it all, each line after so many spaces. Columns without titles have no line of titles.
    pub(crate) fn render(mut self, indent: usize) -> String {
        if self.columns.iter().any(|column| !column.title.is_empty()) {
            let titles = self.columns.iter().map(|column| Cell::new(FAINT, column.title)).collect();
            self.rows.insert(0, titles);
        }
        for row in &mut self.rows {
            for (cell, column) in row.iter_mut().zip(&self.columns) {
                cell.text = cut(&cell.text, column.columns_max);
            }
        }
        let widths = self.widths();
        self.rows.iter().map(|row| self.line(row, &widths, indent)).collect()
    }

    fn widths(&self) -> Vec<usize> {
        let width =
            |index: usize| self.rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.text.width()).max();
        (0..self.columns.len()).map(|index| width(index).unwrap_or(0)).collect()
    }

    fn line(&self, row: &[Cell], widths: &[usize], indent: usize) -> String {
        let mut line = " ".repeat(indent);
        // Spaces are written when the next text is, so that no line ends with some.
        let mut spaces = 0;
        for ((cell, column), width) in row.iter().zip(&self.columns).zip(widths) {
            let free = width - cell.text.width();
            let (before, after) = if column.to_the_right { (free, 0) } else { (0, free) };
            spaces += before;
            if !cell.text.is_empty() {
                let _ = write!(line, "{:spaces$}{}", "", paint(cell.style, &cell.text));
                spaces = 0;
            }
            spaces += after + 2;
        }
        line.truncate(line.trim_end().len());
        line.push('\n');
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_line_up() {
        let mut table = Table::new([Column::text("WHO", 6), Column::number("OPEN"), Column::text("", 9)]);
        table.row([Cell::plain("김민준"), Cell::plain("5"), Cell::plain("x")]);
        table.row([Cell::plain("Ada Lovelace"), Cell::plain("1,234"), Cell::plain("")]);
        let plain = anstream::adapter::strip_str(&table.render(2)).to_string();
        assert_eq!(plain, "  WHO      OPEN\n  김민준      5  x\n  Ada L…  1,234\n");
    }
}
