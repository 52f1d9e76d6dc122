//! What the messages of a chat point to: files, and links in their texts.
//!
//! A message may hold many, so a page can end within one. The cursor then names the last one shown, by message number
//! and position in the message: see [`ListPosition`].

use linkify::{LinkFinder, LinkKind};

use super::Workspace;
use super::paging::{check_limit, first};
use crate::error::Error;
use crate::model::{ChatId, FileOfMessage, LinkOfMessage, MessageId, Visibility};
use crate::query::{Cursor, FilePage, LinkPage};
use crate::record::MessageRecord;

/// A position: a message, and an index in it from 0. In a cursor the message is the upper 32 bits and the index the
/// lower ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ListPosition {
    message: u32,
    index: u32,
}

impl From<Cursor> for ListPosition {
    fn from(cursor: Cursor) -> Self {
        Self { message: (cursor.0 >> 32) as u32, index: cursor.0 as u32 }
    }
}

impl From<ListPosition> for Cursor {
    fn from(place: ListPosition) -> Self {
        Cursor(u64::from(place.message) << 32 | u64::from(place.index))
    }
}

impl ListPosition {
    /// Whether this place follows another in a page: older messages do, and later positions in the same message.
    fn is_after(self, other: ListPosition) -> bool {
        self.message < other.message || self.message == other.message && self.index > other.index
    }
}

impl Workspace {
    /// Returns a page of the files of a chat's messages, newest message first, in order within a message: 1 to 1,000
    /// files, after a cursor or from the newest. With a visibility, only messages of that visibility count.
    ///
    /// Reads messages until it has found enough: the cost grows with the messages in between.
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
    /// use inboxdb::{File, NewMessage};
    ///
    /// let photo = File::new("box.png", "https://example.com/box.png", "image/png", 1_024);
    /// inbox.as_customer(5).send_message(chat, NewMessage::new("The box:").file(photo))?;
    /// assert_eq!(inbox.files(chat, None, None, 50)?.files[0].file.name, "box.png");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn files(
        &self,
        chat: impl Into<ChatId>,
        visibility: Option<Visibility>,
        before: Option<Cursor>,
        limit: usize,
    ) -> Result<FilePage, Error> {
        let chat = chat.into();
        let (files, next) = self.page_of_parts(chat, visibility, before, limit, files_of)?;
        Ok(FilePage { files, next })
    }

    /// Returns a page of the links in the texts of a chat's messages, newest message first, in text order within a
    /// message: 1 to 1,000 links, after a cursor or from the newest. With a visibility, only messages of that
    /// visibility count. A link is a URL with a scheme, such as `https://example.com`.
    ///
    /// Reads messages until it has found enough: the cost grows with the texts in between.
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
    /// inbox.as_customer(5).send_message(chat, "It is https://example.com/order/17")?;
    /// assert_eq!(inbox.links(chat, None, None, 50)?.links[0].url, "https://example.com/order/17");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn links(
        &self,
        chat: impl Into<ChatId>,
        visibility: Option<Visibility>,
        before: Option<Cursor>,
        limit: usize,
    ) -> Result<LinkPage, Error> {
        let chat = chat.into();
        let (links, next) = self.page_of_parts(chat, visibility, before, limit, links_of)?;
        Ok(LinkPage { links, next })
    }

    /// Returns a page of the parts that `parts` extracts from each message.
    fn page_of_parts<T>(
        &self,
        chat: ChatId,
        visibility: Option<Visibility>,
        before: Option<Cursor>,
        limit: usize,
        parts: impl Fn(MessageId, &MessageRecord) -> Vec<T>,
    ) -> Result<(Vec<T>, Option<Cursor>), Error> {
        check_limit(limit)?;
        let count = self.chat_record(chat)?.messages;
        let shown_last = before.map(ListPosition::from);
        let newest = shown_last.map_or(count, |place| place.message.min(count));
        let placed = self.messages_down_from(chat, newest, visibility).flat_map(|found| match found {
            Ok((number, record)) => in_places(number, parts(number, &record)),
            Err(error) => vec![Err(error)],
        });
        let rest = placed.filter(|part| match (part, shown_last) {
            (Ok((place, _)), Some(shown_last)) => place.is_after(shown_last),
            _ => true,
        });
        let (found, more) = first(rest, limit)?;
        let next = found.last().filter(|_| more).map(|(place, _)| Cursor::from(*place));
        Ok((found.into_iter().map(|(_, part)| part).collect(), next))
    }
}

fn in_places<T>(MessageId(message): MessageId, parts: Vec<T>) -> Vec<Result<(ListPosition, T), Error>> {
    (0..).zip(parts).map(|(index, part)| Ok((ListPosition { message, index }, part))).collect()
}

fn files_of(message: MessageId, record: &MessageRecord) -> Vec<FileOfMessage> {
    let show = |file: &_| FileOfMessage {
        message,
        at: record.at.into(),
        author: record.author,
        visibility: record.visibility,
        file: Clone::clone(file),
    };
    record.files.iter().map(show).collect()
}

fn links_of(message: MessageId, record: &MessageRecord) -> Vec<LinkOfMessage> {
    let show = |url: &str| LinkOfMessage {
        message,
        at: record.at.into(),
        author: record.author,
        visibility: record.visibility,
        url: url.to_owned(),
    };
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    finder.links(&record.text).map(|link| show(link.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Actor;

    #[test]
    fn cursor_holds_a_place() {
        for place in [(0, 0), (1, 15), (7, u32::MAX), (u32::MAX, 3)] {
            let place = ListPosition { message: place.0, index: place.1 };
            assert_eq!(ListPosition::from(Cursor::from(place)), place);
        }
        assert_eq!(Cursor::from(ListPosition { message: 2, index: 3 }).to_string(), "200000003");
    }

    #[test]
    fn older_messages_and_later_positions_come_after() {
        let place = |message, index| ListPosition { message, index };
        assert!(place(1, 0).is_after(place(2, 9)) && place(2, 1).is_after(place(2, 0)));
        assert!(!place(2, 0).is_after(place(2, 0)) && !place(3, 9).is_after(place(2, 0)));
    }

    fn urls(text: &str) -> Vec<String> {
        let text = text.to_owned();
        let record = MessageRecord::new(1, Actor::System, Visibility::Public, &text, &[]);
        links_of(MessageId(1), &record).into_iter().map(|link| link.url).collect()
    }

    #[test]
    fn links_are_urls_with_a_scheme() {
        let text = "See (https://example.com/a?b=1), http://b.example. Not www.c.example or d@e.example; 봐 ftp://f.example/가";
        assert_eq!(urls(text), ["https://example.com/a?b=1", "http://b.example", "ftp://f.example/가"]);
        assert!(urls("").is_empty() && urls("://").is_empty());
    }
}
