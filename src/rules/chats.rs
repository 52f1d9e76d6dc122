//! The rules of a chat: who has it, who takes part, its tags, its status, its description.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::{find_tag, known_manager, limit};
use crate::error::{Code, Refusal};
use crate::model::limits::{
    ATTRIBUTE_VALUE_CHARS_MAX, ATTRIBUTES_PER_CHAT_MAX, DESCRIPTION_CHARS_MAX, KEY_CHARS_MAX, TAGS_PER_CHAT_MAX,
};
use crate::model::{Actor, ChatId, CustomerId, ManagerId, Status, TagId};
use crate::record::ChatRecord;

type Done = Result<(), Refusal>;

/// The chat to edit, or the refusal that there is none.
pub(super) fn chat<'d>(draft: &'d mut Draft<'_>, chat: ChatId) -> Result<&'d mut ChatRecord, Refusal> {
    draft.chat(chat).ok_or_else(|| Refusal::unknown_chat(chat))
}

pub(super) fn start(draft: &mut Draft<'_>, actor: Actor, customer: CustomerId) -> Result<ChatId, Refusal> {
    let known = draft.facts().customer(customer).ok_or_else(|| Refusal::unknown_customer(customer))?;
    let created = draft.create_chat(customer, known.events);
    let (chat, record) =
        created.ok_or_else(|| Refusal::new(Code::TooLarge, "the workspace has given all ids that chats can have"))?;
    if let Some(manager) = actor.manager() {
        record.followers.insert(manager);
    }
    Ok(chat)
}

pub(super) fn assign(draft: &mut Draft<'_>, id: ChatId, manager: ManagerId) -> Done {
    chat(draft, id)?;
    known_manager(draft, manager)?;
    let record = chat(draft, id)?;
    let before = record.assignee.replace(manager);
    record.followers.insert(manager);
    if before != Some(manager) {
        draft.note_assignment(id, manager);
    }
    Ok(())
}

pub(super) fn unassign(draft: &mut Draft<'_>, id: ChatId) -> Done {
    chat(draft, id)?.assignee = None;
    Ok(())
}

pub(super) fn leave(draft: &mut Draft<'_>, manager: ManagerId, id: ChatId) -> Done {
    let record = chat(draft, id)?;
    if !record.followers.contains(manager) {
        return Err(Refusal::new(Code::NotFollowing, format!("manager {manager} does not follow chat {id}")));
    }
    remove_manager(record, manager);
    Ok(())
}

/// Takes a manager out of a chat: as assignee, as follower, and with what they had not read.
pub(super) fn remove_manager(record: &mut ChatRecord, manager: ManagerId) {
    if record.assignee == Some(manager) {
        record.assignee = None;
    }
    record.followers.remove(manager);
    record.unread.clear(manager);
}

pub(super) fn follow(draft: &mut Draft<'_>, id: ChatId, managers: &[ManagerId]) -> Done {
    chat(draft, id)?;
    managers.iter().try_for_each(|manager| known_manager(draft, *manager))?;
    limit::list("the list of managers", managers)?;
    let record = chat(draft, id)?;
    for manager in managers {
        record.followers.insert(*manager);
    }
    Ok(())
}

pub(super) fn unfollow(draft: &mut Draft<'_>, id: ChatId, managers: &[ManagerId]) -> Done {
    chat(draft, id)?;
    managers.iter().try_for_each(|manager| known_manager(draft, *manager))?;
    limit::list("the list of managers", managers)?;
    let record = chat(draft, id)?;
    if let Some(assignee) = record.assignee.filter(|assignee| managers.contains(assignee)) {
        return Err(Refusal::new(
            Code::AssigneeMustFollow,
            format!("manager {assignee} is the assignee of chat {id}, who always follows it"),
        ));
    }
    for manager in managers {
        record.followers.remove(*manager);
    }
    Ok(())
}

/// The tags that a command names for a chat, all of which exist.
fn named_tags(draft: &mut Draft<'_>, id: ChatId, paths: &[String]) -> Result<Vec<TagId>, Refusal> {
    chat(draft, id)?;
    let tags = paths.iter().map(|path| find_tag(draft, path)).collect::<Result<_, _>>()?;
    limit::list("the list of tags", paths)?;
    Ok(tags)
}

