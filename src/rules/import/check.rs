//! From the lines of an export to records: what a command could not have brought about is refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use roaring::{RoaringBitmap, RoaringTreemap};
use rustc_hash::FxHashMap;

use super::Fault;
use crate::command::{check_key, check_keys};
use crate::error::{Code, Refusal};
use crate::export::line::{ChatLine, CustomerLine, EventLine, Header, ManagerLine, MessageLine};
use crate::index::TagTree;
use crate::model::limits::{IMPORTED_CHAT_MAX, MANAGERS_MAX, NAME_CHARS_MAX, TAGS_MAX, TAGS_PER_CHAT_MAX, TIME_MAX_MS};
use crate::model::{Actor, ChatId, CustomerId, ManagerId, ProfileField, Status, TagId, TagPath, Visibility};
use crate::record::{ChatRecord, CustomerRecord, EventRecord, ManagerRecord, MessageRecord, TagRecord, Unread};
use crate::rules::commands::{chats, customers, messages};
use crate::rules::limit;
use crate::sets::IdSet;

type Checked<T> = Result<T, Fault>;

/// What the lines so far have named.
pub(super) struct Checks {
    /// No moment may be later.
    latest_ms: u64,
    /// The latest that was named.
    clock: u64,
    next_chat: u32,
    next_tag: u32,
    tags: TagTree,
    /// Whether they are in operator mode.
    managers: BTreeMap<ManagerId, bool>,
    customers: RoaringTreemap,
    /// How many events they have, where they have any.
    events: FxHashMap<CustomerId, u32>,
    chats: RoaringBitmap,
    /// What the messages, or events, that follow are of.
    current: Current,
}

/// What the messages of a chat, or the events of a customer, must agree with.
struct Current {
    customer: CustomerId,
    /// The next must not be earlier.
    from_ms: u64,
    /// Nor later.
    to_ms: u64,
}

impl Checks {
    pub(super) fn new(next_tag: u32, latest_ms: u64) -> Self {
        Self {
            latest_ms,
            clock: 0,
            next_chat: 1,
            next_tag,
            tags: TagTree::default(),
            managers: BTreeMap::new(),
            customers: RoaringTreemap::new(),
            events: FxHashMap::default(),
            chats: RoaringBitmap::new(),
            current: Current { customer: CustomerId(0), from_ms: 0, to_ms: 0 },
        }
    }

    pub(super) fn clock(&self) -> u64 {
        self.clock
    }

    /// The lowest ids of a chat and a tag that nothing imported has.
    pub(super) fn next_ids(&self) -> (u32, u32) {
        (self.next_chat, self.next_tag)
    }

    pub(super) fn header(&mut self, header: &Header) -> Checked<()> {
        if header.next_chat == 0 || header.next_chat > IMPORTED_CHAT_MAX {
            let next = header.next_chat;
            return Err(format!("`next_chat` is {next}; it is a number from 1 to {IMPORTED_CHAT_MAX}").into());
        }
        self.next_chat = header.next_chat;
        self.pass("clock", header.clock)
    }

    /// Takes note of a moment that has passed.
    fn pass(&mut self, field: &str, ms: u64) -> Checked<()> {
        if ms > self.latest_ms {
            return Err(format!("`{field}` is {ms} ms; the latest moment is {} ms", self.latest_ms).into());
        }
        self.clock = self.clock.max(ms);
        Ok(())
    }

    pub(super) fn profile_fields(&self, fields: Vec<ProfileField>) -> Checked<Vec<ProfileField>> {
        check_keys(&fields)?;
        customers::check_profile_fields(&fields)?;
        Ok(fields)
    }

    pub(super) fn tag(&mut self, path: &str) -> Checked<(TagId, TagRecord)> {
        let invalid = |reason: String| Fault(format!("{} cannot be a tag: {reason}", limit::shown(path)));
        let names = TagPath::parse(path).map_err(invalid)?;
        if self.tags.by_key(&names.key()).is_some() {
            return Err(format!("the tag {} comes twice", limit::shown(path)).into());
        }
        let parent = match names.depth() - 1 {
            0 => None,
            depth => {
                let parent = self.tags.by_key(&names.key_of_prefix(depth));
                Some(parent.ok_or_else(|| Fault(format!("the parent of {} is missing", limit::shown(path))))?)
            }
        };
        let tag = TagId(self.next_tag);
        let next = self.next_tag.checked_add(1);
        self.next_tag = next.ok_or_else(|| Fault::from("all ids that tags can have are given"))?;
        let record = TagRecord { parent, name: names.last_name().to_owned() };
        self.tags.update(&[(tag, Some(Arc::new(record.clone())))]);
        limit::at_most(Code::TooLarge, "the workspace", self.tags.len(), TAGS_MAX, "tags")?;
        Ok((tag, record))
    }

