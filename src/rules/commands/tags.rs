//! The rules of the tag tree.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use super::{Done, find_tag};
use crate::error::{Code, Refusal};
use crate::model::limits::{TAG_DEPTH_MAX, TAGS_MAX};
use crate::model::{ManagerId, TagId, TagPath, normal_form};
use crate::record::{ManagerRecord, Setting, SettingKey, TagRecord};
use crate::rules::builder::ChangeBuilder;
use crate::rules::limit;
use crate::rules::sweep::TAGS_AT_ONCE;
use crate::sets::IdSet;

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
    let tags = builder.tree();
    let known: Vec<TagId> = (1..=depth).map_while(|level| tags.find_prefix(path, level)).collect();
    limit::at_most(Code::TooLarge, "the workspace", tags.len() + depth - known.len(), TAGS_MAX, "tags")?;
    let mut parent = known.last().copied();
    for name in path.names().iter().take(depth).skip(known.len()) {
        parent = Some(create_child(builder, parent, name.clone())?);
    }
    Ok(parent)
}

/// Creates a tag below another, or at the top.
fn create_child(builder: &mut ChangeBuilder<'_>, parent: Option<TagId>, name: String) -> Result<TagId, Refusal> {
    let tag = builder.take_tag();
    let tag = tag.ok_or_else(|| Refusal::new(Code::TooLarge, "the ids of tags are exhausted"))?;
    builder.put_tag(tag, Some(TagRecord { parent, name }));
    Ok(tag)
}

pub(super) fn delete(builder: &mut ChangeBuilder<'_>, path: &str) -> Done {
    let tag = find_tag(builder, path)?;
    let subtree = builder.tree().subtree(tag);
    replace_all(builder, &subtree.iter().map(|tag| tag.0).collect(), &BTreeMap::new());
    if subtree.len() > TAGS_AT_ONCE {
        builder.cut_off(&subtree);
    } else {
        subtree.into_iter().for_each(|tag| builder.put_tag(tag, None));
    }
    Ok(())
}

/// Takes tags that go off the chats and managers that have them, or replaces them with those that they have become. Chats
/// are not rewritten, except those that the change edits anyway.
fn replace_all(builder: &mut ChangeBuilder<'_>, gone: &RoaringBitmap, merged: &BTreeMap<TagId, TagId>) {
    let replace = |tags: &mut IdSet<TagId>| {
        let affected: Vec<TagId> = tags.iter().filter(|tag| gone.contains(tag.0)).collect();
        for tag in affected {
            tags.remove(tag);
            if let Some(new) = merged.get(&tag) {
                tags.insert(*new);
            }
        }
    };
    for chat in builder.edited_chats() {
        if let Some(record) = builder.chat(chat) {
            replace(&mut record.tags);
        }
    }
    let follows = |record: &ManagerRecord| record.followed_tags.iter().any(|tag| gone.contains(tag.0));
    let followers: Vec<(ManagerId, ManagerRecord)> = {
        let all = builder.all_managers();
        let found = all.iter().filter(|(_, record)| follows(record));
        found.map(|(id, record)| (*id, ManagerRecord::clone(record))).collect()
    };
    for (manager, mut record) in followers {
        replace(&mut record.followed_tags);
        builder.put_manager(manager, record);
    }
    builder.begin_era();
}

pub(super) fn move_to(builder: &mut ChangeBuilder<'_>, path: &str, to: &str) -> Done {
    let tag = find_tag(builder, path)?;
    let to = parse(to)?;
    let tree = builder.tree();
    let (from_key, to_key) = (tree.key(tag), to.key().to_owned());
    let taken = tree.find_prefix(&to, to.depth());
    if taken == Some(tag) {
        let parent = tree.get(tag).and_then(|record| record.parent);
        builder.put_tag(tag, Some(TagRecord { parent, name: to.last_name().to_owned() }));
        return Ok(());
    }
    if (1..to.depth()).any(|depth| tree.find_prefix(&to, depth) == Some(tag)) {
        return Err(invalid(&to_key, &format!("it is below {from_key:?}, the tag to move")));
    }
    check_depth(&to_key, to.depth() - 1 + tree.height(tag))?;
    if taken.is_some() {
        return Err(Refusal::new(Code::TagExists, format!("there is a tag {} already", limit::shown(&to_key))));
    }
    let parent = create_prefix(builder, &to, to.depth() - 1)?;
    builder.put_tag(tag, Some(TagRecord { parent, name: to.last_name().to_owned() }));
    Ok(())
}

