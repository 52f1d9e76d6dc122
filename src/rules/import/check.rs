//! Checks the lines of a file, one by one, and turns them into records. What commands could not have made is refused.

use std::sync::Arc;

use roaring::{RoaringBitmap, RoaringTreemap};

use super::numbers::Seen;
use super::piece::{End, NewChat, NewChatRecord, NewCustomer, NewMessage, NextNumbers, Start, Writer};
use super::team::Team;
use super::{Checked, Fault, done};
use crate::command::{check_external, check_key, check_keys};
use crate::error::{Code, Refusal};
use crate::export::line::{
    ChatLine, CustomerLine, DoneLine, EventLine, Header, Links, ManagerLine, MessageLine, TagLine,
};
use crate::export::{Author, Reference, UnreadCounts};
use crate::index::TagTree;
use crate::model::limits::{ATTRIBUTES_PER_CHAT_MAX, IMPORTED_CHAT_MAX, TAGS_MAX, TAGS_PER_CHAT_MAX, TIME_MAX_MS};
use crate::model::{Actor, CustomerId, ManagerId, ProfileField, Status, TagId, TagPath, Visibility};
use crate::record::{CustomerRecord, EventRecord, ManagerRecord, MessageRecord, RememberedRecord, TagRecord, Unread};
use crate::rules::commands::{chats, customers, messages};
use crate::rules::limit;
use crate::sets::IdSet;
use crate::workspace::State;

/// What the lines so far contained.
pub(super) struct Checks {
    times: Times,
    next: NextNumbers,
    tags: TagTree,
    /// Tags from here on are the file's.
    first_tag: u32,
    pub(super) team: Team,
    /// The numbers that the file gives.
    customers: RoaringTreemap,
    chats: RoaringBitmap,
    /// The external ids of customers, of chats, and of the messages of the current chat.
    seen: [Seen; 3],
    /// The chat or customer whose messages or events come next.
    current: Current,
}

/// The times of a file.
struct Times {
    /// The latest allowed time.
    latest_ms: u64,
    /// The latest time so far.
    clock: u64,
    /// The last activity of the last chat.
    last_activity_at: u64,
    /// Whether the clock was set or reset at the source. Then no order of times is required, and the header alone says
    /// what the clock is.
    are_free: bool,
    given: Option<u64>,
}

/// What the messages of a chat, or the events of a customer, are checked against.
struct Current {
    customer: Reference<CustomerId>,
    /// The earliest allowed time of the next one, in ms.
    from_ms: u64,
    /// The latest allowed time of the next one, in ms.
    to_ms: u64,
}

impl Times {
    /// Checks a time in the past, and advances the clock to it.
    fn pass(&mut self, field: &str, ms: u64) -> Checked<()> {
        let latest_ms = if self.are_free { TIME_MAX_MS } else { self.latest_ms };
        if ms > latest_ms {
            return Err(format!("`{field}` is {ms} ms; the latest moment is {latest_ms} ms").into());
        }
        if !self.are_free {
            self.clock = self.clock.max(ms);
        }
        Ok(())
    }
}

impl Checks {
    pub(super) fn new(state: &State, latest_ms: u64, into_empty: bool) -> Self {
        Self {
            times: Times { latest_ms, clock: 0, last_activity_at: 0, are_free: false, given: None },
            next: NextNumbers { tag: state.meta.next.tag, ..NextNumbers::default() },
            tags: state.tags.clone(),
            first_tag: state.meta.next.tag,
            team: Team::new(state, into_empty),
            customers: RoaringTreemap::new(),
            chats: RoaringBitmap::new(),
            seen: Default::default(),
            current: Current { customer: CustomerId(0).into(), from_ms: 0, to_ms: 0 },
        }
    }

    /// Returns the lowest numbers that the file leaves free.
    pub(super) fn next_numbers(&self) -> NextNumbers {
        self.next
    }

    /// Returns what the clock is to be after the import.
    pub(super) fn end(&self) -> End {
        let Times { clock, are_free, given, .. } = self.times;
        End { clock: given.unwrap_or(0).max(clock), is_exact: are_free && given.is_some() }
    }

