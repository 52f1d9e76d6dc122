//! Columns that line up and fit the terminal.

use anstyle::{AnsiColor, Effects, Style};
use comfy_table::{
    Attribute, Cell as SetCell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Row, Table as SetTable,
    Width, presets,
};

use super::text::clean;
use super::{FAINT, columns};

/// Spaces between two columns.
const GAP: u16 = 2;
/// A text column never gets narrower than this.
const TEXT_COLUMNS_MIN: u16 = 10;
/// For each so many columns of a terminal, the texts of a list get their width once.
const WIDE_COLUMNS: u16 = 90;
/// A row of a list never gets higher than this. The end of a longer text shows as `…`.
const ROW_LINES_MAX: usize = 5;

/// A column: its title, and how it is set.
#[derive(Clone, Copy)]
pub(crate) struct Column {
    title: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Number,
    Word,
    Text { columns_max: u16 },
}

impl Column {
    /// Of text, wrapped at this width, or earlier in a narrow terminal.
    pub(crate) fn text(title: &'static str, columns_max: u16) -> Self {
        Self { title, kind: Kind::Text { columns_max } }
    }

    /// Of short words such as a status or a time, which stay in one piece.
    pub(crate) fn word(title: &'static str) -> Self {
        Self { title, kind: Kind::Word }
    }

    /// Of numbers, which stay in one piece and end in line.
    pub(crate) fn number(title: &'static str) -> Self {
        Self { title, kind: Kind::Number }
    }

    /// How wide the column may be, with the spaces around it, for content of a width.
    fn constraint(self, content: u16, spaces: u16, room: u16) -> ColumnConstraint {
        match self.kind {
            Kind::Number | Kind::Word => ColumnConstraint::ContentWidth,
            Kind::Text { columns_max } => ColumnConstraint::Boundaries {
                lower: Width::Fixed(self.columns_min(content).min(columns_max) + spaces),
                upper: Width::Fixed(columns_max.saturating_mul(room).saturating_add(spaces)),
            },
        }
    }

    /// The least width for content of this width.
    fn columns_min(self, content: u16) -> u16 {
        if matches!(self.kind, Kind::Text { .. }) { content.min(TEXT_COLUMNS_MIN) } else { content }
    }
}

/// A text and how it looks.
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// One line in a style.
    pub(crate) fn new(style: Style, text: impl AsRef<str>) -> Self {
        Self { text: clean(text.as_ref()), style }
    }

    /// One line without a style.
    pub(crate) fn plain(text: impl AsRef<str>) -> Self {
        Self::new(Style::new(), text)
    }

    /// Several lines without a style.
    pub(crate) fn lines(text: &str) -> Self {
        let lines: Vec<String> = text.lines().map(clean).collect();
        Self { text: lines.join("\n"), style: Style::new() }
    }

    fn set(&self) -> SetCell {
        let cell = SetCell::new(&self.text);
        // Escapes around nothing would keep the spaces at the end of a line.
        if self.text.is_empty() { cell } else { painted(cell, self.style) }
    }
}

fn painted(cell: SetCell, style: Style) -> SetCell {
    let color = match style.get_fg_color() {
        Some(anstyle::Color::Ansi(AnsiColor::Green)) => Some(Color::DarkGreen),
        Some(anstyle::Color::Ansi(AnsiColor::Yellow)) => Some(Color::DarkYellow),
        Some(anstyle::Color::Ansi(AnsiColor::Cyan)) => Some(Color::DarkCyan),
        _ => None,
    };
    let effects = [(Effects::BOLD, Attribute::Bold), (Effects::DIMMED, Attribute::Dim)];
    let attributes = effects.into_iter().filter(|(effect, _)| style.get_effects().contains(*effect));
    let cell = cell.add_attributes(attributes.map(|(_, attribute)| attribute).collect());
    color.into_iter().fold(cell, SetCell::fg)
}

