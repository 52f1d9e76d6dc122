//! The messages of a chat.

use std::sync::Arc;

use super::Workspace;
use super::paging::{check_limit, first, newest};
use crate::error::{Error, Refusal};
use crate::model::{ChatId, Message, MessageId, Timestamp, Visibility};
use crate::query::{Cursor, MessagePage};
use crate::record::MessageRecord;

impl Workspace {
    /// Returns a page of a chat's messages, newest first: 1 to 1,000 of them, below a cursor or from the newest. With a
    /// visibility there are only messages of that visibility, and the limit counts only those.
    ///
    /// With a visibility it may read many messages to find a few: the cost grows with the messages in between.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the limit is out of range or the chat does not exist.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// use inboxdb::{NewMessage, Visibility};
    ///
    /// inbox.as_customer(5).send_message(chat, "Where is my parcel?")?;
    /// inbox.as_manager(7).send_message(chat, NewMessage::internal("In Lyon."))?;
    /// let of_customer = inbox.messages(chat, Some(Visibility::Public), None, 50)?;
    /// assert_eq!(of_customer.messages[0].text, "Where is my parcel?");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn messages(
        &self,
        chat: impl Into<ChatId>,
        visibility: Option<Visibility>,
        before: Option<Cursor>,
        limit: usize,
    ) -> Result<MessagePage, Error> {
        let chat = chat.into();
        check_limit(limit)?;
        let newest = newest(self.chat_record(chat)?.messages, before);
        let (found, more) = first(self.messages_down_from(chat, newest, visibility), limit)?;
        let next = found.last().filter(|_| more).map(|(number, _)| Cursor(number.0.into()));
        Ok(MessagePage { messages: found.iter().map(|(number, record)| show(*number, record)).collect(), next })
    }

    /// Returns one message of a chat, in one or two reads whatever the number of messages.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with [`Code::UnknownChat`](crate::Code::UnknownChat) or
    /// [`Code::UnknownMessage`](crate::Code::UnknownMessage) if it does not exist.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// let message = inbox.as_customer(5).send_message(chat, "Where is my parcel?")?;
    /// assert_eq!(inbox.message(chat, message)?.text, "Where is my parcel?");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn message(&self, chat: impl Into<ChatId>, message: impl Into<MessageId>) -> Result<Message, Error> {
        let (chat, message) = (chat.into(), message.into());
        if !(1..=self.chat_record(chat)?.messages).contains(&message.0) {
            return Err(Refusal::unknown_message(chat, message).into());
        }
        // The chat may be deleted in between.
        let record = self.records().message(chat, message)?.ok_or_else(|| Refusal::unknown_chat(chat))?;
        Ok(show(message, &record))
    }

    /// Iterates over the messages with a visibility, from a number down. Ends early if the chat is deleted meanwhile.
    pub(super) fn messages_down_from(
        &self,
        chat: ChatId,
        newest: u32,
        visibility: Option<Visibility>,
    ) -> impl Iterator<Item = Result<(MessageId, Arc<MessageRecord>), Error>> {
        let numbers = (1..=newest).rev().map(MessageId);
        let all = numbers.map_while(move |number| {
            let found = self.records().message(chat, number).transpose()?;
            Some(found.map(|record| (number, record)))
        });
        all.filter(move |found| match (found, visibility) {
            (Ok((_, record)), Some(visibility)) => record.visibility == visibility,
            _ => true,
        })
    }
}

fn show(message: MessageId, record: &MessageRecord) -> Message {
    Message {
        message,
        at: record.at.into(),
        author: record.author,
        visibility: record.visibility,
        text: record.text.clone(),
        files: record.files.clone(),
        external: record.external.clone(),
        edited_at: record.edited_at.map(Timestamp::from_millis),
        redacted: record.redacted,
    }
}