    pub(super) fn header(&mut self, header: &Header) -> Checked<()> {
        if let Some(next) = header.next_chat.filter(|next| !(1..=IMPORTED_CHAT_MAX).contains(next)) {
            return Err(format!("`next_chat` is {next}; it is a number from 1 to {IMPORTED_CHAT_MAX}").into());
        }
        header.clock.map_or(Ok(()), |clock| self.times.pass("clock", clock))?;
        let clock_epoch = header.clock_epoch.unwrap_or(0);
        self.times.given = header.clock;
        self.times.are_free = clock_epoch > 0;
        header.next_manager.into_iter().for_each(|next| self.team.go_on_from(next));
        let (chat, manager, customer) = (header.next_chat, header.next_manager, header.next_customer);
        self.next = NextNumbers { chat, manager, customer, clock_epoch, ..self.next };
        Ok(())
    }

    pub(super) fn profile_fields(&self, fields: Vec<ProfileField>) -> Checked<Vec<ProfileField>> {
        check_keys(&fields)?;
        customers::check_profile_fields(&fields)?;
        Ok(fields)
    }

    /// Returns the tag to put, or `None` if the workspace has it.
    pub(super) fn tag(&mut self, line: &TagLine) -> Checked<Option<(TagId, TagRecord)>> {
        let path = &line.path;
        let invalid = |reason: String| Fault(format!("{} cannot be a tag: {reason}", limit::shown(path)));
        let names = if line.apart { TagPath::parse_older(path) } else { TagPath::parse(path) }.map_err(invalid)?;
        let same = self.tags.find_prefix(&names, names.depth());
        let same = same.filter(|same| !line.apart || self.tags.path(*same) == Some(path));
        if let Some(tag) = same {
            let is_new = tag.0 >= self.first_tag;
            return if is_new { Err(format!("the tag {} comes twice", limit::shown(path)).into()) } else { Ok(None) };
        }
        let parent = match names.depth() - 1 {
            0 => None,
            depth => {
                let parent = self.tags.find_prefix(&names, depth);
                Some(parent.ok_or_else(|| Fault(format!("the parent of {} is missing", limit::shown(path))))?)
            }
        };
        let tag = TagId(self.next.tag);
        let next = self.next.tag.checked_add(1);
        self.next.tag = next.ok_or_else(|| Fault::from("the ids of tags are exhausted"))?;
        let record = TagRecord { parent, name: names.last_name().to_owned() };
        self.tags.update(&[(tag, Some(Arc::new(record.clone())))]);
        limit::at_most(Code::TooLarge, "the workspace", self.tags.len(), TAGS_MAX, "tags")?;
        Ok(Some((tag, record)))
    }

    fn tags(&self, paths: &[Arc<str>]) -> Checked<IdSet<TagId>> {
        let find = |path: &Arc<str>| {
            let found = self.tags.find(path);
            found.ok_or_else(|| Fault(format!("there is no tag {}", limit::shown(path))))
        };
        let tags: IdSet<TagId> = paths.iter().map(find).collect::<Checked<_>>()?;
        if tags.len() < paths.len() { Err("it names a tag twice".into()) } else { Ok(tags) }
    }

    /// Returns the manager to put, or `None` if the workspace has them.
    pub(super) fn manager(&mut self, line: ManagerLine) -> Checked<Option<(ManagerId, ManagerRecord)>> {
        line.external.as_deref().map_or(Ok(()), check_external)?;
        line.last_assigned_at.map_or(Ok(()), |moment| self.times.pass("last_assigned_at", moment))?;
        let followed_tags = self.tags(&line.followed_tags)?;
        self.team.take(line, followed_tags)
    }

