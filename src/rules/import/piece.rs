//! A piece of an import: the lines that one change puts.

use crate::export::Reference;
use crate::model::{Actor, ChatId, CustomerId, ManagerId, ProfileField, TagId};
use crate::record::{
    ChatRecord, CustomerRecord, EventRecord, ExternalKey, ExternalSpace, ManagerRecord, MessageRecord, RecordKey,
    RememberedRecord, TagRecord,
};

use super::numbers::External;

/// The lines that one change of an import puts.
#[derive(Default)]
pub(crate) struct Piece {
    pub(super) profile_fields: Vec<ProfileField>,
    pub(super) tags: Vec<(TagId, TagRecord)>,
    pub(super) managers: Vec<(ManagerId, ManagerRecord)>,
    pub(super) customers: Vec<Part<CustomerId, CustomerRecord, EventRecord>>,
    pub(super) chats: Vec<Part<ChatId, NewChatRecord, NewMessage>>,
    pub(super) done: Vec<RememberedRecord>,
    pub(super) next: NextNumbers,
    /// Set in the last piece.
    pub(super) end: Option<End>,
}

/// The lowest numbers that a file leaves free.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct NextNumbers {
    pub(crate) chat: Option<u32>,
    pub(crate) tag: u32,
    /// 0 if they are exhausted.
    pub(crate) manager: Option<u64>,
    pub(crate) customer: Option<u64>,
    pub(crate) clock_epoch: u32,
}

/// The clock after an import.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) clock: u64,
    /// Whether it is exactly this in a workspace that was empty. Otherwise it is at least this.
    pub(super) is_exact: bool,
}

/// A chat with messages, or a customer with events. If there are very many, the rest follow in later pieces.
pub(super) struct Part<T, R, L> {
    /// The line of the chat or customer.
    pub(super) line: u64,
    pub(super) start: Started<T, R>,
    /// The number of the first of `lines` among the messages of the chat, or events of the customer.
    pub(super) first: u32,
    pub(super) lines: Vec<(u64, L)>,
}

/// Whether the line of a chat or customer is in this piece.
pub(super) enum Started<T, R> {
    Here(Start<T, R>),
    /// An earlier piece has put it.
    Earlier(Open<T>),
}

/// A chat or customer as its line describes it.
pub(super) struct Start<T, R> {
    pub(super) number: Option<T>,
    pub(super) external: Option<External>,
    pub(super) record: R,
}

/// A chat or customer that an earlier piece has put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Open<T> {
    pub(super) id: T,
    /// Whether the import has created it.
    pub(super) is_new: bool,
}

pub(super) type NewCustomer = Start<CustomerId, CustomerRecord>;
pub(super) type NewChat = Start<ChatId, NewChatRecord>;

/// A chat whose customer is still to be looked up.
pub(super) struct NewChatRecord {
    pub(super) customer: Reference<CustomerId>,
    pub(super) record: ChatRecord,
}

/// A message whose author may still have to be looked up.
pub(super) struct NewMessage {
    pub(super) writer: Writer,
    pub(super) external: Option<External>,
    pub(super) record: MessageRecord,
}

/// The author of a message.
pub(super) enum Writer {
    Known(Actor),
    /// The customer of the chat.
    TheCustomer,
    Customer(Reference<CustomerId>),
}

impl Piece {
    pub(super) fn start_customer(&mut self, line: u64, start: NewCustomer) {
        self.customers.push(Part { line, start: Started::Here(start), first: 1, lines: Vec::new() });
    }

    /// Adds an event to the last customer.
    pub(super) fn add_event(&mut self, line: u64, event: EventRecord) {
        debug_assert!(!self.customers.is_empty(), "events follow their customer");
        if let Some(customer) = self.customers.last_mut() {
            customer.lines.push((line, event));
        }
    }

    pub(super) fn start_chat(&mut self, line: u64, start: NewChat) {
        self.chats.push(Part { line, start: Started::Here(start), first: 1, lines: Vec::new() });
    }

    /// Adds a message to the last chat.
    pub(super) fn add_message(&mut self, line: u64, message: NewMessage) {
        debug_assert!(!self.chats.is_empty(), "messages follow their chat");
        if let Some(chat) = self.chats.last_mut() {
            chat.lines.push((line, message));
        }
    }

    /// Continues with the last customer or chat of the previous piece, of which `taken` events or messages have come.
    pub(super) fn go_on(&mut self, customer: Option<Open<CustomerId>>, chat: Option<Open<ChatId>>, taken: u32) {
        let (line, first) = (0, taken + 1);
        let part = |open| Part { line, start: Started::Earlier(open), first, lines: Vec::new() };
        self.customers.extend(customer.map(part));
        let part = |open| Part { line, start: Started::Earlier(open), first, lines: Vec::new() };
        self.chats.extend(chat.map(part));
    }

    /// Returns the number of records other than events, chats and messages.
    pub(super) fn others(&self) -> usize {
        self.tags.len() + self.managers.len() + self.customers.len() + self.done.len()
    }

    /// Returns the keys of the records that are looked up first, if `all`. Otherwise those of external ids that the
    /// file may have twice.
    pub(crate) fn needs(&self, all: bool) -> Vec<RecordKey> {
        let mut keys = Vec::new();
        let mut external = |space, external: Option<&External>| {
            let external = external.filter(|external| all || !external.fresh);
            keys.extend(external.map(|external| RecordKey::External(ExternalKey::of(space, &external.id))));
        };
        for part in &self.customers {
            if let Started::Here(start) = &part.start {
                external(ExternalSpace::Customers, start.external.as_ref());
            }
        }
        for part in &self.chats {
            if let Started::Here(start) = &part.start {
                external(ExternalSpace::Chats, start.external.as_ref());
            }
        }
        let customers = self.chats.iter().filter_map(|part| match &part.start {
            Started::Here(start) => Some(&start.record.customer),
            Started::Earlier(_) => None,
        });
        keys.extend(customers.filter_map(|customer| match customer {
            Reference::External { external } => {
                Some(RecordKey::External(ExternalKey::of(ExternalSpace::Customers, external)))
            }
            Reference::Number(_) => None,
        }));
        let writers = self.chats.iter().flat_map(|part| &part.lines).filter_map(|(_, message)| match &message.writer {
            Writer::Customer(Reference::External { external }) => Some(external),
            _ => None,
        });
        keys.extend(writers.map(|external| RecordKey::External(ExternalKey::of(ExternalSpace::Customers, external))));
        let people = self.customers.iter().filter(|_| all).filter_map(|part| match &part.start {
            Started::Here(start) => start.number.map(RecordKey::Customer),
            Started::Earlier(open) => Some(RecordKey::Customer(open.id)),
        });
        keys.extend(people);
        keys
    }
}