/// Rows of cells under the titles of their columns.
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows. Columns without titles get no line of titles, and rows as high as their text needs.
    pub(crate) fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self { columns: columns.into(), rows: Vec::new() }
    }

    /// Adds a row: a cell for each column.
    pub(crate) fn row(&mut self, cells: impl Into<Vec<Cell>>) {
        self.rows.push(cells.into());
    }

    /// The text of the table, each line after so many spaces.
    ///
    /// In a terminal long texts are wrapped, and a list that is still too wide has its columns below each other.
    /// Without a terminal a row of a list is one line.
    pub(crate) fn render(&self, indent: u16) -> String {
        self.render_in(columns(), indent)
    }

    fn render_in(&self, terminal: Option<u16>, indent: u16) -> String {
        let table = self.set(terminal, indent);
        match terminal {
            Some(terminal) if self.has_titles() && self.columns_min(&table, indent) > terminal => {
                let cards = self.rows.iter().map(|row| self.card(row).render_in(Some(terminal), indent));
                cards.collect::<Vec<_>>().join("\n")
            }
            _ => table.lines().map(|line| line.trim_end().to_owned() + "\n").collect(),
        }
    }

    fn has_titles(&self) -> bool {
        self.columns.iter().any(|column| !column.title.is_empty())
    }

    fn columns_min(&self, table: &SetTable, indent: u16) -> u16 {
        let widths = self.columns.iter().zip(table.column_max_content_widths());
        let gaps = GAP * (self.columns.len() as u16).saturating_sub(1);
        widths.fold(indent + gaps, |sum, (column, width)| sum.saturating_add(column.columns_min(width)))
    }

    /// A row as lines of title and text.
    fn card(&self, row: &[Cell]) -> Table {
        let mut card = Table::new([Column::word(""), Column::text("", u16::MAX)]);
        for (column, cell) in self.columns.iter().zip(row).filter(|(_, cell)| !cell.text.is_empty()) {
            let cell = Cell { text: cell.text.clone(), style: cell.style };
            card.row([Cell::new(FAINT, column.title), cell]);
        }
        card
    }

    fn set(&self, terminal: Option<u16>, indent: u16) -> SetTable {
        let mut table = SetTable::new();
        // The colors are taken away later where there is no terminal, as for all other text.
        table.load_style(presets::NOTHING).force_no_tty().enforce_styling().style_text_only();
        if self.has_titles() {
            table.set_header(self.columns.iter().map(|column| Cell::new(FAINT, column.title).set()));
        }
        for cells in &self.rows {
            let mut row = Row::from(cells.iter().map(Cell::set));
            if self.has_titles() {
                row.max_height(if terminal.is_some() { ROW_LINES_MAX } else { 1 });
            }
            table.add_row(row);
        }
        if let Some(terminal) = terminal {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(terminal);
        }
        // Where there is room for it, a list gives its texts more; prose gets hard to read.
        let room = if self.has_titles() { (terminal.unwrap_or(0) / WIDE_COLUMNS).max(1) } else { 1 };
        self.arrange(&mut table, indent, room);
        table
    }

    fn arrange(&self, table: &mut SetTable, indent: u16, room: u16) {
        let widths = table.column_max_content_widths();
        let last = self.columns.len().saturating_sub(1);
        for (index, ((column, width), set)) in self.columns.iter().zip(widths).zip(table.column_iter_mut()).enumerate()
        {
            let (before, after) = (if index == 0 { indent } else { 0 }, if index == last { 0 } else { GAP });
            set.set_padding((before, after)).set_constraint(column.constraint(width, before + after, room));
            if matches!(column.kind, Kind::Number) {
                set.set_cell_alignment(CellAlignment::Right);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new([Column::text("WHO", 30), Column::number("OPEN"), Column::text("TAGS", 30)]);
        table.row([Cell::plain("김민준"), Cell::plain("5"), Cell::plain("billing/refund vip 👩‍💻")]);
        table.row([Cell::plain("Ada Lovelace, Countess"), Cell::plain("1,234"), Cell::plain("")]);
        table
    }

    fn plain(table: &Table, terminal: Option<u16>) -> String {
        anstream::adapter::strip_str(&table.render_in(terminal, 2)).to_string()
    }

    #[test]
    fn wide_characters_line_up() {
        let wide = "  WHO                      OPEN  TAGS
  김민준                      5  billing/refund vip 👩‍💻
  Ada Lovelace, Countess  1,234
";
        for terminal in [None, Some(80)] {
            assert_eq!(plain(&table(), terminal), wide);
        }
    }

    #[test]
    fn long_texts_are_wrapped_where_the_terminal_ends() {
        let narrow = "  WHO               OPEN  TAGS
  김민준               5  billing/refund
                          vip 👩‍💻
  Ada Lovelace,    1,234
  Countess
";
        assert_eq!(plain(&table(), Some(40)), narrow);
    }

    #[test]
    fn columns_that_do_not_fit_stand_below_each_other() {
        let cards = "  WHO   김민준
  OPEN  5
  TAGS  billing/refund
        vip 👩‍💻

  WHO   Ada Lovelace,
        Countess
  OPEN  1,234
";
        assert_eq!(plain(&table(), Some(24)), cards);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for terminal in 24..90 {
            let text = plain(&table(), Some(terminal));
            let wide = text.lines().find(|line| console::measure_text_width(line) > terminal.into());
            assert_eq!(wide, None, "{terminal}");
        }
    }

    #[test]
    fn without_a_terminal_a_row_of_a_list_is_one_line() {
        let mut table = Table::new([Column::text("WHO", 6), Column::number("OPEN")]);
        table.row([Cell::plain("Ada Lovelace"), Cell::plain("1,234")]);
        assert_eq!(plain(&table, None), "  WHO      OPEN\n  Ada…    1,234\n");
    }
}
