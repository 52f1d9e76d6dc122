//! The rules of chats: assignee, followers, tags, status, description, attributes.

use std::collections::BTreeMap;

use super::externals::taken;
use super::{Done, find_tag, known_manager};
use crate::error::{Code, Refusal};
use crate::model::limits::{
    ATTRIBUTE_VALUE_CHARS_MAX, ATTRIBUTES_PER_CHAT_MAX, DESCRIPTION_CHARS_MAX, KEY_CHARS_MAX, TAGS_PER_CHAT_MAX,
};
use crate::model::{Actor, ChatId, CustomerId, ManagerId, MessageId, Status, TagId};
use crate::record::{ChatRecord, ExternalSpace};
use crate::rules::builder::ChangeBuilder;
use crate::rules::{limit, ranking};

/// Returns a chat to edit, or refuses if it is unknown.
pub(super) fn chat<'d>(builder: &'d mut ChangeBuilder<'_>, chat: ChatId) -> Result<&'d mut ChatRecord, Refusal> {
    builder.chat(chat).ok_or_else(|| Refusal::unknown_chat(chat))
}

/// Starts a chat, unless there is one with its external id.
pub(super) fn start(
    builder: &mut ChangeBuilder<'_>,
    actor: Actor,
    customer: CustomerId,
    external: Option<&str>,
) -> Result<ChatId, Refusal> {
    let known = builder.customer(customer).ok_or_else(|| Refusal::unknown_customer(customer))?;
    if let Some(external) = external
        && let Some(existing) = builder.find_external(ExternalSpace::Chats, external)
    {
        return existing_chat(builder, ChatId(existing as u32), customer, external);
    }
    let created = builder.create_chat(customer, known.events);
    let (chat, record) = created.ok_or_else(|| Refusal::new(Code::TooLarge, "the ids of chats are exhausted"))?;
    if let Some(manager) = actor.manager() {
        record.followers.insert(manager);
    }
    record.external = external.map(str::to_owned);
    if let Some(external) = external {
        builder.put_external(ExternalSpace::Chats, external, chat.0.into());
    }
    Ok(chat)
}

/// Returns the chat that has an external id already, if it is a chat of the customer.
fn existing_chat(
    builder: &ChangeBuilder<'_>,
    chat: ChatId,
    customer: CustomerId,
    external: &str,
) -> Result<ChatId, Refusal> {
    match builder.known_chat(chat) {
        Some(record) if record.customer == customer => Ok(chat),
        _ => Err(taken(external, &format!("chat {chat} of another customer"))),
    }
}

pub(super) fn assign(builder: &mut ChangeBuilder<'_>, id: ChatId, manager: ManagerId) -> Done {
    chat(builder, id)?;
    known_manager(builder, manager)?;
    let record = chat(builder, id)?;
    let before = record.assignee.replace(manager);
    record.followers.insert(manager);
    if before != Some(manager) {
        builder.note_assignment(id, manager);
    }
    Ok(())
}

/// Assigns a chat to the best recommended manager: of those online, or of all.
pub(super) fn assign_recommended(
    builder: &mut ChangeBuilder<'_>,
    id: ChatId,
    online: bool,
) -> Result<ManagerId, Refusal> {
    let record = chat(builder, id)?.clone();
    let managers = builder.all_managers();
    let (tree, open) = (builder.tree(), |manager| builder.other_open_chats(manager, id));
    let mut ranking = ranking(&managers, &tree, &record, open);
    ranking.retain(|candidate| !online || managers.get(&candidate.manager).is_some_and(|record| record.online));
    let best = ranking.first().filter(|best| !best.full).map(|best| best.manager);
    let best = best.ok_or_else(|| {
        let managers = limit::counted(ranking.len(), if online { "manager online" } else { "manager" });
        Refusal::new(Code::NobodyAvailable, format!("no manager can take chat {id}: {managers}, none with room for it"))
    })?;
    assign(builder, id, best)?;
    Ok(best)
}

pub(super) fn unassign(builder: &mut ChangeBuilder<'_>, id: ChatId) -> Done {
    chat(builder, id)?.assignee = None;
    Ok(())
}

pub(super) fn leave(builder: &mut ChangeBuilder<'_>, manager: ManagerId, id: ChatId) -> Done {
    let record = chat(builder, id)?;
    if !record.followers.contains(manager) {
        return Err(Refusal::new(Code::NotFollowing, format!("manager {manager} does not follow chat {id}")));
    }
    remove_manager(record, manager);
    Ok(())
}

/// Removes a manager from a chat: as assignee, as follower, and with their unread messages.
fn remove_manager(record: &mut ChatRecord, manager: ManagerId) {
    if record.assignee == Some(manager) {
        record.assignee = None;
    }
    record.followers.remove(manager);
    record.unread.clear(manager);
}

pub(super) fn follow(builder: &mut ChangeBuilder<'_>, id: ChatId, managers: &[ManagerId]) -> Done {
    chat(builder, id)?;
    managers.iter().try_for_each(|manager| known_manager(builder, *manager))?;
    limit::list("the list of managers", managers)?;
    let record = chat(builder, id)?;
    for manager in managers {
        record.followers.insert(*manager);
    }
    Ok(())
}

pub(super) fn unfollow(builder: &mut ChangeBuilder<'_>, id: ChatId, managers: &[ManagerId]) -> Done {
    chat(builder, id)?;
    managers.iter().try_for_each(|manager| known_manager(builder, *manager))?;
    limit::list("the list of managers", managers)?;
    let record = chat(builder, id)?;
    if let Some(assignee) = record.assignee.filter(|assignee| managers.contains(assignee)) {
        return Err(Refusal::new(
            Code::AssigneeMustFollow,
            format!("manager {assignee} is the assignee of chat {id} and always follows it"),
        ));
    }
    for manager in managers {
        record.followers.remove(*manager);
    }
    Ok(())
}

