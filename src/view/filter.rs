//! Filters: views joined by the operators of set algebra.

use std::str::FromStr;
use std::{fmt, ops};

use super::node::{Node, Operator};
use super::{View, ViewError, ViewKind, parse};
use crate::error::{Code, Refusal};
use crate::model::CustomerId;
use crate::model::limits::{FILTER_DEPTH_MAX, FILTER_VIEWS_MAX};

/// What is wrong with a filter that is not kept.
pub(super) const LIMITS: &str = "the filter is past the limits: 1024 views, and 64 levels of parentheses and `!`";
const _: () = assert!(FILTER_VIEWS_MAX == 1_024 && FILTER_DEPTH_MAX == 64, "the text names the limits");

/// Views joined by `&` (and), `|` (or) and `!` (not), with a count and a list like a single view.
///
/// `!x` is every chat of the workspace, of any status, that is not in `x`. `&` binds tighter than `|`, and `!`
/// tightest. White space may stand between the parts, but not inside a view.
///
/// ```
/// use inboxdb::{Filter, View};
///
/// let filter: Filter = "all:open & (tag:vip | hashtag:urgent) & !assigned:7".parse()?;
///
/// let urgent = View::tag("vip") | View::hashtag("urgent");
/// assert_eq!(filter, View::all().open() & urgent & !View::assigned(7));
///
/// // Its text has no parentheses that could be left out.
/// assert_eq!("((all)|(all:open&!(!unassigned)))".parse::<Filter>()?.to_string(), "all | all:open & unassigned");
///
/// // In JSON it is such a text, or an object of operators; `and` and `or` take any number of members.
/// let json = r#"{"and":["all:open",{"or":["tag:vip","hashtag:urgent"]},{"not":"assigned:7"}]}"#;
/// assert_eq!(serde_json::from_str::<Filter>(json)?, filter);
/// assert_eq!(serde_json::to_string(&filter)?, json);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Limits
///
/// A filter has at most [`FILTER_VIEWS_MAX`](crate::limits::FILTER_VIEWS_MAX) views and
/// [`FILTER_DEPTH_MAX`](crate::limits::FILTER_DEPTH_MAX) levels. Text and JSON past them do not parse. What is
/// built past them is not kept: the result is a filter that equals any other such, cannot be read back from its
/// text, and is refused as [`malformed`](Code::Malformed) by the engine.
///
/// `serde_json` has a limit of its own, 128 values inside each other, that 64 levels of lists reach: a program that
/// takes those calls `Deserializer::disable_recursion_limit`, which is safe here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Filter(
    /// None where it is past the limits.
    pub(super) Option<Node>,
);

impl Filter {
    /// The chats that are in all of the filters; every chat where there is no filter.
    pub fn all_of<F: Into<Filter>>(filters: impl IntoIterator<Item = F>) -> Self {
        Self::joined(Operator::And, filters)
    }

    /// The chats that are in at least one of the filters; no chat where there is no filter.
    pub fn any_of<F: Into<Filter>>(filters: impl IntoIterator<Item = F>) -> Self {
        Self::joined(Operator::Or, filters)
    }

    /// The chats that are in both.
    #[must_use]
    pub fn and(self, other: impl Into<Filter>) -> Self {
        Self::all_of([self, other.into()])
    }

    /// The chats that are in one of them or in both.
    #[must_use]
    pub fn or(self, other: impl Into<Filter>) -> Self {
        Self::any_of([self, other.into()])
    }

    /// The chats of the workspace, of any status, that are not in it.
    #[must_use]
    pub fn negate(self) -> Self {
        self.0.map_or(Self(None), |node| Self::within_limits(node.negated()))
    }

    /// The views that it is made of, from left to right.
    pub fn views(&self) -> impl Iterator<Item = &View> {
        self.0.iter().flat_map(Node::views)
    }

    /// The customers that its views name.
    pub(crate) fn customers(&self) -> impl Iterator<Item = CustomerId> {
        self.views().filter_map(|view| view.kind.customer())
    }

    /// The view that it is, where it is just one.
    pub(crate) fn as_view(&self) -> Option<&View> {
        match &self.0 {
            Some(Node::View(view)) => Some(view),
            _ => None,
        }
    }

    /// How its views are joined; refused where it is past the limits.
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

    /// Keeps what has not too many levels, so that nothing that walks down a filter goes deep.
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
