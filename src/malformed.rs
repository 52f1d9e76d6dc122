//! What is wrong with a line of JSON, in words for readers who do not know our types.

/// The message repeats a part of the line, which may be long.
const MESSAGE_CHARS_MAX: usize = 300;

/// What the JSON library calls the things it expected, and what we call them. The first match counts.
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

/// The same for what it found instead.
const FOUND: [(&str, &str); 3] = [
    ("invalid type: sequence", "invalid type: a list"),
    ("invalid type: map", "invalid type: an object"),
    ("invalid type: unit value", "invalid type: nothing"),
];

/// What the JSON library says, without the names of Rust types, and without the line number: it sees one line at a
/// time, so for it that is always 1.
#[must_use]
pub fn json_message(error: &serde_json::Error) -> String {
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

/// Replaces the end of the library's message: what it found and what it expected.
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

/// Keeps both ends of a long message: they say what was found and what was expected.
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
    use crate::{Envelope, Query};

    fn wrong(line: &str) -> String {
        json_message(&serde_json::from_str::<Envelope>(line).unwrap_err())
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
        let unknown = json_message(&serde_json::from_str::<Query>(r#"{"sum":{}}"#).unwrap_err());
        assert!(unknown.starts_with("unknown variant `sum`, expected one of `count`, `list`"), "{unknown}");
    }

    #[test]
    fn long_lines_give_short_messages() {
        let long = format!(r#"{{"workspace":"{}"}}"#, "한".repeat(100_000));
        let message = wrong(&long);
        assert!(message.chars().count() < MESSAGE_CHARS_MAX + 60 && message.contains("expected a number"), "{message}");
    }
}
