//! Views: the named sets of chats that have a count and a list.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use crate::model::{CustomerId, ManagerId, Status};

/// A named set of chats, with a count and a list: in text such as `assigned:7:open`.
///
/// ```
/// use inboxdb::{ManagerId, Status, View, ViewKind};
///
/// let view: View = "assigned:7:open".parse()?;
/// assert_eq!(view, View::new(ViewKind::Assigned(ManagerId(7))).with_status(Status::Open));
/// assert_eq!(view.to_string(), "assigned:7:open");
///
/// let quoted: View = r#"tag:"q&a":closed"#.parse()?;
/// assert_eq!(quoted.kind, ViewKind::Tag("q&a".to_owned()));
/// # Ok::<(), inboxdb::ViewError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct View {
    /// Which chats.
    pub kind: ViewKind,
    /// Only those of one status; none means any.
    pub status: Option<Status>,
}

impl serde::Serialize for View {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for View {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Which chats a [`View`] holds, whatever their status.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ViewKind {
    /// `all`: every chat.
    All,
    /// `unassigned`: those without an assignee.
    Unassigned,
    /// `assigned:7`: those in the charge of one manager.
    Assigned(ManagerId),
    /// `following:7`: those that a manager takes part in.
    Following(ManagerId),
    /// `sessions:7`: those that a manager follows and, in operator mode, those without an assignee; each once.
    Sessions(ManagerId),
    /// `unread:7`: those in which a manager has something unread.
    Unread(ManagerId),
    /// `favorites:7`: a manager's favorites.
    Favorites(ManagerId),
    /// `tag:billing/refund`: those with a tag, or one below it.
    Tag(String),
    /// `hashtag:vip`: those with a hashtag in their description.
    Hashtag(String),
    /// `customer:5`: those of a customer.
    Customer(CustomerId),
}

/// A text that is no view.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a view: {reason}")]
pub struct ViewError {
    text: String,
    reason: String,
}

impl View {
    /// A view of any status.
    pub fn new(kind: ViewKind) -> Self {
        Self { kind, status: None }
    }

    /// The same chats, but only those of one status.
    #[must_use]
    pub fn with_status(mut self, status: Status) -> Self {
        self.status = Some(status);
        self
    }
}

impl From<ViewKind> for View {
    fn from(kind: ViewKind) -> Self {
        Self::new(kind)
    }
}

/// The characters that end a word in a view or in an expression of views.
fn is_special(c: char) -> bool {
    matches!(c, ':' | '&' | '|' | '!' | '(' | ')' | '"')
}

fn is_status(word: &str) -> bool {
    Status::ALL.iter().any(|status| status.name() == word)
}

impl FromStr for View {
    type Err = ViewError;

