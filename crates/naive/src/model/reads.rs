//! Answers queries about customers' events, and about files and links in messages.

use linkify::{LinkFinder, LinkKind};
use serde_json::{Value, json};

use crate::model::Code;
use crate::model::queries::{author, newest, page};
use crate::model::question::{Page, Place};
use crate::model::rules::Answer;
use crate::model::state::{Event, Message, Workspace};

/// Whether a message has the requested visibility.
pub fn shown(message: &Message, visibility: Option<bool>) -> bool {
    visibility.is_none_or(|public| public == message.public)
}

impl Workspace {
    pub fn events(&self, customer: u64, wanted: Page) -> Answer {
        self.customer_exists(customer)?;
        Ok(events(&self.customers[&customer].events, u64::MAX, wanted))
    }

    pub fn events_before_chat(&self, id: u32, wanted: Page) -> Answer {
        self.chat_exists(id)?;
        let chat = &self.chats[&id];
        Ok(events(&self.customers[&chat.customer].events, chat.order, wanted))
    }

    pub fn earlier_chats(&self, id: u32, wanted: Page) -> Answer {
        self.chat_exists(id)?;
        let customer = self.chats[&id].customer;
        let earlier = self.chats.iter().filter(|(other, chat)| **other < id && chat.customer == customer);
        let rows = earlier.map(|(id, chat)| (newest(*id), (*id, chat))).collect();
        Ok(page("chats", rows, wanted, |(id, chat)| self.show(id, chat)))
    }

    pub fn files(&self, id: u32, visibility: Option<bool>, wanted: Page) -> Answer {
        let rows = self.of_messages(id, visibility, |message| {
            let files = message
                .files
                .iter()
                .map(|file| json!({"name":file.name,"url":file.url,"media_type":file.media_type,"bytes":file.bytes}));
            files.collect()
        });
        Ok(page("files", rows?, wanted, |row| row))
    }

    pub fn links(&self, id: u32, visibility: Option<bool>, wanted: Page) -> Answer {
        let mut finder = LinkFinder::new();
        finder.kinds(&[LinkKind::Url]);
        let rows = self.of_messages(id, visibility, |message| {
            finder.links(&message.text).map(|link| json!({"url":link.as_str()})).collect()
        });
        Ok(page("links", rows?, wanted, |row| row))
    }

    /// Items contained in messages, each with its message.
    fn of_messages(
        &self,
        id: u32,
        visibility: Option<bool>,
        things: impl Fn(&Message) -> Vec<Value>,
    ) -> Result<Vec<(Place, Value)>, Code> {
        self.chat_exists(id)?;
        let mut rows = Vec::new();
        for (number, message) in (1u64..).zip(&self.chats[&id].messages) {
            if !shown(message, visibility) {
                continue;
            }
            for (place, mut row) in (0..).zip(things(message)) {
                row["message"] = number.into();
                row["at"] = message.at.into();
                row["author"] = author(message.author);
                row["visibility"] = if message.public { "public" } else { "internal" }.into();
                rows.push(((newest(number).0, place), row));
            }
        }
        Ok(rows)
    }
}

/// Returns the events before a place in the common order.
fn events(events: &[Event], before: u64, wanted: Page) -> Value {
    let numbered = (1u32..).zip(events).filter(|(_, event)| event.order < before);
    let rows = numbered.map(|(number, event)| (newest(number), (number, event))).collect();
    page("events", rows, wanted, |(number, event)| {
        json!({
            "event": number,
            "at": event.at,
            "name": event.name,
            "page": event.page,
            "properties": event.properties,
        })
    })
}
