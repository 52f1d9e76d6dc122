//! What has to be loaded before a command is planned. It depends on the command, its actor and the state.

use roaring::RoaringBitmap;
use smallvec::{SmallVec, smallvec};

use super::commands::{Last, chats_to_start};
use crate::command::{ChatsRead, Command, Envelope, External, Selection, Subject};
use crate::index::Posting;
use crate::model::{Actor, ChatId, CustomerId, ManagerId, MessageId, Status};
use crate::record::{ExternalKey, ExternalSpace, IndexKey, Record, RecordKey};
use crate::rules::PlanInput;
use crate::select::on_demand_keys;
use crate::workspace::State;

/// What the plan of a command reads.
///
/// One record can name another: an external id its chat, a chat its messages. So [`records`](Self::records) is asked
/// again after each load, until nothing it names is missing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Preload<'e> {
    envelope: &'e Envelope,
}

impl<'e> Preload<'e> {
    pub(crate) fn of(envelope: &'e Envelope) -> Self {
        Self { envelope }
    }

    /// Returns whether this may be many chats. Those are only read under the lock, not also before it.
    pub(crate) fn is_wide(self) -> bool {
        let wide = |command: &Command| !matches!(command.about().chats, ChatsRead::None | ChatsRead::One(_));
        match &self.envelope.command {
            Command::All(steps) => steps.iter().any(|step| wide(&step.command)),
            command => wide(command),
        }
    }

    /// Returns the keys of the on-demand postings. They are loaded before the records.
    pub(crate) fn postings(self, state: &State) -> Vec<IndexKey> {
        match &self.envelope.command {
            Command::All(steps) => steps.iter().flat_map(|step| postings_of(state, &step.command)).collect(),
            command => postings_of(state, command),
        }
    }

    /// Returns the keys of the records that are known to be needed and are neither in memory nor preloaded.
    pub(crate) fn missing(self, input: PlanInput<'_>) -> Vec<RecordKey> {
        let mut keys = self.records(input);
        keys.retain(|key| !input.has(*key));
        keys.sort_unstable();
        keys.dedup();
        keys.into_vec()
    }

    fn records(self, input: PlanInput<'_>) -> NeededKeys {
        let mut needs = Needs { input, keys: NeededKeys::new() };
        needs.actor(self.envelope.actor);
        needs.keys.extend(self.envelope.condition.map(|condition| RecordKey::Chat(condition.chat)));
        match &self.envelope.command {
            Command::All(steps) => {
                let mut last = Last::default();
                for step in steps {
                    let (mut actor, mut command) = (step.actor.unwrap_or(self.envelope.actor), step.command.clone());
                    // What the batch itself makes needs no loading.
                    let _ = last.resolve(&mut actor, &mut command);
                    needs.actor(actor);
                    needs.command(&command);
                    needs.note(&mut last, &command);
                }
            }
            command => needs.command(command),
        }
        needs.keys
    }
}

fn postings_of(state: &State, command: &Command) -> Vec<IndexKey> {
    match command.about().chats {
        ChatsRead::OfCustomer(customer) => vec![IndexKey::Customer(customer)],
        ChatsRead::Selected(Selection::Filter(filter)) => on_demand_keys(state, filter),
        ChatsRead::Selected(Selection::Chats(_)) | ChatsRead::None | ChatsRead::One(_) => Vec::new(),
    }
}

/// The keys of records, perhaps several times. A command on one chat needs few.
type NeededKeys = SmallVec<[RecordKey; 8]>;

/// Collects the keys of the records that commands read.
struct Needs<'a> {
    input: PlanInput<'a>,
    keys: NeededKeys,
}

