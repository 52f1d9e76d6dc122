//! What is wrong with a line that could not be read, in words for somebody who does not know our types.

use std::str;

use serde::Deserialize;

/// The message repeats a part of the line: bounded, as the line may be long.
const MESSAGE_CHARS_MAX: usize = 300;

/// The words of the JSON library for what it wanted, and ours. The first that fits counts.
const EXPECTED: [(&str, &str); 10] = [
    ("u64", "a number from 0 to 18446744073709551615"),
    ("u32", "a number from 0 to 4294967295"),
    ("struct variant", "an object with its fields"),
    ("struct", "an object with its fields"),
    ("unit variant", "the name alone"),
    ("newtype variant", "a value"),
    ("tuple variant", "a list"),
    ("enum", "one of its names"),
    ("a sequence", "a list"),
    ("a map", "an object"),
];

/// The same for what it found where something else should be.
const FOUND: [(&str, &str); 3] = [
    ("invalid type: sequence", "invalid type: a list"),
    ("invalid type: map", "invalid type: an object"),
    ("invalid type: unit value", "invalid type: nothing"),
];

/// The text of a line, or what keeps it from being `what`.
pub(crate) fn text<'l>(line: &'l [u8], what: &str) -> Result<&'l str, String> {
    let text = str::from_utf8(line)
        .map_err(|error| format!("the line is not UTF-8 from byte {} on", error.valid_up_to() + 1))?;
    match text.trim_ascii().is_empty() {
        true => Err(format!("the line is blank; {what} is one JSON object")),
        false => Ok(text),
    }
}

/// Reads a line. The library's own limit on values inside each other is lower than that of filters, which is kept by
/// themselves; nothing else that is read holds values of its own kind.
pub(crate) fn read<'l, T: Deserialize<'l>>(line: &'l str) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_str(line);
    reader.disable_recursion_limit();
    let read = T::deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    read.map_err(|error| message(&error))
}

/// What the JSON library says, without the names of Rust types and without the number of the line, which to it is
/// always 1.
pub(crate) fn message(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let (said, column) = match message.strip_suffix(&place) {
        Some(said) => (said, Some(error.column())),
        None => (message.as_str(), None),
    };
    let said = shorten(&in_plain_words(said));
    match column {
        Some(column) => format!("{said} (at byte {column} of the line)"),
        None => said,
    }
}

/// Replaces what the library found and what it expected, which is the end of its message.
fn in_plain_words(said: &str) -> String {
    let Some((found, expected)) = said.rsplit_once(", expected ") else { return said.to_owned() };
    let found = FOUND.iter().find(|(theirs, _)| found == *theirs).map_or(found, |(_, ours)| ours);
    match EXPECTED.iter().find(|(word, _)| begins_with_word(expected, word)) {
        Some((_, ours)) => format!("{found}, expected {ours}"),
        None => format!("{found}, expected {expected}"),
    }
}

fn begins_with_word(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Keeps both ends of a long message: what was found, and what was expected.
fn shorten(said: &str) -> String {
    let chars = said.chars().count();
    if chars <= MESSAGE_CHARS_MAX {
        return said.to_owned();
    }
    let half = MESSAGE_CHARS_MAX / 2;
    let begin: String = said.chars().take(half).collect();
    let end: String = said.chars().skip(chars - half).collect();
    format!("{begin} … {end}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use inboxdb::{Envelope, Query};

    fn wrong(line: &str) -> String {
        message(&serde_json::from_str::<Envelope>(line).unwrap_err())
    }

    #[test]
    fn no_message_names_a_rust_type() {
        for line in [
            "5",
            "[]",
            "null",
            "{",
            "{}",
            r#"{"workspace":"x"}"#,
            r#"{"workspace":-1}"#,
            r#"{"workspace":1,"at":1,"actor":5}"#,
            r#"{"workspace":1,"at":1,"actor":{"manager":"x"}}"#,
            r#"{"workspace":1,"at":1,"actor":{"system":1}}"#,
            r#"{"workspace":1,"at":1,"actor":"manager"}"#,
            r#"{"workspace":1,"at":1,"actor":"system","do":"close"}"#,
            r#"{"workspace":1,"at":1,"actor":"system","do":{"tick":{}}}"#,
            r#"{"workspace":1,"at":1,"actor":"system","do":{"close":5}}"#,
            r#"{"workspace":1,"at":1,"actor":"system","do":{"close":[]}}"#,
            r#"{"workspace":1,"at":1,"actor":"system","do":{"close":{"chat":1.5}}}"#,
            r#"{"workspace":1,"at":1,"actor":"system","do":{"tag":{"chat":1,"tags":{}}}}"#,
            r#"{"workspace":1,"at":1,"actor":"system","do":{"put_manager":{"manager":1,"name":"a","role":"boss"}}}"#,
            r#"{"workspace":1,"at":1,"actor":"system","do":{"put_customer":{"customer":1,"profile":[]}}}"#,
        ] {
            let message = wrong(line);
            for leak in ["u64", "u32", "struct", "enum", "variant Command", "Envelope", "::", "sequence", "at line"] {
                assert!(!message.contains(leak), "{message}");
            }
        }
    }

    #[test]
    fn messages_say_what_and_where() {
        let missing = wrong(r#"{"workspace":1,"at":1,"actor":"system"}"#);
        assert_eq!(missing, "missing field `do` (at byte 39 of the line)");
        let negative = wrong(r#"{"workspace":-1}"#);
        assert!(negative.starts_with("invalid value: integer `-1`, expected a number from 0 to 18446744073709551615"));
        let unknown = message(&serde_json::from_str::<Query>(r#"{"sum":{}}"#).unwrap_err());
        assert!(unknown.starts_with("unknown variant `sum`, expected one of `count`, `list`"), "{unknown}");
    }

    #[test]
    fn long_lines_give_short_messages() {
        let long = format!(r#"{{"workspace":"{}"}}"#, "한".repeat(100_000));
        let message = wrong(&long);
        assert!(message.chars().count() < MESSAGE_CHARS_MAX + 60 && message.contains("expected a number"), "{message}");
    }

    #[test]
    fn blank_lines_and_broken_text_are_told_apart() {
        assert!(text(b" \t\r", "a command").unwrap_err().contains("blank"));
        assert_eq!(text(b"ab\xff", "a command").unwrap_err(), "the line is not UTF-8 from byte 3 on");
        assert_eq!(text(b"{}", "a command"), Ok("{}"));
    }
}
