//! Answers to queries, and parsing them from JSON.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    BulkUnderWay, ChatPage, CustomerPage, EventPage, FilePage, IdPage, IndexStatus, LinkPage, MessagePage,
    NotificationPage, Query, Sidebar,
};
use crate::model::{
    Chat, ChatId, Customer, CustomerId, Manager, ManagerId, Message, MessageId, ProfileField, Recommendation, Tag,
    WorkspaceId,
};

/// The answer to a [`Query`]. Its JSON has no variant name: `{"count":5}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Answer {
    /// The answer to `count`.
    #[non_exhaustive]
    Count {
        /// The number of chats.
        count: u64,
    },
    /// The answer to `workspaces`.
    #[non_exhaustive]
    Workspaces {
        /// The workspaces in use, by id.
        workspaces: Vec<WorkspaceId>,
    },
    /// The answer to `list`.
    List(ChatPage),
    /// The answer to `list` with `ids`.
    Ids(IdPage),
    /// The answer to `show`.
    Show(Box<Chat>),
    /// The answer to `chats`.
    #[non_exhaustive]
    Chats {
        /// The chats, in the order of the query. `None` stands for one that does not exist.
        chats: Vec<Option<Chat>>,
    },
    /// The answer to `message`.
    Message(Message),
    /// The answer to `messages`.
    Messages(MessagePage),
    /// The answer to `files`.
    Files(FilePage),
    /// The answer to `links`.
    Links(LinkPage),
    /// The answer to `managers`.
    #[non_exhaustive]
    Managers {
        /// All managers, by id.
        managers: Vec<Manager>,
    },
    /// The answer to `find`.
    Found(Found),
    /// The answer to `digest`.
    #[non_exhaustive]
    Digest {
        /// The digest, 16 hexadecimal digits.
        digest: String,
    },
    /// The answer to `manager`.
    Manager(Manager),
    /// The answer to `tags`.
    #[non_exhaustive]
    Tags {
        /// All tags, sorted as paths are compared.
        tags: Vec<Tag>,
    },
    /// The answer to `customer`.
    Customer(Customer),
    /// The answer to `customers`.
    Customers(CustomerPage),
    /// The answer to `events` and `events_before_chat`.
    Events(EventPage),
    /// The answer to `earlier_chats`.
    EarlierChats(ChatPage),
    /// The answer to `profile_fields`.
    #[non_exhaustive]
    ProfileFields {
        /// The fields, in display order.
        fields: Vec<ProfileField>,
    },
    /// The answer to `recommend`.
    #[non_exhaustive]
    Recommend {
        /// The managers, best first.
        managers: Vec<Recommendation>,
    },
    /// The answer to `notifications`.
    Notifications(NotificationPage),
    /// The answer to `bulks`.
    #[non_exhaustive]
    Bulks {
        /// The bulk actions, oldest first.
        bulks: Vec<BulkUnderWay>,
    },
    /// The answer to `indexes`.
    #[non_exhaustive]
    Indexes {
        /// The indexes, by name.
        indexes: Vec<IndexStatus>,
    },
    /// The answer to `sidebar`.
    Sidebar(Box<Sidebar>),
}

/// The number that has an external id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Found {
    /// Of a manager.
    Manager(ManagerId),
    /// Of a customer.
    Customer(CustomerId),
    /// Of a chat.
    Chat(ChatId),
    /// Of a message in its chat.
    Message(MessageId),
}

impl Answer {
    /// Parses the answer to a query from JSON.
    ///
    /// The query is needed because the JSON of an answer has no variant name, and some answers look alike: an empty
    /// list of managers answers both `managers` and `recommend`. The `place` that a node of a cluster puts beside the
    /// answers of a batch is passed over.
    ///
    /// ```
    /// use inboxdb::{Answer, Query, View};
    ///
    /// let answer = Answer::from_json(&Query::count(1, View::all()), r#"{"count":5}"#)?;
    /// assert!(matches!(answer, Answer::Count { count: 5, .. }));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the JSON is not an answer to this kind of query.
    pub fn from_json(query: &Query, json: &str) -> Result<Self, serde_json::Error> {
        fn read<T: DeserializeOwned>(json: &str) -> Result<T, serde_json::Error> {
            serde_json::from_str(json)
        }
        /// Parses an object and returns one of its fields.
        fn field<T: DeserializeOwned>(json: &str, name: &str) -> Result<T, serde_json::Error> {
            let mut object: BTreeMap<String, Value> = read(json)?;
            let found = object.remove(name);
            T::deserialize(found.ok_or_else(|| serde_json::Error::custom(format_args!("missing field `{name}`")))?)
        }
        fn found(json: &str) -> Result<Found, serde_json::Error> {
            let mut object: serde_json::Map<String, Value> = read(json)?;
            object.remove("place");
            Found::deserialize(Value::Object(object))
        }
        Ok(match query {
            Query::Count { .. } => Answer::Count { count: field(json, "count")? },
            Query::Workspaces {} => Answer::Workspaces { workspaces: field(json, "workspaces")? },
            Query::List { ids: Some(true), .. } => Answer::Ids(read(json)?),
            Query::List { .. } => Answer::List(read(json)?),
            Query::Show { .. } => Answer::Show(read(json)?),
            Query::Chats { .. } => Answer::Chats { chats: field(json, "chats")? },
            Query::Message { .. } => Answer::Message(read(json)?),
            Query::Messages { .. } => Answer::Messages(read(json)?),
            Query::Files { .. } => Answer::Files(read(json)?),
            Query::Links { .. } => Answer::Links(read(json)?),
            Query::Find(_) => Answer::Found(found(json)?),
            Query::Digest { .. } => Answer::Digest { digest: field(json, "digest")? },
            Query::Managers { .. } => Answer::Managers { managers: field(json, "managers")? },
            Query::Manager { .. } => Answer::Manager(read(json)?),
            Query::Tags { .. } => Answer::Tags { tags: field(json, "tags")? },
            Query::Customer { .. } => Answer::Customer(read(json)?),
            Query::Customers { .. } => Answer::Customers(read(json)?),
            Query::Events { .. } | Query::EventsBeforeChat { .. } => Answer::Events(read(json)?),
            Query::EarlierChats { .. } => Answer::EarlierChats(read(json)?),
            Query::ProfileFields { .. } => Answer::ProfileFields { fields: field(json, "fields")? },
            Query::Recommend { .. } => Answer::Recommend { managers: field(json, "managers")? },
            Query::Notifications { .. } => Answer::Notifications(read(json)?),
            Query::Bulks { .. } => Answer::Bulks { bulks: field(json, "bulks")? },
            Query::Indexes { .. } => Answer::Indexes { indexes: field(json, "indexes")? },
            Query::Sidebar { .. } => Answer::Sidebar(read(json)?),
        })
    }
}