    fn from_str(text: &str) -> Result<Self, ViewError> {
        let (kind, status) = split_status(text);
        match parse_kind(kind) {
            Ok(kind) => Ok(Self { kind, status }),
            Err(reason) => Err(ViewError { text: text.to_owned(), reason }),
        }
    }
}

/// The last word is the status, if it is the name of one.
fn split_status(text: &str) -> (&str, Option<Status>) {
    for status in Status::ALL {
        if let Some(kind) = text.strip_suffix(status.name()).and_then(|rest| rest.strip_suffix(':')) {
            return (kind, Some(status));
        }
    }
    (text, None)
}

fn parse_kind(text: &str) -> Result<ViewKind, String> {
    let (name, argument) = match text.split_once(':') {
        Some((name, argument)) => (name, Some(argument)),
        None => (text, None),
    };
    let manager = || number(argument).map(ManagerId);
    match name {
        "all" => no_argument(argument).map(|()| ViewKind::All),
        "unassigned" => no_argument(argument).map(|()| ViewKind::Unassigned),
        "assigned" => manager().map(ViewKind::Assigned),
        "following" => manager().map(ViewKind::Following),
        "sessions" => manager().map(ViewKind::Sessions),
        "unread" => manager().map(ViewKind::Unread),
        "favorites" => manager().map(ViewKind::Favorites),
        "customer" => number(argument).map(|id| ViewKind::Customer(CustomerId(id))),
        "tag" => word(argument).map(ViewKind::Tag),
        "hashtag" => word(argument).map(ViewKind::Hashtag),
        _ => Err("it begins with none of all, unassigned, assigned, following, sessions, unread, favorites, tag, \
                  hashtag, customer"
            .to_owned()),
    }
}

fn no_argument(argument: Option<&str>) -> Result<(), String> {
    match argument {
        None => Ok(()),
        Some(argument) => Err(format!("{argument:?} is none of open, snoozed, closed")),
    }
}

fn number(argument: Option<&str>) -> Result<u64, String> {
    let argument = argument.unwrap_or_default();
    let digits = !argument.is_empty() && argument.bytes().all(|byte| byte.is_ascii_digit());
    let number = if digits { argument.parse().ok() } else { None };
    number.ok_or_else(|| format!("{argument:?} is no id; an id is a number from 0 to {}", u64::MAX))
}

fn word(argument: Option<&str>) -> Result<String, String> {
    let argument = argument.unwrap_or_default();
    // The reader of JSON would let white space follow.
    if argument.starts_with('"') && argument.ends_with('"') {
        return serde_json::from_str(argument).map_err(|_| format!("{argument} is not a JSON string"));
    }
    if argument.is_empty() {
        return Err("a name is missing".to_owned());
    }
    match argument.chars().find(|c| is_special(*c)) {
        Some(c) => Err(format!("a name that holds {c:?} is written with JSON quotes")),
        None => Ok(argument.to_owned()),
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        match self.status {
            Some(status) => write!(f, ":{status}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for ViewKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ViewKind::All => f.write_str("all"),
            ViewKind::Unassigned => f.write_str("unassigned"),
            ViewKind::Assigned(manager) => write!(f, "assigned:{manager}"),
            ViewKind::Following(manager) => write!(f, "following:{manager}"),
            ViewKind::Sessions(manager) => write!(f, "sessions:{manager}"),
            ViewKind::Unread(manager) => write!(f, "unread:{manager}"),
            ViewKind::Favorites(manager) => write!(f, "favorites:{manager}"),
            ViewKind::Customer(customer) => write!(f, "customer:{customer}"),
            ViewKind::Tag(path) => write_word(f, "tag", path),
            ViewKind::Hashtag(word) => write_word(f, "hashtag", word),
        }
    }
}

fn write_word(f: &mut fmt::Formatter<'_>, name: &str, word: &str) -> fmt::Result {
    write!(f, "{name}:")?;
    let plain = !word.is_empty() && !is_status(word) && !word.chars().any(is_special);
    if plain {
        return f.write_str(word);
    }
    f.write_char('"')?;
    for c in word.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_view_are_the_same() {
        for text in [
            "all",
            "unassigned:closed",
            "assigned:18446744073709551615:open",
            "following:7",
            "sessions:7:snoozed",
            "unread:7",
            "favorites:7",
            "tag:billing/refund",
            "tag:결제:open",
            r#"tag:"q&a":open"#,
            r#"tag:"open""#,
            r#"tag:"a\"b":open"#,
            "hashtag:vip",
            "customer:5",
        ] {
            let view: View = text.parse().unwrap();
            assert_eq!(view.to_string(), text);
        }
    }

    #[test]
    fn every_word_survives_quoting() {
        for word in ["", "open", "a:b", "\\", "\"", "tab\there", "x\u{7f}y", "한/글!"] {
            let view = View::new(ViewKind::Tag(word.to_owned())).with_status(Status::Closed);
            assert_eq!(view.to_string().parse(), Ok(view));
        }
    }

    #[test]
    fn what_is_no_view_says_why() {
        for text in [
            "",
            "al",
            "all:7",
            "all:open:open",
            "assigned",
            "assigned:",
            "assigned:+7",
            "assigned:x",
            "tag",
            "tag:",
            "tag:open",
            "tag:\"a\" ",
            "tag:a:b",
            "tag:a&b",
            "tag:\"a",
            "assigned:18446744073709551616",
            "ALL",
            " all",
            "open",
        ] {
            assert!(text.parse::<View>().is_err(), "{text}");
        }
    }
}
