//! The stored form of a chat.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Unread;
use super::customer::heap_bytes_of_texts;
use super::stored::flagged_record;
use crate::heap;
use crate::model::{Chat, ChatId, CustomerId, ManagerId, Status, TagId, Timestamp};
use crate::sets::IdSet;

/// The stored form of a chat. Its index entries are a function of this record and the tag tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChatRecord {
    pub(crate) customer: CustomerId,
    pub(crate) status: Status,
    /// The snooze deadline; `Some` only for a snoozed chat.
    pub(crate) snoozed_until: Option<u64>,
    pub(crate) assignee: Option<ManagerId>,
    pub(crate) followers: IdSet<ManagerId>,
    pub(crate) tags: IdSet<TagId>,
    pub(crate) unread: Unread,
    pub(crate) favorited_by: IdSet<ManagerId>,
    pub(crate) description: Option<String>,
    pub(crate) created_at: u64,
    pub(crate) last_activity_at: u64,
    pub(crate) position: u64,
    pub(crate) messages: u32,
    /// The sum of the digests of its messages. With it, messages are deleted without reading them.
    pub(crate) messages_digest: u64,
    /// Attributes set by the host, by key.
    pub(crate) attributes: BTreeMap<String, String>,
    /// The number of events of the customer when the chat started. `None` for chats older than this field.
    pub(crate) events_before: Option<u32>,
    /// The id in the caller's own system.
    pub(crate) external: Option<String>,
    /// The manager who snoozed it, while it is snoozed.
    pub(crate) snoozed_by: Option<ManagerId>,
    /// The number of messages with an external id.
    pub(crate) external_messages: u32,
    /// The era in which the record was written: see [`Next::era`](crate::record::Next::era).
    pub(crate) era: u32,
}

impl ChatRecord {
    /// A new chat. `events_before` is the number of events of its customer so far.
    pub(crate) fn new(customer: CustomerId, events_before: u32, now: u64, position: u64) -> Self {
        Self {
            customer,
            status: Status::Open,
            snoozed_until: None,
            assignee: None,
            followers: IdSet::default(),
            tags: IdSet::default(),
            unread: Unread::default(),
            favorited_by: IdSet::default(),
            description: None,
            created_at: now,
            last_activity_at: now,
            position,
            messages: 0,
            messages_digest: 0,
            attributes: BTreeMap::new(),
            events_before: Some(events_before),
            external: None,
            snoozed_by: None,
            external_messages: 0,
            era: 0,
        }
    }

    /// Opens or closes the chat. This ends a snooze.
    pub(crate) fn set_status(&mut self, status: Status) {
        debug_assert!(status != Status::Snoozed, "a snooze needs its deadline");
        self.status = status;
        self.snoozed_until = None;
        self.snoozed_by = None;
    }

    pub(crate) fn snooze(&mut self, until: u64, by: Option<ManagerId>) {
        self.status = Status::Snoozed;
        self.snoozed_until = Some(until);
        self.snoozed_by = by;
    }

    /// The chat as readers see it. `tags` are the paths of its tags.
    #[inline]
    pub(crate) fn show(&self, id: ChatId, tags: Vec<Arc<str>>) -> Chat {
        let Self {
            customer,
            status,
            snoozed_until,
            assignee,
            followers,
            tags: _,
            unread,
            favorited_by,
            description,
            created_at,
            last_activity_at,
            position: _,
            messages,
            messages_digest: _,
            attributes,
            events_before: _,
            external,
            snoozed_by: _,
            external_messages: _,
            era: _,
        } = self;
        // Mostly one or none. To collect them would allocate a vector to sort.
        let mut unread_counts = BTreeMap::new();
        unread_counts.extend(unread.iter());
        Chat {
            id,
            customer: *customer,
            status: *status,
            snoozed_until: snoozed_until.map(Timestamp::from_millis),
            assignee: *assignee,
            followers: followers.to_vec(),
            tags,
            unread: unread_counts,
            favorited_by: favorited_by.to_vec(),
            description: description.clone(),
            created_at: (*created_at).into(),
            last_activity_at: (*last_activity_at).into(),
            messages: (*messages).into(),
            attributes: attributes.clone(),
            external: external.clone(),
        }
    }

