//! What a change does to which chats, for watchers.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::ChangeBuilder;
use crate::model::limits::TOUCHED_CHATS_MAX;
use crate::model::{ChatId, MessageId, Status, What};
use crate::record::{
    ChatRecord, IndexKey, Members, MessageRecord, PostingDelta, Record, RecordKey, Touched, TouchedChat, Whats,
};

/// Collects what happens to which chats. Only the first of them are told, and those follow from the first chats of
/// whatever is noted.
#[derive(Debug, Default)]
pub(super) struct TouchedChats {
    chats: BTreeMap<ChatId, Whats>,
    messages: BTreeMap<(ChatId, MessageId), Whats>,
}

impl ChangeBuilder<'_> {
    /// Notes the messages of the change, and the chats that change without being read: those of a tag or manager that
    /// goes, and all chats of a deleted workspace.
    pub(super) fn note_touched(&self, touched: &mut TouchedChats) {
        self.postings.iter().for_each(|delta| touched.note_delta(delta));
        if self.wipes {
            for status in Status::ALL {
                let all = self.input.state.postings.get(&IndexKey::All);
                let chats = all.into_iter().flat_map(|all| all.set(status).iter());
                chats.take(TOUCHED_CHATS_MAX + 1).for_each(|chat| touched.note(chat, Whats::of(What::Deleted)));
            }
        }
        for (key, edit) in &self.records {
            if let RecordKey::Message(chat, message) = key {
                touched.note_message(*chat, *message, edit.old.as_ref(), edit.new.as_ref());
            }
        }
    }
}

impl TouchedChats {
    fn note(&mut self, chat: ChatId, what: Whats) {
        if !what.is_empty() {
            self.chats.entry(chat).or_default().add_all(what);
        }
    }

    /// Notes a chat that is edited.
    pub(super) fn note_chat(&mut self, chat: ChatId, old: Option<&ChatRecord>, new: Option<&ChatRecord>) {
        self.note(chat, difference(old, new));
    }

    fn note_message(&mut self, chat: ChatId, message: MessageId, old: Option<&Record>, new: Option<&Record>) {
        let is_redacted = |record: &MessageRecord| record.redacted;
        let what = match (old, new) {
            (None, Some(Record::Message(_))) => What::Message,
            (Some(Record::Message(old)), Some(Record::Message(new))) if old != new => {
                if is_redacted(new) && !is_redacted(old) { What::Redacted } else { What::Edited }
            }
            _ => return,
        };
        self.messages.entry((chat, message)).or_default().add_all(Whats::of(what));
    }

    fn note_delta(&mut self, delta: &PostingDelta) {
        let what = Whats::of(match &delta.key {
            IndexKey::Unassigned | IndexKey::Assignee(_) => What::Assignee,
            IndexKey::Following(_) => What::Followers,
            IndexKey::Unread(_) => What::Unread,
            IndexKey::Favorite(_) => What::Favorites,
            IndexKey::OwnTag(_) => What::Tags,
            // A tag above may gain or lose them while they keep their own.
            IndexKey::Tag(_) | IndexKey::All | IndexKey::FollowingUnassigned(_) => return,
            IndexKey::Customer(_) | IndexKey::Hashtag(_) | IndexKey::Custom(..) => return,
        });
        match &delta.chats {
            Members::One(chat) => self.note(*chat, what),
            Members::Many(chats) => {
                chats.iter().take(TOUCHED_CHATS_MAX + 1).for_each(|chat| self.note(ChatId(chat), what));
            }
        }
    }

    /// Returns the first of the chats.
    pub(super) fn finish(self) -> Touched {
        let Self { mut chats, messages } = self;
        let mut touched = Touched::default();
        let mut of_messages: Vec<TouchedChat> = Vec::with_capacity(messages.len());
        for ((chat, message), mut what) in messages {
            // The first message of a chat comes with everything else that happened to it.
            if let Entry::Occupied(rest) = chats.entry(chat) {
                what.add_all(rest.remove());
            }
            of_messages.push(TouchedChat { chat, what, message: Some(message) });
        }
        touched.chats.extend(chats.into_iter().map(|(chat, what)| TouchedChat { chat, what, message: None }));
        touched.chats.extend(of_messages);
        touched.chats.sort_by_key(|touched| (touched.chat, touched.message));
        touched.more = touched.chats.len() > TOUCHED_CHATS_MAX;
        touched.chats.truncate(TOUCHED_CHATS_MAX);
        touched
    }
}

/// What is different between two records of a chat, apart from its messages.
fn difference(old: Option<&ChatRecord>, new: Option<&ChatRecord>) -> Whats {
    let Some(new) = new else {
        return if old.is_some() { Whats::of(What::Deleted) } else { Whats::default() };
    };
    let mut what = Whats::default();
    what.add_if(old.is_none(), What::Started);
    let fresh = ChatRecord::new(new.customer, 0, new.created_at, new.position);
    let old = old.unwrap_or(&fresh);
    what.add_if(old.status != new.status || old.snoozed_until != new.snoozed_until, What::Status);
    what.add_if(old.assignee != new.assignee, What::Assignee);
    what.add_if(old.followers != new.followers, What::Followers);
    what.add_if(old.tags != new.tags, What::Tags);
    what.add_if(old.unread != new.unread, What::Unread);
    what.add_if(old.favorited_by != new.favorited_by, What::Favorites);
    what.add_if(old.description != new.description, What::Description);
    what.add_if(old.attributes != new.attributes, What::Attributes);
    what
}