    pub(super) fn customer(&mut self, line: CustomerLine) -> Checked<NewCustomer> {
        let CustomerLine { customer: number, name, profile, events: _, external } = line;
        customers::check_customer(name.as_deref(), Some(&profile))?;
        if let Some(customer) = number.filter(|number| !self.customers.insert(number.0)) {
            return Err(format!("customer {customer} comes twice").into());
        }
        if number.is_none() && external.is_none() {
            return Err("a customer needs `customer` or `external`".into());
        }
        (self.current.from_ms, self.current.to_ms) = (0, u64::MAX);
        // Events are counted when they are put.
        let record = CustomerRecord { name, profile, events: 0, events_digest: 0, external: external.clone() };
        Ok(Start { number, external: self.seen[0].take(external)?, record })
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
        if !self.times.are_free && !(from_ms..=to_ms).contains(&at) {
            return Err(format!("`at` is {at} ms; it must be from {from_ms} to {to_ms} ms").into());
        }
        self.current.from_ms = at;
        self.times.pass("at", at)
    }

    pub(super) fn chat(&mut self, line: ChatLine) -> Checked<NewChat> {
        self.chat_number(&line)?;
        self.chat_times(&line)?;
        let assignee = line.assignee.as_ref().map(|assignee| self.team.known(assignee)).transpose()?;
        let followers = self.team.all_known(&line.followers)?;
        let favorited_by = self.team.all_known(&line.favorited_by)?;
        let snoozed_by = line.snoozed_by.as_ref().map(|manager| self.team.known(manager)).transpose()?;
        let tags = self.tags(&line.tags)?;
        if let Some(assignee) = assignee.filter(|assignee| !followers.contains(*assignee)) {
            return Err(format!("manager {assignee} is the assignee, and the assignee always follows").into());
        }
        limit::at_most(Code::TooManyTags, "the chat", tags.len(), TAGS_PER_CHAT_MAX, "tags")?;
        chats::check_description(line.description.as_deref().unwrap_or_default())?;
        line.attributes.iter().try_for_each(|(key, value)| {
            check_key(key)?;
            chats::check_attribute(key, Some(value))
        })?;
        limit::at_most(Code::TooLarge, "the chat", line.attributes.len(), ATTRIBUTES_PER_CHAT_MAX, "attributes")?;
        let unread = self.unread(assignee, &followers, &line.unread, line.messages)?;
        let (number, customer) = (line.id, line.customer.clone());
        self.current = Current { customer: customer.clone(), from_ms: line.created_at, to_ms: line.last_activity_at };
        self.seen[2].clear();
        let external = self.seen[1].take(line.external.clone())?;
        // The customer is looked up when the chat is put.
        let links = Links { customer: CustomerId(0), assignee, followers, tags, unread, favorited_by, snoozed_by };
        Ok(Start { number, external, record: NewChatRecord { customer, record: line.into_record(links) } })
    }

    fn chat_number(&mut self, line: &ChatLine) -> Checked<()> {
        if let Some(chat) = line.id {
            let end = self.next.chat.unwrap_or(IMPORTED_CHAT_MAX);
            if chat.0 == 0 || chat.0 >= end {
                return Err(format!("chat {chat} is out of range: ids start at 1 and are below `next_chat`").into());
            }
            if !self.chats.insert(chat.0) {
                return Err(format!("chat {chat} comes twice").into());
            }
        } else if line.external.is_none() {
            return Err("a chat needs `id` or `external`".into());
        }
        match line.customer {
            Reference::Number(customer) if !self.customers.contains(customer.0) => {
                Err(Refusal::unknown_customer(customer).into())
            }
            _ => Ok(()),
        }
    }

    fn chat_times(&mut self, line: &ChatLine) -> Checked<()> {
        let (created_at, last_activity_at) = (line.created_at, line.last_activity_at);
        self.times.pass("created_at", created_at)?;
        self.times.pass("last_activity_at", last_activity_at)?;
        if !self.times.are_free {
            self.check_order(created_at, last_activity_at)?;
        }
        self.times.last_activity_at = last_activity_at;
        match (line.status, line.snoozed_until) {
            (Status::Snoozed, Some(until)) if until > TIME_MAX_MS => {
                Err(format!("`snoozed_until` is {until} ms; the latest moment is {TIME_MAX_MS} ms").into())
            }
            (Status::Snoozed, Some(_)) if self.times.are_free => Ok(()),
            (Status::Snoozed, Some(until)) => Ok(chats::check_deadline(created_at, until)?),
            (Status::Open | Status::Closed, None) if line.snoozed_by.is_none() => Ok(()),
            (Status::Open | Status::Closed, None) => Err("`snoozed_by` is only set if the chat is snoozed".into()),
            _ => Err("`snoozed_until` must be set if the chat is snoozed, and only then".into()),
        }
    }

