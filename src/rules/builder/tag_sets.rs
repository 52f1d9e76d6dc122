//! What the postings of tags gain and lose when tags move.
//!
//! The posting of a tag is the union of the chats with the tag itself and of the postings of its children. So the
//! postings of a moved tag's ancestors follow from other postings, and no chat is read.

use std::collections::BTreeSet;

use roaring::RoaringBitmap;

use super::{ChangeBuilder, EditedTags};
use crate::index::TagParents;
use crate::model::{Status, TagId};
use crate::record::{IndexKey, Members, PostingDelta};
use crate::workspace::State;

impl ChangeBuilder<'_> {
    /// Returns the deltas of the tags above moved tags, before and after. Chats edited by the change are left out:
    /// theirs follow from their records.
    pub(super) fn tag_deltas(&self) -> Vec<PostingDelta> {
        let affected = self.tags_above_moved();
        if affected.is_empty() {
            return Vec::new();
        }
        let edited: RoaringBitmap = self.chats.keys().map(|chat| chat.0).collect();
        let sets = TagSets { state: self.input.state, tree: self.tree(), affected: &affected };
        let mut deltas = Vec::new();
        for tag in &affected {
            for status in Status::ALL {
                let before = members(sets.state, IndexKey::Tag(*tag), status);
                let after = sets.after(*tag, status);
                for (gains, chats) in [(false, &before - &after - &edited), (true, &after - &before - &edited)] {
                    if !chats.is_empty() {
                        let (key, chats) = (IndexKey::Tag(*tag), Members::Many(chats));
                        deltas.push(PostingDelta { key, status, gains, chats });
                    }
                }
            }
        }
        deltas
    }

    /// The tags above a moved tag, before and after.
    fn tags_above_moved(&self) -> BTreeSet<TagId> {
        let (before, after) = (&self.input.state.tags, self.tree());
        let mut affected = BTreeSet::new();
        for (tag, record) in &self.tags {
            let (Some(old), Some(new)) = (before.get(*tag), record) else { continue };
            if old.record.parent != new.parent {
                affected.extend(before.lineage(*tag).skip(1));
                affected.extend(after.lineage(*tag).skip(1));
            }
        }
        affected
    }
}

struct TagSets<'b> {
    state: &'b State,
    tree: EditedTags<'b>,
    affected: &'b BTreeSet<TagId>,
}

impl TagSets<'_> {
    /// The members of a tag after the change.
    fn after(&self, tag: TagId, status: Status) -> RoaringBitmap {
        if self.tree.get(tag).is_none() {
            return RoaringBitmap::new();
        }
        let mut all = members(self.state, IndexKey::OwnTag(tag), status);
        for child in self.tree.children(tag) {
            all |= if self.affected.contains(&child) {
                self.after(child, status)
            } else {
                members(self.state, IndexKey::Tag(child), status)
            };
        }
        all
    }
}

fn members(state: &State, key: IndexKey, status: Status) -> RoaringBitmap {
    state.postings.get(&key).map(|posting| posting.set(status).to_bitmap()).unwrap_or_default()
}
