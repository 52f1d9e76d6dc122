//! The names of custom indexes.

use super::limits::INDEX_NAME_CHARS_MAX;

/// Whether the name of a custom index may hold a character.
pub(crate) fn is_index_name_char(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-')
}

/// Why a text cannot name a custom index; nothing where it can.
pub(crate) fn fault_of_index_name(name: &str) -> Option<String> {
    if name.is_empty() || name.len() > INDEX_NAME_CHARS_MAX {
        return Some(format!("a name has 1 to {INDEX_NAME_CHARS_MAX} characters"));
    }
    let other = name.chars().find(|c| !is_index_name_char(*c))?;
    Some(format!("{other:?} is none of a to z, 0 to 9, `_` and `-`"))
}
