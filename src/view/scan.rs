//! The lexer of views and filters.

use std::fmt::Display;

use super::{IndexValue, View, ViewError, ViewKind};
use crate::model::limits::INDEX_NAME_CHARS_MAX;
use crate::model::{Status, is_index_name_char, wrong_in_hashtag};

/// How many characters of a word a message shows.
const FOUND_CHARS_MAX: usize = 40;

const A_NAME: &str = "a name; one that is empty, or open, snoozed or closed, or holds white space or one of \
                      : & | ! ( ) \" is written with JSON quotes";

/// What a hashtag must be. Others cannot be in a description.
pub(crate) const A_HASHTAG: &str =
    "a hashtag without its #: letters, digits and _, and behind the first of them also combining marks";

/// Returns whether a character ends a bare word. White space does, too.
pub(super) fn is_special(c: char) -> bool {
    matches!(c, ':' | '&' | '|' | '!' | '(' | ')' | '"')
}

pub(super) fn is_status(word: &str) -> bool {
    word.parse::<Status>().is_ok()
}

/// Describes what was expected where no view begins.
fn a_view() -> String {
    let words = match ViewKind::WORDS {
        [words @ .., last] => format!("{} or {last}", words.join(", ")),
        [] => String::new(),
    };
    format!("a view, which begins with {words}")
}

