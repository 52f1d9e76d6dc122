//! From a line of text to a query. `None` is `malformed`.

use super::fields::{Fields, tagged, text};

pub enum Query {
    Count { view: String },
    List { view: String, limit: usize, before: Option<String> },
    Show { chat: u32 },
    Messages { chat: u32, limit: usize, before: Option<String> },
    Managers,
    Tags,
    Customer { customer: u64 },
    Sidebar { manager: u64 },
}

/// The workspace that is asked, and what.
pub fn query_line(line: &str) -> Option<(u64, Query)> {
    let (name, value) = tagged(serde_json::from_str(line).ok()?)?;
    let mut f = Fields::of(value)?;
    let workspace = f.number("workspace")?;
    let query = match name.as_str() {
        "count" => Query::Count { view: f.text("view")? },
        "list" => Query::List { view: f.text("view")?, limit: f.limit()?, before: f.maybe("before", text)? },
        "show" => Query::Show { chat: f.chat()? },
        "messages" => Query::Messages { chat: f.chat()?, limit: f.limit()?, before: f.maybe("before", text)? },
        "managers" => Query::Managers,
        "tags" => Query::Tags,
        "customer" => Query::Customer { customer: f.number("customer")? },
        "sidebar" => Query::Sidebar { manager: f.number("manager")? },
        _ => return None,
    };
    f.end()?;
    Some((workspace, query))
}
