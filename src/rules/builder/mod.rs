//! The change builder. Rules edit copies of records, and the builder derives the rest of the change from the edits.
//!
//! A batch runs several commands on one builder. So every lookup sees the edits made so far, and totals and index
//! updates are derived once, from the first record of each key to the last.

mod externals;
mod finish;
mod import;
mod manager_sets;
mod people;
mod records;
mod tag_sets;
mod tags;
mod touched;

use std::collections::BTreeMap;
use std::sync::Arc;

use roaring::RoaringBitmap;
use smallvec::SmallVec;

use crate::error::Refusal;
use crate::model::{Actor, ChatId, CustomerId, ManagerId, MessageId, NotificationKind, Status};
use crate::record::codec::CodecError;
use crate::record::{
    BulkId, ChatRecord, Family, IndexKey, ManagerRecord, Members, Next, Notice, PostingDelta, RecordKey, SettingKey,
    Total,
};
use crate::rules::PlanInput;
use crate::workspace::without_void;

pub(super) use manager_sets::Voided;
use records::RecordEdit;
pub(super) use tags::EditedTags;
use tags::TagEdits;

/// A chat before and after.
#[derive(Clone)]
struct ChatEdit {
    /// As it was last written.
    stored: Option<Arc<ChatRecord>>,
    /// As it counted before the change, which is what the index holds.
    old: Option<Arc<ChatRecord>>,
    new: Option<ChatRecord>,
}

/// A change under construction.
pub(super) struct ChangeBuilder<'a> {
    input: PlanInput<'a>,
    /// When the command takes effect, in ms since the Unix epoch.
    now: u64,
    /// The clock after the change, if it is not `now`.
    clock: Option<u64>,
    /// The actor, or `None` for a change made by the engine itself.
    by: Option<Actor>,
    next: Next,
    wipes: bool,
    chats: BTreeMap<ChatId, ChatEdit>,
    managers: BTreeMap<ManagerId, ManagerRecord>,
    tags: TagEdits,
    /// Edited records of other kinds.
    records: BTreeMap<RecordKey, RecordEdit>,
    /// Records that go with their chat or customer, unread. Their owner's digest stands for theirs.
    unread_deletions: Vec<RecordKey>,
    /// Members that postings gain and lose, apart from those derived from edits.
    postings: Vec<PostingDelta>,
    /// By family.
    totals: SmallVec<[(Family, Total); 2]>,
    notices: Vec<Notice>,
    begun_bulk: Option<BulkId>,
    is_in_batch: bool,
    failed: Option<CodecError>,
}

impl<'a> ChangeBuilder<'a> {
    pub(super) fn new(input: PlanInput<'a>, now: u64, by: Option<Actor>) -> Self {
        Self {
            input,
            now,
            clock: None,
            by,
            next: input.state.meta.next,
            wipes: false,
            chats: BTreeMap::new(),
            managers: BTreeMap::new(),
            tags: TagEdits::default(),
            records: BTreeMap::new(),
            unread_deletions: Vec::new(),
            postings: Vec::new(),
            totals: SmallVec::new(),
            notices: Vec::new(),
            begun_bulk: None,
            is_in_batch: false,
            failed: None,
        }
    }