/// Reads a text from left to right.
pub(super) struct Scanner<'t> {
    text: &'t str,
    /// The number of bytes consumed. Always on a character boundary.
    byte: usize,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, byte: 0 }
    }

    /// Creates an error at the current position.
    pub(super) fn wrong(&self, expected: impl Display) -> ViewError {
        self.wrong_at(self.byte, expected)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest().is_empty()
    }

    /// Returns the number of bytes consumed.
    pub(super) fn byte(&self) -> usize {
        self.byte
    }

    pub(super) fn skip_white_space(&mut self) {
        self.byte = self.text.len() - self.rest().trim_start().len();
    }

    /// Consumes a character, if it comes next.
    pub(super) fn take(&mut self, c: char) -> bool {
        let is_next = self.rest().starts_with(c);
        if is_next {
            self.byte += c.len_utf8();
        }
        is_next
    }

    /// Creates an error at an earlier position, with a reason other than an unexpected token.
    pub(super) fn refuse_at(&self, byte: usize, reason: String) -> ViewError {
        ViewError::new(self.text, byte, reason)
    }

    /// Parses one view.
    pub(super) fn view(&mut self) -> Result<View, ViewError> {
        let begin = self.byte;
        let word = self.bare_word();
        let colon = self.byte;
        let kind = ViewKind::read(word, self)?.ok_or_else(|| self.wrong_at(begin, a_view()))?;
        if let ViewKind::Hashtag(word) = &kind {
            self.check_hashtag(colon + 1, word)?;
        }
        let status = if self.take(':') { Some(self.status()?) } else { None };
        Ok(View { kind, status })
    }

    /// Refuses a hashtag that cannot exist. Its text ends here and begins at a byte offset.
    fn check_hashtag(&self, begin: usize, word: &str) -> Result<(), ViewError> {
        let Some(wrong) = wrong_in_hashtag(word) else { return Ok(()) };
        let written = &self.text[begin..self.byte];
        let at = match written.starts_with('"') {
            false => begin + wrong,
            true if written.contains('\\') => begin,
            true => begin + 1 + wrong,
        };
        Err(self.wrong_at(at, A_HASHTAG))
    }

    fn rest(&self) -> &'t str {
        &self.text[self.byte..]
    }

    fn bare_word(&mut self) -> &'t str {
        let word = leading_word(self.rest());
        self.byte += word.len();
        word
    }

    fn colon(&mut self) -> Result<(), ViewError> {
        if self.take(':') { Ok(()) } else { Err(self.wrong("`:`")) }
    }

    /// Parses a colon and an id.
    pub(super) fn id(&mut self) -> Result<u64, ViewError> {
        self.colon()?;
        let begin = self.byte;
        let word = self.bare_word();
        // `str::parse` would accept a leading `+`.
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        let number = if is_number { word.parse().ok() } else { None };
        number.ok_or_else(|| self.wrong_at(begin, format_args!("an id, a number from 0 to {}", u64::MAX)))
    }

    fn status(&mut self) -> Result<Status, ViewError> {
        let begin = self.byte;
        self.bare_word().parse().map_err(|_| self.wrong_at(begin, "open, snoozed or closed"))
    }

    /// Parses a colon and the name of a tag or hashtag. A status as the last word is the view's status, not a name.
    pub(super) fn name(&mut self) -> Result<String, ViewError> {
        self.colon()?;
        let begin = self.byte;
        if self.rest().starts_with('"') {
            return self.quoted_word();
        }
        let word = self.bare_word();
        let is_name = !word.is_empty() && (!is_status(word) || self.rest().starts_with(':'));
        if is_name { Ok(word.to_owned()) } else { Err(self.wrong_at(begin, A_NAME)) }
    }

    /// Parses a colon and `INDEX=VALUE`.
    pub(super) fn index_value(&mut self) -> Result<IndexValue, ViewError> {
        self.colon()?;
        let begin = self.byte;
        let rest = self.rest();
        let index = &rest[..rest.find(|c| !is_index_name_char(c)).unwrap_or(rest.len())];
        if !(1..=INDEX_NAME_CHARS_MAX).contains(&index.len()) {
            let expected = format_args!("an index, whose name is 1 to {INDEX_NAME_CHARS_MAX} of a-z 0-9 _ -");
            return Err(self.wrong_at(begin, expected));
        }
        self.byte += index.len();
        if !self.take('=') {
            return Err(self.wrong("`=` and a value"));
        }
        let value = if self.rest().starts_with('"') { self.quoted_word()? } else { self.bare_word().to_owned() };
        if value.is_empty() && !self.text[..self.byte].ends_with('"') {
            return Err(self.wrong("a value; the empty one is written \"\""));
        }
        Ok(IndexValue { index: index.to_owned(), value })
    }

    /// Parses a JSON string.
    fn quoted_word(&mut self) -> Result<String, ViewError> {
        let rest = self.rest();
        let mut is_escaped = false;
        let closing = rest.char_indices().skip(1).find(|(_, c)| {
            let is_closing = *c == '"' && !is_escaped;
            is_escaped = *c == '\\' && !is_escaped;
            is_closing
        });
        let Some((closing, _)) = closing else {
            return Err(self.wrong_at(self.text.len(), "the closing quote"));
        };
        let quoted = &rest[..=closing];
        match serde_json::from_str(quoted) {
            Ok(word) => {
                self.byte += quoted.len();
                Ok(word)
            }
            Err(_) => Err(self.wrong("a JSON string, in which control characters and \\ are escaped")),
        }
    }

    fn wrong_at(&self, byte: usize, expected: impl Display) -> ViewError {
        let found = describe(&self.text[byte..]);
        ViewError::new(self.text, byte, format!("found {found}, expected {expected}"))
    }
}

fn leading_word(text: &str) -> &str {
    let end = text.find(|c: char| is_special(c) || c.is_whitespace());
    &text[..end.unwrap_or(text.len())]
}

/// Describes the beginning of a text.
fn describe(text: &str) -> String {
    let word = leading_word(text);
    match text.chars().next() {
        None => "the end".to_owned(),
        Some(c) if c.is_whitespace() => "white space".to_owned(),
        Some(c) if word.is_empty() => format!("`{c}`"),
        Some(_) => match word.char_indices().nth(FOUND_CHARS_MAX) {
            Some((cut, _)) => format!("{:?}", format!("{}…", &word[..cut])),
            None => format!("{word:?}"),
        },
    }
}
