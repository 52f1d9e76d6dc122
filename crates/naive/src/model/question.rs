//! Parses a line of text into a query. `None` is `malformed`.

use crate::model::fields::{Fields, either, external, list, number, small, tagged, text};
use crate::model::filter::{self, Filter};

/// A place in a list.
pub type Place = (u64, u64);

/// The requested part of a list.
pub struct Page {
    pub limit: usize,
    /// The page starts after this place.
    pub from: Option<Place>,
}

/// The form of a list.
pub struct How {
    pub oldest_first: bool,
    pub ids_only: bool,
}

/// What is looked for by its external id.
pub enum Wanted {
    Manager(String),
    Customer(String),
    Chat(String),
    Message(u32, String),
}

/// A question about a workspace, or about which there are.
pub enum Question {
    Workspaces,
    About(u64, Query),
}

pub enum Query {
    Count {
        view: Filter,
    },
    List {
        view: Filter,
        how: How,
        page: Page,
    },
    Show {
        chat: u32,
    },
    Messages {
        chat: u32,
        visibility: Option<bool>,
        page: Page,
    },
    Message {
        chat: u32,
        message: u32,
    },
    /// Numbers of chats, of which some may not exist.
    Chats(Vec<u32>),
    Managers {
        removed: bool,
    },
    Manager {
        manager: u64,
    },
    Tags,
    Customer {
        customer: u64,
    },
    Customers {
        page: Page,
    },
    Find(Wanted),
    Sidebar {
        manager: u64,
    },
    Events {
        customer: u64,
        page: Page,
    },
    EventsBeforeChat {
        chat: u32,
        page: Page,
    },
    EarlierChats {
        chat: u32,
        page: Page,
    },
    Files {
        chat: u32,
        visibility: Option<bool>,
        page: Page,
    },
    Links {
        chat: u32,
        visibility: Option<bool>,
        page: Page,
    },
    ProfileFields,
    Recommend {
        chat: u32,
        limit: usize,
    },
    Notifications {
        manager: u64,
        page: Page,
    },
}

fn page(f: &mut Fields, cursor: &str) -> Option<Page> {
    let from = f.maybe(cursor, |value| {
        let text = text(value)?;
        let (first, second) = text.split_once('.')?;
        Some((first.parse().ok()?, second.parse().ok()?))
    })?;
    Some(Page { limit: f.limit()?, from })
}

/// Parses a line.
pub fn query_line(line: &str) -> Option<Question> {
    let (name, value) = tagged(serde_json::from_str(line).ok()?)?;
    let mut f = Fields::of(value)?;
    if name == "workspaces" {
        f.end()?;
        return Some(Question::Workspaces);
    }
    let workspace = f.number("workspace")?;
    let query = match name.as_str() {
        "count" => Query::Count { view: filter::read(f.take("view")?)? },
        "list" => {
            Query::List { view: filter::read(f.take("view")?)?, how: how(&mut f)?, page: page(&mut f, "before")? }
        }
        "managers" => Query::Managers { removed: f.maybe_flag("removed")? },
        "manager" => Query::Manager { manager: f.number("manager")? },
        "tags" => Query::Tags,
        "customer" => Query::Customer { customer: f.number("customer")? },
        "customers" => Query::Customers { page: page(&mut f, "after")? },
        "find" => Query::Find(wanted(&mut f)?),
        "chats" => Query::Chats(list(f.take("chats")?, small).filter(|chats| chats.len() <= 1000)?),
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
    Some(Question::About(workspace, query))
}

fn how(f: &mut Fields) -> Option<How> {
    let oldest_first = f.maybe("order", |value| either(&text(value)?, "oldest", "newest"))?.unwrap_or(false);
    Some(How { oldest_first, ids_only: f.maybe_flag("ids")? })
}

fn wanted(f: &mut Fields) -> Option<Wanted> {
    if let Some(value) = f.take("message") {
        return Some(Wanted::Message(f.chat()?, external(value)?));
    }
    if let Some(value) = f.take("manager") {
        return external(value).map(Wanted::Manager);
    }
    match f.take("customer") {
        Some(value) => external(value).map(Wanted::Customer),
        None => external(f.take("chat")?).map(Wanted::Chat),
    }
}

fn of_a_chat(name: &str, f: &mut Fields) -> Option<Query> {
    let chat = f.chat()?;
    Some(match name {
        "show" => Query::Show { chat },
        "message" => Query::Message { chat, message: small(f.take("message")?)? },
        "recommend" => Query::Recommend { chat, limit: f.limit()? },
        "messages" => Query::Messages { chat, visibility: f.visibility()?, page: page(f, "before")? },
        "files" => Query::Files { chat, visibility: f.visibility()?, page: page(f, "before")? },
        "links" => Query::Links { chat, visibility: f.visibility()?, page: page(f, "before")? },
        "events_before_chat" => Query::EventsBeforeChat { chat, page: page(f, "before")? },
        "earlier_chats" => Query::EarlierChats { chat, page: page(f, "before")? },
        _ => return None,
    })
}
