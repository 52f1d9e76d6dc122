//! The pages of lists.

use serde::{Deserialize, Serialize};

use super::Cursor;
use crate::model::{Chat, Event, FileOfMessage, LinkOfMessage, Message, Notification};

/// A page of chats.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChatPage {
    /// Newest activity first.
    pub chats: Vec<Chat>,
    /// What to ask for the next page with; none where this is the last.
    pub next: Option<Cursor>,
}

/// A page of messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MessagePage {
    /// Newest first.
    pub messages: Vec<Message>,
    /// What to ask for the next page with; none where this is the last.
    pub next: Option<Cursor>,
}

/// A page of what messages point to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FilePage {
    /// Newest message first, within one message in its order.
    pub files: Vec<FileOfMessage>,
    /// What to ask for the next page with; none where this is the last.
    pub next: Option<Cursor>,
}

/// A page of the links in the texts of messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinkPage {
    /// Newest message first, within one message in the order of its text.
    pub links: Vec<LinkOfMessage>,
    /// What to ask for the next page with; none where this is the last.
    pub next: Option<Cursor>,
}

/// A page of what a customer did on the site.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventPage {
    /// Newest first.
    pub events: Vec<Event>,
    /// What to ask for the next page with; none where this is the last.
    pub next: Option<Cursor>,
}

/// A page of what a manager is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NotificationPage {
    /// Oldest first.
    pub notifications: Vec<Notification>,
    /// What to ask for the next page with; none where this is the last.
    pub next: Option<Cursor>,
}
