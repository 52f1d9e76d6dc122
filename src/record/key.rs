//! The names of records in their workspace.

use bincode::{Decode, Encode};

use super::{Family, SettingKey};
use crate::model::{ChatId, CustomerId, ManagerId, MessageId, TagId};

/// Names a record in its workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub(crate) enum RecordKey {
    Manager(ManagerId),
    Tag(TagId),
    Customer(CustomerId),
    Event(CustomerId, u32),
    Chat(ChatId),
    Message(ChatId, MessageId),
    Setting(SettingKey),
}

impl RecordKey {
    pub(crate) fn family(self) -> Family {
        match self {
            RecordKey::Manager(_) => Family::Managers,
            RecordKey::Tag(_) => Family::Tags,
            RecordKey::Customer(_) => Family::Customers,
            RecordKey::Event(..) => Family::Events,
            RecordKey::Chat(_) => Family::Chats,
            RecordKey::Message(..) => Family::Messages,
            RecordKey::Setting(_) => Family::Settings,
        }
    }
}
