//! A word on a clock that is ahead of the wall clock, before an action is dated by it.

use std::time::Duration;

use inboxdb::Timestamp;

use crate::inbox::Inbox;
use crate::terminal::{minute_in_zone, plural};

/// As far as a running engine lets commands be ahead.
const AHEAD_MAX: Duration = Duration::from_secs(5 * 60);

/// What to know about the moment of an action: the workspace's clock, or `at` if that is later.
pub(super) fn warning(workspace: &Inbox<'_>, at: Timestamp) -> Option<String> {
    sentence(&workspace.id().to_string(), workspace.clock(), at, Timestamp::now())
}

fn sentence(workspace: &str, clock: Timestamp, at: Timestamp, now: Timestamp) -> Option<String> {
    let moment = at.max(clock);
    let ahead = moment.since(now);
    if ahead <= AHEAD_MAX {
        return None;
    }
    let (shown, ahead) = (minute_in_zone(moment), roughly(ahead));
    Some(match clock >= at {
        true => format!(
            "the clock of workspace {workspace} is at {shown}, {ahead} ahead of this computer, and the action is dated \
             by it; `set_clock` sets it right"
        ),
        false => format!(
            "--at is {shown}, {ahead} ahead of this computer; the clock of workspace {workspace} stays there, and later \
             commands are dated by it"
        ),
    })
}

/// In the largest unit of which there is a whole one.
fn roughly(time: Duration) -> String {
    const UNITS: [(u64, &str); 4] = [(365 * 86_400, "year"), (86_400, "day"), (3_600, "hour"), (60, "minute")];
    let seconds = time.as_secs();
    let unit = UNITS.into_iter().find(|(length, _)| seconds >= *length);
    unit.map_or_else(|| plural(seconds, "second"), |(length, unit)| plural(seconds / length, unit))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn clock_ahead_is_reported_beyond_five_minutes() {
        let now = Timestamp::from(1_790_000_000_000);
        let [soon, later] = [300_000, 301_000].map(|ms| now + Duration::from_millis(ms));
        assert_eq!(sentence("1", soon, now, now), None);
        assert_eq!(sentence("1", 5.into(), soon, now), None);
        assert!(sentence("1", later, now, now).unwrap().contains("5 minutes ahead"));
        assert!(sentence("1", later, later, now).unwrap().starts_with("the clock of workspace 1"));
        assert!(sentence("1", now, later, now).unwrap().starts_with("--at is"));
    }

    #[test]
    fn lengths_of_time_are_rounded_down() {
        for (seconds, expected) in [
            (59, "59 seconds"),
            (60, "1 minute"),
            (7_199, "1 hour"),
            (86_400 * 364, "364 days"),
            (172 * 366 * 86_400, "172 years"),
        ] {
            assert_eq!(roughly(Duration::from_secs(seconds)), expected);
        }
    }
}
