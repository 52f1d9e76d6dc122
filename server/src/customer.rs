//! What a customer's token reads: the customer's own chats, and of them what the customer may know.
//!
//! Whatever is not listed here is answered as if it did not exist: another customer's chat, an internal message, and
//! every query that is added later.

use inboxdb::{
    Chat, ChatId, Code, Cursor, CustomerId, Error, Filter, IdPage, Message, MessagePage, Query, Refusal, Status,
    Timestamp, View, Visibility, Workspace,
};
use serde::Serialize;

use crate::app::App;
use crate::error::Failure;

/// The size of a page that asks for none.
const PAGE_DEFAULT: u64 = 50;

/// An answer to a customer.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Reduced {
    Count { count: u64 },
    List { chats: Vec<ReducedChat>, next: Option<Cursor> },
    Ids(IdPage),
    Show(ReducedChat),
    Chats { chats: Vec<Option<ReducedChat>> },
    Message(Message),
    Messages(MessagePage),
}

/// A chat as its customer sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ReducedChat {
    id: ChatId,
    status: Status,
    created_at: Timestamp,
    last_activity_at: Timestamp,
    /// The name of the manager in charge.
    assignee: Option<String>,
}

/// Answers a query of a customer.
pub(crate) fn answer(app: &App, customer: CustomerId, query: &Query) -> Result<Reduced, Failure> {
    let workspace = query.workspace().ok_or_else(Failure::not_for_customers)?;
    let reader = Reader { workspace: app.engine.workspace(workspace)?, customer };
    match query {
        Query::Count { view, .. } => {
            reader.check_view(view)?;
            Ok(Reduced::Count { count: reader.workspace.count(view)? })
        }
        Query::List { view, .. } => {
            reader.check_view(view)?;
            reader.list(app, query)
        }
        Query::Show { chat, .. } => Ok(Reduced::Show(reader.own(*chat)?)),
        Query::Chats { chats, .. } => {
            let own =
                |chat: Option<Chat>| chat.filter(|chat| chat.customer == customer).map(|chat| reader.reduce(chat));
            let chats = reader.workspace.chats(chats.iter().copied())?.into_iter().map(|chat| own(chat).transpose());
            Ok(Reduced::Chats { chats: chats.collect::<Result<_, _>>()? })
        }
        Query::Message { chat, message, .. } => {
            reader.own(*chat)?;
            let message = reader.workspace.message(*chat, *message)?;
            match message.visibility {
                Visibility::Public => Ok(Reduced::Message(message)),
                _ => Err(reader.unknown_message(*chat, message.message)),
            }
        }
        Query::Messages { chat, visibility, limit, before, .. } => {
            reader.own(*chat)?;
            if visibility.is_some_and(|visibility| visibility != Visibility::Public) {
                return Err(Failure::not_for_customers());
            }
            let before = before.as_deref().map(str::parse::<Cursor>).transpose().map_err(Error::from)?;
            let limit = usize::try_from(limit.unwrap_or(PAGE_DEFAULT)).unwrap_or(usize::MAX);
            Ok(Reduced::Messages(reader.workspace.messages(*chat, Some(Visibility::Public), before, limit)?))
        }
        _ => Err(Failure::not_for_customers()),
    }
}

/// A customer who reads a workspace.
struct Reader {
    workspace: Workspace,
    customer: CustomerId,
}

impl Reader {
    /// Accepts the view of the customer's own chats, of any status.
    fn check_view(&self, filter: &Filter) -> Result<(), Failure> {
        let own = View::customer(self.customer);
        let of = [own.clone(), own.clone().open(), own.clone().snoozed(), own.closed()];
        match of.into_iter().any(|own| *filter == Filter::from(own)) {
            true => Ok(()),
            false => Err(Failure::not_for_customers()),
        }
    }

    fn list(&self, app: &App, query: &Query) -> Result<Reduced, Failure> {
        match app.engine.query(query)? {
            inboxdb::Answer::Ids(page) => Ok(Reduced::Ids(page)),
            inboxdb::Answer::List(page) => {
                let chats = page.chats.into_iter().map(|chat| self.reduce(chat)).collect::<Result<_, _>>()?;
                Ok(Reduced::List { chats, next: page.next })
            }
            _ => Err(Failure::internal()),
        }
    }

    /// A chat of the customer. Those of others do not exist.
    fn own(&self, chat: ChatId) -> Result<ReducedChat, Failure> {
        let found = self.workspace.chat(chat)?;
        match found.customer == self.customer {
            true => self.reduce(found),
            false => Err(Refusal::new(Code::UnknownChat, format!("there is no chat {chat}")).into()),
        }
    }

    fn unknown_message(&self, chat: ChatId, message: inboxdb::MessageId) -> Failure {
        Refusal::new(Code::UnknownMessage, format!("chat {chat} has no message {message}")).into()
    }

    fn reduce(&self, chat: Chat) -> Result<ReducedChat, Failure> {
        let assignee = chat.assignee.map(|manager| self.workspace.manager(manager)).transpose()?;
        Ok(ReducedChat {
            id: chat.id,
            status: chat.status,
            created_at: chat.created_at,
            last_activity_at: chat.last_activity_at,
            assignee: assignee.map(|manager| manager.name.to_string()),
        })
    }
}
