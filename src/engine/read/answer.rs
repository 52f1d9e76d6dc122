//! Answering queries given as data.

use crate::engine::Engine;
use crate::error::Error;
use crate::model::limits::PAGE_DEFAULT;
use crate::query::{Answer, Cursor, Query};

pub(crate) fn answer(engine: &Engine, query: &Query) -> Result<Answer, Error> {
    Ok(match query {
        Query::Count { workspace, view } => Answer::Count { count: engine.workspace(*workspace)?.count(view)? },
        Query::Workspaces {} => Answer::Workspaces { workspaces: engine.workspaces()? },
        Query::List { workspace, view, limit, before, order, ids } => {
            let (limit, before) = page(*limit, before.as_deref())?;
            let (workspace, order) = (engine.workspace(*workspace)?, order.unwrap_or_default());
            match ids {
                Some(true) => Answer::Ids(workspace.list_ids(view, order, before, limit)?),
                _ => Answer::List(workspace.list_in(view, order, before, limit)?),
            }
        }
        Query::Chats { workspace, chats } => {
            Answer::Chats { chats: engine.workspace(*workspace)?.chats(chats.iter().copied())? }
        }
        Query::Message { workspace, chat, message } => {
            Answer::Message(engine.workspace(*workspace)?.message(*chat, *message)?)
        }
        Query::Show { workspace, chat } => Answer::Show(Box::new(engine.workspace(*workspace)?.chat(*chat)?)),
        Query::Messages { workspace, chat, visibility, limit, before } => {
            let (limit, before) = page(*limit, before.as_deref())?;
            Answer::Messages(engine.workspace(*workspace)?.messages(*chat, *visibility, before, limit)?)
        }
        Query::Files { workspace, chat, visibility, limit, before } => {
            let (limit, before) = page(*limit, before.as_deref())?;
            Answer::Files(engine.workspace(*workspace)?.files(*chat, *visibility, before, limit)?)
        }
        Query::Links { workspace, chat, visibility, limit, before } => {
            let (limit, before) = page(*limit, before.as_deref())?;
            Answer::Links(engine.workspace(*workspace)?.links(*chat, *visibility, before, limit)?)
        }
        Query::Managers { workspace, removed } => {
            let workspace = engine.workspace(*workspace)?;
            let managers = if removed.unwrap_or(false) { workspace.all_managers()? } else { workspace.managers()? };
            Answer::Managers { managers }
        }
        Query::Find { workspace, wanted } => Answer::Found(engine.workspace(*workspace)?.find(wanted)?),
        Query::Digest { workspace } => Answer::Digest { digest: engine.workspace(*workspace)?.digest()? },
        Query::Manager { workspace, manager } => Answer::Manager(engine.workspace(*workspace)?.manager(*manager)?),
        Query::Tags { workspace } => Answer::Tags { tags: engine.workspace(*workspace)?.tags()? },
        Query::Customer { workspace, customer } => Answer::Customer(engine.workspace(*workspace)?.customer(*customer)?),
        Query::Customers { workspace, limit, after } => {
            let (limit, after) = page(*limit, after.as_deref())?;
            Answer::Customers(engine.workspace(*workspace)?.customers(after, limit)?)
        }
        Query::Events { workspace, customer, limit, before } => {
            let (limit, before) = page(*limit, before.as_deref())?;
            Answer::Events(engine.workspace(*workspace)?.events(*customer, before, limit)?)
        }
        Query::EventsBeforeChat { workspace, chat, limit, before } => {
            let (limit, before) = page(*limit, before.as_deref())?;
            Answer::Events(engine.workspace(*workspace)?.events_before_chat(*chat, before, limit)?)
        }
        Query::EarlierChats { workspace, chat, limit, before } => {
            let (limit, before) = page(*limit, before.as_deref())?;
            Answer::EarlierChats(engine.workspace(*workspace)?.earlier_chats(*chat, before, limit)?)
        }
        Query::ProfileFields { workspace } => {
            Answer::ProfileFields { fields: engine.workspace(*workspace)?.profile_fields()? }
        }
        Query::Recommend { workspace, chat, limit } => {
            let (limit, _) = page(*limit, None)?;
            Answer::Recommend { managers: engine.workspace(*workspace)?.recommend(*chat, limit)? }
        }
        Query::Notifications { workspace, manager, since, limit, after } => {
            let (limit, after) = page(*limit, after.as_deref())?;
            let since = since.unwrap_or(0);
            Answer::Notifications(engine.workspace(*workspace)?.notifications(*manager, since, after, limit)?)
        }
        Query::Bulks { workspace } => Answer::Bulks { bulks: engine.workspace(*workspace)?.unfinished_bulks()? },
        Query::Indexes { workspace } => Answer::Indexes { indexes: engine.workspace(*workspace)?.indexes()? },
        Query::Sidebar { workspace, manager } => {
            Answer::Sidebar(Box::new(engine.workspace(*workspace)?.sidebar(*manager)?))
        }
    })
}

/// Returns the limit and the cursor of a page.
fn page(limit: Option<u64>, cursor: Option<&str>) -> Result<(usize, Option<Cursor>), Error> {
    // An out-of-range limit is refused by the read itself.
    let limit = limit.map_or(PAGE_DEFAULT, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    Ok((limit, cursor.map(str::parse).transpose()?))
}
