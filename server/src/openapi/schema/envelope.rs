//! Envelopes around commands, and the results of commands.

use serde::Serialize;
use utoipa::ToSchema;

use super::commands::Command;
use super::shared::{Actor, Actual, Code, Status};

/// A command with its workspace, time and actor.
#[derive(Serialize, ToSchema)]
pub(crate) struct Envelope {
    /// The workspace. The token's, if left out.
    pub(crate) workspace: Option<u64>,
    /// When the command happens, in milliseconds since the Unix epoch. Now, if left out.
    #[schema(maximum = 253402300799999_u64)]
    pub(crate) at: Option<u64>,
    /// Who runs the command. The token's actor, if left out.
    pub(crate) actor: Option<Actor>,
    /// The command.
    #[schema(rename = "do")]
    pub(crate) command: Command,
    /// An id chosen by the caller, so that a retry does nothing twice. The header `Idempotency-Key` is the same.
    #[schema(max_length = 64)]
    pub(crate) id: Option<String>,
    /// What must hold for a chat, or the command is refused.
    #[schema(rename = "if")]
    pub(crate) condition: Option<Condition>,
}

/// The result of an accepted command.
#[derive(Serialize, ToSchema)]
pub(crate) struct Accepted {
    /// The line of the command, in a batch.
    pub(crate) line: Option<u64>,
    /// The newest change when the command was done.
    pub(crate) seq: u64,
    /// The reply.
    pub(crate) ok: Reply,
    /// Its place in the log of the workspace's group, for `at_least`, on a node of a cluster.
    pub(crate) place: Option<u64>,
}

/// A line of a long command.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum ProgressLine {
    /// How far it is.
    Progress {
        /// Chats done, of all chats.
        progress: Progress,
    },
    /// The last line.
    Accepted(Accepted),
    /// The last line, if it was refused.
    Refused(Refused),
}

/// How far a long command is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Progress {
    /// Chats done.
    pub(crate) done: u64,
    /// All chats.
    pub(crate) total: Option<u64>,
}

/// A line of a batch of commands.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum CommandLine {
    /// It was accepted.
    Accepted(Accepted),
    /// It was refused.
    Refused(Refused),
}

/// Why a request, or a line of it, was refused.
#[derive(Serialize, ToSchema)]
pub(crate) struct Refused {
    /// The line, in a batch of commands.
    pub(crate) line: Option<u64>,
    /// Why.
    pub(crate) error: Refusal,
}

/// Why something was refused.
#[derive(Serialize, ToSchema)]
pub(crate) struct Refusal {
    /// The stable name.
    pub(crate) code: AnyCode,
    /// What was wrong.
    pub(crate) message: String,
    /// Which command of a batch was refused, counted from 0.
    pub(crate) at: Option<u64>,
    /// What the chat of a condition is like.
    pub(crate) actual: Option<Actual>,
}

/// The code of a refusal: of the store, or of the server.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum AnyCode {
    /// Of the store.
    Store(Code),
    /// Of the server.
    Server(ServerCode),
}

/// The code of a refusal that is the server's own.
#[derive(Serialize, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum ServerCode {
    /// No token, or one that does not count.
    Unauthorized,
    /// No such route; or what a customer's token does not read.
    NotFound,
    /// The route takes other methods.
    MethodNotAllowed,
    /// The body did not arrive in time.
    Timeout,
    /// The body is of another type.
    UnsupportedMediaType,
    /// More requests or watchers than the token may have.
    TooManyRequests,
    /// A fault of the server.
    Internal,
}

/// What must hold for a chat when a command is judged. Otherwise the command is refused with `condition_failed`, and the
/// refusal tells what the chat is like.
#[derive(Serialize, ToSchema)]
pub(crate) struct Condition {
    /// The chat.
    pub(crate) chat: u32,
    /// The number of its messages.
    pub(crate) messages: Option<u64>,
    /// Its status.
    pub(crate) status: Option<Status>,
    /// Its assignee; null means that it has none.
    pub(crate) assignee: Option<u64>,
}

/// The reply to an accepted command.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Reply {
    /// `start_chat`: the id of the new chat.
    Chat {
        /// Its id.
        chat: u32,
    },
    /// `send_message`: the number of the new message.
    Message {
        /// Its number in the chat.
        message: u32,
    },
    /// `assign_recommended`: the new assignee. `put_manager` without a number: the manager.
    Manager {
        /// Its id.
        manager: u64,
    },
    /// `put_customer` without a number: the customer.
    Customer {
        /// Its id.
        customer: u64,
    },
    /// A batch: the replies to its commands, in their order.
    All {
        /// The replies.
        #[schema(no_recursion)]
        all: Vec<Reply>,
    },
    /// `bulk`: what happened to the chats.
    Bulk(BulkReport),
    /// Every other command. `{}` in JSON.
    Done {},
}

/// What happened to the chats of a bulk action.
#[derive(Serialize, ToSchema)]
pub(crate) struct BulkReport {
    /// The number of chats that changed.
    pub(crate) changed: u64,
    /// The number of chats that needed no change.
    pub(crate) unchanged: u64,
    /// The refused chats, in the order of the selection.
    pub(crate) refused: Vec<RefusedChat>,
}

/// A chat that was refused in a bulk action.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefusedChat {
    /// The chat.
    pub(crate) chat: u32,
    /// Why it was refused.
    pub(crate) code: Code,
}
