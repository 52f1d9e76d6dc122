//! Text for people: colors, columns that line up, and one form for numbers and times.

mod number;
mod progress;
mod settings;
mod table;
mod text;
mod time;

use std::fmt::Display;
use std::io::{self, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use console::Term;
use inboxdb::Status;

use crate::failure::Failure;
pub(crate) use text::wrap;

pub(crate) use number::{bytes, elapsed, plural, thousands};
pub(crate) use progress::Progress;
pub(crate) use settings::{Settings, is_quiet, set};
pub(crate) use table::{Cell, Column, Table};
pub(crate) use text::{clean, point_at, program, quoted};
pub(crate) use time::{Written, minute, minute_in_zone, read_duration, time_of_day};

/// Wider text is hard to read.
pub(crate) const TEXT_COLUMNS: u16 = 74;
/// Headings and ids.
pub(crate) const STRONG: Style = Style::new().bold();
/// Secondary text.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// Commands to type.
pub(crate) const TYPED: Style = AnsiColor::Cyan.on_default();
/// Good news, and open chats.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Warnings, and what waits for someone.
pub(crate) const WAITING: Style = AnsiColor::Yellow.on_default();

/// The color of a status.
pub(crate) fn of_status(status: Status) -> Style {
    match status {
        Status::Open => GOOD,
        Status::Snoozed => WAITING,
        Status::Closed => FAINT,
    }
}

/// A text in a style.
pub(crate) fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Prints to standard output, in colors as `--color` has it.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut output = AutoStream::auto(io::stdout().lock());
    let printed = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    printed.map_err(|error| Failure::of_output(&error))
}

/// Prints bytes for another program, as they are.
pub(crate) fn print_raw(bytes: &[u8]) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    let printed = output.write_all(bytes).and_then(|()| output.flush());
    printed.map_err(|error| Failure::of_output(&error))
}

/// The width of the terminal, if standard output is one.
pub(crate) fn columns() -> Option<u16> {
    Term::stdout().size_checked().map(|(_, columns)| columns).filter(|columns| *columns > 0)
}

/// The lines of a longer text that is indented by so many spaces.
pub(crate) fn paragraph(text: &str, indent: u16) -> Vec<String> {
    let room = columns().map_or(TEXT_COLUMNS, |columns| columns.saturating_sub(indent).clamp(1, TEXT_COLUMNS));
    wrap(text, room.into())
}

/// Two texts in one line, or in two if the terminal is too narrow.
pub(crate) fn beside_or_below(first: &str, second: &str) -> String {
    let width = console::measure_text_width(first) + 1 + console::measure_text_width(second);
    match columns() {
        Some(columns) if width > columns.into() => format!("{}\n  {second}", first.trim_end()),
        _ => format!("{first} {second}"),
    }
}

/// Prints one line.
pub(crate) fn print_line(line: impl Display) -> Result<(), Failure> {
    print(&format!("{line}\n"))
}

/// Prints what was done, unless that is not wanted.
pub(crate) fn report(text: &str) -> Result<(), Failure> {
    if is_quiet() { Ok(()) } else { print(text) }
}
