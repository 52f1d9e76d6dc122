//! The actions of `inboxdb bulk`: their arguments, and the question before one.

use std::time::Duration;

use clap::{Args, Subcommand};
use inboxdb::{Action, ManagerId, NewMessage, Timestamp, Visibility};

use crate::failure::Failure;
use crate::inbox::Inbox;
use crate::people::Person;
use crate::terminal::{Written, clean, minute_in_zone, read_duration};

/// One action.
#[derive(Subcommand)]
pub(super) enum What {
    /// Assign the chats to a manager, who then follows them
    #[command(
        override_usage = "inboxdb bulk [OPTIONS] <DIR> <FILTER|--chats N,…> assign <M>",
        after_help = "Example:\n  inboxdb bulk inbox 'tag:billing & unassigned:open' assign ada"
    )]
    Assign {
        /// New assignee
        #[arg(value_name = "M")]
        assignee: Person,
    },
    /// Leave the chats without an assignee
    #[command(
        override_usage = "inboxdb bulk [OPTIONS] <DIR> <FILTER|--chats N,…> unassign",
        after_help = "Example:\n  inboxdb bulk inbox assigned:7:open unassign"
    )]
    Unassign,
    /// Add followers
    #[command(
        override_usage = "inboxdb bulk [OPTIONS] <DIR> <FILTER|--chats N,…> follow <M>...",
        after_help = "Example:\n  inboxdb bulk inbox tag:vip:open follow 7 8"
    )]
    Follow {
        /// Managers to add
        #[arg(value_name = "M", required = true)]
        followers: Vec<Person>,
    },
    /// Remove followers, but never the assignee
    #[command(
        override_usage = "inboxdb bulk [OPTIONS] <DIR> <FILTER|--chats N,…> unfollow <M>...",
        after_help = "Example:\n  inboxdb bulk inbox following:8:closed unfollow 8"
    )]
    Unfollow {
        /// Managers to remove
        #[arg(value_name = "M", required = true)]
        followers: Vec<Person>,
    },
    /// Add tags, which must exist
    #[command(
        override_usage = "inboxdb bulk [OPTIONS] <DIR> <FILTER|--chats N,…> tag <PATH>...",
        after_help = "Example:\n  inboxdb bulk inbox hashtag:refund tag billing/refund"
    )]
    Tag {
        /// The paths of the tags
        #[arg(value_name = "PATH", required = true)]
        tags: Vec<String>,
    },
    /// Remove tags
    #[command(
        override_usage = "inboxdb bulk [OPTIONS] <DIR> <FILTER|--chats N,…> untag <PATH>...",
        after_help = "Example:\n  inboxdb bulk inbox tag:urgent:closed untag urgent"
    )]
    Untag {
        /// The paths of the tags
        #[arg(value_name = "PATH", required = true)]
        tags: Vec<String>,
    },
    /// Send a message to each chat; a public one by a manager opens it
    #[command(
        override_usage = "inboxdb bulk [OPTIONS] <DIR> <FILTER|--chats N,…> send [--internal] <TEXT>",
        after_help = "Example:\n  inboxdb bulk inbox tag:outage:open send 'It works again.' --manager 7"
    )]
    Send {
        /// The message
        text: String,
        /// Send it to managers only; it opens no chat
        #[arg(long)]
        internal: bool,
    },
    /// Open the chats
    #[command(
        override_usage = "inboxdb bulk [OPTIONS] <DIR> <FILTER|--chats N,…> open",
        after_help = "Example:\n  inboxdb bulk inbox tag:outage:closed open"
    )]
    Open,
    /// Snooze the chats; they reopen by themselves
    #[command(
        override_usage = "inboxdb bulk [OPTIONS] <DIR> <FILTER|--chats N,…> snooze <--until <TIME>|--for <DURATION>>",
        after_help = "Example:\n  inboxdb bulk inbox assigned:7:open snooze --for 3d"
    )]
    Snooze(Deadline),
    /// Close the chats
    #[command(
        override_usage = "inboxdb bulk [OPTIONS] <DIR> <FILTER|--chats N,…> close",
        after_help = "Example:\n  inboxdb bulk inbox 'all:open & !tag:vip' close --manager 7"
    )]
    Close,
    /// Mark the chats as read by the manager
    #[command(
        override_usage = "inboxdb bulk [OPTIONS] <DIR> <FILTER|--chats N,…> mark-read",
        after_help = "Example:\n  inboxdb bulk inbox unread:7 mark-read --manager 7"
    )]
    MarkRead,
    /// Take the manager out of the chats
    #[command(
        override_usage = "inboxdb bulk [OPTIONS] <DIR> <FILTER|--chats N,…> leave",
        after_help = "Example:\n  inboxdb bulk inbox following:7:closed leave --manager 7"
    )]
    Leave,
}

