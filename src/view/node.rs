//! The normal form of filters, and its text.

use std::fmt;
use std::fmt::Write as _;

use super::{View, ViewKind};

/// An operator that joins filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Operator {
    And,
    Or,
}

impl Operator {
    pub(super) fn sign(self) -> char {
        match self {
            Operator::And => '&',
            Operator::Or => '|',
        }
    }

    /// Returns the key in JSON.
    pub(super) fn name(self) -> &'static str {
        match self {
            Operator::And => "and",
            Operator::Or => "or",
        }
    }
}

/// A filter in normal form: a negation does not contain a negation, and a join has two or more members, none of which
/// is a join by the same operator. [`negated`](Self::negated) and [`joined`](Self::joined) keep it that way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    View(View),
    Not(Box<Node>),
    Joined(Operator, Vec<Node>),
}

impl Node {
    pub(super) fn negated(self) -> Self {
        match self {
            Node::Not(node) => *node,
            node => Node::Not(Box::new(node)),
        }
    }

    /// Returns the result of an operator without members: every chat for "and", no chat for "or".
    pub(super) fn of_none(operator: Operator) -> Self {
        let all = Node::View(View::new(ViewKind::All));
        match operator {
            Operator::And => all,
            Operator::Or => all.negated(),
        }
    }

    /// Joins one or more members.
    pub(super) fn joined(operator: Operator, members: Vec<Node>) -> Self {
        let mut flat = Vec::with_capacity(members.len());
        for member in members {
            match member {
                Node::Joined(inner, members) if inner == operator => flat.extend(members),
                member => flat.push(member),
            }
        }
        match flat.pop() {
            Some(only) if flat.is_empty() => only,
            last => {
                flat.extend(last);
                Node::Joined(operator, flat)
            }
        }
    }

    /// Returns the views, from left to right.
    pub(super) fn views(&self) -> impl Iterator<Item = &View> {
        let mut waiting = vec![self];
        std::iter::from_fn(move || {
            loop {
                match waiting.pop()? {
                    Node::View(view) => return Some(view),
                    Node::Not(node) => waiting.push(node),
                    Node::Joined(_, members) => waiting.extend(members.iter().rev()),
                }
            }
        })
    }

    /// Returns the number of levels of its text. Each `!` and each pair of parentheses is one.
    pub(super) fn depth(&self) -> usize {
        match self {
            Node::View(_) => 0,
            Node::Not(node) => 1 + self.depth_of_member(node),
            Node::Joined(_, members) => members.iter().map(|member| self.depth_of_member(member)).max().unwrap_or(0),
        }
    }

    fn depth_of_member(&self, member: &Node) -> usize {
        usize::from(self.needs_parentheses(member)) + member.depth()
    }

    /// Returns whether a member needs parentheses, because the operator around it binds tighter than its own.
    fn needs_parentheses(&self, member: &Node) -> bool {
        match self {
            Node::View(_) | Node::Joined(Operator::Or, _) => false,
            Node::Joined(Operator::And, _) => matches!(member, Node::Joined(Operator::Or, _)),
            Node::Not(_) => matches!(member, Node::Joined(..)),
        }
    }

    fn write_member(&self, f: &mut fmt::Formatter<'_>, member: &Node) -> fmt::Result {
        if self.needs_parentheses(member) { write!(f, "({member})") } else { write!(f, "{member}") }
    }
}

/// Writes the fewest parentheses.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::View(view) => view.fmt(f),
            Node::Not(node) => {
                f.write_char('!')?;
                self.write_member(f, node)
            }
            Node::Joined(operator, members) => {
                for (place, member) in members.iter().enumerate() {
                    if place > 0 {
                        write!(f, " {} ", operator.sign())?;
                    }
                    self.write_member(f, member)?;
                }
                Ok(())
            }
        }
    }
}