fn is_below(key: &str, above: &str) -> bool {
    key.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'))
}

fn check_depth(key: &str, depth: usize) -> Done {
    if depth <= TAG_DEPTH_MAX {
        return Ok(());
    }
    Err(invalid(key, &format!("a tag below it would have {depth} names; the limit is {TAG_DEPTH_MAX}")))
}

/// Merges a tag into another: it and each tag below it become the tag at the same place there.
pub(super) fn merge(builder: &mut ChangeBuilder<'_>, path: &str, into: &str) -> Done {
    let tag = find_tag(builder, path)?;
    let target = find_tag(builder, into)?;
    let tree = builder.tree();
    let (from_key, into_key) = (tree.key(tag), tree.key(target));
    if tag == target {
        return Err(invalid(&into_key, "it is the tag to merge"));
    }
    if is_below(&into_key, &from_key) || is_below(&from_key, &into_key) {
        return Err(invalid(&into_key, &format!("one of it and {from_key:?} is below the other")));
    }
    let depth = into_key.split('/').count() - 1 + tree.height(tag);
    check_depth(&into_key, depth)?;
    if !builder.is_in_batch() && tree.subtree(tag).len() > TAGS_AT_ONCE {
        // Noted while the tag is still there: it is merged in pieces, see `merging`.
        builder.put_setting(SettingKey::MergedTag(tag), Some(Setting::MergedTag(target)));
        return Ok(());
    }
    merge_below(builder, tag, target);
    Ok(())
}

/// Merges a tag into another with all below it.
fn merge_below(builder: &mut ChangeBuilder<'_>, tag: TagId, target: TagId) {
    let mut merged = BTreeMap::from([(tag, target)]);
    let mut open = vec![(tag, target)];
    while let Some((from, to)) = open.pop() {
        for child in builder.tree().children(from) {
            match place_of(builder, child, to) {
                Some(place) => {
                    merged.insert(child, place);
                    open.push((child, place));
                }
                None => put_below(builder, child, to),
            }
        }
    }
    replace_merged(builder, &merged);
}

/// Finds the child of a tag with the name of another tag.
pub(in crate::rules) fn place_of(builder: &ChangeBuilder<'_>, like: TagId, parent: TagId) -> Option<TagId> {
    let tree = builder.tree();
    let name = &tree.get(like)?.name;
    tree.child(Some(parent), &normal_form(name))
}

/// Puts a tag, with all below it, below another one.
pub(in crate::rules) fn put_below(builder: &mut ChangeBuilder<'_>, tag: TagId, parent: TagId) {
    let name = builder.tree().get(tag).map(|record| record.name.clone()).unwrap_or_default();
    builder.put_tag(tag, Some(TagRecord { parent: Some(parent), name }));
}

/// Replaces tags, below which there is none any more, with those that they have become.
pub(in crate::rules) fn replace_merged(builder: &mut ChangeBuilder<'_>, merged: &BTreeMap<TagId, TagId>) {
    replace_all(builder, &merged.keys().map(|tag| tag.0).collect(), merged);
    for (tag, now) in merged {
        // Where no chat has it, no record names it but such as lose it anyway.
        if builder.may_have_chats(*tag) {
            builder.put_setting(SettingKey::MergedTag(*tag), Some(Setting::MergedTag(*now)));
        }
        builder.put_tag(*tag, None);
    }
}