/// When snoozed chats reopen.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(super) struct Deadline {
    /// Time, such as 2026-05-01T09:00:00Z, or ms since 1970
    #[arg(long, value_name = "TIME", value_parser = Written::read)]
    until: Option<Written>,
    /// Duration from now, such as 90m, 2h, 3d or 1w
    #[arg(long = "for", value_name = "DURATION", value_parser = read_duration)]
    length: Option<Duration>,
}

impl Deadline {
    fn after(&self, now: Timestamp) -> Result<Timestamp, Failure> {
        self.until.map_or_else(|| Ok(now + self.length.unwrap_or_default()), Written::moment)
    }
}

impl What {
    /// The word for an action that only a manager can do.
    pub(super) fn needs_manager(&self) -> Option<&'static str> {
        match self {
            What::MarkRead => Some("mark-read"),
            What::Leave => Some("leave"),
            _ => None,
        }
    }

    /// The action for the engine. Durations count from `now`.
    pub(super) fn action(&self, workspace: &Inbox<'_>, now: Timestamp) -> Result<Action, Failure> {
        let all = |people: &[Person]| people.iter().map(|person| person.find(workspace)).collect::<Result<Vec<_>, _>>();
        Ok(match self {
            What::Assign { assignee } => Action::assign(assignee.find(workspace)?),
            What::Unassign => Action::unassign(),
            What::Follow { followers } => Action::follow(all(followers)?),
            What::Unfollow { followers } => Action::unfollow(all(followers)?),
            What::Tag { tags } => Action::tag(tags.clone()),
            What::Untag { tags } => Action::untag(tags.clone()),
            What::Send { text, internal } => {
                let visibility = if *internal { Visibility::Internal } else { Visibility::Public };
                Action::send_message(NewMessage::new(text.clone()).visibility(visibility))
            }
            What::Open => Action::open(),
            What::Snooze(deadline) => Action::snooze(deadline.after(now)?),
            What::Close => Action::close(),
            What::MarkRead => Action::mark_read(),
            What::Leave => Action::leave(),
        })
    }
}

/// The question before an action.
pub(super) fn question(action: &Action) -> String {
    match action {
        Action::Assign { manager, .. } => format!("Assign them to manager {manager}?"),
        Action::Unassign { .. } => "Leave them without an assignee?".to_owned(),
        Action::Follow { managers, .. } => format!("Add as followers: {}?", listed(managers)),
        Action::Unfollow { managers, .. } => format!("Remove from the followers: {}?", listed(managers)),
        Action::Tag { tags, .. } => format!("Add the tags {}?", clean(&tags.join(", "))),
        Action::Untag { tags, .. } => format!("Remove the tags {}?", clean(&tags.join(", "))),
        Action::SendMessage { visibility: Visibility::Public, .. } => "Send them a message?".to_owned(),
        Action::SendMessage { .. } => "Send them an internal message?".to_owned(),
        Action::Open { .. } => "Open them?".to_owned(),
        Action::Snooze { until, .. } => format!("Snooze them until {}?", minute_in_zone(*until)),
        Action::Close { .. } => "Close them?".to_owned(),
        Action::MarkRead { .. } => "Mark them as read?".to_owned(),
        Action::Leave { .. } => "Leave them?".to_owned(),
        // Actions that this program cannot name.
        _ => "Do it?".to_owned(),
    }
}

fn listed(managers: &[ManagerId]) -> String {
    managers.iter().map(|manager| format!("manager {manager}")).collect::<Vec<_>>().join(", ")
}
