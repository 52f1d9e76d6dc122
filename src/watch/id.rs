//! The place of an event in the feed.

use std::fmt;
use std::str::FromStr;

use crate::model::Place;

/// The place of an event, for a watcher that comes back. As text `00c0ffee00c0ffee-345`.
///
/// In a store that is [bound](crate::Engine::bind_log) to a replicated log, it is the place of the log entry and which of the
/// entry's changes it was: `00c0ffee00c0ffee-345.0`. That is the same in every store that follows the log, so a watcher
/// may go on at another one.
///
/// ```
/// use inboxdb::{EventId, Place};
///
/// let id: EventId = "00c0ffee00c0ffee-345".parse()?;
/// assert_eq!((id.epoch, id.seq, id.place()), (0xc0ffee00c0ffee, 345, None));
/// assert_eq!(id.to_string(), "00c0ffee00c0ffee-345");
///
/// let id: EventId = "00c0ffee00c0ffee-345.1".parse()?;
/// assert_eq!((id.place(), id.index), (Some(Place(345)), Some(1)));
/// assert_eq!(id.to_string(), "00c0ffee00c0ffee-345.1");
/// # Ok::<(), inboxdb::EventIdError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventId {
    /// The epoch of the store. A store that was restored, rebuilt with a loss or imported into has a new one, since a
    /// number may then mean another change. With an `index`: the epoch of the log, which follows from its description.
    pub epoch: u64,
    /// The number of the change. With an `index`: the place of its log entry, or 0 before the first.
    pub seq: u64,
    /// Of a store that is bound to a log: how many changes of the entry came before this one, in its workspace.
    pub index: Option<u32>,
}

impl EventId {
    /// Returns the place of the log entry, if the id is of a store that is bound to a log.
    pub fn place(&self) -> Option<Place> {
        self.index.map(|_| Place(self.seq))
    }
}

/// A text that is not the id of an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the id of an event, such as 00c0ffee00c0ffee-345 or, of a node, 00c0ffee00c0ffee-345.0")]
pub struct EventIdError(String);

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}", self.epoch, self.seq)?;
        self.index.map_or(Ok(()), |index| write!(f, ".{index}"))
    }
}

impl FromStr for EventId {
    type Err = EventIdError;

    fn from_str(text: &str) -> Result<Self, EventIdError> {
        let parse = || {
            let (epoch, seq) = text.split_once('-')?;
            let is_hex = epoch.len() == 16 && epoch.bytes().all(|byte| byte.is_ascii_hexdigit());
            let epoch = u64::from_str_radix(epoch, 16).ok().filter(|_| is_hex)?;
            let (seq, index) = seq.split_once('.').map_or((seq, None), |(place, index)| (place, Some(index)));
            let index = match index {
                Some(index) => Some(number(index)?),
                None => None,
            };
            Some(Self { epoch, seq: number(seq)?, index })
        };
        parse().ok_or_else(|| EventIdError(text.to_owned()))
    }
}

fn number<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_ids_round_trip_and_nothing_else_parses() {
        for (epoch, seq, index) in [(0, 0, None), (u64::MAX, u64::MAX, None), (1, 0, Some(0)), (1, 7, Some(u32::MAX))] {
            let id = EventId { epoch, seq, index };
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        let wrong = ["", "-", "345", "00c0ffee00c0ffee", "00c0ffee00c0ffee-", "c0ffee-1", "00c0ffee00c0ffee-+1"];
        let more = ["+0c0ffee00c0ffee-1", "00c0ffee00c0ffee-18446744073709551616", " 00c0ffee00c0ffee-1"];
        let of_nodes =
            ["-1.", "-.1", "-1.+1", "-1.4294967296", "-1.2.3", "-1. 2"].map(|end| format!("00c0ffee00c0ffee{end}"));
        for text in wrong.iter().chain(&more).copied().chain(of_nodes.iter().map(String::as_str)) {
            assert!(text.parse::<EventId>().is_err(), "{text}");
        }
    }
}
