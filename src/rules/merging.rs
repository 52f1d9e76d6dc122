//! Merging a tag with many below it, in pieces.
//!
//! The command is judged whole, and its change only notes what the tag becomes, while the tag is still there. The pieces
//! follow, each a change: from the leaves up, tags become those of the same name at the target, and such as it has not
//! are moved there with all below them. Commands that create, move, merge or delete tags wait for the end, so that every
//! piece finds the tree as the command was judged on. It also goes on after a crash.

use std::collections::BTreeMap;

use super::builder::ChangeBuilder;
use super::commands::{place_of, put_below, replace_merged};
use super::input::PlanInput;
use crate::model::TagId;
use crate::record::codec::CodecError;
use crate::record::{Cause, Change};

/// What a piece may cost, in tags without chats.
const PIECE_COST_MAX: usize = 512;
const COST: usize = 1;
const COST_OF_MOVE: usize = 2;
const COST_WITH_CHATS: usize = 4;

/// Plans the next piece of a merge that is under way. Returns `None` if there is none.
pub(crate) fn plan_merge(input: PlanInput<'_>, cause: Cause) -> Result<Option<Change>, CodecError> {
    let Some((tag, into)) = input.state.merges().next() else { return Ok(None) };
    let builder = ChangeBuilder::new(input, input.state.meta.clock, None);
    let mut piece = Piece { builder, merged: BTreeMap::new(), left: PIECE_COST_MAX };
    piece.merge(tag, into);
    replace_merged(&mut piece.builder, &piece.merged);
    piece.builder.finish(cause)
}

struct Piece<'a> {
    builder: ChangeBuilder<'a>,
    merged: BTreeMap<TagId, TagId>,
    /// What it may still cost.
    left: usize,
}

impl Piece<'_> {
    /// Merges a tag into another, from the leaves up. Returns whether all of it is done.
    fn merge(&mut self, tag: TagId, into: TagId) -> bool {
        let state = self.builder.input().state;
        for child in state.tags.children(tag) {
            if self.left == 0 {
                return false;
            }
            match place_of(&self.builder, child, into) {
                Some(place) if !self.merge(child, place) => return false,
                Some(_) => {}
                None => {
                    put_below(&mut self.builder, child, into);
                    self.spend(COST_OF_MOVE);
                }
            }
        }
        if self.left == 0 {
            return false;
        }
        self.merged.insert(tag, into);
        self.spend(if self.builder.may_have_chats(tag) { COST_WITH_CHATS } else { COST });
        true
    }

    fn spend(&mut self, cost: usize) {
        self.left = self.left.saturating_sub(cost);
    }
}
