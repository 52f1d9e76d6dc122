//! Answers, and reading them back.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};

use super::{BulkUnderWay, ChatPage, EventPage, FilePage, IndexStatus, LinkPage, MessagePage, NotificationPage};
use super::{Query, Sidebar};
use crate::model::{Chat, Customer, Manager, ProfileField, Recommendation, Tag};

/// The answer to a [`Query`]. In JSON without the variant's name: `{"count":5}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Answer {
    /// To `count`.
    #[non_exhaustive]
    Count {
        /// How many chats.
        count: u64,
    },
    /// To `list`.
    List(ChatPage),
    /// To `show`.
    Show(Box<Chat>),
    /// To `messages`.
    Messages(MessagePage),
    /// To `files`.
    Files(FilePage),
    /// To `links`.
    Links(LinkPage),
    /// To `managers`.
    #[non_exhaustive]
    Managers {
        /// By id.
        managers: Vec<Manager>,
    },
    /// To `tags`.
    #[non_exhaustive]
    Tags {
        /// By lower-case path.
        tags: Vec<Tag>,
    },
    /// To `customer`.
    Customer(Customer),
    /// To `events` and `events_before_chat`.
    Events(EventPage),
    /// To `earlier_chats`.
    EarlierChats(ChatPage),
    /// To `profile_fields`.
    #[non_exhaustive]
    ProfileFields {
        /// In their order.
        fields: Vec<ProfileField>,
    },
    /// To `recommend`.
    #[non_exhaustive]
    Recommend {
        /// Best first.
        managers: Vec<Recommendation>,
    },
    /// To `notifications`.
    Notifications(NotificationPage),
    /// To `bulks`.
    #[non_exhaustive]
    Bulks {
        /// Oldest first.
        bulks: Vec<BulkUnderWay>,
    },
    /// To `indexes`.
    #[non_exhaustive]
    Indexes {
        /// By name.
        indexes: Vec<IndexStatus>,
    },
    /// To `sidebar`.
    Sidebar(Box<Sidebar>),
}

impl Answer {
    /// Reads the answer to a question from its JSON. Answers have no name in JSON, and some look alike (an empty list of
    /// managers answers both `managers` and `recommend`), so that it takes the question to tell them apart.
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
    /// Where the JSON is not the answer to such a question.
    pub fn from_json(query: &Query, json: &str) -> Result<Self, serde_json::Error> {
        fn read<T: DeserializeOwned>(json: &str) -> Result<T, serde_json::Error> {
            serde_json::from_str(json)
        }
        /// Of an object with one field.
        fn field<T: DeserializeOwned>(json: &str, name: &str) -> Result<T, serde_json::Error> {
            let mut object: BTreeMap<String, T> = read(json)?;
            object.remove(name).ok_or_else(|| serde_json::Error::custom(format_args!("missing field `{name}`")))
        }
        Ok(match query {
            Query::Count { .. } => Answer::Count { count: field(json, "count")? },
            Query::List { .. } => Answer::List(read(json)?),
            Query::Show { .. } => Answer::Show(read(json)?),
            Query::Messages { .. } => Answer::Messages(read(json)?),
            Query::Files { .. } => Answer::Files(read(json)?),
            Query::Links { .. } => Answer::Links(read(json)?),
            Query::Managers { .. } => Answer::Managers { managers: field(json, "managers")? },
            Query::Tags { .. } => Answer::Tags { tags: field(json, "tags")? },
            Query::Customer { .. } => Answer::Customer(read(json)?),
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
