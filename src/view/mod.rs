//! Views and filters, as plain data: which chats somebody asks for.
//!
//! This file has the views. `filter.rs` joins them; `node.rs` is the normal form of filters and their text, `scan.rs`
//! and `parse.rs` read text, `json.rs` reads and writes JSON. What they hold, the index says.

mod error;
mod filter;
mod json;
mod node;
mod parse;
mod scan;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use crate::model::{CustomerId, ManagerId, Status};
pub use error::ViewError;
pub use filter::Filter;
pub(crate) use node::{Node, Operator};

use scan::{Scanner, is_special, is_status};

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
    /// `custom:plan=pro`: those to which an index that the host has added gives a value.
    Custom {
        /// The name of the index: 1 to 64 of `a` to `z`, digits, `_` and `-`.
        index: String,
        /// The value.
        value: String,
    },
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

impl ViewKind {
    /// The customer that the view names.
    pub(crate) fn customer(&self) -> Option<CustomerId> {
        match self {
            ViewKind::Customer(customer) => Some(*customer),
            _ => None,
        }
    }
}

impl From<ViewKind> for View {
    fn from(kind: ViewKind) -> Self {
        Self::new(kind)
    }
}

impl FromStr for View {
    type Err = ViewError;

    /// Reads one view, with nothing around it.
    fn from_str(text: &str) -> Result<Self, ViewError> {
        let mut scanner = Scanner::new(text);
        let view = scanner.view()?;
        if scanner.is_at_end() { Ok(view) } else { Err(scanner.wrong("the end of the view")) }
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
            ViewKind::Tag(path) => write_name(f, "tag", path),
            ViewKind::Hashtag(word) => write_name(f, "hashtag", word),
            ViewKind::Custom { index, value } => {
                write!(f, "custom:{index}=")?;
                write_word(f, value)
            }
        }
    }
}

fn write_name(f: &mut fmt::Formatter<'_>, kind: &str, name: &str) -> fmt::Result {
    write!(f, "{kind}:")?;
    // Bare, it would be the view's status.
    if is_status(name) { write_quoted(f, name) } else { write_word(f, name) }
}

fn write_word(f: &mut fmt::Formatter<'_>, word: &str) -> fmt::Result {
    let is_plain = !word.is_empty() && !word.chars().any(|c| is_special(c) || c.is_whitespace() || c.is_control());
    if is_plain { f.write_str(word) } else { write_quoted(f, word) }
}

fn write_quoted(f: &mut fmt::Formatter<'_>, word: &str) -> fmt::Result {
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
mod view_tests {
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
            r#"tag:"two words""#,
            "custom:plan=pro:open",
            "custom:a-b_1=open",
            r#"custom:x="a:b""#,
            r#"custom:x="""#,
        ] {
            let view: View = text.parse().unwrap();
            assert_eq!(view.to_string(), text);
        }
    }

    #[test]
    fn every_word_survives_quoting() {
        for word in ["", "open", "a:b", "\\", "\"", "tab\there", "x\u{7f}y", "한/글!", " ", "a\u{3000}b", "\u{85}"] {
            let value = word.to_owned();
            for kind in [ViewKind::Tag(value.clone()), ViewKind::Custom { index: "x".to_owned(), value }] {
                let view = View::new(kind);
                assert_eq!(view.to_string().parse(), Ok(view.clone()));
                let closed = view.with_status(Status::Closed);
                assert_eq!(closed.to_string().parse(), Ok(closed));
            }
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
            "all ",
            "all & all",
            "!all",
            "(all)",
            "assigned: 7",
            "tag:two words",
            "open",
            "custom",
            "custom:",
            "custom:x",
            "custom:=y",
            "custom:x=",
            "custom:X=y",
            "custom:\"x\"=y",
            "custom:x=\"y\"z",
        ] {
            assert!(text.parse::<View>().is_err(), "{text}");
        }
    }
}
