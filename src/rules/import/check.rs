//! Turns lines of an export into records, and refuses what commands could not have made.

use std::collections::BTreeMap;
use std::sync::Arc;

use roaring::{RoaringBitmap, RoaringTreemap};
use rustc_hash::FxHashMap;

use super::Fault;
use crate::command::{check_key, check_keys};
use crate::error::{Code, Refusal};
use crate::export::line::{ChatLine, CustomerLine, EventLine, Header, Links, ManagerLine, MessageLine, TagLine};
use crate::index::TagTree;
use crate::model::limits::{IMPORTED_CHAT_MAX, MANAGERS_MAX, NAME_CHARS_MAX, TAGS_MAX, TAGS_PER_CHAT_MAX, TIME_MAX_MS};
use crate::model::{Actor, ChatId, CustomerId, ManagerId, ProfileField, Status, TagId, TagPath, Visibility};
use crate::record::{ChatRecord, CustomerRecord, EventRecord, ManagerRecord, MessageRecord, TagRecord, Unread};
use crate::rules::commands::{chats, customers, messages};
use crate::rules::limit;
use crate::sets::IdSet;

type Checked<T> = Result<T, Fault>;

/// What the lines so far contained.
pub(super) struct Checks {
    /// The latest allowed time.
    latest_ms: u64,
    /// The latest time so far.
    clock: u64,
    next_chat: u32,
    next_tag: u32,
    tags: TagTree,
    /// By manager: whether they are in operator mode.
    managers: BTreeMap<ManagerId, bool>,
    customers: RoaringTreemap,
    /// The number of events, for customers who have any.
    events: FxHashMap<CustomerId, u32>,
    chats: RoaringBitmap,
    /// The chat or customer whose messages or events come next.
    current: Current,
}

/// What the messages of a chat, or the events of a customer, are checked against.
struct Current {
    customer: CustomerId,
    /// The earliest allowed time of the next one, in ms.
    from_ms: u64,
    /// The latest allowed time of the next one, in ms.
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

    /// Returns the lowest free ids of chats and tags.
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

    /// Checks a time in the past, and advances the clock to it.
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

    pub(super) fn tag(&mut self, line: &TagLine) -> Checked<(TagId, TagRecord)> {
        let path = &line.path;
        let invalid = |reason: String| Fault(format!("{} cannot be a tag: {reason}", limit::shown(path)));
        let names = if line.apart { TagPath::parse_older(path) } else { TagPath::parse(path) }.map_err(invalid)?;
        let same = self.tags.find_prefix(&names, names.depth()).and_then(|same| self.tags.get(same));
        if same.is_some_and(|same| !line.apart || same.path == *path) {
            return Err(format!("the tag {} comes twice", limit::shown(path)).into());
        }
        let parent = match names.depth() - 1 {
            0 => None,
            depth => {
                let parent = self.tags.find_prefix(&names, depth);
                Some(parent.ok_or_else(|| Fault(format!("the parent of {} is missing", limit::shown(path))))?)
            }
        };
        let tag = TagId(self.next_tag);
        let next = self.next_tag.checked_add(1);
        self.next_tag = next.ok_or_else(|| Fault::from("the ids of tags are exhausted"))?;
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
        let ManagerLine {
            manager,
            name,
            role,
            operator,
            online,
            followed_tags,
            capacity,
            last_assigned_at,
            external,
            removed,
        } = line;
        limit::chars(Code::TooLarge, "the name", &name, NAME_CHARS_MAX)?;
        last_assigned_at.map_or(Ok(()), |moment| self.pass("last_assigned_at", moment))?;
        if self.managers.insert(manager, operator).is_some() {
            return Err(format!("manager {manager} comes twice").into());
        }
        limit::at_most(Code::TooLarge, "the workspace", self.managers.len(), MANAGERS_MAX, "managers")?;
        let followed_tags = self.tags(&followed_tags)?;
        let record = ManagerRecord {
            name,
            role,
            operator,
            online,
            followed_tags,
            capacity,
            last_assigned_at,
            external,
            removed,
            operator_era: 0,
            removed_era: 0,
        };
        Ok((manager, record))
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
        let CustomerLine { customer, name, profile, events, external } = line;
        customers::check_customer(name.as_deref(), Some(&profile))?;
        if !self.customers.insert(customer.0) {
            return Err(format!("customer {customer} comes twice").into());
        }
        if events > 0 {
            self.events.insert(customer, events);
        }
        self.current = Current { customer, from_ms: 0, to_ms: self.latest_ms };
        // Events are counted when they are put.
        Ok((customer, CustomerRecord { name, profile, events: 0, events_digest: 0, external }))
    }

