//! What the postings of tags gain and lose when tags move, merge or go.
//!
//! The posting of a tag is the union of the chats with the tag itself and of the postings of its children. So the
//! postings of the tags above follow from other postings, and no chat is read.

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
        let gone = self.gone_tags();
        let affected = self.affected_tags(&gone);
        if affected.is_empty() {
            return Vec::new();
        }
        let edited: RoaringBitmap = self.chats.keys().map(|chat| chat.0).collect();
        let sets = TagSets { state: self.input.state, tree: self.tree(), affected: &affected, gone: &gone };
        let mut deltas = Vec::new();
        let own = gone.iter().flat_map(|(tag, now)| [Some(*tag), *now]).flatten().collect::<BTreeSet<TagId>>();
        for status in Status::ALL {
            let all = affected.iter().map(|tag| (IndexKey::Tag(*tag), sets.after(*tag, status)));
            let own = own.iter().map(|tag| (IndexKey::OwnTag(*tag), sets.own_after(*tag, status)));
            for (key, after) in all.chain(own) {
                let before = members(sets.state, key.clone(), status);
                for (gains, chats) in [(false, &before - &after - &edited), (true, &after - &before - &edited)] {
                    if !chats.is_empty() {
                        let (key, chats) = (key.clone(), Members::Many(chats));
                        deltas.push(PostingDelta { key, status, gains, chats });
                    }
                }
            }
        }
        deltas
    }

    /// The tags that existed before and do not any more, and what each has become.
    fn gone_tags(&self) -> BTreeMap<TagId, Option<TagId>> {
        let before = &self.input.state.tags;
        let gone = self.tags.iter().filter(|(tag, record)| record.is_none() && before.get(**tag).is_some());
        gone.map(|(tag, _)| (*tag, self.tag_now(*tag))).collect()
    }

    /// The tags whose postings may change.
    fn affected_tags(&self, gone: &BTreeMap<TagId, Option<TagId>>) -> BTreeSet<TagId> {
        let (before, after) = (&self.input.state.tags, self.tree());
        let mut affected = BTreeSet::new();
        for (tag, record) in &self.tags {
            let (Some(old), Some(new)) = (before.get(*tag), record) else { continue };
            if old.record.parent != new.parent {
                affected.extend(before.lineage(*tag).skip(1));
                affected.extend(after.lineage(*tag).skip(1));
            }
        }
        for (tag, now) in gone {
            affected.extend(before.lineage(*tag));
            affected.extend(now.iter().flat_map(|now| after.lineage(*now)));
        }
        affected
    }
}

struct TagSets<'b> {
    state: &'b State,
    tree: EditedTags<'b>,
    affected: &'b BTreeSet<TagId>,
    gone: &'b BTreeMap<TagId, Option<TagId>>,
}

impl TagSets<'_> {
    /// The members of a tag after the change.
    fn after(&self, tag: TagId, status: Status) -> RoaringBitmap {
        if self.tree.get(tag).is_none() {
            return RoaringBitmap::new();
        }
        let mut all = self.own_after(tag, status);
        for child in self.tree.children(tag) {
            all |= if self.affected.contains(&child) {
                self.after(child, status)
            } else {
                members(self.state, IndexKey::Tag(child), status)
            };
        }
        all
    }

    /// The chats with the tag itself after the change.
    fn own_after(&self, tag: TagId, status: Status) -> RoaringBitmap {
        if self.tree.get(tag).is_none() {
            return RoaringBitmap::new();
        }
        let merged = self.gone.iter().filter(|(_, now)| **now == Some(tag)).map(|(gone, _)| *gone);
        let all = merged.chain([tag]).map(|tag| members(self.state, IndexKey::OwnTag(tag), status));
        all.fold(RoaringBitmap::new(), |all, members| all | members)
    }
}

fn members(state: &State, key: IndexKey, status: Status) -> RoaringBitmap {
    state.postings.get(&key).map(|posting| posting.set(status).to_bitmap()).unwrap_or_default()
}
