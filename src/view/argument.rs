//! Arguments of views: an id, a name, or a value in a custom index.

use std::fmt;
use std::fmt::Write as _;

use super::scan::{Scanner, is_special, is_status};
use super::{IndexValue, ViewError};
use crate::model::{CustomerId, ManagerId};

/// The argument of a view: what follows its word and a colon.
pub(super) trait Argument {
    /// Parses the argument, including the colon.
    fn read(scanner: &mut Scanner<'_>) -> Result<Self, ViewError>
    where
        Self: Sized;

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// Returns the manager, if the argument is one.
    fn manager(&self) -> Option<ManagerId> {
        None
    }
}

impl Argument for ManagerId {
    fn read(scanner: &mut Scanner<'_>) -> Result<Self, ViewError> {
        scanner.id().map(ManagerId)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }

    fn manager(&self) -> Option<ManagerId> {
        Some(*self)
    }
}

impl Argument for CustomerId {
    fn read(scanner: &mut Scanner<'_>) -> Result<Self, ViewError> {
        scanner.id().map(CustomerId)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The path of a tag, or a hashtag.
impl Argument for String {
    fn read(scanner: &mut Scanner<'_>) -> Result<Self, ViewError> {
        scanner.name()
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without quotes it would be read as the view's status.
        if is_status(self) { write_quoted(f, self) } else { write_word(f, self) }
    }
}

impl Argument for IndexValue {
    fn read(scanner: &mut Scanner<'_>) -> Result<Self, ViewError> {
        scanner.index_value()
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.index)?;
        write_word(f, &self.value)
    }
}

fn write_word(f: &mut fmt::Formatter<'_>, word: &str) -> fmt::Result {
    let is_plain = !word.is_empty() && !word.chars().any(|c| is_special(c) || c.is_whitespace() || c.is_control());
    if is_plain { f.write_str(word) } else { write_quoted(f, word) }
}

fn write_quoted(f: &mut fmt::Formatter<'_>, word: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in word.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}
