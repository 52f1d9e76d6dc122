//! Where a text stops being a view or a filter.

use std::fmt;

use crate::error::{Code, Error, Refusal};

/// Characters of the text that the message shows on either side of the place.
const SHOWN_CHARS_MAX: usize = 40;

/// A text that is no view, or no filter: where, what stands there, and what could.
///
/// ```
/// use inboxdb::Filter;
///
/// let error = "all:open & (tag:vip | al)".parse::<Filter>().unwrap_err();
/// assert_eq!(error.at(), 22);
/// assert!(error.to_string().contains(r#"at character 23: found "al", expected a view"#));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewError {
    text: String,
    at: usize,
    reason: String,
}

impl ViewError {
    /// Of the place so many bytes into a text.
    pub(super) fn new(text: &str, byte: usize, reason: String) -> Self {
        let at = text.char_indices().take_while(|(start, _)| *start < byte).count();
        Self { text: text.to_owned(), at, reason }
    }

    /// The text that was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many characters of the text stand before the place where it goes wrong.
    pub fn at(&self) -> usize {
        self.at
    }

    /// What was found there and what was expected, without the place.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The text around the place.
    fn shown(&self) -> String {
        let skipped = self.at.saturating_sub(SHOWN_CHARS_MAX);
        let mut rest = self.text.chars().skip(skipped);
        let begin = if skipped > 0 { "…" } else { "" };
        let shown: String = rest.by_ref().take(2 * SHOWN_CHARS_MAX).collect();
        let end = if rest.next().is_some() { "…" } else { "" };
        format!("{begin}{shown}{end}")
    }
}

/// Counts the characters from 1, as people do.
impl fmt::Display for ViewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} cannot be read at character {}: {}", self.shown(), self.at + 1, self.reason)
    }
}

impl std::error::Error for ViewError {}

impl From<ViewError> for Error {
    fn from(error: ViewError) -> Self {
        Refusal::new(Code::Malformed, error.to_string()).into()
    }
}
