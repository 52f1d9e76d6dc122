//! Parse errors of views and filters.

use std::fmt;

use crate::error::{Code, Error, Refusal};

/// How many characters of the text the message shows on either side of the error.
const SHOWN_CHARS_MAX: usize = 40;

/// The error when a text is not a view or filter: where, what was found there, and what was expected.
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
    /// Creates an error at a byte offset into the text.
    pub(super) fn new(text: &str, byte: usize, reason: String) -> Self {
        let at = text.char_indices().take_while(|(start, _)| *start < byte).count();
        Self { text: text.to_owned(), at, reason }
    }

    /// Returns the text that was parsed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the position of the error, in characters from 0.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Returns what was found and what was expected, without the position.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns the text around the error.
    fn shown(&self) -> String {
        let skipped = self.at.saturating_sub(SHOWN_CHARS_MAX);
        let mut rest = self.text.chars().skip(skipped);
        let begin = if skipped > 0 { "…" } else { "" };
        let shown: String = rest.by_ref().take(2 * SHOWN_CHARS_MAX).collect();
        let end = if rest.next().is_some() { "…" } else { "" };
        format!("{begin}{shown}{end}")
    }
}

/// The message counts characters from 1.
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
