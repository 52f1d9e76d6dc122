//! The kinds of views, one row each: the name in Rust, the word in text, and an example.
//! Parsing, formatting, error messages and help texts are generated from the rows.

use std::fmt;

use super::argument::Argument;
use super::scan::Scanner;
use super::{View, ViewError};
use crate::model::{CustomerId, ManagerId};

macro_rules! view_kinds {
    ($($(#[$doc:meta])* $kind:ident $(($argument:ty))? = $word:literal, $example:literal;)*) => {
        /// Which chats a [`View`](crate::View) selects, regardless of status.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ViewKind {
            $($(#[$doc])* $kind $(($argument))?,)*
        }

        impl ViewKind {
            /// One example of each kind, as text. Meant for help texts.
            pub const EXAMPLES: &'static [&'static str] = &[$($example),*];

            pub(super) const WORDS: &'static [&'static str] = &[$($word),*];

            /// Returns the word that views of this kind begin with.
            pub fn word(&self) -> &'static str {
                match self {
                    $(ViewKind::$kind { .. } => $word,)*
                }
            }

            /// Parses the argument that follows a word. Returns `None` if no kind has this word.
            pub(super) fn read(word: &str, scanner: &mut Scanner<'_>) -> Result<Option<Self>, ViewError> {
                Ok(match word {
                    $($word => Some(ViewKind::$kind $((<$argument>::read(scanner)?))?),)*
                    _ => None,
                })
            }

            fn argument(&self) -> Option<&dyn Argument> {
                $($(
                    if let ViewKind::$kind(argument) = self {
                        let argument: &$argument = argument;
                        return Some(argument);
                    }
                )?)*
                None
            }
        }
    };
}

view_kinds! {
    /// `all`: every chat.
    All = "all", "all";
    /// `unassigned`: chats without an assignee.
    Unassigned = "unassigned", "unassigned";
    /// `assigned:7`: chats assigned to a manager.
    Assigned(ManagerId) = "assigned", "assigned:7";
    /// `following:7`: chats that a manager follows.
    Following(ManagerId) = "following", "following:7";
    /// `sessions:7`: chats that a manager follows, plus the unassigned ones if the manager is in operator mode.
    Sessions(ManagerId) = "sessions", "sessions:7";
    /// `unread:7`: chats with messages that a manager has not read.
    Unread(ManagerId) = "unread", "unread:7";
    /// `favorites:7`: a manager's favorites.
    Favorites(ManagerId) = "favorites", "favorites:7";
    /// `tag:billing/refund`: chats with a tag or one of its descendants.
    Tag(String) = "tag", "tag:billing/refund";
    /// `hashtag:vip`: chats with a hashtag in their description.
    Hashtag(String) = "hashtag", "hashtag:vip";
    /// `customer:5`: chats of a customer.
    Customer(CustomerId) = "customer", "customer:5";
    /// `custom:plan=pro`: chats with a value in a custom index.
    Custom(IndexValue) = "custom", "custom:plan=pro";
}

/// A constructor for each kind.
impl View {
    /// `all`: every chat.
    pub fn all() -> Self {
        Self::new(ViewKind::All)
    }

    /// `unassigned`: chats without an assignee.
    pub fn unassigned() -> Self {
        Self::new(ViewKind::Unassigned)
    }

    /// `assigned:7`: chats assigned to a manager.
    pub fn assigned(manager: impl Into<ManagerId>) -> Self {
        Self::new(ViewKind::Assigned(manager.into()))
    }

    /// `following:7`: chats that a manager follows.
    pub fn following(manager: impl Into<ManagerId>) -> Self {
        Self::new(ViewKind::Following(manager.into()))
    }

    /// `sessions:7`: chats that a manager follows, plus the unassigned ones if the manager is in operator mode.
    pub fn sessions(manager: impl Into<ManagerId>) -> Self {
        Self::new(ViewKind::Sessions(manager.into()))
    }

    /// `unread:7`: chats with messages that a manager has not read.
    pub fn unread(manager: impl Into<ManagerId>) -> Self {
        Self::new(ViewKind::Unread(manager.into()))
    }

    /// `favorites:7`: a manager's favorites.
    pub fn favorites(manager: impl Into<ManagerId>) -> Self {
        Self::new(ViewKind::Favorites(manager.into()))
    }

    /// `tag:billing/refund`: chats with a tag or one of its descendants.
    pub fn tag(path: impl Into<String>) -> Self {
        Self::new(ViewKind::Tag(path.into()))
    }

    /// `hashtag:vip`: chats with a hashtag in their description.
    pub fn hashtag(word: impl Into<String>) -> Self {
        Self::new(ViewKind::Hashtag(word.into()))
    }

    /// `customer:5`: chats of a customer.
    pub fn customer(customer: impl Into<CustomerId>) -> Self {
        Self::new(ViewKind::Customer(customer.into()))
    }

    /// `custom:plan=pro`: chats with a value in a custom index.
    pub fn custom(index: impl Into<String>, value: impl Into<String>) -> Self {
        Self::new(ViewKind::Custom(IndexValue { index: index.into(), value: value.into() }))
    }
}

/// A value in a custom index.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct IndexValue {
    /// The name of the index: 1 to 64 characters out of `a` to `z`, `0` to `9`, `_` and `-`.
    pub index: String,
    /// The value.
    pub value: String,
}

impl ViewKind {
    /// Returns the manager named in the view, if any.
    pub fn manager(&self) -> Option<ManagerId> {
        self.argument().and_then(Argument::manager)
    }

    /// Returns the customer named in the view, if any.
    pub fn customer(&self) -> Option<CustomerId> {
        match self {
            ViewKind::Customer(customer) => Some(*customer),
            _ => None,
        }
    }
}

impl fmt::Display for ViewKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match self.argument() {
            Some(argument) => {
                f.write_str(":")?;
                argument.write(f)
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_parse_as_their_kind() {
        assert_eq!(ViewKind::EXAMPLES.len(), ViewKind::WORDS.len());
        for (example, word) in ViewKind::EXAMPLES.iter().zip(ViewKind::WORDS) {
            let view: View = example.parse().unwrap();
            assert_eq!((view.kind.word(), view.to_string().as_str()), (*word, *example));
            assert_eq!(view.kind.manager().is_some(), example.ends_with(":7"), "{example}");
        }
    }
}
