//! The rules of the tag tree.

use std::collections::BTreeSet;

use roaring::RoaringBitmap;

use super::{Done, find_tag};
use crate::error::{Code, Refusal};
use crate::index::TagTree;
use crate::model::limits::{TAG_DEPTH_MAX, TAGS_MAX};
use crate::model::{Status, TagId, TagPath};
use crate::record::{IndexKey, TagRecord};
use crate::rules::builder::ChangeBuilder;
use crate::rules::{limit, preload};
use crate::workspace::State;

pub(super) fn create(builder: &mut ChangeBuilder<'_>, path: &str) -> Done {
    let path = parse(path)?;
    create_prefix(builder, &path, path.depth())?;
    Ok(())
}

fn parse(path: &str) -> Result<TagPath, Refusal> {
    TagPath::parse(path).map_err(|reason| invalid(path, &reason))
}

fn invalid(path: &str, reason: &str) -> Refusal {
    Refusal::new(Code::InvalidTag, format!("{} cannot be a tag: {reason}", limit::shown(path)))
}

/// Creates the missing tags among the first `depth` names of a path. Returns the last of those tags, or `None` if
/// `depth` is 0.
fn create_prefix(builder: &mut ChangeBuilder<'_>, path: &TagPath, depth: usize) -> Result<Option<TagId>, Refusal> {
    let tags = &builder.input().state.tags;
    let known = (1..=depth).take_while(|level| tags.find_prefix(path, *level).is_some()).count();
    limit::at_most(Code::TooLarge, "the workspace", tags.len() + depth - known, TAGS_MAX, "tags")?;
    let mut parent = None;
    for (level, name) in (1..=depth).zip(path.names()) {
        let known = builder.input().state.tags.find_prefix(path, level);
        parent = Some(match known {
            Some(tag) => tag,
            None => {
                let tag = builder.take_tag();
                let tag = tag.ok_or_else(|| Refusal::new(Code::TooLarge, "the ids of tags are exhausted"))?;
                builder.put_tag(tag, Some(TagRecord { parent, name: name.clone() }));
                tag
            }
        });
    }
    Ok(parent)
}

pub(super) fn delete(builder: &mut ChangeBuilder<'_>, path: &str) -> Done {
    let tag = find_tag(builder, path)?;
    let state = builder.input().state;
    let gone: BTreeSet<TagId> = state.tags.subtree(tag).into_iter().collect();
    for chat in preload::all_of(state, &[IndexKey::Tag(tag)]) {
        if let Some(record) = builder.chat(chat) {
            record.tags.retain(|tag| !gone.contains(tag));
        }
    }
    for (manager, record) in &state.managers {
        if record.followed_tags.iter().any(|tag| gone.contains(&tag)) {
            let mut record = (**record).clone();
            record.followed_tags.retain(|tag| !gone.contains(tag));
            builder.put_manager(*manager, Some(record));
        }
    }
    gone.into_iter().for_each(|tag| builder.put_tag(tag, None));
    Ok(())
}

pub(super) fn move_to(builder: &mut ChangeBuilder<'_>, path: &str, to: &str) -> Done {
    let tag = find_tag(builder, path)?;
    let to = parse(to)?;
    let state = builder.input().state;
    let Some(node) = state.tags.get(tag) else { return Ok(()) };
    let to_key = to.key();
    let taken = state.tags.find_prefix(&to, to.depth());
    if taken == Some(tag) {
        let record = TagRecord { parent: node.record.parent, name: to.last_name().to_owned() };
        builder.put_tag(tag, Some(record));
        return Ok(());
    }
    if (1..to.depth()).any(|depth| state.tags.find_prefix(&to, depth) == Some(tag)) {
        return Err(invalid(to_key, &format!("it is below {:?}, the tag to move", node.key())));
    }
    let depth = to.depth() - 1 + state.tags.height(tag);
    if depth > TAG_DEPTH_MAX {
        return Err(invalid(to_key, &format!("a tag below it would have {depth} names; the limit is {TAG_DEPTH_MAX}")));
    }
    if taken.is_some() {
        return Err(Refusal::new(Code::TagExists, format!("there is a tag {} already", limit::shown(to_key))));
    }
    let parent = create_prefix(builder, &to, to.depth() - 1)?;
    builder.put_tag(tag, Some(TagRecord { parent, name: to.last_name().to_owned() }));
    move_members(builder, tag);
    Ok(())
}

/// Moves the chats of a tag from its old ancestors to its new ones. A posting of a tag is the union of the chats with
/// the tag itself and the postings of its children.
fn move_members(builder: &mut ChangeBuilder<'_>, tag: TagId) {
    let state = builder.input().state;
    let after = builder.tree();
    let above_before: Vec<TagId> = state.tags.lineage(tag).skip(1).collect();
    let above_after: Vec<TagId> = after.lineage(tag).skip(1).collect();
    // The moved tag keeps its members, and so does an ancestor in both places. Only the other ancestors change.
    for status in Status::ALL {
        let moved = tag_members(state, IndexKey::Tag(tag), status);
        if moved.is_empty() {
            continue;
        }
        for above in above_before.iter().filter(|above| !above_after.contains(above)) {
            let kept = members_without(state, &state.tags, *above, tag, status);
            let lost = &moved - kept;
            builder.move_members(IndexKey::Tag(*above), status, false, lost);
        }
        for above in above_after.iter().filter(|above| !above_before.contains(above)) {
            let gained = &moved - tag_members(state, IndexKey::Tag(*above), status);
            builder.move_members(IndexKey::Tag(*above), status, true, gained);
        }
    }
}

/// Returns the members that a tag has other than through one of its descendants.
fn members_without(state: &State, tree: &TagTree, tag: TagId, without: TagId, status: Status) -> RoaringBitmap {
    let mut members = tag_members(state, IndexKey::OwnTag(tag), status);
    for child in tree.children(tag).filter(|child| *child != without) {
        let leads_to_it = tree.lineage(without).any(|above| above == child);
        members |= if leads_to_it {
            members_without(state, tree, child, without, status)
        } else {
            tag_members(state, IndexKey::Tag(child), status)
        };
    }
    members
}

fn tag_members(state: &State, key: IndexKey, status: Status) -> RoaringBitmap {
    state.postings.get(&key).map(|posting| posting.set(status).to_bitmap()).unwrap_or_default()
}
