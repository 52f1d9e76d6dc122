//! The invariants that hold between commands.

use std::collections::BTreeSet;

use crate::model::ids::IDS_MAX;
use crate::model::notices::NOTICES_MAX;
use crate::model::rules::longer;
use crate::model::state::{Chat, Status, Workspace};
use crate::model::tags;
use crate::model::words::key;

impl Workspace {
    pub fn verify(&self) {
        for (id, chat) in &self.chats {
            assert!(*id <= self.last_chat);
            self.verify_chat(*id, chat);
        }
        let positions: BTreeSet<u64> = self.chats.values().map(|c| c.position).collect();
        assert_eq!(positions.len(), self.chats.len(), "a position given twice");
        for (path, name) in &self.tags {
            assert!(tags::names(path).len() <= 8);
            assert_eq!(path.rsplit('/').next(), Some(key(name).as_str()));
            assert!(tags::parent(path).is_none_or(|p| self.tags.contains_key(p)));
        }
        self.verify_people();
        self.verify_order();
        let keys: BTreeSet<&str> = self.profile_fields.iter().map(|field| field.key.as_str()).collect();
        assert!(keys.len() == self.profile_fields.len() && keys.len() <= 64);
        assert!(self.ids.len() <= IDS_MAX);
    }

    fn verify_chat(&self, id: u32, chat: &Chat) {
        let snoozed = chat.status == Status::Snoozed;
        assert_eq!(snoozed, chat.snoozed_until.is_some(), "snooze of {id}");
        assert!(chat.snoozed_by.is_none_or(|who| snoozed && self.managers.contains_key(&who)));
        assert!(chat.assignee.is_none_or(|m| chat.followers.contains(&m)));
        assert!(chat.attributes.len() <= 32 && !chat.attributes.contains_key(""));
        assert!(chat.attributes.iter().all(|(k, v)| !longer(k, 128) && !longer(v, 256)));
        assert!(chat.tags.len() <= 8);
        assert!(chat.tags.iter().all(|t| self.tags.contains_key(t)));
        assert!(self.customers.contains_key(&chat.customer));
        let managers = chat.followers.iter().chain(&chat.favorited_by);
        assert!(managers.clone().all(|m| self.managers.contains_key(m)));
        for (manager, count) in &chat.unread {
            assert!(self.managers.contains_key(manager) && *count > 0);
            assert!(self.is_recipient(chat, *manager), "unread in {id}");
        }
        for message in &chat.messages {
            assert!(message.text.is_empty() || !message.redacted);
            assert!(message.redacted || !message.text.is_empty() || !message.files.is_empty());
        }
        assert_distinct(chat.messages.iter().filter_map(|message| message.external.as_ref()));
    }

    fn verify_people(&self) {
        for (id, manager) in &self.managers {
            assert!(manager.followed_tags.iter().all(|t| self.tags.contains_key(t)));
            assert!(*id <= self.last_manager && !self.left.contains_key(id));
        }
        assert!(self.left.values().all(|manager| !manager.operator && !manager.online));
        assert!(self.customers.keys().all(|id| *id <= self.last_customer));
        let managers = self.managers.values().chain(self.left.values());
        assert_distinct(managers.filter_map(|manager| manager.external.as_ref()));
        assert_distinct(self.customers.values().filter_map(|customer| customer.external.as_ref()));
        assert_distinct(self.chats.values().filter_map(|chat| chat.external.as_ref()));
    }

    /// Verifies that everything has a place of its own in the common order.
    fn verify_order(&self) {
        let mut orders = Vec::new();
        for customer in self.customers.values() {
            assert!(customer.events.is_sorted_by_key(|event| event.order));
            orders.extend(customer.events.iter().map(|event| event.order));
        }
        assert!(self.chats.values().is_sorted_by_key(|chat| chat.order));
        orders.extend(self.chats.values().map(|chat| chat.order));
        orders.extend(self.ids.values().map(|done| done.order));
        // A notice has one place, whomever it is for.
        let mut told = BTreeSet::new();
        for (manager, kept) in &self.notices {
            assert!(self.managers.contains_key(manager) && kept.newest.len() <= NOTICES_MAX);
            assert!(kept.newest.is_sorted_by_key(|notice| notice.order));
            for notice in &kept.newest {
                assert!(notice.chat <= self.last_chat);
                let messages = self.chats.get(&notice.chat).map(|chat| chat.messages.len());
                assert!(notice.message.is_none_or(|n| n > 0 && messages.is_none_or(|all| n <= all)));
                told.insert(notice.order);
            }
        }
        orders.extend(told);
        assert_distinct(orders.iter());
        assert!(orders.iter().all(|order| *order <= self.last_order));
    }
}

fn assert_distinct<T: Ord>(all: impl Iterator<Item = T>) {
    let all: Vec<T> = all.collect();
    let count = all.len();
    assert_eq!(all.into_iter().collect::<BTreeSet<T>>().len(), count, "given twice");
}
