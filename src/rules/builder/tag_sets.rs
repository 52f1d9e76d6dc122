//! What the postings of tags gain and lose when tags move, merge or go.
//!
//! The posting of a tag is the union of the chats with the tag itself and of the postings of its children. So only the
//! chats of tags that moved, merged or are gone can come to another posting or leave one, and no chat is read.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;

use super::{ChangeBuilder, EditedTags};
use crate::index::TagParents;
use crate::model::{Status, TagId};
use crate::record::{IndexKey, Members, PostingDelta};
use crate::workspace::{Named, State};

impl ChangeBuilder<'_> {
    /// Returns the deltas of the tags that moved, merged or are gone, and of those above them, before and after. Chats
    /// edited by the change are left out: theirs follow from their records.
    pub(super) fn tag_deltas(&self) -> Vec<PostingDelta> {
        let changes = TagChanges::of(self);
        let mut deltas = Vec::new();
        if changes.is_empty() {
            return deltas;
        }
        let edited: RoaringBitmap = self.chats.keys().map(|chat| chat.0).collect();
        let sets = TagSets { state: self.input.state, tree: self.tree(), changes: &changes };
        let mut add = |key: IndexKey, status: Status, gains: bool, chats: RoaringBitmap| {
            let chats = chats - &edited;
            if !chats.is_empty() {
                deltas.push(PostingDelta { key, status, gains, chats: Members::Many(chats) });
            }
        };
        for tag in changes.gone.keys() {
            for key in [IndexKey::Tag(*tag), IndexKey::OwnTag(*tag)] {
                for (status, chats) in sets.union([key.clone()]) {
                    add(key.clone(), status, false, chats);
                }
            }
        }
        for (tag, merged) in &changes.merged {
            let own = IndexKey::OwnTag(*tag);
            for (status, chats) in sets.union(merged.iter().map(|tag| IndexKey::OwnTag(*tag))) {
                add(own.clone(), status, true, sets.without(chats, &own, status));
            }
        }
        for (tag, sources) in &changes.sources {
            let key = IndexKey::Tag(*tag);
            for (status, moving) in sets.union(sources.iter().map(|tag| IndexKey::Tag(*tag))) {
                let gone = sets.without_those_in(*tag, moving.clone(), status);
                let there = moving - &gone;
                let new = sets.without(gone.clone(), &key, status);
                add(key.clone(), status, false, gone - new);
                add(key.clone(), status, true, sets.without(there, &key, status));
            }
        }
        deltas
    }
}

/// Tags that moved, merged or are gone.
struct TagChanges {
    /// The tags that existed before and do not any more, and what each has become.
    gone: BTreeMap<TagId, Option<TagId>>,
    /// The same the other way round: tags into which others were merged.
    merged: BTreeMap<TagId, Vec<TagId>>,
    /// The tags above those that changed, before or after, and whose chats they may lose or gain. Tags that are gone lose
    /// all and are left out.
    sources: BTreeMap<TagId, Vec<TagId>>,
}

impl TagChanges {
    fn of(builder: &ChangeBuilder<'_>) -> Self {
        let (before, after) = (&builder.input.state.tags, builder.tree());
        let (mut gone, mut moved) = (BTreeMap::new(), BTreeSet::new());
        for (tag, record) in builder.tags.iter() {
            match (before.get(*tag), record) {
                (Some(_), None) => {
                    gone.insert(*tag, builder.tag_now(*tag));
                }
                (Some(old), Some(new)) if old.record.parent != new.parent => {
                    moved.insert(*tag);
                }
                _ => {}
            }
        }
        let (mut merged, mut sources) = (BTreeMap::new(), BTreeMap::new());
        let mut add = |tag: TagId, source: TagId| sources.entry(tag).or_insert_with(Vec::new).push(source);
        for tag in gone.keys().chain(&moved) {
            // The chats of a tag are among those of its parent, so a parent that changed brings them further up.
            for above in before.lineage(*tag).skip(1).take_while(|above| !gone.contains_key(above)) {
                add(above, *tag);
                if moved.contains(&above) {
                    break;
                }
            }
        }
        for (tag, now) in &gone {
            let Some(now) = *now else { continue };
            merged.entry(now).or_insert_with(Vec::new).push(*tag);
            let parent_now = before.parent(*tag).flatten().and_then(|parent| gone.get(&parent).copied().flatten());
            after.lineage(now).take_while(|above| Some(*above) != parent_now).for_each(|above| add(above, *tag));
        }
        for tag in &moved {
            after.lineage(*tag).skip(1).for_each(|above| add(above, *tag));
        }
        Self { gone, merged, sources }
    }

    fn is_empty(&self) -> bool {
        self.gone.is_empty() && self.sources.is_empty()
    }
}

struct TagSets<'b> {
    state: &'b State,
    tree: EditedTags<'b>,
    changes: &'b TagChanges,
}

impl TagSets<'_> {
    /// The members of some postings before the change, by status, as far as there are any.
    fn union(&self, keys: impl IntoIterator<Item = IndexKey>) -> Vec<(Status, RoaringBitmap)> {
        let mut all = Status::ALL.map(|status| (status, RoaringBitmap::new()));
        for posting in keys.into_iter().filter_map(|key| self.state.postings.get(&key)) {
            for (status, chats) in &mut all {
                let set = posting.set(*status);
                if !set.is_empty() {
                    *chats |= set.to_bitmap();
                }
            }
        }
        all.into_iter().filter(|(_, chats)| !chats.is_empty()).collect()
    }

    /// The chats that a posting did not have before the change.
    fn without(&self, chats: RoaringBitmap, key: &IndexKey, status: Status) -> RoaringBitmap {
        match self.state.postings.get(key).map(|posting| posting.set(status)) {
            Some(set) if !chats.is_empty() && !set.is_empty() => chats - set.to_bitmap(),
            _ => chats,
        }
    }

    /// The chats that are not in the posting of a tag after the change.
    fn without_those_in(&self, tag: TagId, mut chats: RoaringBitmap, status: Status) -> RoaringBitmap {
        let merged = self.changes.merged.get(&tag).into_iter().flatten().copied();
        for own in merged.chain([tag]) {
            chats = self.without(chats, &IndexKey::OwnTag(own), status);
        }
        if chats.is_empty() {
            return chats;
        }
        for child in self.tree.children(tag) {
            chats = match self.changes.sources.get(&child) {
                Some(_) => self.without_those_in(child, chats, status),
                None => self.without(chats, &IndexKey::Tag(child), status),
            };
            if chats.is_empty() {
                break;
            }
        }
        chats
    }
}
