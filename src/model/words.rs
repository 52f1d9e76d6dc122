//! Text forms of small types. They use the same words as JSON.

use std::fmt;
use std::str::FromStr;

use super::{Actor, Role, Status, Visibility};

/// The error when a text cannot be parsed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {expected}")]
pub struct ParseError {
    text: String,
    expected: &'static str,
}

impl ParseError {
    pub(crate) fn new(text: &str, expected: &'static str) -> Self {
        Self { text: text.to_owned(), expected }
    }

    /// Returns the text that was parsed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns a description of what was expected.
    pub fn expected(&self) -> &'static str {
        self.expected
    }
}

/// Implements `name`, `Display` and `FromStr` from one list of words.
macro_rules! words {
    ($type:ident is $expected:literal { $($variant:ident = $word:literal),* $(,)? }) => {
        impl $type {
            /// Returns the word for it in JSON and text.
            pub fn name(self) -> &'static str {
                match self {
                    $($type::$variant => $word,)*
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $type {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                match text {
                    $($word => Ok($type::$variant),)*
                    _ => Err(ParseError::new(text, $expected)),
                }
            }
        }
    };
}
pub(crate) use words;

words!(Status is "a status: open, snoozed or closed" { Open = "open", Snoozed = "snoozed", Closed = "closed" });
words!(Role is "a role: owner or member" { Owner = "owner", Member = "member" });
words!(Visibility is "a visibility: public or internal" { Public = "public", Internal = "internal" });

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::System => f.write_str("system"),
            Actor::Manager(manager) => write!(f, "manager:{manager}"),
            Actor::Customer(customer) => write!(f, "customer:{customer}"),
        }
    }
}

impl FromStr for Actor {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let actor = match text.split_once(':') {
            None if text == "system" => Some(Actor::System),
            Some(("manager", id)) => id.parse().ok().map(Actor::Manager),
            Some(("customer", id)) => id.parse().ok().map(Actor::Customer),
            _ => None,
        };
        actor.ok_or_else(|| ParseError::new(text, "an actor: system, manager:7 or customer:5"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CustomerId, ManagerId};

    #[test]
    fn words_match_json_and_round_trip() {
        for status in Status::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.name());
            assert_eq!(status.to_string().parse(), Ok(status));
        }
        for role in [Role::Owner, Role::Member] {
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        for visibility in [Visibility::Public, Visibility::Internal] {
            assert_eq!(serde_json::to_value(visibility).unwrap(), visibility.name());
            assert_eq!(visibility.to_string().parse(), Ok(visibility));
        }
        let error = "Open".parse::<Status>().unwrap_err();
        assert_eq!(error.to_string(), r#""Open" is not a status: open, snoozed or closed"#);
    }

    #[test]
    fn actors_round_trip() {
        for actor in [Actor::System, Actor::Manager(ManagerId(7)), Actor::Customer(CustomerId(u64::MAX))] {
            assert_eq!(actor.to_string().parse(), Ok(actor));
        }
        for text in ["", "System", "manager", "manager:", "manager:x", "system:1", "customer:-1"] {
            assert!(text.parse::<Actor>().is_err(), "{text}");
        }
    }
}
