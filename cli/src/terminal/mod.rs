//! Text for people: colors where there is a terminal, columns that line up, numbers and times in one form.

mod number;
mod progress;
mod table;
mod text;
mod time;

use std::fmt::Display;
use std::io::{self, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use inboxdb::Status;

use crate::failure::Failure;

pub(crate) use number::{bytes, elapsed, plural, thousands};
pub(crate) use progress::Progress;
pub(crate) use table::{Cell, Column, Table};
pub(crate) use text::{clean, point_at, program, quoted, wrap};
pub(crate) use time::{minute, read_duration, read_moment, time_of_day};

/// Headings, and what matters most.
pub(crate) const STRONG: Style = Style::new().bold();
/// What is there for reference.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// What is to be typed.
pub(crate) const TYPED: Style = AnsiColor::Cyan.on_default();
/// What is good news.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What waits.
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

/// Prints to standard output, plainly where that is no terminal or `NO_COLOR` is set.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut output = AutoStream::auto(io::stdout().lock());
    let printed = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    printed.map_err(|error| Failure::of_output(&error))
}

/// Prints one line.
pub(crate) fn print_line(line: impl Display) -> Result<(), Failure> {
    print(&format!("{line}\n"))
}
