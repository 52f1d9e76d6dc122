//! Whether an action changes a chat: the same answer that the engine gives by its report.

use inboxdb::internal::normal_form;
use inboxdb::{Action, Actor, Chat, ManagerId, Status, limits};

/// Whether the action of an actor changes a chat. It does not if the chat is already so, or will be refused.
pub(super) fn changes(action: &Action, actor: Actor, chat: &Chat) -> bool {
    let follows = |manager: &ManagerId| chat.followers.contains(manager);
    match action {
        Action::Assign { manager, .. } => chat.assignee != Some(*manager),
        Action::Unassign { .. } => chat.assignee.is_some(),
        Action::Follow { managers, .. } => !managers.iter().all(follows),
        Action::Unfollow { managers, .. } => {
            let of_assignee = chat.assignee.is_some_and(|assignee| managers.contains(&assignee));
            !of_assignee && managers.iter().any(follows)
        }
        Action::Tag { tags, .. } => {
            let more = others(tags, &chat.tags);
            more > 0 && chat.tags.len() + more <= limits::TAGS_PER_CHAT_MAX
        }
        Action::Untag { tags, .. } => others(&chat.tags, tags) < chat.tags.len(),
        Action::Open { .. } => chat.status != Status::Open,
        Action::Close { .. } => chat.status != Status::Closed,
        Action::Snooze { until, .. } => chat.snoozed_until != Some(*until),
        Action::MarkRead { .. } => matches!(actor, Actor::Manager(manager) if chat.unread.contains_key(&manager)),
        Action::Leave { .. } => matches!(actor, Actor::Manager(manager) if follows(&manager)),
        // A message is always something new. So are actions that this program cannot name.
        _ => true,
    }
}

/// How many tags of the first list are not in the second, each once.
fn others<T: AsRef<str>, U: AsRef<str>>(tags: &[T], known: &[U]) -> usize {
    let known: Vec<_> = known.iter().map(|tag| normal_form(tag.as_ref())).collect();
    let mut others: Vec<_> =
        tags.iter().map(|tag| normal_form(tag.as_ref())).filter(|tag| !known.contains(tag)).collect();
    others.sort_unstable();
    others.dedup();
    others.len()
}