    fn tags(&self, paths: &[Arc<str>]) -> Checked<IdSet<TagId>> {
        let find = |path: &Arc<str>| {
            let found = self.tags.find(path);
            found.ok_or_else(|| Fault(format!("there is no tag {}", limit::shown(path))))
        };
        let tags: IdSet<TagId> = paths.iter().map(find).collect::<Checked<_>>()?;
        if tags.len() < paths.len() { Err("it names a tag twice".into()) } else { Ok(tags) }
    }

    pub(super) fn manager(&mut self, line: ManagerLine) -> Checked<(ManagerId, ManagerRecord)> {
        limit::chars(Code::TooLarge, "the name", &line.name, NAME_CHARS_MAX)?;
        line.last_assigned_at.map_or(Ok(()), |moment| self.pass("last_assigned_at", moment))?;
        if self.managers.insert(line.manager, line.operator).is_some() {
            return Err(format!("manager {} comes twice", line.manager).into());
        }
        limit::at_most(Code::TooLarge, "the workspace", self.managers.len(), MANAGERS_MAX, "managers")?;
        let record = ManagerRecord {
            name: line.name,
            role: line.role,
            operator: line.operator,
            online: line.online,
            followed_tags: self.tags(&line.followed_tags)?,
            capacity: line.capacity,
            last_assigned_at: line.last_assigned_at,
        };
        Ok((line.manager, record))
    }

    fn known_manager(&self, manager: ManagerId) -> Checked<ManagerId> {
        let known = self.managers.contains_key(&manager);
        if known { Ok(manager) } else { Err(Refusal::unknown_manager(manager).into()) }
    }

    fn managers(&self, managers: &[ManagerId]) -> Checked<IdSet<ManagerId>> {
        let set: IdSet<ManagerId> = managers.iter().map(|id| self.known_manager(*id)).collect::<Checked<_>>()?;
        if set.len() < managers.len() { Err("it names a manager twice".into()) } else { Ok(set) }
    }

    pub(super) fn customer(&mut self, line: CustomerLine) -> Checked<(CustomerId, CustomerRecord)> {
        customers::check_customer(line.name.as_deref(), Some(&line.profile))?;
        if !self.customers.insert(line.customer.0) {
            return Err(format!("customer {} comes twice", line.customer).into());
        }
        if line.events > 0 {
            self.events.insert(line.customer, line.events);
        }
        self.current = Current { customer: line.customer, from_ms: 0, to_ms: self.latest_ms };
        let record = CustomerRecord { name: line.name, profile: line.profile, ..CustomerRecord::default() };
        Ok((line.customer, record))
    }

    pub(super) fn event(&mut self, line: EventLine) -> Checked<EventRecord> {
        self.next_moment(line.at)?;
        customers::check_event(&line.name, line.page.as_deref(), Some(&line.properties))?;
        Ok(EventRecord { at: line.at, name: line.name, page: line.page, properties: line.properties })
    }

    /// Messages of a chat and events of a customer come in the order of their times.
    fn next_moment(&mut self, at: u64) -> Checked<()> {
        let Current { from_ms, to_ms, .. } = self.current;
        if !(from_ms..=to_ms).contains(&at) {
            return Err(format!("`at` is {at} ms; it must be from {from_ms} to {to_ms} ms").into());
        }
        self.current.from_ms = at;
        self.pass("at", at)
    }