pub(super) fn tag(draft: &mut Draft<'_>, id: ChatId, paths: &[String]) -> Done {
    let tags = named_tags(draft, id, paths)?;
    let record = chat(draft, id)?;
    for tag in tags {
        record.tags.insert(tag);
    }
    let count = record.tags.len();
    if count > TAGS_PER_CHAT_MAX {
        let message = format!("chat {id} would bear {count} tags; the limit is {TAGS_PER_CHAT_MAX}");
        return Err(Refusal::new(Code::TooManyTags, message));
    }
    Ok(())
}

pub(super) fn untag(draft: &mut Draft<'_>, id: ChatId, paths: &[String]) -> Done {
    let tags = named_tags(draft, id, paths)?;
    let record = chat(draft, id)?;
    for tag in tags {
        record.tags.remove(tag);
    }
    Ok(())
}

pub(super) fn open(draft: &mut Draft<'_>, id: ChatId) -> Done {
    chat(draft, id)?.set_status(Status::Open);
    Ok(())
}

pub(super) fn close(draft: &mut Draft<'_>, id: ChatId) -> Done {
    chat(draft, id)?.set_status(Status::Closed);
    Ok(())
}

pub(super) fn snooze(draft: &mut Draft<'_>, id: ChatId, until: u64) -> Done {
    let now = draft.now();
    let record = chat(draft, id)?;
    check_deadline(now, until)?;
    record.snooze(until);
    Ok(())
}

/// Refuses a snooze that would not be later than now.
pub(super) fn check_deadline(now: u64, until: u64) -> Done {
    if until > now {
        return Ok(());
    }
    let message = format!("the snooze would end at {until} ms, which is not later than now, {now} ms");
    Err(Refusal::new(Code::InvalidSnooze, message))
}

pub(super) fn set_description(draft: &mut Draft<'_>, id: ChatId, text: &str) -> Done {
    let record = chat(draft, id)?;
    check_description(text)?;
    record.description = Some(text.to_owned());
    Ok(())
}

/// Refuses a description that is too long.
pub(super) fn check_description(text: &str) -> Done {
    limit::chars(Code::TextTooLong, "the description", text, DESCRIPTION_CHARS_MAX)
}

pub(super) fn set_attribute(draft: &mut Draft<'_>, id: ChatId, key: &str, value: Option<&str>) -> Done {
    let attributes = &mut chat(draft, id)?.attributes;
    check_attribute(key, value)?;
    match value {
        None => attributes.remove(key),
        Some(value) => attributes.insert(key.to_owned(), value.to_owned()),
    };
    check_attributes(id, attributes)
}

/// Refuses an attribute whose key or value is too long.
pub(super) fn check_attribute(key: &str, value: Option<&str>) -> Done {
    limit::chars(Code::TooLarge, "the key", key, KEY_CHARS_MAX)?;
    limit::chars(Code::TooLarge, "the value", value.unwrap_or_default(), ATTRIBUTE_VALUE_CHARS_MAX)
}

/// Refuses too many attributes.
pub(super) fn check_attributes(chat: ChatId, attributes: &BTreeMap<String, String>) -> Done {
    let what = format!("chat {chat}");
    limit::at_most(Code::TooLarge, &what, attributes.len(), ATTRIBUTES_PER_CHAT_MAX, "attributes")
}

pub(super) fn mark_read(draft: &mut Draft<'_>, manager: ManagerId, id: ChatId) -> Done {
    chat(draft, id)?.unread.clear(manager);
    Ok(())
}

pub(super) fn favorite(draft: &mut Draft<'_>, manager: ManagerId, id: ChatId, on: bool) -> Done {
    let favorited_by = &mut chat(draft, id)?.favorited_by;
    if on {
        favorited_by.insert(manager)
    } else {
        favorited_by.remove(manager)
    };
    Ok(())
}

pub(super) fn delete(draft: &mut Draft<'_>, id: ChatId) -> Done {
    chat(draft, id)?;
    draft.delete_chat(id);
    Ok(())
}
