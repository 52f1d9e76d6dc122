//! The chats and customers that a command names.

use super::Command;
use crate::model::{ChatId, CustomerId};

impl Command {
    /// Visits every chat and customer that the command names. A bulk action names its chats by a selection, and a batch
    /// is visited command by command.
    pub(crate) fn for_each_id(&mut self, chat: &mut dyn FnMut(&mut ChatId), customer: &mut dyn FnMut(&mut CustomerId)) {
        match self {
            Command::PutCustomer { customer: named, .. } => named.iter_mut().for_each(customer),
            Command::DeleteCustomer { customer: named }
            | Command::TrackEvent { customer: named, .. }
            | Command::StartChat { customer: named, .. } => customer(named),
            Command::SendMessage { chat: named, .. }
            | Command::EditMessage { chat: named, .. }
            | Command::RedactMessage { chat: named, .. }
            | Command::Assign { chat: named, .. }
            | Command::AssignRecommended { chat: named, .. }
            | Command::Unassign { chat: named }
            | Command::Leave { chat: named }
            | Command::Follow { chat: named, .. }
            | Command::Unfollow { chat: named, .. }
            | Command::Tag { chat: named, .. }
            | Command::Untag { chat: named, .. }
            | Command::Open { chat: named }
            | Command::Snooze { chat: named, .. }
            | Command::Close { chat: named }
            | Command::SetDescription { chat: named, .. }
            | Command::SetAttribute { chat: named, .. }
            | Command::MarkRead { chat: named, .. }
            | Command::MarkUnread { chat: named }
            | Command::Favorite { chat: named }
            | Command::Unfavorite { chat: named }
            | Command::DeleteChat { chat: named } => chat(named),
            Command::PutManager { .. }
            | Command::RemoveManager { .. }
            | Command::SetOperator { .. }
            | Command::SetOnline { .. }
            | Command::SetCapacity { .. }
            | Command::SetProfileFields { .. }
            | Command::CreateTag { .. }
            | Command::DeleteTag { .. }
            | Command::MoveTag { .. }
            | Command::MergeTag { .. }
            | Command::FollowTag { .. }
            | Command::UnfollowTag { .. }
            | Command::DeleteWorkspace
            | Command::Bulk { .. }
            | Command::Tick
            | Command::SetClock { .. }
            | Command::All(_) => {}
        }
    }
}
