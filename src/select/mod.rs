//! Evaluates views and filters: counts chats, or selects a page of them.

mod algebra;
mod filter_sets;
mod oldest;
mod page;
mod remembered;
mod resolve;

pub(crate) use filter_sets::{FilterSets, Term, terms_of_filter};
pub(crate) use oldest::{oldest_page, oldest_page_of_filter};
pub(crate) use page::{Page, page_of_filter};
pub(crate) use remembered::page_of_view;
pub(crate) use resolve::{ViewChats, is_on_demand, on_demand_key, on_demand_keys, resolve, resolve_filter, sessions};
