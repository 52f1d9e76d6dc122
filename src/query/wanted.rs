//! What to find by its external id.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::{ChatId, WorkspaceId};

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

/// A query for what has an external id. In JSON the fields of [`Wanted`] stand beside the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Find {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// What to find.
    pub wanted: Wanted,
}

/// The fields of the query. Which of them there are tells what is wanted.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    workspace: WorkspaceId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    manager: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chat: Option<Chat>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// A chat by its external id, or the number of the chat with the message.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Chat {
    Number(ChatId),
    External(String),
}

impl Serialize for Find {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Fields { workspace: self.workspace, manager: None, customer: None, chat: None, message: None };
        match self.wanted.clone() {
            Wanted::Manager(external) => fields.manager = Some(external),
            Wanted::Customer(external) => fields.customer = Some(external),
            Wanted::Chat(external) => fields.chat = Some(Chat::External(external)),
            Wanted::Message(chat, external) => {
                fields.chat = Some(Chat::Number(chat));
                fields.message = Some(external);
            }
        }
        fields.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Find {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Fields { workspace, manager, customer, chat, message } = Fields::deserialize(deserializer)?;
        let wanted = match (manager, customer, chat, message) {
            (Some(external), None, None, None) => Wanted::Manager(external),
            (None, Some(external), None, None) => Wanted::Customer(external),
            (None, None, Some(Chat::External(external)), None) => Wanted::Chat(external),
            (None, None, Some(Chat::Number(chat)), Some(external)) => Wanted::Message(chat, external),
            _ => {
                let expected = "one of `manager`, `customer` and `chat` with an external id, or the number of a `chat` \
                                and the external id of a `message`";
                return Err(D::Error::custom(format_args!("expected {expected}")));
            }
        };
        Ok(Self { workspace, wanted })
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
