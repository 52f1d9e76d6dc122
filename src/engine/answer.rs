//! Answering questions in their machine form.

use super::Engine;
use crate::error::{Code, Error, Refusal};
use crate::index::ViewError;
use crate::model::limits::PAGE_DEFAULT;
use crate::query::{Answer, Cursor, CursorError, Query};

impl From<ViewError> for Error {
    fn from(error: ViewError) -> Self {
        Refusal::new(Code::Malformed, error.to_string()).into()
    }
}

impl From<CursorError> for Error {
    fn from(error: CursorError) -> Self {
        Refusal::new(Code::Malformed, error.to_string()).into()
    }
}

pub(super) fn answer(engine: &Engine, query: &Query) -> Result<Answer, Error> {
    Ok(match query {
        Query::Count { workspace, view } => Answer::Count { count: engine.workspace(*workspace)?.count(view)? },
        Query::List { workspace, view, limit, before } => {
            let (limit, before) = page(*limit, before.as_deref())?;
            Answer::List(engine.workspace(*workspace)?.list(view, before, limit)?)
        }
        Query::Show { workspace, chat } => Answer::Show(Box::new(engine.workspace(*workspace)?.chat(*chat)?)),
        Query::Messages { workspace, chat, limit, before } => {
            let (limit, before) = page(*limit, before.as_deref())?;
            Answer::Messages(engine.workspace(*workspace)?.messages(*chat, before, limit)?)
        }
        Query::Managers { workspace } => Answer::Managers { managers: engine.workspace(*workspace)?.managers() },
        Query::Tags { workspace } => Answer::Tags { tags: engine.workspace(*workspace)?.tags() },
        Query::Customer { workspace, customer } => Answer::Customer(engine.workspace(*workspace)?.customer(*customer)?),
        Query::Sidebar { workspace, manager } => {
            Answer::Sidebar(Box::new(engine.workspace(*workspace)?.sidebar(*manager)?))
        }
    })
}

/// The limit and the cursor of a page.
fn page(limit: Option<u64>, before: Option<&str>) -> Result<(usize, Option<Cursor>), Error> {
    // Reading refuses what is out of range.
    let limit = limit.map_or(PAGE_DEFAULT, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    Ok((limit, before.map(str::parse).transpose()?))
}
