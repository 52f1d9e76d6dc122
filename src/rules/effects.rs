//! Effects of edited chats on indexes: members that postings gain and lose, and totals of unread messages.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use crate::index::{LiveIndex, TagParents, keys_of};
use crate::model::{ChatId, ManagerId, Status};
use crate::record::{ChatRecord, IndexKey, Members, PostingDelta, Unread};

/// A chat, if it exists, and the tag tree, before or after an edit.
type Moment<'a> = (Option<&'a ChatRecord>, &'a dyn TagParents);

/// Collects the effects of edited chats.
pub(super) struct Effects<'a> {
    custom: &'a [LiveIndex],
    /// Whether several chats are edited. If so, members are collected into sets.
    wide: bool,
    /// Whether the tag tree is the same before and after.
    same_tags: bool,
    narrow_postings: Vec<PostingDelta>,
    wide_postings: BTreeMap<(IndexKey, Status, bool), RoaringBitmap>,
    unread: BTreeMap<ManagerId, i64>,
}

impl<'a> Effects<'a> {
    /// Starts collecting, for up to `chats` chats in a workspace with these custom indexes.
    pub(super) fn new(chats: usize, custom: &'a [LiveIndex], same_tags: bool) -> Self {
        Self {
            custom,
            wide: chats > 1,
            same_tags,
            narrow_postings: Vec::new(),
            wide_postings: BTreeMap::new(),
            unread: BTreeMap::new(),
        }
    }

    /// Adds the effects of one edited chat.
    pub(super) fn add(&mut self, chat: ChatId, (old, old_tree): Moment<'_>, (new, new_tree): Moment<'_>) {
        if old.map(|chat| &chat.unread) != new.map(|chat| &chat.unread) {
            self.add_unread(old.map(|chat| &chat.unread), -1);
            self.add_unread(new.map(|chat| &chat.unread), 1);
        }
        if let (Some(old), Some(new)) = (old, new)
            && old.indexed_like(new)
            && self.same_tags
        {
            return;
        }
        let old = old.map(|old| (old.status, keys_of(old, old_tree, self.custom)));
        let new = new.map(|new| (new.status, keys_of(new, new_tree, self.custom)));
        let same_status = old.as_ref().map(|old| old.0) == new.as_ref().map(|new| new.0);
        let (old_keys, new_keys) = (keys(&old), keys(&new));
        let stays = |key: &IndexKey, keys: &[IndexKey]| same_status && keys.binary_search(key).is_ok();
        if let Some((status, _)) = old {
            let lost = old_keys.iter().filter(|key| !stays(key, new_keys));
            lost.for_each(|key| self.add_member(key, status, false, chat));
        }
        if let Some((status, _)) = new {
            let gained = new_keys.iter().filter(|key| !stays(key, old_keys));
            gained.for_each(|key| self.add_member(key, status, true, chat));
        }
    }

    fn add_unread(&mut self, unread: Option<&Unread>, sign: i64) {
        for (manager, count) in unread.into_iter().flat_map(Unread::iter) {
            *self.unread.entry(manager).or_default() += sign * count as i64;
        }
    }

    fn add_member(&mut self, key: &IndexKey, status: Status, gains: bool, chat: ChatId) {
        let key = key.clone();
        if self.wide {
            self.wide_postings.entry((key, status, gains)).or_default().insert(chat.0);
        } else {
            self.narrow_postings.push(PostingDelta { key, status, gains, chats: Members::One(chat) });
        }
    }

    /// Returns the new totals of unread messages, for managers whose total changes.
    pub(super) fn unread_messages(&self, before: &BTreeMap<ManagerId, u64>) -> Vec<(ManagerId, u64)> {
        let changed = self.unread.iter().filter(|(_, delta)| **delta != 0);
        changed
            .map(|(manager, delta)| {
                let before = before.get(manager).copied().unwrap_or(0);
                debug_assert!(
                    before.checked_add_signed(*delta).is_some(),
                    "a total of unread messages is never negative"
                );
                (*manager, before.saturating_add_signed(*delta))
            })
            .collect()
    }

    /// Returns the members that postings gain and lose.
    pub(super) fn into_postings(self) -> impl Iterator<Item = PostingDelta> {
        let wide = self.wide_postings.into_iter().map(|((key, status, gains), chats)| PostingDelta {
            key,
            status,
            gains,
            chats: Members::Many(chats),
        });
        self.narrow_postings.into_iter().chain(wide)
    }
}

fn keys(of: &Option<(Status, Vec<IndexKey>)>) -> &[IndexKey] {
    of.as_ref().map_or(&[], |(_, keys)| keys)
}
