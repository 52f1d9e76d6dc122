//! The path of a tag, such as `billing/refund`.

use super::limits::{TAG_DEPTH_MAX, TAG_NAME_CHARS_MAX};
use super::normal_form::{nfc, normal_form};

/// A valid tag path: 1 to 8 names of 1 to 128 characters, separated by `/`, without white space, `.`, `\`, `$` or `%`.
/// Names are measured in NFC, and paths are compared by their normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TagPath {
    names: Vec<String>,
    key: String,
    /// Where the key of each name ends in `key`.
    ends: Vec<usize>,
}

impl TagPath {
    /// Parses a path. The error is one clause, meant to follow "cannot be a tag: ".
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        Self::parse_measured(text, |name| nfc(name).chars().count())
    }

    /// Parses a path of a store whose version measured names as they were written.
    pub(crate) fn parse_older(text: &str) -> Result<Self, String> {
        Self::parse_measured(text, |name| name.chars().count())
    }

    fn parse_measured(text: &str, chars: impl Fn(&str) -> usize) -> Result<Self, String> {
        let names: Vec<String> = text.split('/').map(str::to_owned).collect();
        if names.len() > TAG_DEPTH_MAX {
            return Err(format!("it has {} names; the limit is {TAG_DEPTH_MAX}", names.len()));
        }
        let (mut key, mut ends) = (String::with_capacity(text.len()), Vec::with_capacity(names.len()));
        for name in &names {
            check_name(name, chars(name))?;
            if !key.is_empty() {
                key.push('/');
            }
            // `/` composes with no character and ends a word, so the key of a path is made of those of its names.
            key.push_str(&normal_form(name));
            ends.push(key.len());
        }
        Ok(Self { names, key, ends })
    }

    /// Returns the names as written, from the root.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the number of names: 1 to 8.
    pub(crate) fn depth(&self) -> usize {
        self.names.len()
    }

    /// Returns the last name as written.
    pub(crate) fn last_name(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }

    /// Returns the first `depth` names as written.
    pub(crate) fn prefix(&self, depth: usize) -> String {
        self.names[..depth.min(self.names.len())].join("/")
    }

    /// Returns the comparison key of the first `depth` names.
    pub(crate) fn key_of_prefix(&self, depth: usize) -> &str {
        let end = depth.checked_sub(1).map_or(0, |last| self.ends.get(last).copied().unwrap_or(self.key.len()));
        &self.key[..end]
    }

    /// Returns the comparison key.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }
}

/// Whether a name of an existing tag is longer than a new one may be. Versions before NFC measured names as they were
/// written, and NFC takes some letters apart.
pub(crate) fn is_overlong_name(name: &str) -> bool {
    name.len() > TAG_NAME_CHARS_MAX && nfc(name).chars().count() > TAG_NAME_CHARS_MAX
}

fn check_name(name: &str, chars: usize) -> Result<(), String> {
    if chars == 0 {
        return Err("one of its names is empty".to_owned());
    }
    if chars > TAG_NAME_CHARS_MAX {
        return Err(format!("one of its names has {chars} characters; the limit is {TAG_NAME_CHARS_MAX}"));
    }
    match name.chars().find(|c| c.is_whitespace() || matches!(c, '.' | '\\' | '$' | '%')) {
        Some(c) => Err(format!("it contains {c:?}, which is not allowed")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        for good in ["a", "Billing/Refund", "결제/환불", "a:b", "q&a", "1/2/3/4/5/6/7/8", &"x".repeat(128)] {
            assert!(TagPath::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "/", "a/", "/a", "a//b", "a b", "a.b", "a\\b", "$", "50%", "a\u{3000}b", &"x".repeat(129)] {
            assert!(TagPath::parse(bad).is_err(), "{bad}");
        }
        assert!(TagPath::parse("1/2/3/4/5/6/7/8/9").is_err());
    }

    #[test]
    fn names_are_measured_in_nfc() {
        let syllable = "\u{1112}\u{116a}\u{11ab}";
        assert!(TagPath::parse(&syllable.repeat(128)).is_ok(), "384 letters, 128 syllables");
        assert!(TagPath::parse(&syllable.repeat(129)).is_err());
        // NFC takes this letter apart.
        assert!(TagPath::parse(&"\u{958}".repeat(64)).is_ok());
        assert!(TagPath::parse(&"\u{958}".repeat(65)).is_err());
        assert!(TagPath::parse_older(&"\u{958}".repeat(65)).is_ok());
        assert!(is_overlong_name(&"\u{958}".repeat(65)) && !is_overlong_name(&syllable.repeat(128)));
        // Measured before lower case, which is longer for this letter.
        assert!(TagPath::parse(&"İ".repeat(128)).is_ok());
    }

    #[test]
    fn keys_are_in_lower_case_and_nfc() {
        let path = TagPath::parse("Billing/ReFund/X").unwrap();
        assert_eq!(path.key(), "billing/refund/x");
        assert_eq!(
            (path.key_of_prefix(2), path.key_of_prefix(0), path.key_of_prefix(9)),
            ("billing/refund", "", path.key())
        );
        assert_eq!((path.prefix(2).as_str(), path.last_name()), ("Billing/ReFund", "X"));
        let path = TagPath::parse("CAFE\u{301}/\u{1112}\u{116a}\u{11ab}").unwrap();
        assert_eq!((path.key(), path.key_of_prefix(1)), ("café/환", "café"));
        assert_eq!(path.names(), ["CAFE\u{301}", "\u{1112}\u{116a}\u{11ab}"]);
    }
}