    pub(super) fn event(&mut self, line: EventLine) -> Checked<EventRecord> {
        let EventLine { customer: _, event: _, at, name, page, properties } = line;
        self.next_moment(at)?;
        customers::check_event(&name, page.as_deref(), Some(&properties))?;
        Ok(EventRecord { at, name, page, properties })
    }

    /// Checks that messages of a chat, or events of a customer, are in order of time.
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
        self.check_events_before(line.customer, line.events_before)?;
        let assignee = line.assignee.map(|assignee| self.known_manager(assignee)).transpose()?;
        let followers = self.managers(&line.followers)?;
        let favorited_by = self.managers(&line.favorited_by)?;
        let tags = self.tags(&line.tags)?;
        if let Some(assignee) = assignee.filter(|assignee| !followers.contains(*assignee)) {
            return Err(format!("manager {assignee} is the assignee, and the assignee always follows").into());
        }
        limit::at_most(Code::TooManyTags, "the chat", tags.len(), TAGS_PER_CHAT_MAX, "tags")?;
        chats::check_description(line.description.as_deref().unwrap_or_default())?;
        check_attributes(line.id, &line.attributes)?;
        let unread = self.unread(assignee, &followers, &line.unread, line.messages)?;
        self.current = Current { customer: line.customer, from_ms: line.created_at, to_ms: line.last_activity_at };
        Ok((line.id, line.into_record(Links { followers, tags, unread, favorited_by })))
    }

    fn chat_id(&mut self, chat: ChatId, customer: CustomerId) -> Checked<()> {
        if chat.0 == 0 || chat.0 >= self.next_chat {
            return Err(format!("chat {chat} is out of range: ids start at 1 and are below `next_chat`").into());
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
            _ => Err("`snoozed_until` must be set if the chat is snoozed, and only then".into()),
        }
    }

    fn check_events_before(&self, customer: CustomerId, events_before: Option<u32>) -> Checked<()> {
        let count = self.events.get(&customer).copied().unwrap_or(0);
        match events_before {
            Some(before) if before > count => {
                Err(format!("{before} events came before the chat, and customer {customer} has {count}").into())
            }
            _ => Ok(()),
        }
    }

    fn unread(
        &self,
        assignee: Option<ManagerId>,
        followers: &IdSet<ManagerId>,
        unread: &BTreeMap<ManagerId, u64>,
        messages: u32,
    ) -> Checked<Unread> {
        for (manager, count) in unread {
            self.known_manager(*manager)?;
            let operator = self.managers.get(manager).copied().unwrap_or(false);
            if !(followers.contains(*manager) || (assignee.is_none() && operator)) {
                return Err(format!("manager {manager} does not receive its messages, but has some unread").into());
            }
            if !(1..=u64::from(messages)).contains(count) {
                return Err(format!("manager {manager} has {count} of {messages} messages unread").into());
            }
        }
        Ok(Unread::from_counts(unread.iter().map(|(manager, count)| (*manager, *count))))
    }

    pub(super) fn message(&mut self, line: MessageLine) -> Checked<MessageRecord> {
        let MessageLine { chat: _, message: _, at, author, visibility, text, files, external, edited_at, redacted } =
            line;
        self.next_moment(at)?;
        if let Actor::Customer(writer) = author
            && (writer != self.current.customer || visibility != Visibility::Public)
        {
            return Err("a customer writes public messages in chats of their own".into());
        }
        if !redacted {
            messages::check_content(&text, &files)?;
        }
        Ok(MessageRecord { at, author, visibility, text, files, external, edited_at, redacted })
    }
}

fn check_attributes(chat: ChatId, attributes: &BTreeMap<String, String>) -> Checked<()> {
    for (key, value) in attributes {
        check_key(key)?;
        chats::check_attribute(key, Some(value))?;
    }
    Ok(chats::check_attributes(chat, attributes)?)
}
