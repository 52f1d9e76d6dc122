//! Times as people read and write them. They are shown in UTC, as the store knows no time zones.

use std::time::Duration;

use inboxdb::Timestamp;
use jiff::{SignedDuration, Span, SpanRelativeTo};

/// To the minute: `2025-06-30 14:58`.
pub(crate) fn minute(moment: Timestamp) -> String {
    format(moment, "%Y-%m-%d %H:%M")
}

/// The time of day, to the millisecond: `14:58:07.123`.
pub(crate) fn time_of_day(moment: Timestamp) -> String {
    format(moment, "%H:%M:%S%.3f")
}

/// The last times that the store accepts are beyond the calendar. They show as a number.
fn format(moment: Timestamp, form: &str) -> String {
    let ms = moment.as_millis();
    let moment = i64::try_from(ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    moment.map_or_else(|| format!("{ms} ms"), |moment| moment.strftime(form).to_string())
}

/// Reads a time: `2026-05-01T09:00:00Z`, or ms since the Unix epoch.
pub(crate) fn read_moment(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| {
        "a time is a date, a time of day and an offset, such as 2026-05-01T09:00:00Z or 2026-05-01T09:00:00+09:00, or a \
         number of milliseconds since 1970"
            .to_owned()
    })
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
            assert_eq!(read_moment(text), Ok(Timestamp::from(ms)), "{text}");
        }
        for text in ["", "tomorrow", "2020-02-25", "2020-02-25T17:39:34", "1969-12-31T23:59:59Z", "-1", "1.5"] {
            assert!(read_moment(text).is_err(), "{text}");
        }
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
    fn moments_are_shown_in_utc() {
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
