//! Filters: views joined by set operators.

use std::str::FromStr;
use std::{fmt, ops};

use super::node::{Node, Operator};
use super::{View, ViewError, ViewKind, parse};
use crate::error::{Code, Refusal};
use crate::model::CustomerId;
use crate::model::limits::{FILTER_DEPTH_MAX, FILTER_VIEWS_MAX};

/// The message for a filter that is past the limits.
pub(super) const LIMITS: &str = "the filter is past the limits: 1024 views, and 64 levels of parentheses and `!`";
const _: () = assert!(FILTER_VIEWS_MAX == 1_024 && FILTER_DEPTH_MAX == 64, "the text names the limits");

/// Views joined by `&` (and), `|` (or) and `!` (not). A filter can be counted and listed like a single view.
///
/// `!x` is every chat of the workspace, of any status, that is not in `x`. `!` binds tightest, then `&`, then `|`.
/// White space is allowed around operators and parentheses, but not inside a view.
///
/// ```
/// use inboxdb::{Filter, View};
///
/// let filter: Filter = "all:open & (tag:vip | hashtag:urgent) & !assigned:7".parse()?;
///
/// let urgent = View::tag("vip") | View::hashtag("urgent");
/// assert_eq!(filter, View::all().open() & urgent & !View::assigned(7));
///
/// // Its text has the fewest parentheses.
/// assert_eq!("((all)|(all:open&!(!unassigned)))".parse::<Filter>()?.to_string(), "all | all:open & unassigned");
///
/// // In JSON it is a text, or an object of operators. `and` and `or` take any number of members.
/// let json = r#"{"and":["all:open",{"or":["tag:vip","hashtag:urgent"]},{"not":"assigned:7"}]}"#;
/// assert_eq!(serde_json::from_str::<Filter>(json)?, filter);
/// assert_eq!(serde_json::to_string(&filter)?, json);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Limits
///
/// A filter has at most [`FILTER_VIEWS_MAX`](crate::limits::FILTER_VIEWS_MAX) views and
/// [`FILTER_DEPTH_MAX`](crate::limits::FILTER_DEPTH_MAX) levels. Text and JSON past these limits do not parse. A filter
/// built in code past these limits loses its contents: it equals any other such filter, its text does not parse, and
/// the engine refuses it as [`malformed`](Code::Malformed).
///
/// `serde_json` itself allows 128 levels of nesting, which JSON with 64 levels of lists exceeds. To accept such JSON,
/// call `Deserializer::disable_recursion_limit`. That is safe here, since the depth of filters is limited.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Filter(
    /// `None` if past the limits.
    pub(super) Option<Node>,
);

impl Filter {
    /// Returns a filter for the chats in all of the filters. With no filters, that is every chat.
    pub fn all_of<F: Into<Filter>>(filters: impl IntoIterator<Item = F>) -> Self {
        Self::joined(Operator::And, filters)
    }

    /// Returns a filter for the chats in at least one of the filters. With no filters, that is no chat.
    pub fn any_of<F: Into<Filter>>(filters: impl IntoIterator<Item = F>) -> Self {
        Self::joined(Operator::Or, filters)
    }

    /// Returns a filter for the chats in both.
    #[must_use]
    pub fn and(self, other: impl Into<Filter>) -> Self {
        Self::all_of([self, other.into()])
    }

    /// Returns a filter for the chats in either or both.
    #[must_use]
    pub fn or(self, other: impl Into<Filter>) -> Self {
        Self::any_of([self, other.into()])
    }

    /// Returns a filter for all other chats of the workspace, of any status.
    #[must_use]
    pub fn negate(self) -> Self {
        self.0.map_or(Self(None), |node| Self::within_limits(node.negated()))
    }

    /// Returns the views in the filter, from left to right.
    pub fn views(&self) -> impl Iterator<Item = &View> {
        self.0.iter().flat_map(Node::views)
    }

    /// Returns the customers named in its views.
    pub(crate) fn customers(&self) -> impl Iterator<Item = CustomerId> {
        self.views().filter_map(|view| view.kind.customer())
    }

    /// Returns the view, if the filter is a single one.
    #[inline]
    pub(crate) fn as_view(&self) -> Option<&View> {
        match &self.0 {
            Some(Node::View(view)) => Some(view),
            _ => None,
        }
    }

    /// Returns the root node, or a refusal if the filter is past the limits.
    pub(crate) fn node(&self) -> Result<&Node, Refusal> {
        self.0.as_ref().ok_or_else(|| Refusal::new(Code::Malformed, LIMITS))
    }

    fn joined<F: Into<Filter>>(operator: Operator, filters: impl IntoIterator<Item = F>) -> Self {
        let mut members = Vec::new();
        let mut views = 0;
        for filter in filters {
            let Some(node) = filter.into().0 else { return Self(None) };
            views += node.views().count();
            if views > FILTER_VIEWS_MAX {
                return Self(None);
            }
            members.push(node);
        }
        if members.is_empty() {
            return Self(Some(Node::of_none(operator)));
        }
        Self::within_limits(Node::joined(operator, members))
    }

    /// Drops a node with too many levels, which bounds the recursion of everything that walks a filter.
    pub(super) fn within_limits(node: Node) -> Self {
        Self((node.depth() <= FILTER_DEPTH_MAX).then_some(node))
    }
}

impl From<View> for Filter {
    fn from(view: View) -> Self {
        Self(Some(Node::View(view)))
    }
}

impl From<ViewKind> for Filter {
    fn from(kind: ViewKind) -> Self {
        View::new(kind).into()
    }
}

impl<F: Into<Filter>> ops::BitAnd<F> for Filter {
    type Output = Filter;

    fn bitand(self, other: F) -> Filter {
        self.and(other)
    }
}

impl<F: Into<Filter>> ops::BitOr<F> for Filter {
    type Output = Filter;

    fn bitor(self, other: F) -> Filter {
        self.or(other)
    }
}

impl<F: Into<Filter>> ops::BitAnd<F> for View {
    type Output = Filter;

    fn bitand(self, other: F) -> Filter {
        Filter::from(self).and(other)
    }
}

impl<F: Into<Filter>> ops::BitOr<F> for View {
    type Output = Filter;

    fn bitor(self, other: F) -> Filter {
        Filter::from(self).or(other)
    }
}

impl ops::Not for View {
    type Output = Filter;

    fn not(self) -> Filter {
        Filter::from(self).negate()
    }
}

impl ops::Not for Filter {
    type Output = Filter;

    fn not(self) -> Filter {
        self.negate()
    }
}

impl FromStr for Filter {
    type Err = ViewError;

    fn from_str(text: &str) -> Result<Self, ViewError> {
        parse::parse(text, &mut parse::Used::default()).map(|node| Self(Some(node)))
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(node) => node.fmt(f),
            None => f.write_str("(past the limits)"),
        }
    }
}
