//! What an action will do, counted before it is done: with the snoozes that end first, and without the chats that
//! already are as it would make them.

use std::collections::BTreeSet;

use inboxdb::{Action, Actor, Chat, ChatId, Filter, Selection, Status, Timestamp, View, limits};
use serde_json::Value;

use super::changes::changes;
use crate::failure::Failure;
use crate::inbox::Inbox;

/// Chats, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Preview {
    /// How many are selected.
    pub(super) matching: u64,
    /// How many of them the action changes.
    pub(super) changing: u64,
}

/// An action that takes effect at a moment.
pub(super) struct Planned<'a> {
    pub(super) workspace: &'a Inbox<'a>,
    pub(super) action: &'a Action,
    pub(super) actor: Actor,
    /// Not before the workspace's clock.
    pub(super) at: Timestamp,
}

impl Planned<'_> {
    /// Counts the chats of a selection.
    pub(super) fn preview(&self, select: &Selection) -> Result<Preview, Failure> {
        let mut preview = Preview::default();
        match select {
            Selection::Filter(filter) => self.count_filter(filter, &mut preview)?,
            Selection::Chats(chats) => {
                let chats: Vec<ChatId> = chats.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
                for some in chats.chunks(limits::PAGE_MAX) {
                    self.workspace.chats(some)?.into_iter().flatten().for_each(|chat| self.count(chat, &mut preview));
                }
            }
            _ => return Err(Failure::Broken("these chats cannot be counted beforehand; use --yes".to_owned())),
        }
        Ok(preview)
    }

    /// The filter is judged after the snoozes that are due have ended.
    fn count_filter(&self, filter: &Filter, preview: &mut Preview) -> Result<(), Failure> {
        self.each(filter, |chat| {
            if !self.is_due(&chat) {
                self.count(chat, preview);
            }
        })?;
        if self.workspace.overdue(self.at)?.is_empty() {
            return Ok(());
        }
        let woken = once_woken(filter)?;
        self.each(&woken, |chat| {
            if self.is_due(&chat) {
                self.count(chat, preview);
            }
        })
    }

    fn is_due(&self, chat: &Chat) -> bool {
        chat.snoozed_until.is_some_and(|until| until <= self.at)
    }

    fn count(&self, mut chat: Chat, preview: &mut Preview) {
        if self.is_due(&chat) {
            chat.status = Status::Open;
            chat.snoozed_until = None;
        }
        preview.matching += 1;
        preview.changing += u64::from(changes(self.action, self.actor, &chat));
    }

    fn each(&self, filter: &Filter, mut see: impl FnMut(Chat)) -> Result<(), Failure> {
        let mut before = None;
        loop {
            let page = self.workspace.list(filter, before, limits::PAGE_MAX)?;
            page.chats.into_iter().for_each(&mut see);
            before = page.next;
            if before.is_none() {
                return Ok(());
            }
        }
    }
}

/// The filter that holds for a snoozed chat now if the given one holds once it is open. Its statuses are exchanged:
/// what was in `x:open` then is in `x:snoozed` now, and no snoozed chat is in `x:closed`, now or then.
fn once_woken(filter: &Filter) -> Result<Filter, Failure> {
    let mut json = serde_json::to_value(filter)?;
    exchange(&mut json)?;
    let woken: Filter = serde_json::from_value(json)?;
    let snoozed = woken.clone().and(View::all().snoozed());
    // Past the limits on filters the restriction must do without: chats of other statuses are passed over.
    Ok(if snoozed.views().next().is_some() { snoozed } else { woken })
}

fn exchange(json: &mut Value) -> Result<(), Failure> {
    match json {
        Value::String(text) => {
            let view = text.parse::<View>().map_err(|error| Failure::Broken(error.to_string()))?;
            *text = match view.status {
                Some(Status::Open) => view.snoozed().to_string(),
                Some(Status::Snoozed) => view.closed().to_string(),
                _ => return Ok(()),
            };
            Ok(())
        }
        Value::Array(members) => members.iter_mut().try_for_each(exchange),
        Value::Object(members) => members.values_mut().try_for_each(exchange),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn woken_chats_are_found_by_the_statuses_they_will_have() {
        for (filter, woken) in [
            ("all", "all & all:snoozed"),
            ("all:open & !tag:vip", "all:snoozed & !tag:vip & all:snoozed"),
            ("all:snoozed | !assigned:7:open", "(all:closed | !assigned:7:snoozed) & all:snoozed"),
            ("unread:7:closed", "unread:7:closed & all:snoozed"),
        ] {
            assert_eq!(once_woken(&filter.parse().unwrap()).unwrap().to_string(), woken);
        }
    }
}