    /// Drops unread counts of managers who do not receive its messages.
    pub(crate) fn keep_recipients_only(&mut self, operators: &IdSet<ManagerId>) {
        if self.unread.is_empty() {
            return;
        }
        let (followers, unassigned) = (&self.followers, self.assignee.is_none());
        self.unread.retain(|manager| followers.contains(manager) || (unassigned && operators.contains(manager)));
    }

    /// Takes a manager who is removed out of every field.
    pub(crate) fn forget_manager(&mut self, manager: ManagerId) {
        let Self {
            customer: _,
            status: _,
            snoozed_until: _,
            assignee,
            followers,
            tags: _,
            unread,
            favorited_by,
            description: _,
            created_at: _,
            last_activity_at: _,
            position: _,
            messages: _,
            messages_digest: _,
            attributes: _,
            events_before: _,
            external: _,
            snoozed_by,
            external_messages: _,
            era: _,
        } = self;
        assignee.take_if(|assignee| *assignee == manager);
        followers.remove(manager);
        unread.clear(manager);
        favorited_by.remove(manager);
        snoozed_by.take_if(|by| *by == manager);
    }

    /// The fields that the index may depend on.
    pub(crate) fn indexed(&self) -> IndexedFields<'_> {
        let Self {
            customer,
            status,
            snoozed_until: _,
            assignee,
            followers,
            tags,
            unread,
            favorited_by,
            description,
            created_at,
            last_activity_at: _,
            position: _,
            messages: _,
            messages_digest: _,
            attributes,
            events_before: _,
            external: _,
            snoozed_by: _,
            external_messages: _,
            era: _,
        } = self;
        IndexedFields {
            status: *status,
            assignee: *assignee,
            customer: *customer,
            followers,
            tags,
            favorited_by,
            unread,
            description: description.as_deref(),
            attributes,
            created_at: *created_at,
        }
    }

    /// Whether both records have the same index entries, given the same tag tree.
    pub(crate) fn indexed_like(&self, other: &Self) -> bool {
        self.indexed() == other.indexed()
    }

    /// The approximate heap size in bytes.
    pub(crate) fn weight(&self) -> usize {
        let Self {
            customer: _,
            status: _,
            snoozed_until: _,
            assignee: _,
            followers,
            tags,
            unread,
            favorited_by,
            description,
            created_at: _,
            last_activity_at: _,
            position: _,
            messages: _,
            messages_digest: _,
            attributes,
            events_before: _,
            external,
            snoozed_by: _,
            external_messages: _,
            era: _,
        } = self;
        let sets = followers.heap_bytes() + favorited_by.heap_bytes() + tags.heap_bytes() + unread.heap_bytes();
        let texts: usize = [description, external].into_iter().flatten().map(|text| heap::of_bytes(text.len())).sum();
        sets + texts + heap_bytes_of_texts(attributes)
    }
}

/// The chat fields that the index may depend on. Indexes see nothing else of a chat, so a command that leaves these
/// fields alone skips the index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct IndexedFields<'a> {
    pub(crate) status: Status,
    pub(crate) assignee: Option<ManagerId>,
    pub(crate) customer: CustomerId,
    pub(crate) followers: &'a IdSet<ManagerId>,
    pub(crate) tags: &'a IdSet<TagId>,
    pub(crate) favorited_by: &'a IdSet<ManagerId>,
    pub(crate) unread: &'a Unread,
    pub(crate) description: Option<&'a str>,
    pub(crate) attributes: &'a BTreeMap<String, String>,
    pub(crate) created_at: u64,
}

