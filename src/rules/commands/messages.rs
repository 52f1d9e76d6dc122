//! The rules of messages: who gets them as unread, and how they change the chat.

use super::{Done, chats};
use crate::error::{Code, Refusal};
use crate::model::limits::{FIELD_CHARS_MAX, FILES_MAX, TEXT_BYTES_MAX};
use crate::model::{Actor, ChatId, File, ManagerId, MessageId, NotificationKind, Status, Visibility};
use crate::record::{ChatRecord, MessageRecord, Notice};
use crate::rules::builder::ChangeBuilder;
use crate::rules::{limit, mention};
use crate::sets::IdSet;

pub(super) fn send(
    builder: &mut ChangeBuilder<'_>,
    author: Actor,
    id: ChatId,
    visibility: Visibility,
    text: &str,
    files: &[File],
) -> Result<MessageId, Refusal> {
    chats::chat(builder, id)?;
    check_content(text, files)?;
    let count = chats::chat(builder, id)?.messages.checked_add(1);
    let count =
        count.ok_or_else(|| Refusal::new(Code::TooLarge, format!("chat {id} has the maximum number of messages")))?;
    let (now, position) = (builder.now(), builder.take_position());
    let message = MessageRecord { at: now, author, visibility, text: text.to_owned(), files: files.to_vec() };
    let digest = builder.put_message(id, MessageId(count), message);
    let operators = &builder.input().state.operators;

    let record = chats::chat(builder, id)?;
    record.messages = count;
    record.messages_digest = record.messages_digest.wrapping_add(digest);
    record.last_activity_at = now;
    record.position = position;
    if visibility == Visibility::Public && author != Actor::System {
        record.set_status(Status::Open);
    }
    if let Some(manager) = author.manager() {
        record.followers.insert(manager);
        record.unread.clear(manager);
    }
    let recipients = recipients(record, author, operators);
    record.unread.add_one(&recipients);
    let followers = record.followers.clone();
    notify(builder, author, id, MessageId(count), visibility, text, followers);
    Ok(MessageId(count))
}

/// Notifies the managers mentioned in an internal message, and the other followers. Never the author.
fn notify(
    builder: &mut ChangeBuilder<'_>,
    author: Actor,
    chat: ChatId,
    message: MessageId,
    visibility: Visibility,
    text: &str,
    mut followers: IdSet<ManagerId>,
) {
    let mut mentioned = match visibility {
        Visibility::Internal => mention::mentioned(text, &builder.input().state.names),
        Visibility::Public => IdSet::default(),
    };
    if let Some(author) = author.manager() {
        mentioned.remove(author);
        followers.remove(author);
    }
    followers.retain(|follower| !mentioned.contains(*follower));
    let (at, message, by) = (builder.now(), Some(message), Some(author));
    builder.notify(Notice { at, kind: NotificationKind::Mentioned, chat, message, by, managers: mentioned });
    builder.notify(Notice { at, kind: NotificationKind::Message, chat, message, by, managers: followers });
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
