//! The data that every peer holds: an inbox whose chats have properties that do not depend on each other.

use serde::Serialize;

/// The number of managers. Their ids begin with 1.
pub const MANAGERS: u32 = 600;
/// The first so many managers are in operator mode.
pub const OPERATORS: u32 = 12;
/// The number of tags. Their numbers begin with 0.
pub const TAGS: u32 = 1_000;
/// The number of tags without a parent. They are the first ones.
pub const TOP_TAGS: u32 = 10;
/// The number of customers. Their ids begin with 1.
pub const CUSTOMERS: u32 = 50_000;
/// What is said in the first message of a chat, and in those that the comparison sends.
pub const TEXT: &str = "Where is my parcel? It was to come on Monday.";

/// The status of a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[repr(u8)]
pub enum Status {
    /// Waits for an answer.
    Open = 0,
    /// Comes back by itself. Here the moment lies in the far future.
    Snoozed = 1,
    /// Done.
    Closed = 2,
}

impl Status {
    /// All of them, in the order of their numbers.
    pub const ALL: [Status; 3] = [Status::Open, Status::Snoozed, Status::Closed];
}

/// One chat of the data set. Its position is its id: the newest one has the highest.
#[derive(Debug, Clone, Copy)]
pub struct Chat {
    /// From 1.
    pub id: u32,
    /// From 1.
    pub customer: u32,
    /// Of one chat in 20 none.
    pub assignee: Option<u32>,
    /// One of the tags of any level.
    pub tag: u32,
    /// Open: 20 %, snoozed: 10 %, closed: 70 %.
    pub status: Status,
    /// Whether the assignee has not read the only message: of one chat in four that has an assignee.
    pub unread: bool,
}

/// The data set of a size.
#[derive(Debug, Clone, Copy)]
pub struct Data {
    /// The number of chats. Their ids begin with 1.
    pub chats: u32,
}

impl Data {
    /// A chat by its id, always the same one.
    #[must_use]
    pub fn chat(&self, id: u32) -> Chat {
        let assignee = (!draw(id, 0).is_multiple_of(20)).then(|| 1 + draw(id, 1) % MANAGERS);
        Chat {
            id,
            customer: 1 + draw(id, 2) % CUSTOMERS,
            assignee,
            tag: draw(id, 3) % TAGS,
            status: match draw(id, 4) % 10 {
                0..2 => Status::Open,
                2 => Status::Snoozed,
                _ => Status::Closed,
            },
            unread: assignee.is_some() && draw(id, 5).is_multiple_of(4),
        }
    }

    /// All chats in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = Chat> + use<> {
        let data = *self;
        (1..=self.chats).map(move |id| data.chat(id))
    }
}

/// A number for a property of a chat, unrelated to those of its other properties (the last step of SplitMix64).
fn draw(chat: u32, property: u32) -> u32 {
    let mut mixed = (u64::from(property) << 32 | u64::from(chat)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((mixed ^ mixed >> 31) >> 32) as u32
}

/// The tag above a tag: 10 have none, 100 are below those, 890 below these.
#[must_use]
pub fn parent(tag: u32) -> Option<u32> {
    match tag {
        0..10 => None,
        10..110 => Some(tag % 10),
        _ => Some((1 + tag / 10 % 10) * 10 + tag % 10),
    }
}

/// A tag and all tags above it, itself first.
pub fn lineage(tag: u32) -> impl Iterator<Item = u32> {
    std::iter::successors(Some(tag), |tag| parent(*tag))
}

/// The path of a tag, with the names of those above it.
#[must_use]
pub fn path(tag: u32) -> String {
    match tag {
        0..10 => format!("area-{tag}"),
        10..110 => format!("area-{}/topic-{}", tag % 10, tag / 10),
        _ => format!("area-{}/topic-{}/case-{}", tag % 10, 1 + tag / 10 % 10, tag / 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_begins_with_that_of_its_parent() {
        for tag in TOP_TAGS..TAGS {
            let above = parent(tag).expect("it is below another");
            assert!(path(tag).starts_with(&format!("{}/", path(above))), "{}", path(tag));
        }
        assert!((0..TOP_TAGS).all(|tag| parent(tag).is_none()));
        let paths: std::collections::BTreeSet<String> = (0..TAGS).map(path).collect();
        assert_eq!(paths.len(), TAGS as usize);
    }

    #[test]
    fn shares_are_as_described_and_do_not_depend_on_each_other() {
        let chats: Vec<Chat> = Data { chats: 100_000 }.iter().collect();
        let share = |chats: &[Chat], property: fn(&Chat) -> bool| {
            chats.iter().filter(|chat| property(chat)).count() as f64 / chats.len() as f64
        };
        type Property = fn(&Chat) -> bool;
        let properties: [(Property, f64); 5] = [
            (|chat| chat.assignee.is_none(), 0.05),
            (|chat| chat.status == Status::Open, 0.2),
            (|chat| chat.status == Status::Snoozed, 0.1),
            (|chat| chat.unread, 0.95 / 4.0),
            (|chat| chat.tag % 10 == 3, 0.1),
        ];
        let of_a_tag: Vec<Chat> = chats.iter().copied().filter(|chat| chat.tag % 10 == 7).collect();
        for (property, expected) in properties {
            assert!((share(&chats, property) - expected).abs() < 0.01);
        }
        for (property, expected) in &properties[..4] {
            assert!((share(&of_a_tag, *property) - expected).abs() < 0.02);
        }
    }
}
