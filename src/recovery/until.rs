//! Where a restore ends.

use std::fmt;
use std::str::FromStr;

use crate::model::{ParseError, Timestamp};

/// Where a restore ends.
///
/// As text, a number is the seq of a change, and anything else is an RFC 3339 time.
///
/// ```
/// use inboxdb::Until;
///
/// assert_eq!("12345".parse(), Ok(Until::Seq(12_345)));
/// assert_eq!("2026-03-01T12:00:00Z".parse(), Ok(Until::Time(1_772_366_400_000.into())));
/// assert!("yesterday".parse::<Until>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Until {
    /// All changes up to and including this one.
    Seq(u64),
    /// All changes before the first one with a later clock in its workspace.
    Time(Timestamp),
}

impl FromStr for Until {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if let Ok(seq) = text.parse() {
            return Ok(Self::Seq(seq));
        }
        text.parse().map(Self::Time).map_err(|_| {
            let expected = "the number of a change, such as 12345, or a date, a time and its offset, such as \
                            2026-03-01T12:00:00Z";
            ParseError::new(text, expected)
        })
    }
}

impl fmt::Display for Until {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seq(seq) => write!(out, "change {seq}"),
            Self::Time(moment) => moment.fmt(out),
        }
    }
}

impl Until {
    /// Returns true if the change is to be replayed.
    pub(crate) fn includes(self, seq: u64, clock: u64) -> bool {
        match self {
            Self::Seq(last) => seq <= last,
            Self::Time(last) => clock <= last.as_millis(),
        }
    }
}
