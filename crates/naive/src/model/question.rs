//! Parses a line of text into a query. `None` is `malformed`.

use crate::model::fields::{Fields, number, tagged, text};
use crate::model::filter::{self, Filter};

/// A place in a list.
pub type Place = (u64, u64);

/// The requested part of a list.
pub struct Page {
    pub limit: usize,
    /// The page starts after this place.
    pub from: Option<Place>,
}

pub enum Query {
    Count { view: Filter },
    List { view: Filter, page: Page },
    Show { chat: u32 },
    Messages { chat: u32, visibility: Option<bool>, page: Page },
    Managers,
    Tags,
    Customer { customer: u64 },
    Sidebar { manager: u64 },
    Events { customer: u64, page: Page },
    EventsBeforeChat { chat: u32, page: Page },
    EarlierChats { chat: u32, page: Page },
    Files { chat: u32, visibility: Option<bool>, page: Page },
    Links { chat: u32, visibility: Option<bool>, page: Page },
    ProfileFields,
    Recommend { chat: u32, limit: usize },
    Notifications { manager: u64, page: Page },
}

fn page(f: &mut Fields, cursor: &str) -> Option<Page> {
    let from = f.maybe(cursor, |value| {
        let text = text(value)?;
        let (first, second) = text.split_once('.')?;
        Some((first.parse().ok()?, second.parse().ok()?))
    })?;
    Some(Page { limit: f.limit()?, from })
}

/// Parses a line. Returns the workspace and the query.
pub fn query_line(line: &str) -> Option<(u64, Query)> {
    let (name, value) = tagged(serde_json::from_str(line).ok()?)?;
    let mut f = Fields::of(value)?;
    let workspace = f.number("workspace")?;
    let query = match name.as_str() {
        "count" => Query::Count { view: filter::read(f.take("view")?)? },
        "list" => Query::List { view: filter::read(f.take("view")?)?, page: page(&mut f, "before")? },
        "managers" => Query::Managers,
        "tags" => Query::Tags,
        "customer" => Query::Customer { customer: f.number("customer")? },
        "sidebar" => Query::Sidebar { manager: f.number("manager")? },
        "events" => Query::Events { customer: f.number("customer")?, page: page(&mut f, "before")? },
        "profile_fields" => Query::ProfileFields,
        "notifications" => {
            // There is no journal here, so all notices are returned, whatever `since` is.
            f.maybe("since", number)?;
            Query::Notifications { manager: f.number("manager")?, page: page(&mut f, "after")? }
        }
        _ => of_a_chat(&name, &mut f)?,
    };
    f.end()?;
    Some((workspace, query))
}

fn of_a_chat(name: &str, f: &mut Fields) -> Option<Query> {
    let chat = f.chat()?;
    Some(match name {
        "show" => Query::Show { chat },
        "recommend" => Query::Recommend { chat, limit: f.limit()? },
        "messages" => Query::Messages { chat, visibility: f.visibility()?, page: page(f, "before")? },
        "files" => Query::Files { chat, visibility: f.visibility()?, page: page(f, "before")? },
        "links" => Query::Links { chat, visibility: f.visibility()?, page: page(f, "before")? },
        "events_before_chat" => Query::EventsBeforeChat { chat, page: page(f, "before")? },
        "earlier_chats" => Query::EarlierChats { chat, page: page(f, "before")? },
        _ => return None,
    })
}
