//! The rules of the tag tree.

use std::collections::BTreeMap;

use super::{Done, find_tag};
use crate::error::{Code, Refusal};
use crate::model::limits::{TAG_DEPTH_MAX, TAGS_MAX};
use crate::model::{ManagerId, TagId, TagPath, normal_form};
use crate::record::{ManagerRecord, Setting, SettingKey, TagRecord};
use crate::rules::builder::ChangeBuilder;
use crate::rules::limit;
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
    let gone: BTreeMap<TagId, Option<TagId>> = builder.tree().subtree(tag).into_iter().map(|tag| (tag, None)).collect();
    replace_all(builder, &gone);
    Ok(())
}

/// Removes tags, or replaces them with others. Chats are not rewritten, except those that the change edits anyway.
fn replace_all(builder: &mut ChangeBuilder<'_>, replacements: &BTreeMap<TagId, Option<TagId>>) {
    let replace = |tags: &mut IdSet<TagId>| {
        let affected: Vec<TagId> = tags.iter().filter(|tag| replacements.contains_key(tag)).collect();
        for tag in affected {
            tags.remove(tag);
            if let Some(Some(new)) = replacements.get(&tag) {
                tags.insert(*new);
            }
        }
    };
    for chat in builder.edited_chats() {
        if let Some(record) = builder.chat(chat) {
            replace(&mut record.tags);
        }
    }
    let follows = |record: &ManagerRecord| record.followed_tags.iter().any(|tag| replacements.contains_key(&tag));
    let followers: Vec<(ManagerId, ManagerRecord)> = {
        let all = builder.all_managers();
        let found = all.iter().filter(|(_, record)| follows(record));
        found.map(|(id, record)| (*id, ManagerRecord::clone(record))).collect()
    };
    for (manager, mut record) in followers {
        replace(&mut record.followed_tags);
        builder.put_manager(manager, record);
    }
    for (tag, now) in replacements {
        builder.put_tag(*tag, None);
        if let Some(now) = now {
            builder.put_setting(SettingKey::MergedTag(*tag), Some(Setting::MergedTag(*now)));
        }
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
    let mut replacements = BTreeMap::from([(tag, Some(target))]);
    let mut open = vec![(tag, target)];
    while let Some((from, to)) = open.pop() {
        for child in builder.tree().children(from) {
            let place = match_child(builder, child, to)?;
            replacements.insert(child, Some(place));
            open.push((child, place));
        }
    }
    replace_all(builder, &replacements);
    Ok(())
}

/// Returns the child of `parent` with the name of another tag, created if it is missing.
fn match_child(builder: &mut ChangeBuilder<'_>, like: TagId, parent: TagId) -> Result<TagId, Refusal> {
    let name = builder.tree().get(like).map(|record| record.name.clone()).unwrap_or_default();
    match builder.tree().child(Some(parent), &normal_form(&name)) {
        Some(found) => Ok(found),
        None => create_child(builder, Some(parent), name),
    }
}
