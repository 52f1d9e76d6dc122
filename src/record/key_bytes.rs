//! The parts of keys and their bytes in the rows of the store. Bytes sort in the order of the parts.

use std::fmt;
use std::sync::Arc;

#[cfg(any(test, feature = "fuzzing"))]
use super::sample::{Draw, Order};
use super::stored::stored_newtype;
use super::{BulkId, IndexId, SettingKey};
use crate::model::{ChatId, CustomerId, ManagerId, MessageId, TagId};

/// A part of a key. Its encoding is self-delimiting.
pub(crate) trait KeyPart: Sized {
    fn push(&self, bytes: &mut Vec<u8>);

    fn read(bytes: &mut KeyReader<'_>) -> Option<Self>;

    /// Draws a sample value.
    #[cfg(any(test, feature = "fuzzing"))]
    fn draw(from: &mut dyn Draw) -> Self;

    /// The values that the part's bytes must sort by.
    #[cfg(any(test, feature = "fuzzing"))]
    fn order(&self) -> Vec<Order>;
}

/// The unread rest of a key, consumed from left to right.
pub(crate) struct KeyReader<'a>(pub(crate) &'a [u8]);

impl<'a> KeyReader<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(u8::from_be_bytes)
    }

    /// Returns `read` if no bytes are left.
    pub(crate) fn end<T>(&self, read: T) -> Option<T> {
        self.0.is_empty().then_some(read)
    }
}

/// Numbers are big-endian, so that bytes sort in numeric order.
macro_rules! number_parts {
    ($($number:ident),+) => {
        $(impl KeyPart for $number {
            fn push(&self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_be_bytes());
            }

            fn read(bytes: &mut KeyReader<'_>) -> Option<Self> {
                bytes.array().map(Self::from_be_bytes)
            }

            #[cfg(any(test, feature = "fuzzing"))]
            fn draw(from: &mut dyn Draw) -> Self {
                from.$number()
            }

            #[cfg(any(test, feature = "fuzzing"))]
            fn order(&self) -> Vec<Order> {
                vec![Order::Number((*self).into())]
            }
        })+
    };
}

number_parts!(u16, u32, u64);

macro_rules! id_parts {
    ($($id:ident),+) => {
        $(impl KeyPart for $id {
            fn push(&self, bytes: &mut Vec<u8>) {
                self.0.push(bytes);
            }

            fn read(bytes: &mut KeyReader<'_>) -> Option<Self> {
                KeyPart::read(bytes).map(Self)
            }

            #[cfg(any(test, feature = "fuzzing"))]
            fn draw(from: &mut dyn Draw) -> Self {
                Self(KeyPart::draw(from))
            }

            #[cfg(any(test, feature = "fuzzing"))]
            fn order(&self) -> Vec<Order> {
                self.0.order()
            }
        })+
    };
}

id_parts!(ManagerId, CustomerId, ChatId, MessageId, TagId, BulkId, IndexId);

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident),+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub(crate) struct $name(Arc<str>);

            stored_newtype!($name);

            impl From<&str> for $name {
                fn from(text: &str) -> Self {
                    Self(text.into())
                }
            }

            impl From<String> for $name {
                fn from(text: String) -> Self {
                    Self(text.into())
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    self.0.fmt(f)
                }
            }
        )+
    };
}

texts! {
    /// A word of letters, digits and `_`, terminated by a zero byte.
    Word,
    /// Arbitrary text, prefixed by its length.
    FreeText
}

impl KeyPart for Word {
    fn push(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.0.as_bytes());
        bytes.push(0);
    }

    fn read(bytes: &mut KeyReader<'_>) -> Option<Self> {
        let end = bytes.0.iter().position(|byte| *byte == 0)?;
        let (word, rest) = bytes.0.split_at(end);
        bytes.0 = &rest[1..];
        std::str::from_utf8(word).ok().map(Self::from)
    }

    #[cfg(any(test, feature = "fuzzing"))]
    fn draw(from: &mut dyn Draw) -> Self {
        from.text().chars().filter(|c| c.is_alphanumeric() || *c == '_').collect::<String>().into()
    }

    #[cfg(any(test, feature = "fuzzing"))]
    fn order(&self) -> Vec<Order> {
        vec![Order::Text(self.to_string())]
    }
}