    pub(super) fn input(&self) -> PlanInput<'a> {
        self.input
    }

    pub(super) fn now(&self) -> u64 {
        self.now
    }

    /// Whether the change deletes everything that was there before.
    pub(super) fn is_wiped(&self) -> bool {
        self.wipes
    }

    /// Sets the actor of the next command of a batch.
    pub(super) fn set_actor(&mut self, actor: Actor) {
        self.by = Some(actor);
    }

    /// Sets the clock to a moment other than that of the command.
    pub(super) fn set_clock(&mut self, clock: u64) {
        self.clock = Some(clock);
        self.next.clock_epoch = self.next.clock_epoch.wrapping_add(1);
    }

    /// Returns a chat to read, if it exists.
    pub(super) fn known_chat(&self, chat: ChatId) -> Option<Arc<ChatRecord>> {
        match self.chats.get(&chat) {
            Some(edit) => edit.new.clone().map(Arc::new),
            None if self.wipes => None,
            None => self.input.stored_chat(chat).map(|stored| self.current(stored)),
        }
    }

    /// Returns a chat to edit, if it exists.
    pub(super) fn chat(&mut self, chat: ChatId) -> Option<&mut ChatRecord> {
        if !self.chats.contains_key(&chat) && !self.wipes {
            let stored = self.input.stored_chat(chat)?;
            let new = Some(ChatRecord::clone(&self.current(Arc::clone(&stored))));
            let old = Some(self.input.state.current_chat(Arc::clone(&stored)));
            self.chats.insert(chat, ChatEdit { stored: Some(stored), old, new });
        }
        self.chats.get_mut(&chat)?.new.as_mut()
    }

    /// A record as it counts after the edits made so far.
    fn current(&self, record: Arc<ChatRecord>) -> Arc<ChatRecord> {
        if record.era == self.next.era {
            return record;
        }
        without_void(&record, self).map_or(record, Arc::new)
    }

    /// Begins a new era: records written before it may name what is void.
    pub(super) fn begin_era(&mut self) -> u32 {
        self.next.era += 1;
        self.next.era
    }

    /// Returns the chats edited so far that exist, by id.
    pub(super) fn edited_chats(&self) -> Vec<ChatId> {
        self.chats.iter().filter(|(_, edit)| edit.new.is_some()).map(|(chat, _)| *chat).collect()
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
        let edit = self.chats.entry(chat).or_insert(ChatEdit { stored: None, old: None, new: None });
        Some((chat, edit.new.insert(record)))
    }

    /// Deletes a chat with its messages.
    pub(super) fn delete_chat(&mut self, chat: ChatId) {
        self.forget_externals_of_chat(chat);
        if self.setting(SettingKey::Import).is_some() {
            // From now on, a free number is not always one that was never used.
            self.put_setting(SettingKey::Import, None);
        }
        let Some(record) = self.chat(chat) else { return };
        let messages = record.messages;
        let Some(edit) = self.chats.get_mut(&chat) else { return };
        edit.new = None;
        let stored = edit.stored.as_ref().map_or((0, 0), |old| (old.messages, old.messages_digest));
        let of_chat = RecordKey::Message(chat, MessageId(0))..=RecordKey::Message(chat, MessageId(u32::MAX));
        let edited: Vec<RecordKey> = self.records.range(of_chat).map(|(key, _)| *key).collect();
        edited.iter().for_each(|key| {
            self.records.remove(key);
        });
        self.unread_deletions.extend((1..=messages).map(|message| RecordKey::Message(chat, MessageId(message))));
        self.total(Family::Messages).remove(stored.0.into(), stored.1);
    }

    /// Deletes everything in the workspace except its next ids.
    pub(super) fn wipe(&mut self) {
        self.wipes = true;
        self.totals = Family::ALL.iter().map(|family| (*family, Total::default())).collect();
    }

    /// Returns the number of a new bulk action, or `None` if they are exhausted.
    pub(super) fn take_bulk(&mut self) -> Option<BulkId> {
        let id = self.next.bulk;
        self.next.bulk = self.next.bulk.checked_add(1)?;
        Some(BulkId(id))
    }

    /// Returns the number of a new index, or `None` if they are exhausted.
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

    /// Notes that several commands are done in this change.
    pub(super) fn begin_batch(&mut self) {
        self.is_in_batch = true;
    }

    pub(super) fn is_in_batch(&self) -> bool {
        self.is_in_batch
    }

    /// Adds a notice, unless it is for no manager.
    pub(super) fn notify(&mut self, notice: Notice) {
        if !notice.managers.is_empty() {
            self.notices.push(notice);
        }
    }

    /// Takes a manager who leaves out of the notices so far.
    pub(super) fn forget_notices(&mut self, manager: ManagerId) {
        self.notices.iter_mut().for_each(|notice| {
            notice.managers.remove(manager);
        });
        self.notices.retain(|notice| !notice.managers.is_empty());
    }

    /// Records that a manager became the assignee of a chat, and notifies them unless they did it themselves.
    pub(super) fn note_assignment(&mut self, chat: ChatId, manager: ManagerId) {
        if let Some(record) = self.manager(manager) {
            let last_assigned_at = Some(self.now);
            self.put_manager(manager, ManagerRecord { last_assigned_at, ..record });
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
        let before = self.known_chat(chat);
        // The condition of the command may have touched it.
        let edit = self.chats.get(&chat).cloned();
        let done = act(self);
        if done.is_err() {
            self.chats.remove(&chat);
            self.chats.extend(edit.map(|edit| (chat, edit)));
        }
        done?;
        let after = self.chats.get(&chat).and_then(|edit| edit.new.as_ref());
        Ok(before.as_deref() != after)
    }

    /// Adds members to a posting, or removes them, apart from the effects of edited chats.
    pub(super) fn move_members(&mut self, key: IndexKey, status: Status, gains: bool, chats: RoaringBitmap) {
        if !chats.is_empty() {
            self.postings.push(PostingDelta { key, status, gains, chats: Members::Many(chats) });
        }
    }
}