/// Returns the tags named in a command, or refuses if one is unknown.
fn named_tags(builder: &mut ChangeBuilder<'_>, id: ChatId, paths: &[String]) -> Result<Vec<TagId>, Refusal> {
    chat(builder, id)?;
    let tags = paths.iter().map(|path| find_tag(builder, path)).collect::<Result<_, _>>()?;
    limit::list("the list of tags", paths)?;
    Ok(tags)
}

pub(super) fn tag(builder: &mut ChangeBuilder<'_>, id: ChatId, paths: &[String]) -> Done {
    let tags = named_tags(builder, id, paths)?;
    let record = chat(builder, id)?;
    for tag in tags {
        record.tags.insert(tag);
    }
    let count = record.tags.len();
    if count > TAGS_PER_CHAT_MAX {
        let message = format!("chat {id} would have {count} tags; the limit is {TAGS_PER_CHAT_MAX}");
        return Err(Refusal::new(Code::TooManyTags, message));
    }
    Ok(())
}

pub(super) fn untag(builder: &mut ChangeBuilder<'_>, id: ChatId, paths: &[String]) -> Done {
    let tags = named_tags(builder, id, paths)?;
    let record = chat(builder, id)?;
    for tag in tags {
        record.tags.remove(tag);
    }
    Ok(())
}

pub(super) fn open(builder: &mut ChangeBuilder<'_>, id: ChatId) -> Done {
    chat(builder, id)?.set_status(Status::Open);
    Ok(())
}

pub(super) fn close(builder: &mut ChangeBuilder<'_>, id: ChatId) -> Done {
    chat(builder, id)?.set_status(Status::Closed);
    Ok(())
}

pub(super) fn snooze(builder: &mut ChangeBuilder<'_>, by: Option<ManagerId>, id: ChatId, until: u64) -> Done {
    let now = builder.now();
    let record = chat(builder, id)?;
    check_deadline(now, until)?;
    record.snooze(until, by);
    Ok(())
}

/// Refuses a snooze that would not end later than now.
pub(in crate::rules) fn check_deadline(now: u64, until: u64) -> Done {
    if until > now {
        return Ok(());
    }
    let message = format!("the snooze would end at {until} ms, which is not later than now, {now} ms");
    Err(Refusal::new(Code::InvalidSnooze, message))
}

pub(super) fn set_description(builder: &mut ChangeBuilder<'_>, id: ChatId, text: &str) -> Done {
    let record = chat(builder, id)?;
    check_description(text)?;
    record.description = Some(text.to_owned());
    Ok(())
}

/// Refuses a description that is too long.
pub(in crate::rules) fn check_description(text: &str) -> Done {
    limit::chars(Code::TextTooLong, "the description", text, DESCRIPTION_CHARS_MAX)
}

pub(super) fn set_attribute(builder: &mut ChangeBuilder<'_>, id: ChatId, key: &str, value: Option<&str>) -> Done {
    let attributes = &mut chat(builder, id)?.attributes;
    check_attribute(key, value)?;
    match value {
        None => attributes.remove(key),
        Some(value) => attributes.insert(key.to_owned(), value.to_owned()),
    };
    check_attributes(id, attributes)
}

/// Refuses an attribute whose key or value is too long.
pub(in crate::rules) fn check_attribute(key: &str, value: Option<&str>) -> Done {
    limit::chars(Code::TooLarge, "the key", key, KEY_CHARS_MAX)?;
    limit::chars(Code::TooLarge, "the value", value.unwrap_or_default(), ATTRIBUTE_VALUE_CHARS_MAX)
}

/// Refuses too many attributes.
pub(in crate::rules) fn check_attributes(chat: ChatId, attributes: &BTreeMap<String, String>) -> Done {
    let what = format!("chat {chat}");
    limit::at_most(Code::TooLarge, &what, attributes.len(), ATTRIBUTES_PER_CHAT_MAX, "attributes")
}

/// Marks the messages up to one as read, or all.
pub(super) fn mark_read(
    builder: &mut ChangeBuilder<'_>,
    manager: ManagerId,
    id: ChatId,
    up_to: Option<MessageId>,
) -> Done {
    let record = chat(builder, id)?;
    let last = up_to.map_or(record.messages, |message| message.0);
    let Some(after) = record.messages.checked_sub(last) else {
        return Err(Refusal::unknown_message(id, MessageId(last)));
    };
    let count = record.unread.of(manager).min(after.into());
    record.unread.set(manager, count);
    Ok(())
}

/// Marks a chat as unread.
pub(super) fn mark_unread(builder: &mut ChangeBuilder<'_>, manager: ManagerId, id: ChatId) -> Done {
    let is_operator = builder.manager(manager).is_some_and(|record| record.operator);
    let record = chat(builder, id)?;
    if !record.followers.contains(manager) && (record.assignee.is_some() || !is_operator) {
        let message = format!("manager {manager} does not receive the messages of chat {id}");
        return Err(Refusal::new(Code::NotFollowing, message));
    }
    if record.unread.of(manager) == 0 {
        record.unread.set(manager, 1);
    }
    Ok(())
}

pub(super) fn favorite(builder: &mut ChangeBuilder<'_>, manager: ManagerId, id: ChatId, on: bool) -> Done {
    let favorited_by = &mut chat(builder, id)?.favorited_by;
    if on {
        favorited_by.insert(manager)
    } else {
        favorited_by.remove(manager)
    };
    Ok(())
}

pub(super) fn delete(builder: &mut ChangeBuilder<'_>, id: ChatId) -> Done {
    chat(builder, id)?;
    builder.delete_chat(id);
    Ok(())
}
