//! Effects of edited chats on indexes: members that postings gain and lose, and totals of unread messages.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use crate::index::{KeyList, LiveIndex, TagParents, keys_of};
use crate::model::{ChatId, ManagerId, Status};
use crate::record::{ChatRecord, IndexKey, Members, NewUnreadSum, PostingDelta, UnreadSum};
use crate::rules::builder::Voided;

/// What a manager has not read in the edited chats, before and after.
#[derive(Debug, Clone, Copy, Default)]
struct UnreadEffect {
    before: Part,
    after: Part,
}

#[derive(Debug, Clone, Copy, Default)]
struct Part {
    all: u64,
    as_operator: u64,
}

/// What becomes of unread sums apart from edited chats.
#[derive(Clone, Copy)]
pub(super) struct Sums<'s> {
    pub(super) voided: &'s Voided,
    /// What managers lose as operators, where it is not known from the sum.
    pub(super) as_operator: &'s BTreeMap<ManagerId, u64>,
}

impl UnreadEffect {
    fn on(self, old: UnreadSum, sums: Sums<'_>, manager: ManagerId) -> UnreadSum {
        let Self { before, after } = self;
        if sums.voided.left.contains(&manager) {
            return UnreadSum { all: after.all, as_operator: Some(after.as_operator) };
        }
        debug_assert!(old.all >= before.all, "a sum of unread messages is never negative");
        let unedited = old.all.saturating_sub(before.all);
        let unedited_as_operator = old.as_operator.map(|sum| sum.saturating_sub(before.as_operator));
        if sums.voided.no_operators.contains(&manager) {
            let counted = sums.as_operator.get(&manager).copied();
            let lost = unedited_as_operator.or(counted).unwrap_or(0);
            return UnreadSum { all: unedited.saturating_sub(lost) + after.all, as_operator: Some(after.as_operator) };
        }
        let all = unedited + after.all;
        let as_operator = unedited_as_operator.map(|sum| sum + after.as_operator);
        if all == 0 { UnreadSum::of_older(0) } else { UnreadSum { all, as_operator } }
    }
}

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
    unread: BTreeMap<ManagerId, UnreadEffect>,
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
        let same_recipients = match (old, new) {
            (Some(old), Some(new)) => old.unread == new.unread && old.followers == new.followers,
            _ => false,
        };
        if !same_recipients {
            self.add_unread(old, |sum| &mut sum.before);
            self.add_unread(new, |sum| &mut sum.after);
        }
        if let (Some(old), Some(new)) = (old, new)
            && old.indexed_like(new)
            && self.same_tags
        {
            return;
        }
        let old = old.map(|old| (old.status, keys_of(old, old_tree, self.custom)));
        let new = new.map(|new| (new.status, keys_of(new, new_tree, self.custom)));
        let (old, new) = (old.as_ref().map(side), new.as_ref().map(side));
        self.add_keys(chat, old, new);
    }

    /// Adds what a chat loses and gains: its status and its sorted keys, before and after.
    pub(super) fn add_keys(
        &mut self,
        chat: ChatId,
        old: Option<(Status, &[IndexKey])>,
        new: Option<(Status, &[IndexKey])>,
    ) {
        let same_status = old.map(|(status, _)| status) == new.map(|(status, _)| status);
        let (old_keys, new_keys) = (old.map_or(&[][..], |(_, keys)| keys), new.map_or(&[][..], |(_, keys)| keys));
        if !self.wide && !same_status {
            // All keys move, so there is one allocation.
            self.narrow_postings.reserve(old_keys.len() + new_keys.len());
        }
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

    fn add_unread(&mut self, chat: Option<&ChatRecord>, side: impl Fn(&mut UnreadEffect) -> &mut Part) {
        let Some(chat) = chat else { return };
        for (manager, count) in chat.unread.iter() {
            let part = side(self.unread.entry(manager).or_default());
            part.all += count;
            part.as_operator += if chat.followers.contains(manager) { 0 } else { count };
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

    /// Returns the new sums of unread messages, of managers whose sum changes.
    pub(super) fn unread_sums(&mut self, before: &BTreeMap<ManagerId, UnreadSum>, sums: Sums<'_>) -> Vec<NewUnreadSum> {
        for manager in sums.voided.left.iter().chain(&sums.voided.no_operators) {
            // They may have no unread message in the edited chats.
            self.unread.entry(*manager).or_default();
        }
        let new = self.unread.iter().filter_map(|(manager, effect)| {
            let old = before.get(manager).copied().unwrap_or(UnreadSum::of_older(0));
            let new = effect.on(old, sums, *manager);
            (new != old).then_some(NewUnreadSum(*manager, new))
        });
        new.collect()
    }

    /// Adds the members that postings gain and lose.
    pub(super) fn put_postings(mut self, postings: &mut Vec<PostingDelta>) {
        if postings.is_empty() {
            *postings = std::mem::take(&mut self.narrow_postings);
        }
        let wide = self.wide_postings.into_iter().map(|((key, status, gains), chats)| PostingDelta {
            key,
            status,
            gains,
            chats: Members::Many(chats),
        });
        postings.extend(self.narrow_postings.into_iter().chain(wide));
    }
}

fn side((status, keys): &(Status, KeyList)) -> (Status, &[IndexKey]) {
    (*status, keys)
}
