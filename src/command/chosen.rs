//! A set of chats as an entry of a log carries it.

use std::fmt::Write;

use roaring::RoaringBitmap;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::ChatId;

/// The chats that a bulk action does something with, each once.
///
/// As text it is the portable form of a roaring bitmap in hexadecimal digits: at most 4 digits for each chat, and a
/// quarter of a digit where most chats of a workspace are chosen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChosenChats(RoaringBitmap);

impl ChosenChats {
    /// Returns the number of chats.
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the chats, by id.
    pub fn iter(&self) -> impl Iterator<Item = ChatId> {
        self.0.iter().map(ChatId)
    }

    pub(crate) fn bitmap(&self) -> &RoaringBitmap {
        &self.0
    }
}

impl FromIterator<ChatId> for ChosenChats {
    fn from_iter<I: IntoIterator<Item = ChatId>>(chats: I) -> Self {
        Self(chats.into_iter().map(|chat| chat.0).collect())
    }
}

impl Serialize for ChosenChats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::with_capacity(self.0.serialized_size());
        self.0.serialize_into(&mut bytes).map_err(serde::ser::Error::custom)?;
        let mut text = String::with_capacity(2 * bytes.len());
        for byte in bytes {
            write!(text, "{byte:02x}").map_err(serde::ser::Error::custom)?;
        }
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for ChosenChats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let unknown = || D::Error::custom("the chosen chats are not a set of chats in hexadecimal digits");
        let bytes = bytes_of(&text).ok_or_else(unknown)?;
        let mut rest = bytes.as_slice();
        let chats = RoaringBitmap::deserialize_from(&mut rest).map_err(|_| unknown())?;
        if rest.is_empty() { Ok(Self(chats)) } else { Err(unknown()) }
    }
}

fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).map(|digit| digit as u8);
    let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_chats_round_trip_and_damaged_ones_do_not_parse() {
        let some: ChosenChats = [7, 1, 70_000, u32::MAX, 7].map(ChatId).into_iter().collect();
        for chats in [ChosenChats::default(), some, (1..=100_000).map(ChatId).collect()] {
            let json = serde_json::to_string(&chats).unwrap();
            assert_eq!(serde_json::from_str::<ChosenChats>(&json).unwrap(), chats);
            assert!(serde_json::from_str::<ChosenChats>(&format!("{}00\"", &json[..json.len() - 1])).is_err());
            assert!(serde_json::from_str::<ChosenChats>(&format!("{}\"", &json[..json.len() - 2])).is_err());
        }
        for wrong in ["\"\"", "\"zz\"", "\"ㅎ\"", "[1]"] {
            assert!(serde_json::from_str::<ChosenChats>(wrong).is_err(), "{wrong}");
        }
    }
}
