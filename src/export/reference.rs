//! How a line refers to a manager, customer or chat: by number, or by external id.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::{Actor, CustomerId, ManagerId};

/// A reference to another line. Exports write numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Reference<T> {
    Number(T),
    External { external: String },
}

impl<T: Copy> Reference<T> {
    pub(crate) fn number(&self) -> Option<T> {
        match self {
            Reference::Number(number) => Some(*number),
            Reference::External { .. } => None,
        }
    }
}

impl<T> From<T> for Reference<T> {
    fn from(number: T) -> Self {
        Reference::Number(number)
    }
}

impl<T: fmt::Display> fmt::Display for Reference<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reference::Number(number) => number.fmt(f),
            Reference::External { external } => write!(f, "{external:?}"),
        }
    }
}

/// Written by hand, since the errors of an untagged enumeration do not say what is wrong.
impl<'de, T: DeserializeOwned> Deserialize<'de> for Reference<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);

        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Named {
            external: String,
        }

        impl<'de, T: DeserializeOwned> Visitor<'de> for Either<T> {
            type Value = Reference<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or an object such as {\"external\":\"u_81f\"}")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                T::deserialize(number.into_deserializer()).map(Reference::Number)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let Named { external } = Named::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Reference::External { external })
            }
        }

        deserializer.deserialize_any(Either(PhantomData))
    }
}

/// The author of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Author {
    System,
    Manager(Reference<ManagerId>),
    Customer(Reference<CustomerId>),
}

impl From<Actor> for Author {
    fn from(actor: Actor) -> Self {
        match actor {
            Actor::System => Author::System,
            Actor::Manager(manager) => Author::Manager(manager.into()),
            Actor::Customer(customer) => Author::Customer(customer.into()),
        }
    }
}

/// How many messages each manager has not read.
///
/// In JSON an object from number to count, as exports write it, or a list of `{"manager":…,"count":…}`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct UnreadCounts(pub(crate) Vec<UnreadCount>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnreadCount {
    pub(crate) manager: Reference<ManagerId>,
    pub(crate) count: u64,
}

impl FromIterator<(ManagerId, u64)> for UnreadCounts {
    fn from_iter<I: IntoIterator<Item = (ManagerId, u64)>>(counts: I) -> Self {
        let counts = counts.into_iter().map(|(manager, count)| UnreadCount { manager: manager.into(), count });
        Self(counts.collect())
    }
}

impl Serialize for UnreadCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let by_number = |entry: &UnreadCount| entry.manager.number().map(|manager| (manager, entry.count));
        match self.0.iter().map(by_number).collect::<Option<BTreeMap<ManagerId, u64>>>() {
            Some(counts) => counts.serialize(serializer),
            None => self.0.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for UnreadCounts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = UnreadCounts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object from manager to count, or a list of {\"manager\":…,\"count\":…}")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut counts = Vec::new();
                while let Some((manager, count)) = map.next_entry::<ManagerId, u64>()? {
                    counts.push(UnreadCount { manager: manager.into(), count });
                }
                Ok(UnreadCounts(counts))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut counts = Vec::new();
                while let Some(entry) = list.next_element()? {
                    counts.push(entry);
                }
                Ok(UnreadCounts(counts))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ChatId;

    fn external<T>(external: &str) -> Reference<T> {
        Reference::External { external: external.to_owned() }
    }

    #[test]
    fn references_are_numbers_or_external_ids() {
        let read = serde_json::from_str::<Reference<ChatId>>;
        assert_eq!(read("7").unwrap(), Reference::Number(ChatId(7)));
        assert_eq!(read(r#"{"external":"u_81f"}"#).unwrap(), external("u_81f"));
        for (text, words) in [
            ("-1", "invalid type"),
            ("4294967296", "invalid value"),
            ("\"7\"", "a number or an object"),
            ("null", "a number or an object"),
            ("[7]", "a number or an object"),
            ("{}", "missing field `external`"),
            (r#"{"external":7}"#, "invalid type"),
            (r#"{"external":"a","number":7}"#, "unknown field"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
        assert_eq!(serde_json::to_string(&Reference::from(ChatId(7))).unwrap(), "7");
        assert_eq!(serde_json::to_string(&external::<ChatId>("a")).unwrap(), r#"{"external":"a"}"#);
    }

    #[test]
    fn references_of_authors_and_unread_counts() {
        for (text, author) in [
            (r#""system""#, Author::System),
            (r#"{"manager":7}"#, Author::Manager(ManagerId(7).into())),
            (r#"{"manager":{"external":"m"}}"#, Author::Manager(external("m"))),
            (r#"{"customer":{"external":"c"}}"#, Author::Customer(external("c"))),
        ] {
            assert_eq!(serde_json::from_str::<Author>(text).unwrap(), author);
            assert_eq!(serde_json::to_string(&author).unwrap(), text);
        }
        let counts: UnreadCounts = [(ManagerId(7), 2), (ManagerId(9), 1)].into_iter().collect();
        for text in [r#"{"7":2,"9":1}"#, r#"[{"manager":7,"count":2},{"manager":9,"count":1}]"#] {
            assert_eq!(serde_json::from_str::<UnreadCounts>(text).unwrap(), counts);
        }
        assert_eq!(serde_json::to_string(&counts).unwrap(), r#"{"7":2,"9":1}"#);
        let named = r#"[{"manager":{"external":"m"},"count":1}]"#;
        assert_eq!(serde_json::to_string(&serde_json::from_str::<UnreadCounts>(named).unwrap()).unwrap(), named);
        for text in ["7", r#"{"a":1}"#, r#"{"7":-1}"#, "[7]", r#"[{"manager":7}]"#] {
            assert!(serde_json::from_str::<UnreadCounts>(text).is_err(), "{text}");
        }
    }
}
