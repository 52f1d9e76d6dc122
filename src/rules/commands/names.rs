//! The things that a command names, in the order in which they are looked up; and the condition of a command.
//!
//! A command's own rules refuse unknown names too. A condition is judged after the names and before the rules, so a
//! command with a condition looks its names up first.

use super::{Done, chats, find_tag, known_manager, messages};
use crate::command::{Command, Selection};
use crate::error::{Code, Refusal};
use crate::model::{Actual, Condition, CustomerId};
use crate::rules::builder::ChangeBuilder;
use crate::select::resolve_filter;

/// Refuses a command whose condition does not hold. Names are looked up before: the condition's chat, then those of the
/// command.
pub(in crate::rules) fn check_condition(
    builder: &mut ChangeBuilder<'_>,
    condition: &Condition,
    command: &Command,
) -> Done {
    chats::chat(builder, condition.chat)?;
    check_names(builder, command)?;
    let record = chats::chat(builder, condition.chat)?;
    let actual = Actual {
        messages: condition.messages.map(|_| record.messages.into()),
        status: condition.status.map(|_| record.status),
        assignee: condition.assignee.map(|_| record.assignee),
        ..Actual::default()
    };
    let holds = actual.messages == condition.messages
        && actual.status == condition.status
        && actual.assignee == condition.assignee;
    if holds {
        return Ok(());
    }
    let message = format!("chat {} is not as the condition says: {}", condition.chat, shown(&actual));
    Err(Refusal { actual: Some(actual), ..Refusal::new(Code::ConditionFailed, message) })
}

fn shown(actual: &Actual) -> String {
    let mut parts = Vec::new();
    parts.extend(actual.messages.map(|messages| format!("it has {messages} messages")));
    parts.extend(actual.status.map(|status| format!("it is {status}")));
    parts.extend(actual.assignee.map(|assignee| match assignee {
        Some(manager) => format!("its assignee is manager {manager}"),
        None => "it has no assignee".to_owned(),
    }));
    parts.join(", ")
}

/// Refuses unknown names. A batch has none of its own.
pub(in crate::rules) fn check_names(builder: &mut ChangeBuilder<'_>, command: &Command) -> Done {
    let tags = |builder: &ChangeBuilder<'_>, paths: &[String]| {
        paths.iter().try_for_each(|path| find_tag(builder, path).map(drop))
    };
    match command {
        Command::PutManager { .. }
        | Command::PutCustomer { .. }
        | Command::SetProfileFields { .. }
        | Command::CreateTag { .. }
        | Command::DeleteWorkspace
        | Command::Tick
        | Command::SetClock { .. }
        | Command::All(_) => Ok(()),
        Command::RemoveManager { manager }
        | Command::SetOperator { manager, .. }
        | Command::SetOnline { manager, .. }
        | Command::SetCapacity { manager, .. } => known_manager(builder, *manager),
        Command::DeleteCustomer { customer }
        | Command::TrackEvent { customer, .. }
        | Command::StartChat { customer, .. } => known_customer(builder, *customer),
        Command::DeleteTag { path } | Command::MoveTag { path, .. } => find_tag(builder, path).map(drop),
        Command::MergeTag { path, into } => {
            find_tag(builder, path)?;
            find_tag(builder, into).map(drop)
        }
        Command::FollowTag { path, manager } | Command::UnfollowTag { path, manager } => {
            find_tag(builder, path)?;
            known_manager(builder, *manager)
        }
        Command::EditMessage { chat, message, .. } => messages::message_to_edit(builder, *chat, *message).map(drop),
        Command::RedactMessage { chat, message } => messages::message(builder, *chat, *message).map(drop),
        Command::Assign { chat, manager } => {
            chats::chat(builder, *chat)?;
            known_manager(builder, *manager)
        }
        Command::Follow { chat, managers } | Command::Unfollow { chat, managers } => {
            chats::chat(builder, *chat)?;
            managers.iter().try_for_each(|manager| known_manager(builder, *manager))
        }
        Command::Tag { chat, tags: paths } | Command::Untag { chat, tags: paths } => {
            chats::chat(builder, *chat)?;
            tags(builder, paths)
        }
        Command::MarkRead { chat, up_to: Some(message) } => messages::known_message(builder, *chat, *message),
        Command::Bulk { select, action } => {
            check_selection(builder, select)?;
            action.managers().iter().try_for_each(|manager| known_manager(builder, *manager))?;
            tags(builder, action.tags())
        }
        Command::SendMessage { chat, .. }
        | Command::AssignRecommended { chat, .. }
        | Command::Unassign { chat }
        | Command::Leave { chat }
        | Command::Open { chat }
        | Command::Snooze { chat, .. }
        | Command::Close { chat }
        | Command::SetDescription { chat, .. }
        | Command::SetAttribute { chat, .. }
        | Command::MarkRead { chat, up_to: None }
        | Command::MarkUnread { chat }
        | Command::Favorite { chat }
        | Command::Unfavorite { chat }
        | Command::DeleteChat { chat } => chats::chat(builder, *chat).map(drop),
    }
}

fn known_customer(builder: &ChangeBuilder<'_>, customer: CustomerId) -> Done {
    if builder.customer(customer).is_some() { Ok(()) } else { Err(Refusal::unknown_customer(customer)) }
}

fn check_selection(builder: &ChangeBuilder<'_>, select: &Selection) -> Done {
    let Selection::Filter(filter) = select else { return Ok(()) };
    if builder.input().chosen().is_some() {
        return Ok(());
    }
    let unknown: Vec<CustomerId> =
        filter.customers().filter(|customer| builder.customer(*customer).is_none()).collect();
    resolve_filter(builder.input().state, filter, &unknown).map(drop)
}