flagged_record!(ChatRecord {
    customer, status, snoozed_until, assignee, followers, tags, unread, favorited_by;
    description;
    created_at, last_activity_at, position, messages, messages_digest;
    attributes, events_before, external, snoozed_by, external_messages, era
});

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::record::codec::decode;
    use crate::record::golden::{bytes, check, properties};

    /// The chat of the golden bytes. A later field is absent here, and gets a line of its own below.
    pub(in crate::record) fn chat() -> ChatRecord {
        ChatRecord {
            customer: CustomerId(5),
            status: Status::Snoozed,
            snoozed_until: Some(1_582_652_374_000),
            assignee: Some(ManagerId(7)),
            followers: [ManagerId(7), ManagerId(8)].into_iter().collect(),
            tags: [TagId(1)].into_iter().collect(),
            unread: Unread::from_counts([(ManagerId(8), 2)]),
            favorited_by: [ManagerId(7)].into_iter().collect(),
            description: Some("#vip 환불".into()),
            created_at: 1_000,
            last_activity_at: 2_000,
            position: 70_000,
            messages: 3,
            messages_digest: u64::MAX,
            attributes: properties(),
            events_before: Some(4),
            external: None,
            snoozed_by: None,
            external_messages: 0,
            era: 0,
        }
    }

    #[test]
    fn golden_chats() {
        check(
            chat(),
            "050101fdf0bb6e7d7001000001070207080101010201080107070b2376697020ed9998ebb688fbe803fbd007fc701101\
             0003fdffffffffffffffff0204706c616e0370726f047465616d087061796d656e747304",
        );
        check(
            ChatRecord { events_before: None, ..ChatRecord::new(CustomerId(5), 0, 1_000, 1) },
            "050000000000000000fbe803fbe803010000",
        );
        check(ChatRecord::new(CustomerId(5), 0, 1_000, 1), "050000000000000004fbe803fbe80301000000");
        check(
            ChatRecord { description: None, ..chat() },
            "050101fdf0bb6e7d700100000107020708010101020108010706fbe803fbd007fc7011010003fdffffffffffffffff02\
             04706c616e0370726f047465616d087061796d656e747304",
        );
        check(
            ChatRecord { attributes: BTreeMap::new(), ..chat() },
            "050101fdf0bb6e7d7001000001070207080101010201080107050b2376697020ed9998ebb688fbe803fbd007fc701101\
             0003fdffffffffffffffff04",
        );
        check(
            ChatRecord { description: Some(String::new()), events_before: None, ..chat() },
            "050101fdf0bb6e7d70010000010702070801010102010801070300fbe803fbd007fc7011010003fdffffffffffffffff\
             0204706c616e0370726f047465616d087061796d656e7473",
        );
    }

    #[test]
    fn golden_chats_with_later_fields() {
        let plain = ChatRecord { events_before: None, ..ChatRecord::new(CustomerId(5), 0, 1_000, 1) };
        check(
            ChatRecord { external: Some("t_1".into()), ..plain.clone() },
            "050000000000000008fbe803fbe80301000003745f31",
        );
        check(ChatRecord { snoozed_by: Some(ManagerId(7)), ..plain.clone() }, "050000000000000010fbe803fbe80301000007");
        check(ChatRecord { external_messages: 3, era: 9, ..plain }, "050000000000000060fbe803fbe8030100000309");
    }

    #[test]
    fn golden_chats_version_1_are_read() {
        // The byte after the favorites told if a description follows.
        let read: ChatRecord = decode(&bytes("01050000000000000001026869090a0b0c0d")).unwrap();
        let mut expected = ChatRecord { events_before: None, ..ChatRecord::new(CustomerId(5), 0, 9, 11) };
        (expected.description, expected.last_activity_at) = (Some("hi".into()), 10);
        (expected.messages, expected.messages_digest) = (12, 13);
        assert_eq!(read, expected);
    }

    #[test]
    fn chats_with_fields_of_a_later_version_are_refused() {
        // Chats have seven flag bits.
        assert!(decode::<ChatRecord>(&bytes("01050000000000000080090a0b0c0d")).is_err());
    }
}
