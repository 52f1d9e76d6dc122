//! A piece of an import, and the change that it makes.

use std::sync::Arc;

use crate::model::{ChatId, CustomerId, ManagerId, MessageId, ProfileField, TagId};
use crate::record::codec::CodecError;
use crate::record::{
    Cause, Change, ChatRecord, CustomerRecord, EventRecord, ExternalKey, ExternalSpace, ManagerRecord, MessageRecord,
    RecordKey, Setting, SettingKey, TagRecord,
};
use crate::rules::builder::ChangeBuilder;
use crate::rules::commands::workspace;
use crate::rules::{PlanInput, Preloaded};
use crate::workspace::State;

/// The records that one change of an import writes.
#[derive(Default)]
pub(crate) struct Piece {
    pub(super) profile_fields: Vec<ProfileField>,
    pub(super) tags: Vec<(TagId, TagRecord)>,
    pub(super) managers: Vec<(ManagerId, ManagerRecord)>,
    customers: Vec<Part<CustomerId, CustomerRecord, EventRecord>>,
    chats: Vec<Part<ChatId, ChatRecord, MessageRecord>>,
    /// The next free ids of chats and tags after this piece.
    pub(super) next: (u32, u32),
}

/// A chat with messages, or a customer with events. If there are very many, the rest follow in later pieces.
struct Part<K, R, L> {
    id: K,
    /// The record as put by an earlier piece.
    old: Option<Arc<R>>,
    new: R,
    lines: Vec<L>,
}

impl<K, R: Clone, L> Part<K, R, L> {
    fn new(id: K, new: R) -> Self {
        Self { id, old: None, new, lines: Vec::new() }
    }

    /// Returns the part as it is after this piece, ready for further lines.
    fn remains(self) -> Self {
        Self { old: Some(Arc::new(self.new.clone())), lines: Vec::new(), ..self }
    }
}

impl Piece {
    pub(super) fn add_customer(&mut self, (id, record): (CustomerId, CustomerRecord)) {
        self.customers.push(Part::new(id, record));
    }

    /// Adds an event to the last customer.
    pub(super) fn add_event(&mut self, event: EventRecord) {
        debug_assert!(!self.customers.is_empty(), "events follow their customer");
        if let Some(customer) = self.customers.last_mut() {
            customer.lines.push(event);
        }
    }

    pub(super) fn add_chat(&mut self, (id, record): (ChatId, ChatRecord)) {
        self.chats.push(Part::new(id, record));
    }

    /// Adds a message to the last chat.
    pub(super) fn add_message(&mut self, message: MessageRecord) {
        debug_assert!(!self.chats.is_empty(), "messages follow their chat");
        if let Some(chat) = self.chats.last_mut() {
            chat.lines.push(message);
        }
    }

    pub(super) fn chats(&self) -> usize {
        self.chats.len()
    }

    /// Returns the number of records of managers, customers and tags.
    pub(super) fn people(&self) -> usize {
        self.tags.len() + self.managers.len() + self.customers.len()
    }

    /// Returns the start of the next piece: the last chat or customer, if it has more lines to come.
    pub(super) fn remains(mut self, more_to_come: bool) -> Self {
        let mut next = Piece::default();
        if more_to_come {
            // Chats come after customers, so the last chat, if any, is the last part.
            match self.chats.pop() {
                Some(chat) => next.chats.push(chat.remains()),
                None => next.customers.extend(self.customers.pop().map(Part::remains)),
            }
        }
        next
    }

    /// Returns the keys of the external ids. They must be preloaded: the piece is put only once.
    pub(crate) fn external_keys(&self) -> Vec<RecordKey> {
        let of = |space, external: &Option<String>| {
            external.as_deref().map(|external| RecordKey::External(ExternalKey::of(space, external)))
        };
        let managers = self.managers.iter().map(|(_, record)| of(ExternalSpace::Managers, &record.external));
        let customers = self.customers.iter().map(|part| of(ExternalSpace::Customers, &part.new.external));
        let chats = self.chats.iter().flat_map(|part| {
            let messages = part.lines.iter().map(|line| of(ExternalSpace::Messages(part.id), &line.external));
            [of(ExternalSpace::Chats, &part.new.external)].into_iter().chain(messages)
        });
        managers.chain(customers).chain(chats).flatten().collect()
    }

    /// Puts everything into a builder, and updates the counts and digests of chats and customers.
    fn put(&mut self, builder: &mut ChangeBuilder<'_>) {
        if !self.profile_fields.is_empty() {
            let fields = std::mem::take(&mut self.profile_fields);
            builder.put_setting(SettingKey::ProfileFields, Some(Setting::ProfileFields(fields)));
        }
        self.tags.drain(..).for_each(|(id, record)| builder.put_tag(id, Some(record)));
        for (id, record) in self.managers.drain(..) {
            put_external(builder, ExternalSpace::Managers, record.external.as_deref(), id.0);
            builder.put_manager(id, record);
        }
        for Part { id, old, new, lines } in &mut self.customers {
            for event in lines.drain(..) {
                new.events += 1;
                let digest = builder.put_event(*id, new.events, event);
                new.events_digest = new.events_digest.wrapping_add(digest);
            }
            put_external(builder, ExternalSpace::Customers, new.external.as_deref(), id.0);
            builder.import_customer(*id, old.clone(), new.clone());
        }
        for Part { id, old, new, lines } in &mut self.chats {
            if old.is_none() {
                new.position = builder.take_position();
            }
            for message in lines.drain(..) {
                new.messages += 1;
                let space = ExternalSpace::Messages(*id);
                put_external(builder, space, message.external.as_deref(), new.messages.into());
                new.external_messages += u32::from(message.external.is_some());
                let digest = builder.put_message(*id, MessageId(new.messages), message);
                new.messages_digest = new.messages_digest.wrapping_add(digest);
            }
            put_external(builder, ExternalSpace::Chats, new.external.as_deref(), id.0.into());
            builder.import_chat(*id, old.clone(), new.clone());
        }
    }
}

fn put_external(builder: &mut ChangeBuilder<'_>, space: ExternalSpace, external: Option<&str>, number: u64) {
    if let Some(external) = external {
        builder.put_external(space, external, number);
    }
}

/// Plans the change for a piece. Returns `None` if the piece is empty.
pub(crate) fn plan_import(input: PlanInput<'_>, piece: &mut Piece, now: u64) -> Result<Option<Change>, CodecError> {
    let mut builder = ChangeBuilder::new(input, now.max(input.state.meta.clock), None);
    piece.put(&mut builder);
    builder.go_on_from(piece.next.0, piece.next.1);
    builder.finish(Cause::Import)
}

/// Plans the change that deletes everything an import has put.
pub(crate) fn plan_undo(state: &State) -> Result<Option<Change>, CodecError> {
    let preloaded = Preloaded::default();
    let mut builder = ChangeBuilder::new(PlanInput { state, preloaded: &preloaded }, state.meta.clock, None);
    workspace::empty(&mut builder);
    builder.finish(Cause::Import)
}
