//! What a change did to which chats: told to watchers, and stored with the change for those who come back later.

use super::stored::{DecodeError, Decoder, EncodeError, Encoder, Stored, stored_struct};
use crate::model::{ChatId, MessageId, What};

/// The chats that a change touched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Touched {
    /// By id. A chat comes once, and once more for each further message.
    pub(crate) chats: Vec<TouchedChat>,
    /// Whether there are more, which are left out.
    pub(crate) more: bool,
}

stored_struct!(Touched { chats, more });

/// What happened to a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TouchedChat {
    pub(crate) chat: ChatId,
    pub(crate) what: Whats,
    /// The message that was sent, edited or redacted.
    pub(crate) message: Option<MessageId>,
}

stored_struct!(TouchedChat { chat, what, message });

/// A set of things that happened to a chat, one bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Whats(u32);

/// A bit in use never gets another meaning.
const fn bit(what: What) -> u32 {
    match what {
        What::Started => 1,
        What::Message => 1 << 1,
        What::Edited => 1 << 2,
        What::Redacted => 1 << 3,
        What::Status => 1 << 4,
        What::Assignee => 1 << 5,
        What::Followers => 1 << 6,
        What::Tags => 1 << 7,
        What::Unread => 1 << 8,
        What::Favorites => 1 << 9,
        What::Description => 1 << 10,
        What::Attributes => 1 << 11,
        What::Deleted => 1 << 12,
    }
}

impl Whats {
    /// The set with one thing in it.
    pub(crate) const fn of(what: What) -> Self {
        Self(bit(what))
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The things in it. Those of a later version are left out.
    pub(crate) fn iter(self) -> impl Iterator<Item = What> {
        What::ALL.into_iter().filter(move |what| self.0 & bit(*what) != 0)
    }

    /// Adds a thing if it happened.
    pub(crate) fn add_if(&mut self, happened: bool, what: What) {
        if happened {
            self.0 |= bit(what);
        }
    }

    /// Adds what is in another set.
    pub(crate) fn add_all(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl Stored for Whats {
    fn put<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.put(encoder)
    }

    fn take<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
        u32::take(decoder).map(Self)
    }
}
