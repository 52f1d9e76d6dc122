//! Moments as people read them, in UTC: the store knows no time zones.

use jiff::Timestamp;

/// To the minute: `2025-06-30 14:58`.
pub(crate) fn minute(ms: u64) -> String {
    format(ms, "%Y-%m-%d %H:%M")
}

/// The time of day alone, to the millisecond: `14:58:07.123`.
pub(crate) fn time_of_day(ms: u64) -> String {
    format(ms, "%H:%M:%S%.3f")
}

/// The very last moments that the store takes are past what the calendar knows; they show as their number.
fn format(ms: u64, form: &str) -> String {
    let moment = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    moment.map_or_else(|| format!("{ms} ms"), |moment| moment.strftime(form).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_shown_in_utc() {
        assert_eq!(minute(0), "1970-01-01 00:00");
        assert_eq!(minute(1_582_652_374_000), "2020-02-25 17:39");
        assert_eq!(time_of_day(1_582_652_374_123), "17:39:34.123");
    }

    #[test]
    fn no_moment_is_too_late() {
        for ms in [253_402_300_799_999, u64::MAX] {
            assert_eq!(minute(ms), format!("{ms} ms"));
        }
    }
}