    pub(super) fn chat(&mut self, line: ChatLine) -> Checked<(ChatId, ChatRecord)> {
        self.chat_id(line.id, line.customer)?;
        self.chat_times(&line)?;
        let mut chat = ChatRecord::new(line.customer, 0, line.created_at, 0);
        chat.last_activity_at = line.last_activity_at;
        chat.status = line.status;
        chat.snoozed_until = line.snoozed_until;
        chat.events_before = self.events_before(line.customer, line.events_before)?;
        chat.assignee = line.assignee.map(|assignee| self.known_manager(assignee)).transpose()?;
        chat.followers = self.managers(&line.followers)?;
        chat.favorited_by = self.managers(&line.favorited_by)?;
        chat.tags = self.tags(&line.tags)?;
        if let Some(assignee) = chat.assignee.filter(|assignee| !chat.followers.contains(*assignee)) {
            return Err(format!("manager {assignee} is the assignee, who always follows").into());
        }
        limit::at_most(Code::TooManyTags, "the chat", chat.tags.len(), TAGS_PER_CHAT_MAX, "tags")?;
        chats::check_description(line.description.as_deref().unwrap_or_default())?;
        chat.description = line.description;
        line.attributes.iter().try_for_each(|(key, value)| {
            check_key(key)?;
            chats::check_attribute(key, Some(value))
        })?;
        chats::check_attributes(line.id, &line.attributes)?;
        chat.attributes = line.attributes;
        chat.unread = self.unread(&chat, &line.unread, line.messages)?;
        self.current = Current { customer: line.customer, from_ms: line.created_at, to_ms: line.last_activity_at };
        Ok((line.id, chat))
    }

    fn chat_id(&mut self, chat: ChatId, customer: CustomerId) -> Checked<()> {
        if chat.0 == 0 || chat.0 >= self.next_chat {
            return Err(format!("chat {chat} cannot be: ids are from 1 and below `next_chat`").into());
        }
        if !self.chats.insert(chat.0) {
            return Err(format!("chat {chat} comes twice").into());
        }
        if self.customers.contains(customer.0) { Ok(()) } else { Err(Refusal::unknown_customer(customer).into()) }
    }

    fn chat_times(&mut self, line: &ChatLine) -> Checked<()> {
        let (created_at, last_activity_at) = (line.created_at, line.last_activity_at);
        self.pass("last_activity_at", last_activity_at)?;
        if created_at > last_activity_at {
            return Err(format!("it began at {created_at} ms, after its last activity, {last_activity_at} ms").into());
        }
        match (line.status, line.snoozed_until) {
            (Status::Snoozed, Some(until)) if until > TIME_MAX_MS => {
                Err(format!("`snoozed_until` is {until} ms; the latest moment is {TIME_MAX_MS} ms").into())
            }
            (Status::Snoozed, Some(until)) => Ok(chats::check_deadline(created_at, until)?),
            (Status::Open | Status::Closed, None) => Ok(()),
            _ => Err("`snoozed_until` is there exactly where the chat is snoozed".into()),
        }
    }

    fn events_before(&self, customer: CustomerId, events_before: Option<u32>) -> Checked<Option<u32>> {
        let count = self.events.get(&customer).copied().unwrap_or(0);
        match events_before {
            Some(before) if before > count => {
                Err(format!("{before} events came before the chat, and customer {customer} has {count}").into())
            }
            other => Ok(other),
        }
    }

    fn unread(&self, chat: &ChatRecord, unread: &BTreeMap<ManagerId, u64>, messages: u32) -> Checked<Unread> {
        for (manager, count) in unread {
            self.known_manager(*manager)?;
            let operator = self.managers.get(manager).copied().unwrap_or(false);
            if !(chat.followers.contains(*manager) || (chat.assignee.is_none() && operator)) {
                return Err(format!("manager {manager} does not receive its messages, and has some unread").into());
            }
            if !(1..=u64::from(messages)).contains(count) {
                return Err(format!("manager {manager} has {count} of {messages} messages unread").into());
            }
        }
        Ok(Unread::from_counts(unread.iter().map(|(manager, count)| (*manager, *count))))
    }

    pub(super) fn message(&mut self, line: MessageLine) -> Checked<MessageRecord> {
        self.next_moment(line.at)?;
        if let Actor::Customer(author) = line.author
            && (author != self.current.customer || line.visibility != Visibility::Public)
        {
            return Err("a customer writes public messages in chats of their own".into());
        }
        messages::check_content(&line.text, &line.files)?;
        let MessageLine { at, author, visibility, text, files, .. } = line;
        Ok(MessageRecord { at, author, visibility, text, files })
    }
}
