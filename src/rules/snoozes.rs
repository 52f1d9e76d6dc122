//! The end of snoozes.

use super::builder::ChangeBuilder;
use crate::model::{ChatId, NotificationKind, Status};
use crate::record::codec::CodecError;
use crate::record::{Cause, Change, Notice};
use crate::rules::PlanInput;

/// Plans the end of snoozes, given in order of (deadline, chat). Each opens its chat, at the deadline of the snooze,
/// and moves it to the top of the timeline. Returns `None` if there is nothing to do.
pub(crate) fn plan_fire(input: PlanInput<'_>, due: &[(u64, ChatId)]) -> Result<Option<Change>, CodecError> {
    debug_assert!(due.is_sorted(), "snoozes end in the order of their deadlines");
    let Some((last, _)) = due.last() else { return Ok(None) };
    let mut builder = ChangeBuilder::new(input, input.state.meta.clock.max(*last), None);
    for (deadline, chat) in due {
        let counts = input.chat(*chat).is_some_and(|record| record.snoozed_until == Some(*deadline));
        debug_assert!(counts, "the wheel holds exactly the deadlines of the records");
        if !counts {
            continue;
        }
        let position = builder.take_position();
        // Who snoozed the chat waits for it, even without following it.
        let snoozed_by = input.chat(*chat).and_then(|record| record.snoozed_by);
        let snoozed_by = snoozed_by.filter(|manager| builder.knows_manager(*manager));
        if let Some(record) = builder.chat(*chat) {
            record.set_status(Status::Open);
            record.last_activity_at = *deadline;
            record.position = position;
            let mut managers = record.followers.clone();
            if let Some(manager) = snoozed_by {
                managers.insert(manager);
            }
            let kind = NotificationKind::SnoozeEnded;
            builder.notify(Notice { at: *deadline, kind, chat: *chat, message: None, by: None, managers });
        }
    }
    builder.finish(Cause::Deadline)
}
