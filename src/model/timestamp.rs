//! Timestamps.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::civil::date;
use jiff::{SignedDuration, civil};
use serde::{Deserialize, Serialize};

use super::limits::TIME_MAX_MS;
use super::words::ParseError;

/// A point in time: milliseconds since the Unix epoch, UTC. In JSON a number.
///
/// Its text form is RFC 3339, such as `2020-02-25T17:39:34.000Z`. A time past [`MAX`](Self::MAX) is written as a plain
/// number. Parsing takes RFC 3339 with any offset, or a number of milliseconds.
///
/// ```
/// use std::time::Duration;
/// use inboxdb::Timestamp;
///
/// let noon: Timestamp = "2026-03-01T12:00:00Z".parse()?;
/// assert_eq!(noon, Timestamp::from(1_772_366_400_000));
/// assert_eq!((noon + Duration::from_secs(90)).to_string(), "2026-03-01T12:01:30.000Z");
/// # Ok::<(), inboxdb::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub(crate) u64);

impl Timestamp {
    /// The Unix epoch: 1970-01-01T00:00:00Z.
    pub const EPOCH: Timestamp = Timestamp(0);
    /// The latest time allowed in a command: the end of the year 9999.
    pub const MAX: Timestamp = Timestamp(TIME_MAX_MS);

    /// Creates a timestamp from milliseconds since the Unix epoch.
    pub const fn from_millis(ms: u64) -> Self {
        Self(ms)
    }

    /// Returns the milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Returns the current time of the wall clock.
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// Returns the time elapsed since `earlier`, or zero if `earlier` is not earlier.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl From<u64> for Timestamp {
    fn from(ms: u64) -> Self {
        Self(ms)
    }
}

impl From<Timestamp> for u64 {
    fn from(moment: Timestamp) -> Self {
        moment.0
    }
}

/// Truncates to whole milliseconds. A time before the Unix epoch becomes the epoch.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Self::EPOCH + time.duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}

/// Adds the whole milliseconds of a duration. Saturates at `u64::MAX` ms.
impl Add<Duration> for Timestamp {
    type Output = Timestamp;

    fn add(self, duration: Duration) -> Timestamp {
        Self(self.0.saturating_add(whole_millis(duration)))
    }
}

/// Subtracts the whole milliseconds of a duration. Saturates at the epoch.
impl Sub<Duration> for Timestamp {
    type Output = Timestamp;

    fn sub(self, duration: Duration) -> Timestamp {
        Self(self.0.saturating_sub(whole_millis(duration)))
    }
}

fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

const UNIX_EPOCH_CIVIL: civil::DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Civil time, because jiff's timestamps end a day before the end of the year 9999.
        let since = i64::try_from(self.0).ok().map(SignedDuration::from_millis);
        match since.and_then(|since| UNIX_EPOCH_CIVIL.checked_add(since).ok()) {
            Some(moment) => write!(f, "{}", moment.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")),
            None => write!(f, "{}", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let ms = text.parse().ok().or_else(|| rfc3339(text)).or_else(|| last_day(text));
        ms.map(Self).ok_or_else(|| {
            let expected = "a moment: a date, a time and its offset, such as 2026-05-01T09:00:00Z or \
                            2026-05-01T09:00:00+09:00, or a number of milliseconds since 1970";
            ParseError::new(text, expected)
        })
    }
}

fn rfc3339(text: &str) -> Option<u64> {
    let moment: jiff::Timestamp = text.parse().ok()?;
    u64::try_from(moment.as_millisecond()).ok()
}

/// Parses a time on the last day of the year 9999 in UTC, which is out of range for `jiff::Timestamp`.
fn last_day(text: &str) -> Option<u64> {
    let moment: civil::DateTime = text.strip_suffix('Z').filter(|text| text.starts_with("9999-12-3"))?.parse().ok()?;
    u64::try_from(moment.duration_since(UNIX_EPOCH_CIVIL).as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        for ms in [0, 999, 1_582_652_374_000, TIME_MAX_MS - 86_400_000, TIME_MAX_MS, TIME_MAX_MS + 1, u64::MAX] {
            let moment = Timestamp(ms);
            assert_eq!(moment.to_string().parse(), Ok(moment), "{moment}");
        }
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!("2020-02-26T02:39:34.5+09:00".parse(), Ok(Timestamp(1_582_652_374_500)));
        for text in ["", "tomorrow", "2020-02-25", "2020-02-25T17:39:34", "1969-12-31T23:59:59Z", "-1", "1.5"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn arithmetic_saturates() {
        let second = Duration::from_secs(1);
        assert_eq!(Timestamp(500) - second, Timestamp::EPOCH);
        assert_eq!(Timestamp(u64::MAX) + second, Timestamp(u64::MAX));
        assert_eq!(Timestamp(5_000).since(Timestamp(2_000)), 3 * second);
        assert_eq!(Timestamp(2_000).since(Timestamp(5_000)), Duration::ZERO);
        assert_eq!(Timestamp(5) + Duration::from_micros(1_999), Timestamp(6));
    }

    #[test]
    fn json_is_a_number() {
        assert_eq!(serde_json::to_string(&Timestamp(7)).unwrap(), "7");
        assert_eq!(serde_json::from_str::<Timestamp>("7").unwrap(), Timestamp(7));
    }
}
