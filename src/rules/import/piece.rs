//! A piece of an import, and the change that it makes.

use std::sync::Arc;

use crate::model::{ChatId, CustomerId, ManagerId, MessageId, ProfileField, TagId};
use crate::record::codec::CodecError;
use crate::record::{
    Cause, Change, ChatRecord, CustomerRecord, EventRecord, ManagerRecord, MessageRecord, Setting, SettingKey,
    TagRecord,
};
use crate::rules::builder::ChangeBuilder;
use crate::rules::commands::workspace;
use crate::rules::{PlanInput, Preloaded};
use crate::workspace::State;

/// What one change of an import puts.
#[derive(Default)]
pub(crate) struct Piece {
    pub(super) profile_fields: Vec<ProfileField>,
    pub(super) tags: Vec<(TagId, TagRecord)>,
    pub(super) managers: Vec<(ManagerId, ManagerRecord)>,
    customers: Vec<Part<CustomerId, CustomerRecord, EventRecord>>,
    chats: Vec<Part<ChatId, ChatRecord, MessageRecord>>,
    /// The lowest ids of a chat and a tag that are given after it.
    pub(super) next: (u32, u32),
}

/// A chat with its messages, or a customer with their events: of one with very many, some of them. The others follow
/// in later pieces.
struct Part<K, R, L> {
    id: K,
    /// As an earlier piece has put it.
    old: Option<Arc<R>>,
    new: R,
    lines: Vec<L>,
}

impl<K, R: Clone, L> Part<K, R, L> {
    fn new(id: K, new: R) -> Self {
        Self { id, old: None, new, lines: Vec::new() }
    }

    /// The same after it was put, for the lines that are still to come.
    fn remains(self) -> Self {
        Self { old: Some(Arc::new(self.new.clone())), lines: Vec::new(), ..self }
    }
}

impl Piece {
    pub(super) fn add_customer(&mut self, (id, record): (CustomerId, CustomerRecord)) {
        self.customers.push(Part::new(id, record));
    }

    /// Adds an event of the customer who came last.
    pub(super) fn add_event(&mut self, event: EventRecord) {
        debug_assert!(!self.customers.is_empty(), "events follow their customer");
        if let Some(customer) = self.customers.last_mut() {
            customer.lines.push(event);
        }
    }

    pub(super) fn add_chat(&mut self, (id, record): (ChatId, ChatRecord)) {
        self.chats.push(Part::new(id, record));
    }

    /// Adds a message of the chat that came last.
    pub(super) fn add_message(&mut self, message: MessageRecord) {
        debug_assert!(!self.chats.is_empty(), "messages follow their chat");
        if let Some(chat) = self.chats.last_mut() {
            chat.lines.push(message);
        }
    }

    pub(super) fn chats(&self) -> usize {
        self.chats.len()
    }

    /// How many records of people and tags it has.
    pub(super) fn people(&self) -> usize {
        self.tags.len() + self.managers.len() + self.customers.len()
    }

    /// What the next piece begins with: where more is to come of it, the chat or customer that came last.
    pub(super) fn remains(mut self, more_to_come: bool) -> Self {
        let mut next = Piece::default();
        if more_to_come {
            // Chats come after customers, so that the last chat, where there is one, came last.
            match self.chats.pop() {
                Some(chat) => next.chats.push(chat.remains()),
                None => next.customers.extend(self.customers.pop().map(Part::remains)),
            }
        }
        next
    }

    /// Puts everything into a builder, and notes in the chats and customers what becomes of them.
    fn put(&mut self, builder: &mut ChangeBuilder<'_>) {
        if !self.profile_fields.is_empty() {
            let fields = std::mem::take(&mut self.profile_fields);
            builder.put_setting(SettingKey::ProfileFields, Some(Setting::ProfileFields(fields)));
        }
        self.tags.drain(..).for_each(|(id, record)| builder.put_tag(id, Some(record)));
        self.managers.drain(..).for_each(|(id, record)| builder.put_manager(id, Some(record)));
        for Part { id, old, new, lines } in &mut self.customers {
            for event in lines.drain(..) {
                new.events += 1;
                let digest = builder.put_event(*id, new.events, event);
                new.events_digest = new.events_digest.wrapping_add(digest);
            }
            builder.import_customer(*id, old.clone(), new.clone());
        }
        for Part { id, old, new, lines } in &mut self.chats {
            if old.is_none() {
                new.position = builder.take_position();
            }
            for message in lines.drain(..) {
                new.messages += 1;
                let digest = builder.put_message(*id, MessageId(new.messages), message);
                new.messages_digest = new.messages_digest.wrapping_add(digest);
            }
            builder.import_chat(*id, old.clone(), new.clone());
        }
    }
}

/// The change of a piece, at a moment; none where it has nothing.
pub(crate) fn plan_import(state: &State, piece: &mut Piece, now: u64) -> Result<Option<Change>, CodecError> {
    let pinned = Preloaded::default();
    let mut builder = ChangeBuilder::new(PlanInput { state, pinned: &pinned }, now.max(state.meta.clock), None);
    piece.put(&mut builder);
    builder.go_on_from(piece.next.0, piece.next.1);
    builder.finish(Cause::Import)
}

/// The change that deletes what an import has put.
pub(crate) fn plan_undo(state: &State) -> Result<Option<Change>, CodecError> {
    let pinned = Preloaded::default();
    let mut builder = ChangeBuilder::new(PlanInput { state, pinned: &pinned }, state.meta.clock, None);
    workspace::empty(&mut builder);
    builder.finish(Cause::Import)
}
