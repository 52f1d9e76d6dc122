//! The rules of messages: who gets them as unread, and how they change the chat.

use std::sync::Arc;

use super::{Done, chats};
use crate::error::{Code, Refusal};
use crate::model::limits::{FIELD_CHARS_MAX, FILES_MAX, TEXT_BYTES_MAX};
use crate::model::{Actor, ChatId, File, ManagerId, MessageId, NotificationKind, Status, Visibility};
use crate::record::{ChatRecord, ExternalSpace, MessageRecord, Notice};
use crate::rules::builder::ChangeBuilder;
use crate::rules::{limit, mention};
use crate::sets::IdSet;

/// The content of a new message.
#[derive(Clone, Copy)]
pub(super) struct New<'c> {
    pub(super) visibility: Visibility,
    pub(super) text: &'c str,
    pub(super) files: &'c [File],
    pub(super) external: Option<&'c str>,
    /// Whether the status of the chat stays as it is.
    pub(super) quiet: bool,
}

/// Adds a message, unless the chat has one with its external id.
pub(super) fn send(
    builder: &mut ChangeBuilder<'_>,
    author: Actor,
    id: ChatId,
    new: New<'_>,
) -> Result<MessageId, Refusal> {
    let count = chats::chat(builder, id)?.messages.checked_add(1);
    let space = ExternalSpace::Messages(id);
    if let Some(existing) = new.external.and_then(|external| builder.find_external(space, external)) {
        return Ok(MessageId(existing as u32));
    }
    check_content(new.text, new.files)?;
    let count =
        count.ok_or_else(|| Refusal::new(Code::TooLarge, format!("chat {id} has the maximum number of messages")))?;
    let (now, position) = (builder.now(), builder.take_position());
    let mut message = MessageRecord::new(now, author, new.visibility, new.text, new.files);
    message.external = new.external.map(str::to_owned);
    let digest = builder.put_message(id, MessageId(count), message);
    if let Some(external) = new.external {
        builder.put_external(space, external, count.into());
    }
    let operators = builder.operators();
    let record = chats::chat(builder, id)?;
    record.messages = count;
    record.messages_digest = record.messages_digest.wrapping_add(digest);
    record.external_messages += u32::from(new.external.is_some());
    record.last_activity_at = now;
    record.position = position;
    if new.visibility == Visibility::Public && author != Actor::System && !new.quiet {
        record.set_status(Status::Open);
    }
    if let Some(manager) = author.manager() {
        record.followers.insert(manager);
        record.unread.clear(manager);
    }
    let recipients = recipients(record, author, &operators);
    record.unread.add_one(&recipients);
    notify(builder, author, id, MessageId(count), new, recipients);
    Ok(MessageId(count))
}

/// Replaces the text of a message.
pub(super) fn edit(builder: &mut ChangeBuilder<'_>, chat: ChatId, id: MessageId, text: &str) -> Done {
    let before = message_to_edit(builder, chat, id)?;
    check_content(text, &before.files)?;
    if before.text != text {
        let edited_at = Some(builder.now());
        builder.rewrite_message(chat, id, MessageRecord { text: text.to_owned(), edited_at, ..(*before).clone() });
    }
    Ok(())
}

/// Returns a message that is not redacted, or refuses if it is unknown.
pub(super) fn message_to_edit(
    builder: &mut ChangeBuilder<'_>,
    chat: ChatId,
    id: MessageId,
) -> Result<Arc<MessageRecord>, Refusal> {
    let record = message(builder, chat, id)?;
    if record.redacted {
        let message = format!("message {id} of chat {chat} is redacted; it has no text to edit");
        return Err(Refusal::new(Code::UnknownMessage, message));
    }
    Ok(record)
}

/// Returns a message, or refuses if it or its chat is unknown.
pub(super) fn message(
    builder: &mut ChangeBuilder<'_>,
    chat: ChatId,
    id: MessageId,
) -> Result<Arc<MessageRecord>, Refusal> {
    chats::chat(builder, chat)?;
    builder.message(chat, id).ok_or_else(|| Refusal::unknown_message(chat, id))
}

/// Refuses a message past the last of its chat.
pub(super) fn known_message(builder: &mut ChangeBuilder<'_>, chat: ChatId, id: MessageId) -> Done {
    let last = chats::chat(builder, chat)?.messages;
    if (1..=last).contains(&id.0) { Ok(()) } else { Err(Refusal::unknown_message(chat, id)) }
}

/// Takes text and files of a message away.
pub(super) fn redact(builder: &mut ChangeBuilder<'_>, chat: ChatId, id: MessageId) -> Done {
    let before = message(builder, chat, id)?;
    if !before.redacted {
        let (text, files) = (String::new(), Vec::new());
        builder.rewrite_message(chat, id, MessageRecord { text, files, redacted: true, ..(*before).clone() });
    }
    Ok(())
}

/// Notifies the managers mentioned in an internal message, and the other recipients. Never the author.
fn notify(
    builder: &mut ChangeBuilder<'_>,
    author: Actor,
    chat: ChatId,
    message: MessageId,
    new: New<'_>,
    mut recipients: IdSet<ManagerId>,
) {
    let mut mentioned = match new.visibility {
        Visibility::Internal => mention::mentioned(new.text, &builder.names()),
        Visibility::Public => IdSet::default(),
    };
    if let Some(author) = author.manager() {
        mentioned.remove(author);
    }
    recipients.retain(|recipient| !mentioned.contains(*recipient));
    let (at, message, by) = (builder.now(), Some(message), Some(author));
    builder.notify(Notice { at, kind: NotificationKind::Mentioned, chat, message, by, managers: mentioned });
    builder.notify(Notice { at, kind: NotificationKind::Message, chat, message, by, managers: recipients });
}

/// Returns all followers except the author, plus the operators if a customer writes in an unassigned chat.
fn recipients(chat: &ChatRecord, author: Actor, operators: &IdSet<ManagerId>) -> IdSet<ManagerId> {
    let mut recipients = chat.followers.clone();
    if matches!(author, Actor::Customer(_)) && chat.assignee.is_none() {
        recipients = recipients.iter().chain(operators.iter()).collect();
    }
    if let Some(manager) = author.manager() {
        recipients.remove(manager);
    }
    recipients
}

pub(in crate::rules) fn check_content(text: &str, files: &[File]) -> Done {
    if text.is_empty() && files.is_empty() {
        return Err(Refusal::new(Code::EmptyMessage, "the message has neither a text nor a file"));
    }
    limit::at_most(Code::TextTooLong, "the text of the message", text.len(), TEXT_BYTES_MAX, "bytes")?;
    limit::at_most(Code::TooLarge, "the message", files.len(), FILES_MAX, "files")?;
    for file in files {
        for (field, value) in [("name", &file.name), ("url", &file.url), ("media type", &file.media_type)] {
            limit::chars(Code::TooLarge, &format!("the {field} of a file"), value, FIELD_CHARS_MAX)?;
        }
    }
    Ok(())
}
