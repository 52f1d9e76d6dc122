//! JSON from clients: read whole or refused, with the reason.

use std::str;

use inboxdb::Filter;
use inboxdb::internal::json_message;
use serde::Deserialize;

use crate::error::Failure;

/// The largest integer that every JSON client keeps as it is: 2^53 − 1.
pub(crate) const ID_MAX: u64 = (1 << 53) - 1;

/// Reads one JSON value of a request.
pub(crate) fn read<'j, T: Deserialize<'j>>(bytes: &'j [u8], what: &str) -> Result<T, Failure> {
    let text = str::from_utf8(bytes).map_err(|error| {
        Failure::malformed(format!("the text is not UTF-8 from byte {} on", error.valid_up_to() + 1))
    })?;
    if text.trim_ascii().is_empty() {
        return Err(Failure::malformed(format!("the text is blank; {what} is one JSON object")));
    }
    // Filters nest deeper than the JSON library likes, and check their own depth. No other value nests its own kind.
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    let value = T::deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    let value = value.map_err(|error| Failure::malformed(json_message(&error)))?;
    match large_number(text) {
        Some(number) => Err(too_large(number)),
        None => Ok(value),
    }
}

/// Refuses an id that a JSON client would round.
pub(crate) fn check_id(id: u64) -> Result<(), Failure> {
    if id > ID_MAX { Err(too_large(&id.to_string())) } else { Ok(()) }
}

/// Refuses such an id within the text of views.
pub(crate) fn check_filter(filter: &Filter) -> Result<(), Failure> {
    let ids = |view: &inboxdb::View| view.kind.manager().map(u64::from).or(view.kind.customer().map(u64::from));
    filter.views().filter_map(ids).try_for_each(check_id)
}

fn too_large(number: &str) -> Failure {
    let shown: String = number.chars().take(40).collect();
    Failure::malformed(format!("the number {shown} is above {ID_MAX}, and JSON clients round such numbers"))
}

/// The first integer above the limit in a text that is JSON.
fn large_number(json: &str) -> Option<&str> {
    let bytes = json.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = end_of_string(bytes, at),
            b'0'..=b'9' => {
                let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                let number = &json[at..at + digits];
                // A fraction is no id, and none of the types reads one.
                if digits >= 16 && number.parse::<u64>().map_or(true, |number| number > ID_MAX) {
                    return Some(number);
                }
                at += digits;
            }
            _ => at += 1,
        }
    }
    None
}

/// The place after the quote that ends a string.
fn end_of_string(bytes: &[u8], begin: usize) -> usize {
    let mut at = begin + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use inboxdb::Query;

    use super::*;

    #[test]
    fn ids_that_clients_would_round_are_malformed() {
        let count =
            |workspace: &str| read::<Query>(format!(r#"{{"tags":{{"workspace":{workspace}}}}}"#).as_bytes(), "x");
        assert!(count("9007199254740991").is_ok());
        for workspace in ["9007199254740992", "18446744073709551615"] {
            assert_eq!(count(workspace).unwrap_err().code(), "malformed");
        }
        let in_text = br#"{"find":{"workspace":1,"customer":"\"9007199254740992\\"}}"#;
        assert!(read::<Query>(in_text, "x").is_ok(), "a text is no number");
        assert!(check_filter(&"assigned:9007199254740992".parse().unwrap()).is_err());
        assert!(check_filter(&"all & !customer:9007199254740992:open".parse().unwrap()).is_err());
        assert!(check_filter(&"assigned:9007199254740991".parse().unwrap()).is_ok());
    }

    #[test]
    fn broken_text_is_told() {
        for (bytes, told) in [
            (&b""[..], "blank"),
            (b" \r", "blank"),
            (b"\xff{}", "not UTF-8 from byte 1"),
            (b"{\"count\":{}}", "missing field `workspace`"),
            (b"{\"tags\":{\"workspace\":1}} 7", "trailing characters"),
        ] {
            let failure = read::<Query>(bytes, "a query").unwrap_err();
            assert!(failure.message().contains(told), "{}", failure.message());
        }
        let deep = "[".repeat(1 << 20);
        assert!(read::<Query>(deep.as_bytes(), "a query").is_err());
    }
}