impl Needs<'_> {
    fn actor(&mut self, actor: Actor) {
        if let Actor::Customer(customer) = actor {
            self.keys.push(RecordKey::Customer(customer));
        }
    }

    fn command(&mut self, command: &Command) {
        let about = command.about();
        match about.subject {
            Subject::Customer(customer) => self.customer(customer),
            Subject::Selection(Selection::Filter(filter)) => {
                self.keys.extend(filter.customers().map(RecordKey::Customer));
            }
            Subject::Selection(Selection::Chats(_))
            | Subject::Workspace
            | Subject::Manager(_)
            | Subject::Tag(_)
            | Subject::Chat(_) => {}
        }
        if let (Subject::Chat(chat), Some(message)) = (about.subject, about.message) {
            self.message(chat, message);
        }
        if let Some(external) = about.external {
            self.external(external);
        }
        if let Command::PutManager { manager: Some(manager), external: Some(_), .. } = command {
            self.external_of_manager(*manager);
        }
        let chats = self.chats(about.chats);
        self.keys.extend(chats.iter().copied().map(RecordKey::Chat));
        if let Command::DeleteChat { .. } | Command::DeleteCustomer { .. } = command {
            chats.into_iter().for_each(|chat| self.externals_of_chat(chat));
        }
    }

    /// A customer, and the external id that they may lose.
    fn customer(&mut self, customer: CustomerId) {
        let key = RecordKey::Customer(customer);
        self.keys.push(key);
        if let Some(Record::Customer(record)) = self.loaded(key)
            && let Some(external) = &record.external
        {
            self.keys.push(RecordKey::External(ExternalKey::of(ExternalSpace::Customers, external)));
        }
    }

    fn external_of_manager(&mut self, manager: ManagerId) {
        let record = self.input.state.manager_or_former(manager);
        let external = record.and_then(|record| record.external.as_deref());
        let key = external.map(|external| ExternalKey::of(ExternalSpace::Managers, external));
        self.keys.extend(key.map(RecordKey::External));
    }

    /// An external id, and what has it.
    fn external(&mut self, external: External<'_>) {
        let (space, text) = match external {
            External::Manager(text) => (ExternalSpace::Managers, text),
            External::Customer(text) => (ExternalSpace::Customers, text),
            External::Chat(text) => (ExternalSpace::Chats, text),
            External::Message(chat, text) => (ExternalSpace::Messages(chat), text),
        };
        self.keys.push(RecordKey::External(ExternalKey::of(space, text)));
        match (external, self.number(space, text)) {
            (External::Customer(_), Some(number)) => self.customer(CustomerId(number)),
            (External::Chat(_), Some(number)) => {
                self.keys.push(RecordKey::Chat(ChatId(number as u32)));
            }
            _ => {}
        }
    }

    fn message(&mut self, chat: ChatId, message: MessageId) {
        if let Some(Record::Chat(record)) = self.loaded(RecordKey::Chat(chat))
            && (1..=record.messages).contains(&message.0)
        {
            self.keys.push(RecordKey::Message(chat, message));
        }
    }

    /// The external ids that are freed when a chat is deleted.
    fn externals_of_chat(&mut self, chat: ChatId) {
        let Some(Record::Chat(record)) = self.loaded(RecordKey::Chat(chat)) else { return };
        if let Some(external) = &record.external {
            self.keys.push(RecordKey::External(ExternalKey::of(ExternalSpace::Chats, external)));
        }
        if record.external_messages == 0 {
            return;
        }
        for key in (1..=record.messages).map(|message| RecordKey::Message(chat, MessageId(message))) {
            self.keys.push(key);
            if let Some(Record::Message(record)) = self.loaded(key)
                && let Some(external) = &record.external
            {
                self.keys.push(RecordKey::External(ExternalKey::of(ExternalSpace::Messages(chat), external)));
            }
        }
    }

    fn loaded(&self, key: RecordKey) -> Option<Record> {
        self.input.has(key).then(|| self.input.record(key)).flatten()
    }

    fn number(&self, space: ExternalSpace, text: &str) -> Option<u64> {
        match self.loaded(RecordKey::External(ExternalKey::of(space, text))) {
            Some(Record::External(record)) => record.number(text),
            _ => None,
        }
    }

    /// Notes what a command of a batch finds, for the commands that refer to it by 0.
    fn note(&self, last: &mut Last, command: &Command) {
        match command {
            Command::StartChat { external, .. } => {
                let found = external.as_deref().and_then(|external| self.number(ExternalSpace::Chats, external));
                last.chat = found.map(|number| ChatId(number as u32));
            }
            Command::PutCustomer { customer, external, .. } => {
                let found = || {
                    let external = external.as_deref()?;
                    self.number(ExternalSpace::Customers, external).map(CustomerId)
                };
                last.customer = customer.or_else(found);
            }
            _ => {}
        }
    }

    /// The chats whose records are read. Customers and postings must be loaded by now.
    fn chats(&self, read: ChatsRead<'_>) -> SmallVec<[ChatId; 1]> {
        let input = self.input;
        match read {
            ChatsRead::None => SmallVec::new(),
            ChatsRead::One(chat) => smallvec![chat],
            ChatsRead::OfCustomer(customer) => chats_of_customer(input, customer).collect(),
            ChatsRead::Selected(Selection::Filter(filter))
                if filter.customers().any(|customer| !input.has(RecordKey::Customer(customer)))
                    || on_demand_keys(input.state, filter).iter().any(|key| !input.state.postings.is_loaded(key)) =>
            {
                SmallVec::new()
            }
            ChatsRead::Selected(selection) => chats_to_start(input, selection).into(),
        }
    }
}

/// Returns the chats of a customer.
pub(super) fn chats_of_customer(input: PlanInput<'_>, customer: CustomerId) -> impl Iterator<Item = ChatId> + use<> {
    all_of(input, &[IndexKey::Customer(customer)])
}

/// Returns the chats in at least one of the postings, of any status, by id.
pub(super) fn all_of(input: PlanInput<'_>, keys: &[IndexKey]) -> impl Iterator<Item = ChatId> + use<> {
    let postings = keys.iter().filter_map(|key| input.posting(key));
    postings.map(members).fold(RoaringBitmap::new(), |all, members| all | members).into_iter().map(ChatId)
}

fn members(posting: &Posting) -> RoaringBitmap {
    Status::ALL.iter().fold(RoaringBitmap::new(), |all, status| all | posting.set(*status).to_bitmap())
}

/// Returns the chats whose records name a manager.
pub(super) fn chats_of_manager(input: PlanInput<'_>, manager: ManagerId) -> impl Iterator<Item = ChatId> + use<> {
    all_of(input, &IndexKey::of_manager(manager))
}

/// Returns the chats that a manager may have unread only because of operator mode.
pub(super) fn chats_of_operator(input: PlanInput<'_>, manager: ManagerId) -> impl Iterator<Item = ChatId> + use<> {
    let followed: RoaringBitmap = all_of(input, &[IndexKey::Following(manager)]).map(|chat| chat.0).collect();
    all_of(input, &[IndexKey::Unread(manager)]).filter(move |chat| !followed.contains(chat.0))
}
