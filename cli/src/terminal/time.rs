//! Times as people read and write them: in the zone of `--tz`, or in UTC. The store knows no time zones.

use std::time::Duration;

use inboxdb::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo};

use super::settings::{named_zone, zone};
use crate::failure::Failure;

/// To the minute: `2025-06-30 14:58`.
pub(crate) fn minute(moment: Timestamp) -> String {
    format(moment, &zone(), "%Y-%m-%d %H:%M")
}

/// To the minute, with the zone: `2025-06-30 14:58 UTC`.
pub(crate) fn minute_in_zone(moment: Timestamp) -> String {
    format(moment, &zone(), "%Y-%m-%d %H:%M %Z")
}

/// The time of day, to the millisecond: `14:58:07.123`.
pub(crate) fn time_of_day(moment: Timestamp) -> String {
    format(moment, &zone(), "%H:%M:%S%.3f")
}

/// The last times that the store accepts are beyond the calendar. They show as a number.
fn format(moment: Timestamp, zone: &TimeZone, form: &str) -> String {
    let ms = moment.as_millis();
    let moment = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    let shown = moment.map(|moment| moment.to_zoned_datetime(zone.clone()).strftime(form).to_string());
    shown.unwrap_or_else(|| format!("{ms} ms"))
}

/// A time as it was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// With its offset, or as ms since the Unix epoch.
    Moment(Timestamp),
    /// What a clock on the wall shows, which takes a zone to be a moment.
    Civil(DateTime),
}

const A_TIME: &str = "a time is a date, a time of day and an offset, such as 2026-05-01T09:00:00Z or \
                      2026-05-01T09:00:00+09:00, or a number of milliseconds since 1970; with --tz it needs no offset";

impl Written {
    /// Reads `2026-05-01T09:00:00Z`, `2026-05-01T09:00` or ms.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let moment = text.parse().map(Written::Moment).ok();
        let civil = || text.parse().map(Written::Civil).ok();
        moment.or_else(civil).ok_or_else(|| A_TIME.to_owned())
    }

    /// The moment. A time without an offset is one of the zone that `--tz` names; without that it could be any.
    pub(crate) fn moment(self) -> Result<Timestamp, Failure> {
        self.moment_in(named_zone())
    }

    fn moment_in(self, zone: Option<TimeZone>) -> Result<Timestamp, Failure> {
        let civil = match self {
            Written::Moment(moment) => return Ok(moment),
            Written::Civil(civil) => civil,
        };
        let zoned = zone.and_then(|zone| civil.to_zoned_datetime(zone).ok());
        let ms = zoned.and_then(|zoned| u64::try_from(zoned.timestamp().as_millisecond()).ok());
        ms.map(Timestamp::from).ok_or_else(|| Failure::Broken(format!("{civil} is not a moment: {A_TIME}")))
    }
}

/// Reads a duration: `90m`, `2h`, `3d`, `1d 12h`. A day has 24 hours.
pub(crate) fn read_duration(text: &str) -> Result<Duration, String> {
    let span = text.parse::<Span>().ok();
    let duration = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    let duration = duration.filter(SignedDuration::is_positive).and_then(|duration| Duration::try_from(duration).ok());
    duration
        .ok_or_else(|| "a duration is one or more numbers with a unit, such as 90m, 2h, 3d, 1w or '1d 12h'".to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_with_their_offset_or_as_a_number() {
        for (text, ms) in [
            ("1582652374000", 1_582_652_374_000),
            ("2020-02-25T17:39:34Z", 1_582_652_374_000),
            ("2020-02-26T02:39:34.5+09:00", 1_582_652_374_500),
            ("0", 0),
        ] {
            assert_eq!(Written::read(text), Ok(Written::Moment(Timestamp::from(ms))), "{text}");
        }
        for text in ["", "tomorrow", "1969-12-31T23:59:59Z", "-1", "1.5"] {
            assert!(Written::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn moments_without_an_offset_take_a_zone() {
        let seoul = TimeZone::get("Asia/Seoul").unwrap();
        for (text, ms) in [
            ("2020-02-26T02:39:34", 1_582_652_374_000_u64),
            ("2020-02-26 02:39:34", 1_582_652_374_000),
            ("2020-02-26", 1_582_642_800_000),
        ] {
            let written = Written::read(text).unwrap();
            assert_eq!(written.moment_in(Some(seoul.clone())).unwrap(), Timestamp::from(ms), "{text}");
            assert!(written.moment_in(None).is_err(), "{text}");
        }
        let before = Written::read("1969-12-31T23:59:59").unwrap();
        assert!(before.moment_in(Some(TimeZone::UTC)).is_err());
    }

    #[test]
    fn moments_are_shown_in_a_zone() {
        let form = "%Y-%m-%d %H:%M %Z";
        let shown = |name: &str| format(1_582_652_374_000.into(), &TimeZone::get(name).unwrap(), form);
        assert_eq!(shown("Asia/Seoul"), "2020-02-26 02:39 KST");
        assert_eq!(shown("America/New_York"), "2020-02-25 12:39 EST");
    }

    #[test]
    fn durations_are_read_in_any_unit_but_months() {
        for (text, minutes) in [("90m", 90), ("2h", 120), ("3d", 3 * 1_440), ("1w", 7 * 1_440), ("1d 12h", 2_160)] {
            assert_eq!(read_duration(text), Ok(Duration::from_secs(minutes * 60)), "{text}");
        }
        for text in ["", "2", "h", "-2h", "2h ago", "0s", "1mo", "3 parsecs"] {
            assert!(read_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn moments_are_shown_in_utc_without_a_zone() {
        assert_eq!(minute_in_zone(Timestamp::EPOCH), "1970-01-01 00:00 UTC");
        assert_eq!(minute(Timestamp::EPOCH), "1970-01-01 00:00");
        assert_eq!(minute(1_582_652_374_000.into()), "2020-02-25 17:39");
        assert_eq!(time_of_day(1_582_652_374_123.into()), "17:39:34.123");
    }

    #[test]
    fn no_moment_is_too_late() {
        for ms in [253_402_300_799_999, u64::MAX] {
            assert_eq!(minute(ms.into()), format!("{ms} ms"));
        }
    }
}
