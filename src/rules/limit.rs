//! Refusals of what is too large.

use std::collections::BTreeMap;

use crate::error::{Code, Refusal};
use crate::model::limits::{KEY_CHARS_MAX, LIST_MAX, PROPERTIES_MAX, VALUE_CHARS_MAX};

/// Refuses a text of more characters than its limit.
pub(super) fn chars(code: Code, what: &str, text: &str, max: usize) -> Result<(), Refusal> {
    // A text has at most as many characters as bytes.
    let count = if text.len() <= max { text.len() } else { text.chars().count() };
    at_most(code, what, count, max, "characters")
}

/// Refuses more of something than its limit.
pub(super) fn at_most(code: Code, what: &str, count: usize, max: usize, unit: &str) -> Result<(), Refusal> {
    if count <= max {
        return Ok(());
    }
    Err(Refusal::new(code, format!("{what} has {count} {unit}; the limit is {max}")))
}

/// Refuses a list of a command that is too long.
pub(super) fn list<T>(what: &str, list: &[T]) -> Result<(), Refusal> {
    at_most(Code::TooLarge, what, list.len(), LIST_MAX, "entries")
}

/// Refuses a profile, or the properties of an event, with too many entries or too long ones.
pub(super) fn properties(what: &str, properties: &BTreeMap<String, String>) -> Result<(), Refusal> {
    at_most(Code::TooLarge, what, properties.len(), PROPERTIES_MAX, "entries")?;
    for (key, value) in properties {
        chars(Code::TooLarge, &format!("a key of the {what}"), key, KEY_CHARS_MAX)?;
        chars(Code::TooLarge, &format!("the value of {} in the {what}", shown(key)), value, VALUE_CHARS_MAX)?;
    }
    Ok(())
}

/// A number of things in words.
pub(super) fn counted(count: usize, what: &str) -> String {
    match count {
        0 => format!("there is no {what}"),
        1 => format!("there is 1 {what}"),
        _ => format!("there are {count} {what}s"),
    }
}

/// A text of the caller's as a message shows it: quoted, and cut where it is long.
pub(super) fn shown(text: &str) -> String {
    const SHOWN_CHARS: usize = 60;
    match text.char_indices().nth(SHOWN_CHARS) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}…", &text[..end]),
    }
}
