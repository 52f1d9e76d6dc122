//! Filters over views, in text and in JSON. `None` is `malformed`.

use serde_json::Value;

use crate::model::Code;
use crate::model::fields::tagged;
use crate::model::state::{Chat, Workspace};
use crate::model::view::{self, View};

const VIEWS_MAX: usize = 1024;
const NESTING_MAX: usize = 64;

#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    View(View),
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
}

/// Reads a filter in either form.
pub fn read(value: Value) -> Option<Filter> {
    let filter = json(value, 0)?;
    (filter.views().len() <= VIEWS_MAX).then_some(filter)
}

/// Reads a filter from JSON. Each object counts as one level, whatever its content.
fn json(value: Value, depth: usize) -> Option<Filter> {
    if let Value::String(text) = value {
        return parse(&text, depth);
    }
    let (word, value) = tagged(value)?;
    let depth = deeper(depth)?;
    let list = |value: Value| match value {
        Value::Array(items) => items.into_iter().map(|item| json(item, depth)).collect(),
        _ => None,
    };
    match word.as_str() {
        "and" => list(value).map(Filter::And),
        "or" => list(value).map(Filter::Or),
        "not" => Some(Filter::Not(Box::new(json(value, depth)?))),
        _ => None,
    }
}

fn deeper(depth: usize) -> Option<usize> {
    (depth < NESTING_MAX).then_some(depth + 1)
}

fn parse(text: &str, depth: usize) -> Option<Filter> {
    let mut rest = text;
    let filter = either(&mut rest, depth)?;
    rest.is_empty().then_some(filter)
}

/// Skips white space, and consumes a sign if it comes next.
fn takes(rest: &mut &str, sign: char) -> bool {
    *rest = rest.trim_start();
    let after = rest.strip_prefix(sign);
    *rest = after.unwrap_or(rest);
    after.is_some()
}

fn either(rest: &mut &str, depth: usize) -> Option<Filter> {
    let mut parts = vec![both(rest, depth)?];
    while takes(rest, '|') {
        parts.push(both(rest, depth)?);
    }
    Some(Filter::Or(parts))
}

fn both(rest: &mut &str, depth: usize) -> Option<Filter> {
    let mut parts = vec![unary(rest, depth)?];
    while takes(rest, '&') {
        parts.push(unary(rest, depth)?);
    }
    Some(Filter::And(parts))
}

fn unary(rest: &mut &str, depth: usize) -> Option<Filter> {
    if takes(rest, '!') {
        let inner = unary(rest, deeper(depth)?)?;
        return Some(Filter::Not(Box::new(inner)));
    }
    if takes(rest, '(') {
        let inner = either(rest, deeper(depth)?)?;
        return takes(rest, ')').then_some(inner);
    }
    let end = end_of_view(rest)?;
    let (view, after) = rest.split_at(end);
    // White space is allowed between a view and the next sign.
    *rest = after.trim_start();
    view::parse(view).map(Filter::View)
}

/// Returns the end of the view: the first white space or sign outside quotes.
fn end_of_view(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        if quoted {
            quoted = escaped || c != '"';
            escaped = c == '\\' && !escaped;
        } else if c == '"' {
            quoted = true;
        } else if c.is_whitespace() || "&|!()".contains(c) {
            return Some(at);
        }
    }
    (!quoted).then_some(text.len())
}

impl Filter {
    /// Returns all views from left to right.
    pub fn views(&self) -> Vec<&View> {
        match self {
            Self::View(view) => vec![view],
            Self::Not(inner) => inner.views(),
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::views).collect(),
        }
    }
}

impl Workspace {
    /// Checks that everything named by the filter exists. The first missing name is reported.
    pub fn filter_exists(&self, filter: &Filter) -> Result<(), Code> {
        filter.views().into_iter().try_for_each(|view| self.view_exists(view))
    }

    fn passes(&self, filter: &Filter, chat: &Chat) -> bool {
        match filter {
            Filter::View(view) => self.holds(view, chat),
            Filter::Not(inner) => !self.passes(inner, chat),
            Filter::And(parts) => parts.iter().all(|part| self.passes(part, chat)),
            Filter::Or(parts) => parts.iter().any(|part| self.passes(part, chat)),
        }
    }

    /// Returns the chats that match a filter, by id.
    pub fn chats_passing<'a>(&'a self, filter: &'a Filter) -> impl Iterator<Item = (u32, &'a Chat)> {
        let chats = self.chats.iter().map(|(id, chat)| (*id, chat));
        chats.filter(|(_, chat)| self.passes(filter, chat))
    }
}
