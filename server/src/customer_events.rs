//! What a customer's token sees of the feed: no more than of the chats themselves.

use std::sync::Arc;

use inboxdb::{Actor, ChangeEvent, ChatChange, CustomerId, FeedEvent, Visibility, What, Workspace, WorkspaceId};

use crate::app::App;

/// An event as a customer sees it, or `None` if nothing of it concerns them. May read the disk.
pub(crate) fn reduce(app: &App, workspace: WorkspaceId, customer: CustomerId, event: FeedEvent) -> Option<FeedEvent> {
    let FeedEvent::Change(mut shared) = event else { return Some(event) };
    let change = Arc::make_mut(&mut shared);
    let reader = Reader { workspace: app.engine.workspace(workspace).ok()?, customer };
    let chats: Vec<ChatChange> = change.chats.iter().filter_map(|chat| reader.chat(chat)).collect();
    if chats.is_empty() && change.counts.is_empty() {
        return None;
    }
    if change.by != Some(Actor::Customer(customer)) {
        hide_actor(change);
    }
    change.chats = chats.into();
    change.notices = Arc::default();
    change.sidebar = false;
    change.more = false;
    Some(FeedEvent::Change(shared))
}

/// Who acted, and under which id of a command, is known to the staff.
fn hide_actor(change: &mut ChangeEvent) {
    change.by = None;
    change.id = None;
}

/// A customer who reads a workspace.
struct Reader {
    workspace: Workspace,
    customer: CustomerId,
}

impl Reader {
    /// What the customer may know of a change of a chat.
    fn chat(&self, change: &ChatChange) -> Option<ChatChange> {
        let mut reduced = change.clone();
        reduced.what.retain(|what| is_shown(*what));
        match self.workspace.chat(change.chat) {
            Ok(chat) if chat.customer == self.customer => {}
            // Whose chat it was cannot be told once it is gone.
            _ => return None,
        }
        if let Some(message) = change.message {
            let message = self.workspace.message(change.chat, message);
            if !message.is_ok_and(|message| message.visibility == Visibility::Public) {
                reduced.message = None;
                reduced.what.retain(|what| !matches!(what, What::Message | What::Edited | What::Redacted));
            }
        }
        (!reduced.what.is_empty()).then_some(reduced)
    }
}

/// Whether a customer sees what changed. A new kind is hidden until it is listed.
fn is_shown(what: What) -> bool {
    matches!(what, What::Started | What::Message | What::Edited | What::Redacted | What::Status | What::Assignee)
}
