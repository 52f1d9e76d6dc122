//! The names of custom indexes.

use super::limits::INDEX_NAME_CHARS_MAX;

/// Returns whether a character is allowed in the name of a custom index.
pub(crate) fn is_index_name_char(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-')
}

/// Returns why a text is not a valid name for a custom index, or `None` if it is valid.
pub(crate) fn fault_of_index_name(name: &str) -> Option<String> {
    if name.is_empty() || name.len() > INDEX_NAME_CHARS_MAX {
        return Some(format!("a name has 1 to {INDEX_NAME_CHARS_MAX} characters"));
    }
    let other = name.chars().find(|c| !is_index_name_char(*c))?;
    Some(format!("{other:?} is none of a to z, 0 to 9, `_` and `-`"))
}
