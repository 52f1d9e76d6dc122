//! Limit checks.

use std::collections::BTreeMap;

use crate::error::{Code, Refusal};
use crate::model::limits::{KEY_CHARS_MAX, LIST_MAX, PROPERTIES_MAX, VALUE_CHARS_MAX};

/// Refuses a text with too many characters.
pub(super) fn chars(code: Code, what: &str, text: &str, max: usize) -> Result<(), Refusal> {
    // A text has at most as many characters as bytes.
    let count = if text.len() <= max { text.len() } else { text.chars().count() };
    at_most(code, what, count, max, "characters")
}

/// Refuses a count above a limit.
pub(super) fn at_most(code: Code, what: &str, count: usize, max: usize, unit: &str) -> Result<(), Refusal> {
    if count <= max {
        return Ok(());
    }
    Err(Refusal::new(code, format!("{what} has {count} {unit}; the limit is {max}")))
}

/// Refuses a list with too many entries.
pub(super) fn list<T>(what: &str, list: &[T]) -> Result<(), Refusal> {
    at_most(Code::TooLarge, what, list.len(), LIST_MAX, "entries")
}

/// Refuses a profile, or properties of an event, with too many entries or entries that are too long.
pub(super) fn properties(what: &str, properties: &BTreeMap<String, String>) -> Result<(), Refusal> {
    at_most(Code::TooLarge, what, properties.len(), PROPERTIES_MAX, "entries")?;
    for (key, value) in properties {
        chars(Code::TooLarge, &format!("a key of the {what}"), key, KEY_CHARS_MAX)?;
        chars(Code::TooLarge, &format!("the value of {} in the {what}", shown(key)), value, VALUE_CHARS_MAX)?;
    }
    Ok(())
}

/// Formats a count, such as "there are 3 managers".
pub(super) fn counted(count: usize, what: &str) -> String {
    match count {
        0 => format!("there is no {what}"),
        1 => format!("there is 1 {what}"),
        _ => format!("there are {count} {what}s"),
    }
}

/// Formats a text from the caller for a message: quoted, and cut if long.
pub(super) fn shown(text: &str) -> String {
    const SHOWN_CHARS: usize = 60;
    match text.char_indices().nth(SHOWN_CHARS) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}…", &text[..end]),
    }
}
