//! Views and filters as plain data: how a caller selects chats.
//!
//! This file defines views, `kind.rs` their kinds, `argument.rs` their arguments. `filter.rs` joins views, `node.rs` is
//! the normal form of filters and formats it as text, `scan.rs` and `parse.rs` parse text, `json.rs` reads and writes
//! JSON. Evaluating a view is up to the index.

mod argument;
mod error;
mod filter;
mod json;
mod kind;
mod node;
mod parse;
mod scan;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use crate::model::Status;

pub use error::ViewError;
pub use filter::Filter;
pub use kind::{IndexValue, ViewKind};
pub(crate) use node::{Node, Operator};
pub(crate) use scan::A_HASHTAG;
use scan::Scanner;

/// A set of chats that can be counted and listed, such as `assigned:7:open`.
///
/// ```
/// use inboxdb::View;
///
/// let view: View = "assigned:7:open".parse()?;
/// assert_eq!(view, View::assigned(7).open());
/// assert_eq!(view.to_string(), "assigned:7:open");
///
/// let quoted: View = r#"tag:"q&a":closed"#.parse()?;
/// assert_eq!(quoted, View::tag("q&a").closed());
/// # Ok::<(), inboxdb::ViewError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct View {
    /// The kind of view, with its argument.
    pub kind: ViewKind,
    /// Only chats of this status. `None` is any status.
    pub status: Option<Status>,
}

impl View {
    /// Creates a view of any status.
    pub fn new(kind: ViewKind) -> Self {
        Self { kind, status: None }
    }

    /// Restricts the view to one status. Replaces an earlier status.
    #[must_use]
    pub fn with_status(mut self, status: Status) -> Self {
        self.status = Some(status);
        self
    }

    /// Restricts the view to open chats.
    #[must_use]
    pub fn open(self) -> Self {
        self.with_status(Status::Open)
    }

    /// Restricts the view to snoozed chats.
    #[must_use]
    pub fn snoozed(self) -> Self {
        self.with_status(Status::Snoozed)
    }

    /// Restricts the view to closed chats.
    #[must_use]
    pub fn closed(self) -> Self {
        self.with_status(Status::Closed)
    }
}

impl From<ViewKind> for View {
    fn from(kind: ViewKind) -> Self {
        Self::new(kind)
    }
}

impl FromStr for View {
    type Err = ViewError;

    /// Parses one view. White space around it is an error.
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

#[cfg(test)]
mod view_tests {
    use super::*;

    #[test]
    fn text_round_trips() {
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
            for view in [View::tag(word), View::custom("x", word)] {
                assert_eq!(view.to_string().parse(), Ok(view.clone()));
                let closed = view.with_status(Status::Closed);
                assert_eq!(closed.to_string().parse(), Ok(closed));
            }
        }
    }

    #[test]
    fn invalid_views_are_errors() {
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
            "hashtag:#vip",
            "hashtag:\"\"",
            "hashtag:\"a b\"",
            "hashtag:a-b:open",
        ] {
            assert!(text.parse::<View>().is_err(), "{text}");
        }
    }
}
