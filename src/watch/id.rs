//! The place of an event in the feed.

use std::fmt;
use std::str::FromStr;

/// The place of an event, for a watcher that comes back. As text `00c0ffee00c0ffee-345`.
///
/// ```
/// use inboxdb::EventId;
///
/// let id: EventId = "00c0ffee00c0ffee-345".parse()?;
/// assert_eq!((id.epoch, id.seq), (0xc0ffee00c0ffee, 345));
/// assert_eq!(id.to_string(), "00c0ffee00c0ffee-345");
/// # Ok::<(), inboxdb::EventIdError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventId {
    /// The epoch of the store. A store that was restored, rebuilt with a loss or imported into has a new one, since a
    /// number may then mean another change.
    pub epoch: u64,
    /// The number of the change.
    pub seq: u64,
}

/// A text that is not the id of an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the id of an event, such as 00c0ffee00c0ffee-345")]
pub struct EventIdError(String);

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}", self.epoch, self.seq)
    }
}

impl FromStr for EventId {
    type Err = EventIdError;

    fn from_str(text: &str) -> Result<Self, EventIdError> {
        let parse = || {
            let (epoch, seq) = text.split_once('-')?;
            let is_hex = epoch.len() == 16 && epoch.bytes().all(|byte| byte.is_ascii_hexdigit());
            let is_number = seq.bytes().all(|byte| byte.is_ascii_digit());
            let epoch = u64::from_str_radix(epoch, 16).ok().filter(|_| is_hex)?;
            Some(Self { epoch, seq: seq.parse().ok().filter(|_| is_number)? })
        };
        parse().ok_or_else(|| EventIdError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_ids_round_trip_and_nothing_else_parses() {
        for id in [EventId { epoch: 0, seq: 0 }, EventId { epoch: u64::MAX, seq: u64::MAX }] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        let wrong = ["", "-", "345", "00c0ffee00c0ffee", "00c0ffee00c0ffee-", "c0ffee-1", "00c0ffee00c0ffee-+1"];
        let more = ["+0c0ffee00c0ffee-1", "00c0ffee00c0ffee-18446744073709551616", " 00c0ffee00c0ffee-1"];
        for text in wrong.iter().chain(&more) {
            assert!(text.parse::<EventId>().is_err(), "{text}");
        }
    }
}
