//! The change builder. Rules edit copies of records, and the builder derives the rest of the change from the edits.

mod finish;

use std::collections::BTreeMap;
use std::sync::Arc;

use roaring::RoaringBitmap;

use crate::error::Refusal;
use crate::index::TagTree;
use crate::model::{Actor, ChatId, CustomerId, ManagerId, MessageId, NotificationKind, Status, TagId};
use crate::record::codec::CodecError;
use crate::record::{
    BulkId, ChatRecord, CustomerRecord, EventRecord, Family, IndexKey, ManagerRecord, Members, MessageRecord, Next,
    Notice, PostingDelta, Record, RecordKey, Setting, SettingKey, TagRecord, Total, digest,
};
use crate::rules::PlanInput;

/// A chat before and after.
struct Edit {
    old: Option<Arc<ChatRecord>>,
    new: Option<ChatRecord>,
}

/// A change under construction.
pub(super) struct ChangeBuilder<'a> {
    input: PlanInput<'a>,
    /// When the command takes effect, in ms since the Unix epoch.
    now: u64,
    /// The actor, or `None` for a change made by the engine itself.
    by: Option<Actor>,
    next: Next,
    wipes: bool,
    chats: BTreeMap<ChatId, Edit>,
    managers: BTreeMap<ManagerId, Option<ManagerRecord>>,
    tags: BTreeMap<TagId, Option<Arc<TagRecord>>>,
    /// Edited records of other kinds.
    records: Vec<(RecordKey, Option<Record>)>,
    /// Members that postings gain and lose, apart from those derived from edited chats.
    postings: Vec<PostingDelta>,
    totals: BTreeMap<Family, Total>,
    notices: Vec<Notice>,
    begun_bulk: Option<BulkId>,
    failed: Option<CodecError>,
}

impl<'a> ChangeBuilder<'a> {
    pub(super) fn new(input: PlanInput<'a>, now: u64, by: Option<Actor>) -> Self {
        Self {
            input,
            now,
            by,
            next: input.state.meta.next,
            wipes: false,
            chats: BTreeMap::new(),
            managers: BTreeMap::new(),
            tags: BTreeMap::new(),
            records: Vec::new(),
            postings: Vec::new(),
            totals: BTreeMap::new(),
            notices: Vec::new(),
            begun_bulk: None,
            failed: None,
        }
    }

