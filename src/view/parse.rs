//! The parser of filters in text form.
//!
//! ```text
//! filter = and ("|" and)*     and = unary ("&" unary)*     unary = "!" unary | "(" filter ")" | view
//! ```

use super::ViewError;
use super::node::{Node, Operator};
use super::scan::Scanner;
use crate::model::limits::{FILTER_DEPTH_MAX, FILTER_VIEWS_MAX};

/// How much of the limits is used up. Shared by all texts in a JSON filter.
#[derive(Default)]
pub(super) struct Used {
    views: usize,
    /// The number of open levels.
    depth: usize,
}

impl Used {
    /// Opens a level. The error is the reason why it cannot.
    pub(super) fn enter(&mut self) -> Result<(), String> {
        if self.depth == FILTER_DEPTH_MAX {
            return Err(format!("the filter is nested too deep; the limit is {FILTER_DEPTH_MAX} levels"));
        }
        self.depth += 1;
        Ok(())
    }

    /// Closes levels.
    pub(super) fn leave(&mut self, levels: usize) {
        self.depth -= levels;
    }

    /// Counts a view. The error is the reason why there cannot be one more.
    pub(super) fn view(&mut self) -> Result<(), String> {
        if self.views == FILTER_VIEWS_MAX {
            return Err(format!("the filter has too many views; the limit is {FILTER_VIEWS_MAX}"));
        }
        self.views += 1;
        Ok(())
    }
}

/// Parses a text, all of which must be one filter.
pub(super) fn parse(text: &str, used: &mut Used) -> Result<Node, ViewError> {
    let mut parser = Parser { scanner: Scanner::new(text), used };
    let node = parser.filter()?;
    if parser.scanner.is_at_end() { Ok(node) } else { Err(parser.scanner.wrong("`&`, `|` or the end")) }
}

/// A recursive-descent parser. It recurses once per level, and levels are limited.
struct Parser<'t, 'u> {
    scanner: Scanner<'t>,
    used: &'u mut Used,
}

impl Parser<'_, '_> {
    fn filter(&mut self) -> Result<Node, ViewError> {
        self.joined(Operator::Or, |parser| parser.joined(Operator::And, Self::unary))
    }

    fn joined(
        &mut self,
        operator: Operator,
        member: impl Fn(&mut Self) -> Result<Node, ViewError>,
    ) -> Result<Node, ViewError> {
        let mut members = vec![member(self)?];
        while self.take(operator.sign()) {
            members.push(member(self)?);
        }
        Ok(Node::joined(operator, members))
    }

    fn unary(&mut self) -> Result<Node, ViewError> {
        let mut negations = 0;
        while self.enters('!')? {
            negations += 1;
        }
        let node = if self.enters('(')? { self.rest_of_parentheses()? } else { self.view()? };
        self.used.leave(negations);
        Ok(if negations % 2 == 0 { node } else { node.negated() })
    }

    fn rest_of_parentheses(&mut self) -> Result<Node, ViewError> {
        let node = self.filter()?;
        if !self.take(')') {
            return Err(self.scanner.wrong("`&`, `|` or `)`"));
        }
        self.used.leave(1);
        Ok(node)
    }

    fn view(&mut self) -> Result<Node, ViewError> {
        let begin = self.scanner.byte();
        let view = self.scanner.view()?;
        self.used.view().map_err(|reason| self.scanner.refuse_at(begin, reason))?;
        self.scanner.skip_white_space();
        Ok(Node::View(view))
    }

    /// Consumes a sign that opens a level, if it comes next.
    fn enters(&mut self, sign: char) -> Result<bool, ViewError> {
        self.scanner.skip_white_space();
        let begin = self.scanner.byte();
        let is_next = self.take(sign);
        if is_next {
            self.used.enter().map_err(|reason| self.scanner.refuse_at(begin, reason))?;
        }
        Ok(is_next)
    }

    /// Consumes a sign and the white space around it, if it comes next.
    fn take(&mut self, sign: char) -> bool {
        self.scanner.skip_white_space();
        let is_next = self.scanner.take(sign);
        self.scanner.skip_white_space();
        is_next
    }
}