impl KeyPart for FreeText {
    fn push(&self, bytes: &mut Vec<u8>) {
        (self.0.len() as u16).push(bytes);
        bytes.extend(self.0.as_bytes());
    }

    fn read(bytes: &mut KeyReader<'_>) -> Option<Self> {
        let len = u16::read(bytes)?;
        let (text, rest) = bytes.0.split_at_checked(len.into())?;
        bytes.0 = rest;
        std::str::from_utf8(text).ok().map(Self::from)
    }

    #[cfg(any(test, feature = "fuzzing"))]
    fn draw(from: &mut dyn Draw) -> Self {
        from.text().into()
    }

    #[cfg(any(test, feature = "fuzzing"))]
    fn order(&self) -> Vec<Order> {
        vec![Order::Number(self.0.len() as u64), Order::Text(self.to_string())]
    }
}

impl KeyPart for SettingKey {
    fn push(&self, bytes: &mut Vec<u8>) {
        match self {
            SettingKey::ProfileFields => bytes.push(0),
            SettingKey::Bulk(id) => {
                bytes.push(1);
                id.push(bytes);
            }
            SettingKey::BulkPart(id, part) => {
                bytes.push(2);
                id.push(bytes);
                part.push(bytes);
            }
            SettingKey::Index(id) => {
                bytes.push(3);
                id.push(bytes);
            }
            SettingKey::BulkProgress(id) => {
                bytes.push(4);
                id.push(bytes);
            }
            SettingKey::BulkRefused(id, piece) => {
                bytes.push(5);
                id.push(bytes);
                piece.push(bytes);
            }
            SettingKey::MergedTag(tag) => {
                bytes.push(6);
                tag.push(bytes);
            }
            SettingKey::Import => bytes.push(7),
        }
    }

    fn read(bytes: &mut KeyReader<'_>) -> Option<Self> {
        Some(match bytes.u8()? {
            0 => SettingKey::ProfileFields,
            1 => SettingKey::Bulk(BulkId::read(bytes)?),
            2 => SettingKey::BulkPart(BulkId::read(bytes)?, u16::read(bytes)?),
            3 => SettingKey::Index(IndexId::read(bytes)?),
            4 => SettingKey::BulkProgress(BulkId::read(bytes)?),
            5 => SettingKey::BulkRefused(BulkId::read(bytes)?, u32::read(bytes)?),
            6 => SettingKey::MergedTag(TagId::read(bytes)?),
            7 => SettingKey::Import,
            _ => return None,
        })
    }

    #[cfg(any(test, feature = "fuzzing"))]
    fn draw(from: &mut dyn Draw) -> Self {
        let id = BulkId::draw(from);
        match from.u16() % 8 {
            0 => SettingKey::ProfileFields,
            1 => SettingKey::Bulk(id),
            2 => SettingKey::BulkPart(id, from.u16()),
            3 => SettingKey::BulkProgress(id),
            4 => SettingKey::BulkRefused(id, from.u32()),
            5 => SettingKey::MergedTag(TagId(id.0)),
            6 => SettingKey::Import,
            _ => SettingKey::Index(IndexId(id.0)),
        }
    }

    #[cfg(any(test, feature = "fuzzing"))]
    fn order(&self) -> Vec<Order> {
        let (kind, parts) = match self {
            SettingKey::ProfileFields => (0, vec![]),
            SettingKey::Bulk(id) => (1, id.order()),
            SettingKey::BulkPart(id, part) => (2, [id.order(), part.order()].concat()),
            SettingKey::Index(id) => (3, id.order()),
            SettingKey::BulkProgress(id) => (4, id.order()),
            SettingKey::BulkRefused(id, piece) => (5, [id.order(), piece.order()].concat()),
            SettingKey::MergedTag(tag) => (6, tag.order()),
            SettingKey::Import => (7, vec![]),
        };
        [vec![Order::Number(kind)], parts].concat()
    }
}