    pub(super) fn input(&self) -> PlanInput<'a> {
        self.input
    }

    pub(super) fn now(&self) -> u64 {
        self.now
    }

    /// Returns a chat to edit, if it exists.
    pub(super) fn chat(&mut self, chat: ChatId) -> Option<&mut ChatRecord> {
        let edit = match self.chats.entry(chat) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                let old = self.input.chat(chat)?;
                let new = Some(ChatRecord::clone(&old));
                entry.insert(Edit { old: Some(old), new })
            }
        };
        edit.new.as_mut()
    }

    /// Returns a new position at the top of the timeline.
    pub(super) fn take_position(&mut self) -> u64 {
        let position = self.next.position;
        self.next.position += 1;
        position
    }

    /// Starts a chat for a customer with this many events so far. Returns `None` if chat ids are exhausted.
    pub(super) fn create_chat(&mut self, customer: CustomerId, events: u32) -> Option<(ChatId, &mut ChatRecord)> {
        let chat = ChatId(self.next.chat);
        self.next.chat = self.next.chat.checked_add(1)?;
        let record = ChatRecord::new(customer, events, self.now, self.take_position());
        let edit = self.chats.entry(chat).or_insert(Edit { old: None, new: None });
        Some((chat, edit.new.insert(record)))
    }

    /// Deletes a chat with its messages.
    pub(super) fn delete_chat(&mut self, chat: ChatId) {
        let Some(record) = self.chat(chat) else { return };
        let (messages, messages_digest) = (record.messages, record.messages_digest);
        if let Some(edit) = self.chats.get_mut(&chat) {
            edit.new = None;
        }
        let keys = (1..=messages).map(|message| RecordKey::Message(chat, MessageId(message)));
        self.records.extend(keys.map(|key| (key, None)));
        self.total(Family::Messages).remove(messages.into(), messages_digest);
    }

    /// Adds a message and returns its digest.
    pub(super) fn put_message(&mut self, chat: ChatId, message: MessageId, record: MessageRecord) -> u64 {
        self.put_new(RecordKey::Message(chat, message), Record::Message(Arc::new(record)))
    }

    /// Adds an event and returns its digest.
    pub(super) fn put_event(&mut self, customer: CustomerId, number: u32, record: EventRecord) -> u64 {
        self.put_new(RecordKey::Event(customer, number), Record::Event(Arc::new(record)))
    }

    fn put_new(&mut self, key: RecordKey, record: Record) -> u64 {
        let digest = self.digest(key, &record);
        self.total(key.family()).add(1, digest);
        self.records.push((key, Some(record)));
        digest
    }

    /// Returns the digest of a record. An error is kept and returned by [`finish`](Self::finish).
    fn digest(&mut self, key: RecordKey, record: &Record) -> u64 {
        digest(key, record).unwrap_or_else(|error| {
            self.failed = Some(error);
            0
        })
    }

    /// Creates or replaces a customer.
    pub(super) fn put_customer(&mut self, customer: CustomerId, new: CustomerRecord) {
        let old = self.input.customer(customer);
        if old.as_deref() != Some(&new) {
            let new = Record::Customer(Arc::new(new));
            self.replace(RecordKey::Customer(customer), old.map(Record::Customer), Some(new));
        }
    }

    /// Deletes a customer with their events.
    pub(super) fn delete_customer(&mut self, customer: CustomerId) {
        let Some(old) = self.input.customer(customer) else { return };
        let keys = (1..=old.events).map(|number| RecordKey::Event(customer, number));
        self.records.extend(keys.map(|key| (key, None)));
        if old.events > 0 {
            self.total(Family::Events).remove(old.events.into(), old.events_digest);
        }
        self.replace(RecordKey::Customer(customer), Some(Record::Customer(old)), None);
    }

    /// Puts an imported chat under its own id. `old` is what an earlier change of the same import has put.
    pub(super) fn import_chat(&mut self, chat: ChatId, old: Option<Arc<ChatRecord>>, new: ChatRecord) {
        self.chats.insert(chat, Edit { old, new: Some(new) });
    }

    /// Puts an imported customer. `old` is what an earlier change of the same import has put.
    pub(super) fn import_customer(
        &mut self,
        customer: CustomerId,
        old: Option<Arc<CustomerRecord>>,
        new: CustomerRecord,
    ) {
        if old.as_deref() != Some(&new) {
            let new = Record::Customer(Arc::new(new));
            self.replace(RecordKey::Customer(customer), old.map(Record::Customer), Some(new));
        }
    }

    /// Raises the next ids of chats and tags to at least these.
    pub(super) fn go_on_from(&mut self, chat: u32, tag: u32) {
        self.next.chat = self.next.chat.max(chat);
        self.next.tag = self.next.tag.max(tag);
    }

    /// Deletes everything in the workspace except its clock and its next ids.
    pub(super) fn wipe(&mut self) {
        self.wipes = true;
        self.totals = Family::ALL.iter().map(|family| (*family, Total::default())).collect();
    }

    /// Creates or replaces a setting, or removes it with `None`.
    pub(super) fn put_setting(&mut self, key: SettingKey, new: Option<Setting>) {
        let old = if self.wipes { None } else { self.input.state.settings.get(&key).cloned() };
        if old.as_deref() != new.as_ref() {
            let new = new.map(|setting| Record::Setting(Arc::new(setting)));
            self.replace(RecordKey::Setting(key), old.map(Record::Setting), new);
        }
    }

    /// Returns the number of a new bulk action or index, or `None` if they are exhausted.
    pub(super) fn take_setting(&mut self) -> Option<u32> {
        let id = self.next.setting;
        self.next.setting = self.next.setting.checked_add(1)?;
        Some(id)
    }

    /// Notes that the change starts a bulk action, which later changes continue.
    pub(super) fn begin_bulk(&mut self, id: BulkId) {
        self.begun_bulk = Some(id);
    }

    pub(super) fn begun_bulk(&self) -> Option<BulkId> {
        self.begun_bulk
    }

    /// Adds a notice, unless it is for no manager.
    pub(super) fn notify(&mut self, notice: Notice) {
        if !notice.managers.is_empty() {
            self.notices.push(notice);
        }
    }

    /// Records that a manager became the assignee of a chat, and notifies them unless they did it themselves.
    pub(super) fn note_assignment(&mut self, chat: ChatId, manager: ManagerId) {
        if let Some(record) = self.manager(manager) {
            let last_assigned_at = Some(self.now);
            self.put_manager(manager, Some(ManagerRecord { last_assigned_at, ..record }));
        }
        if self.by.and_then(Actor::manager) != Some(manager) {
            let (at, by, managers) = (self.now, self.by, [manager].into_iter().collect());
            self.notify(Notice { at, kind: NotificationKind::Assigned, chat, message: None, by, managers });
        }
    }

    /// Runs an action on one chat, and undoes its edits if it is refused. Returns whether the chat changed.
    pub(super) fn attempt(
        &mut self,
        chat: ChatId,
        act: impl FnOnce(&mut Self) -> Result<(), Refusal>,
    ) -> Result<bool, Refusal> {
        let before = self.input.chat(chat);
        debug_assert!(!self.chats.contains_key(&chat), "a chat is only attempted once");
        let done = act(self);
        if done.is_err() {
            self.chats.remove(&chat);
        }
        done?;
        let after = self.chats.get(&chat).and_then(|edit| edit.new.as_ref());
        Ok(before.as_deref() != after)
    }

    /// Returns a manager, with edits applied.
    pub(super) fn manager(&self, manager: ManagerId) -> Option<ManagerRecord> {
        match self.managers.get(&manager) {
            Some(record) => record.clone(),
            None => self.input.state.managers.get(&manager).map(|record| ManagerRecord::clone(record)),
        }
    }

    /// Creates or replaces a manager, or removes them with `None`.
    pub(super) fn put_manager(&mut self, manager: ManagerId, record: Option<ManagerRecord>) {
        self.managers.insert(manager, record);
    }

    /// Returns an id for a new tag, or `None` if ids are exhausted.
    pub(super) fn take_tag(&mut self) -> Option<TagId> {
        let tag = TagId(self.next.tag);
        self.next.tag = self.next.tag.checked_add(1)?;
        Some(tag)
    }

    /// Creates or replaces a tag, or removes it with `None`.
    pub(super) fn put_tag(&mut self, tag: TagId, record: Option<TagRecord>) {
        self.tags.insert(tag, record.map(Arc::new));
    }

    /// Returns the tag tree, with edits applied.
    pub(super) fn tree(&self) -> TagTree {
        let mut tree = self.input.state.tags.clone();
        tree.update(&self.tag_updates());
        tree
    }

    fn tag_updates(&self) -> Vec<(TagId, Option<Arc<TagRecord>>)> {
        self.tags.iter().map(|(tag, record)| (*tag, record.clone())).collect()
    }

    /// Adds members to a posting, or removes them, apart from the effects of edited chats.
    pub(super) fn move_members(&mut self, key: IndexKey, status: Status, gains: bool, chats: RoaringBitmap) {
        if !chats.is_empty() {
            self.postings.push(PostingDelta { key, status, gains, chats: Members::Many(chats) });
        }
    }

    fn total(&mut self, family: Family) -> &mut Total {
        let now = self.input.state.meta.totals[family.index()];
        self.totals.entry(family).or_insert(now)
    }

    /// Replaces a record, and updates the count and digest of its family.
    fn replace(&mut self, key: RecordKey, old: Option<Record>, new: Option<Record>) {
        let old = old.map(|old| self.digest(key, &old));
        let digest = new.as_ref().map(|new| self.digest(key, new));
        let total = self.total(key.family());
        if let Some(old) = old {
            total.remove(1, old);
        }
        if let Some(digest) = digest {
            total.add(1, digest);
        }
        self.records.push((key, new));
    }
}
