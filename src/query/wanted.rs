//! What to find by its external id.

use std::collections::BTreeMap;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::ChatId;

/// What to find by its id in the caller's own system.
///
/// In JSON `{"customer":"u_81f"}`, `{"manager":"…"}`, `{"chat":"…"}`, or `{"chat":7,"message":"m_3"}`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wanted {
    /// A manager, also one who left.
    Manager(String),
    /// A customer.
    Customer(String),
    /// A chat.
    Chat(String),
    /// A message of a chat.
    Message(ChatId, String),
}

impl Serialize for Wanted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        match self {
            Wanted::Manager(external) => fields.serialize_entry("manager", external)?,
            Wanted::Customer(external) => fields.serialize_entry("customer", external)?,
            Wanted::Chat(external) => fields.serialize_entry("chat", external)?,
            Wanted::Message(chat, external) => {
                fields.serialize_entry("chat", chat)?;
                fields.serialize_entry("message", external)?;
            }
        }
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Wanted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

/// Reads the fields by name: which of them there are tells what is wanted.
struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Wanted;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("one of `manager`, `customer` and `chat` with an external id, or a chat's number and `message`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Wanted, A::Error> {
        let mut fields: BTreeMap<String, serde_json::Value> = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, serde_json::Value>()? {
            if !value.is_null() && fields.insert(name.clone(), value).is_some() {
                return Err(A::Error::custom(format_args!("`{name}` comes twice")));
            }
        }
        let names: Vec<&str> = fields.keys().map(String::as_str).collect();
        let text = |name: &str| fields.get(name).and_then(|value| value.as_str()).map(str::to_owned);
        let chat = || fields.get("chat").and_then(|chat| chat.as_u64()).and_then(|chat| u32::try_from(chat).ok());
        let wanted = match names.as_slice() {
            ["manager"] => text("manager").map(Wanted::Manager),
            ["customer"] => text("customer").map(Wanted::Customer),
            ["chat"] => text("chat").map(Wanted::Chat),
            ["chat", "message"] => chat().zip(text("message")).map(|(chat, text)| Wanted::Message(ChatId(chat), text)),
            _ => None,
        };
        wanted.ok_or_else(|| A::Error::custom(format_args!("expected {}", Expected(&self))))
    }
}

struct Expected<'v>(&'v Fields);

impl std::fmt::Display for Expected<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.expecting(f)
    }
}

#[cfg(test)]
mod tests {
    use crate::query::Query;

    #[test]
    fn wanted_things_are_told_by_their_fields() {
        for good in [
            r#"{"find":{"workspace":1,"customer":"u_81f"}}"#,
            r#"{"find":{"workspace":1,"manager":"a"}}"#,
            r#"{"find":{"workspace":1,"chat":"t"}}"#,
            r#"{"find":{"workspace":1,"chat":7,"message":"m_3"}}"#,
        ] {
            let query: Query = serde_json::from_str(good).unwrap();
            assert_eq!(serde_json::to_string(&query).unwrap(), good);
        }
        for bad in [
            r#"{"find":{"workspace":1}}"#,
            r#"{"find":{"workspace":1,"chat":7}}"#,
            r#"{"find":{"workspace":1,"customer":5}}"#,
            r#"{"find":{"workspace":1,"customer":"u","chat":"t"}}"#,
            r#"{"find":{"workspace":1,"chat":"t","message":"m"}}"#,
            r#"{"find":{"workspace":1,"chat":4294967296,"message":"m"}}"#,
            r#"{"find":{"workspace":1,"tag":"t"}}"#,
            r#"{"find":{"customer":"u_81f"}}"#,
        ] {
            assert!(serde_json::from_str::<Query>(bad).is_err(), "{bad}");
        }
    }
}
