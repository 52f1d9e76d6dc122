//! Reading one line of JSON, or saying what is wrong with it.

use std::str;

use inboxdb::internal::json_message;
use serde::Deserialize;

/// The text of a line, or why it cannot be `what`.
pub(crate) fn text<'l>(line: &'l [u8], what: &str) -> Result<&'l str, String> {
    let text = str::from_utf8(line)
        .map_err(|error| format!("the line is not UTF-8 from byte {} on", error.valid_up_to() + 1))?;
    match text.trim_ascii().is_empty() {
        true => Err(format!("the line is blank; {what} is one JSON object")),
        false => Ok(text),
    }
}

/// Reads a line. The JSON library's limit on nesting is lower than that of filters, which check their own; no other
/// value nests values of its own kind.
pub(crate) fn read<'l, T: Deserialize<'l>>(line: &'l str) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_str(line);
    reader.disable_recursion_limit();
    let read = T::deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    read.map_err(|error| json_message(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_and_broken_text_are_told_apart() {
        assert!(text(b" \t\r", "a command").unwrap_err().contains("blank"));
        assert_eq!(text(b"ab\xff", "a command").unwrap_err(), "the line is not UTF-8 from byte 3 on");
        assert_eq!(text(b"{}", "a command"), Ok("{}"));
    }
}
