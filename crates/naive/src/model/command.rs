//! Commands as they are understood, and the envelope around them.

use std::collections::BTreeMap;

use crate::model::bulk::Select;
use crate::model::state::Status;

/// The last millisecond of the year 9999.
pub const LATEST: u64 = 253_402_300_799_999;

pub type Pairs = BTreeMap<String, String>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    System,
    Manager(u64),
    Customer(u64),
}

#[derive(Clone, Debug, PartialEq)]
pub struct File {
    pub name: String,
    pub url: String,
    pub media_type: String,
    pub bytes: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ProfileField {
    pub key: String,
    pub label: String,
    pub shown: bool,
}

#[derive(Debug)]
pub struct Envelope {
    pub workspace: u64,
    pub at: u64,
    pub actor: Actor,
    pub id: Option<String>,
    pub condition: Option<Condition>,
    pub command: Do,
}

/// What must hold of a chat. `None` is no condition.
#[derive(Debug)]
pub struct Condition {
    pub chat: u32,
    pub messages: Option<u64>,
    pub status: Option<Status>,
    /// `Some(None)` is a chat without an assignee.
    pub assignee: Option<Option<u64>>,
}

/// A command of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Who acts, if not the actor of the envelope.
    pub acting: Option<Actor>,
    pub command: Do,
}

/// A message to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub public: bool,
    pub text: String,
    pub files: Vec<File>,
    pub external: Option<String>,
    pub quiet: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Do {
    PutManager {
        manager: Option<u64>,
        external: Option<String>,
        name: String,
        owner: bool,
    },
    RemoveManager {
        manager: u64,
    },
    SetOperator {
        manager: u64,
        on: bool,
    },
    SetOnline {
        manager: u64,
        on: bool,
    },
    PutCustomer {
        customer: Option<u64>,
        external: Option<String>,
        name: Option<String>,
        profile: Option<Pairs>,
    },
    TrackEvent {
        customer: u64,
        name: String,
        page: Option<String>,
        properties: Option<Pairs>,
    },
    CreateTag {
        path: String,
    },
    DeleteTag {
        path: String,
    },
    MoveTag {
        path: String,
        to: String,
    },
    MergeTag {
        path: String,
        into: String,
    },
    FollowTag {
        path: String,
        manager: u64,
    },
    UnfollowTag {
        path: String,
        manager: u64,
    },
    StartChat {
        customer: u64,
        external: Option<String>,
    },
    SendMessage {
        chat: u32,
        said: Said,
    },
    EditMessage {
        chat: u32,
        message: u32,
        text: String,
    },
    RedactMessage {
        chat: u32,
        message: u32,
    },
    Assign {
        chat: u32,
        manager: u64,
    },
    Unassign {
        chat: u32,
    },
    Leave {
        chat: u32,
    },
    Open {
        chat: u32,
    },
    Close {
        chat: u32,
    },
    MarkRead {
        chat: u32,
        up_to: Option<u32>,
    },
    MarkUnread {
        chat: u32,
    },
    Favorite {
        chat: u32,
    },
    Unfavorite {
        chat: u32,
    },
    DeleteChat {
        chat: u32,
    },
    Follow {
        chat: u32,
        managers: Vec<u64>,
    },
    Unfollow {
        chat: u32,
        managers: Vec<u64>,
    },
    Tag {
        chat: u32,
        tags: Vec<String>,
    },
    Untag {
        chat: u32,
        tags: Vec<String>,
    },
    Snooze {
        chat: u32,
        until: u64,
    },
    SetDescription {
        chat: u32,
        text: String,
    },
    SetCapacity {
        manager: u64,
        capacity: Option<u32>,
    },
    SetProfileFields {
        fields: Vec<ProfileField>,
    },
    DeleteCustomer {
        customer: u64,
    },
    DeleteWorkspace,
    SetAttribute {
        chat: u32,
        key: String,
        value: Option<String>,
    },
    AssignRecommended {
        chat: u32,
        online: bool,
    },
    /// The action has chat 0 until it is applied to a chat.
    Bulk {
        select: Select,
        action: Box<Do>,
    },
    /// Commands that happen together or not at all.
    All(Vec<Step>),
    SetClock {
        at: u64,
    },
    Tick,
}

impl Do {
    /// Returns the chat that the command is about, if it is about one.
    pub fn chat_mut(&mut self) -> Option<&mut u32> {
        match self {
            Self::SendMessage { chat, .. }
            | Self::EditMessage { chat, .. }
            | Self::RedactMessage { chat, .. }
            | Self::Assign { chat, .. }
            | Self::AssignRecommended { chat, .. }
            | Self::Unassign { chat }
            | Self::Leave { chat }
            | Self::Open { chat }
            | Self::Close { chat }
            | Self::MarkRead { chat, .. }
            | Self::MarkUnread { chat }
            | Self::Favorite { chat }
            | Self::Unfavorite { chat }
            | Self::DeleteChat { chat }
            | Self::Follow { chat, .. }
            | Self::Unfollow { chat, .. }
            | Self::Tag { chat, .. }
            | Self::Untag { chat, .. }
            | Self::Snooze { chat, .. }
            | Self::SetDescription { chat, .. }
            | Self::SetAttribute { chat, .. } => Some(chat),
            _ => None,
        }
    }

    /// Returns the customer that the command names, unless it creates them.
    pub fn customer_mut(&mut self) -> Option<&mut u64> {
        match self {
            Self::StartChat { customer, .. }
            | Self::TrackEvent { customer, .. }
            | Self::DeleteCustomer { customer } => Some(customer),
            _ => None,
        }
    }
}
