//! Pages of lists.

use serde::{Deserialize, Serialize};

use super::Cursor;
use crate::model::{Chat, ChatId, Customer, Event, FileOfMessage, LinkOfMessage, Message, Notification};

/// A page of chats.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChatPage {
    /// The chats, newest activity first unless asked otherwise. Earlier chats of a customer are sorted by id, highest
    /// first.
    pub chats: Vec<Chat>,
    /// The cursor for the next page, or `None` if this is the last page.
    pub next: Option<Cursor>,
}

/// A page of chats, by their ids alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IdPage {
    /// The ids of the chats, in the order that was asked for.
    pub ids: Vec<ChatId>,
    /// The cursor for the next page, or `None` if this is the last page.
    pub next: Option<Cursor>,
}

/// A page of customers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CustomerPage {
    /// The customers, by id.
    pub customers: Vec<Customer>,
    /// The cursor for the next page, or `None` if this is the last page.
    pub next: Option<Cursor>,
}

/// A page of messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MessagePage {
    /// The messages, newest first.
    pub messages: Vec<Message>,
    /// The cursor for the next page, or `None` if this is the last page.
    pub next: Option<Cursor>,
}

/// A page of files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FilePage {
    /// The files, newest message first. Files of one message are in the order of the message.
    pub files: Vec<FileOfMessage>,
    /// The cursor for the next page, or `None` if this is the last page.
    pub next: Option<Cursor>,
}

/// A page of links.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinkPage {
    /// The links, newest message first. Links in one message are in the order of the text.
    pub links: Vec<LinkOfMessage>,
    /// The cursor for the next page, or `None` if this is the last page.
    pub next: Option<Cursor>,
}

/// A page of events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventPage {
    /// The events, newest first.
    pub events: Vec<Event>,
    /// The cursor for the next page, or `None` if this is the last page.
    pub next: Option<Cursor>,
}

/// A page of notifications.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NotificationPage {
    /// The notifications, oldest first.
    pub notifications: Vec<Notification>,
    /// The cursor for the next page, or `None` if this is the last page.
    pub next: Option<Cursor>,
    /// Whether there were notifications after `since` that are no longer kept. In a store of an older version, those
    /// from before its oldest notification may have been the manager's, and count.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub missed: bool,
}