    fn check_order(&self, created_at: u64, last_activity_at: u64) -> Checked<()> {
        if created_at > last_activity_at {
            return Err(format!("it began at {created_at} ms, after its last activity, {last_activity_at} ms").into());
        }
        let before = self.times.last_activity_at;
        if last_activity_at < before {
            return Err(format!(
                "its last activity was at {last_activity_at} ms, before that of the chat above, {before} ms; sort the \
                 chats by `last_activity_at`, oldest first"
            )
            .into());
        }
        Ok(())
    }

    fn unread(
        &self,
        assignee: Option<ManagerId>,
        followers: &IdSet<ManagerId>,
        unread: &UnreadCounts,
        messages: u32,
    ) -> Checked<Unread> {
        // A chat can be marked as unread before the first message.
        let (mut counts, most) = (Vec::new(), u64::from(messages) + 1);
        for entry in &unread.0 {
            let (manager, count) = (self.team.known(&entry.manager)?, entry.count);
            if !(followers.contains(manager) || (assignee.is_none() && self.team.is_operator(manager))) {
                return Err(format!("manager {manager} does not receive its messages, but has some unread").into());
            }
            if !(1..=most).contains(&count) {
                return Err(format!("manager {manager} has {count} of {messages} messages unread").into());
            }
            counts.push((manager, count));
        }
        let managers: IdSet<ManagerId> = counts.iter().map(|(manager, _)| *manager).collect();
        if managers.len() < counts.len() {
            Err("it names a manager twice".into())
        } else {
            Ok(Unread::from_counts(counts))
        }
    }

    pub(super) fn message(&mut self, line: MessageLine) -> Checked<NewMessage> {
        let MessageLine { chat: _, message: _, at, author, visibility, text, files, external, edited_at, redacted } =
            line;
        self.next_moment(at)?;
        edited_at.map_or(Ok(()), |edited_at| self.check_edit(at, edited_at))?;
        let writer = self.writer(author, visibility)?;
        match redacted {
            false => messages::check_content(&text, &files)?,
            true if text.is_empty() && files.is_empty() => {}
            true => return Err("it is redacted, but has a text or files".into()),
        }
        let author = Actor::System;
        let external = self.seen[2].take(external)?;
        let id = external.as_ref().map(|external| external.id.clone());
        let record = MessageRecord { at, author, visibility, text, files, external: id, edited_at, redacted };
        Ok(NewMessage { writer, external, record })
    }

    /// Checks a remembered id. `remembered` is how many the workspace has with it.
    pub(super) fn done(&mut self, line: DoneLine, remembered: u64) -> Checked<RememberedRecord> {
        self.times.pass("at", line.at)?;
        done::check(line, remembered)
    }

    fn check_edit(&mut self, at: u64, edited_at: u64) -> Checked<()> {
        if edited_at < at && !self.times.are_free {
            return Err(format!("`edited_at` is {edited_at} ms, before the message itself, {at} ms").into());
        }
        self.times.pass("edited_at", edited_at)
    }

    /// Finds the author of a message. A customer named in another way than by the chat is looked up later.
    fn writer(&self, author: Author, visibility: Visibility) -> Checked<Writer> {
        match author {
            Author::System => Ok(Writer::Known(Actor::System)),
            Author::Manager(manager) => Ok(Writer::Known(Actor::Manager(self.team.author(&manager)?))),
            Author::Customer(customer) => match (&customer, &self.current.customer) {
                _ if visibility != Visibility::Public => Err(not_theirs()),
                (named, owner) if named == owner => Ok(Writer::TheCustomer),
                (Reference::Number(_), Reference::Number(_)) => Err(not_theirs()),
                _ => Ok(Writer::Customer(customer)),
            },
        }
    }
}

pub(super) fn not_theirs() -> Fault {
    "a customer writes public messages in chats of their own".into()
}
