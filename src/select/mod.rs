//! Evaluates views and filters: counts chats, or selects a page of them.

mod algebra;
mod page;
mod resolve;
mod selection;

pub(crate) use page::{page, page_of_selection};
pub(crate) use resolve::{Chats, is_on_demand, on_demand_key, on_demand_keys, resolve, resolve_filter, sessions};
pub(crate) use selection::{Selection, Term, terms_of_filter};
