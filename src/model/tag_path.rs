//! The path of a tag, such as `billing/refund`.

use super::limits::{TAG_DEPTH_MAX, TAG_NAME_CHARS_MAX};

/// A valid tag path: 1 to 8 names of 1 to 128 characters, separated by `/`, without white space, `.`, `\`, `$` or `%`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TagPath {
    names: Vec<String>,
}

impl TagPath {
    /// Parses a path. The error is one clause, meant to follow "cannot be a tag: ".
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let names: Vec<String> = text.split('/').map(str::to_owned).collect();
        if names.len() > TAG_DEPTH_MAX {
            return Err(format!("it has {} names; the limit is {TAG_DEPTH_MAX}", names.len()));
        }
        names.iter().try_for_each(|name| check_name(name))?;
        Ok(Self { names })
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

    /// Returns the comparison key of the first `depth` names.
    pub(crate) fn key_of_prefix(&self, depth: usize) -> String {
        tag_key(&self.names[..depth.min(self.names.len())].join("/"))
    }

    /// Returns the comparison key.
    pub(crate) fn key(&self) -> String {
        self.key_of_prefix(self.depth())
    }
}

/// Returns the key by which tag paths are compared: the path in lower case.
pub(crate) fn tag_key(path: &str) -> String {
    path.to_lowercase()
}

fn check_name(name: &str) -> Result<(), String> {
    let chars = name.chars().count();
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
    fn keys_are_lower_case() {
        let path = TagPath::parse("Billing/ReFund/X").unwrap();
        assert_eq!(path.key(), "billing/refund/x");
        assert_eq!(path.key_of_prefix(2), "billing/refund");
        assert_eq!(path.last_name(), "X");
    }
}
