//! Answering queries given as data.

use crate::engine::Engine;
use crate::error::Error;
use crate::model::WorkspaceId;
use crate::model::limits::PAGE_DEFAULT;
use crate::query::{Answer, Cursor, Find, Query};

pub(crate) fn answer(engine: &Engine, query: &Query) -> Result<Answer, Error> {
    let at = |workspace: &WorkspaceId| engine.workspace(*workspace);
    Ok(match query {
        Query::Count { workspace, view } => Answer::Count { count: at(workspace)?.count(view)? },
        Query::Workspaces {} => Answer::Workspaces { workspaces: engine.workspaces()? },
        Query::List { workspace, view, limit, before, order, ids } => {
            let (order, before) = (order.unwrap_or_default(), cursor(before)?);
            match ids {
                Some(true) => Answer::Ids(at(workspace)?.list_ids(view, order, before, size(*limit))?),
                _ => Answer::List(at(workspace)?.list_in(view, order, before, size(*limit))?),
            }
        }
        Query::Chats { workspace, chats } => Answer::Chats { chats: at(workspace)?.chats(chats.iter().copied())? },
        Query::Message { workspace, chat, message } => Answer::Message(at(workspace)?.message(*chat, *message)?),
        Query::Show { workspace, chat } => Answer::Show(Box::new(at(workspace)?.chat(*chat)?)),
        Query::Messages { workspace, chat, visibility, limit, before } => {
            Answer::Messages(at(workspace)?.messages(*chat, *visibility, cursor(before)?, size(*limit))?)
        }
        Query::Files { workspace, chat, visibility, limit, before } => {
            Answer::Files(at(workspace)?.files(*chat, *visibility, cursor(before)?, size(*limit))?)
        }
        Query::Links { workspace, chat, visibility, limit, before } => {
            Answer::Links(at(workspace)?.links(*chat, *visibility, cursor(before)?, size(*limit))?)
        }
        Query::Managers { workspace, removed } => {
            let workspace = at(workspace)?;
            let managers = if removed.unwrap_or(false) { workspace.all_managers()? } else { workspace.managers()? };
            Answer::Managers { managers }
        }
        Query::Find(Find { workspace, wanted }) => Answer::Found(at(workspace)?.find(wanted)?),
        Query::Digest { workspace } => Answer::Digest { digest: at(workspace)?.digest()? },
        Query::Manager { workspace, manager } => Answer::Manager(at(workspace)?.manager(*manager)?),
        Query::Tags { workspace } => Answer::Tags { tags: at(workspace)?.tags()? },
        Query::Customer { workspace, customer } => Answer::Customer(at(workspace)?.customer(*customer)?),
        Query::Customers { workspace, limit, after } => {
            Answer::Customers(at(workspace)?.customers(cursor(after)?, size(*limit))?)
        }
        Query::Events { workspace, customer, limit, before } => {
            Answer::Events(at(workspace)?.events(*customer, cursor(before)?, size(*limit))?)
        }
        Query::EventsBeforeChat { workspace, chat, limit, before } => {
            Answer::Events(at(workspace)?.events_before_chat(*chat, cursor(before)?, size(*limit))?)
        }
        Query::EarlierChats { workspace, chat, limit, before } => {
            Answer::EarlierChats(at(workspace)?.earlier_chats(*chat, cursor(before)?, size(*limit))?)
        }
        Query::ProfileFields { workspace } => Answer::ProfileFields { fields: at(workspace)?.profile_fields()? },
        Query::Recommend { workspace, chat, limit } => {
            Answer::Recommend { managers: at(workspace)?.recommend(*chat, size(*limit))? }
        }
        Query::Notifications { workspace, manager, since, limit, after } => Answer::Notifications(
            at(workspace)?.notifications(*manager, since.unwrap_or(0), cursor(after)?, size(*limit))?,
        ),
        Query::Bulks { workspace } => Answer::Bulks { bulks: at(workspace)?.unfinished_bulks()? },
        Query::Indexes { workspace } => Answer::Indexes { indexes: at(workspace)?.indexes()? },
        Query::Sidebar { workspace, manager } => Answer::Sidebar(Box::new(at(workspace)?.sidebar(*manager)?)),
    })
}

/// The size of a page. One that is out of range is refused by the read itself.
fn size(limit: Option<u64>) -> usize {
    limit.map_or(PAGE_DEFAULT, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

/// Where a page begins.
fn cursor(text: &Option<String>) -> Result<Option<Cursor>, Error> {
    Ok(text.as_deref().map(str::parse).transpose()?)
}
