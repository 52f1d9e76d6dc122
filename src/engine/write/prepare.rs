//! Judging a command before it is published as an entry of a replicated log: what depends on this machine.

use super::execute::check_not_ahead;
use super::writer::Writer;
use crate::command::{Command, Envelope, Selection};
use crate::error::Error;
use crate::model::Timestamp;
use crate::view::{Filter, ViewKind};

/// Refuses a command that is malformed, too far ahead of the wall clock, or without room on this machine.
pub(in crate::engine) fn check_publishable(writer: &Writer, envelope: &Envelope, now: Timestamp) -> Result<(), Error> {
    envelope.check()?;
    check_not_ahead(envelope, now)?;
    writer.admission.admit(envelope.command.frees_room())
}

/// Returns the filter of a bulk action that selects by a custom index.
pub(in crate::engine) fn names_custom_index(envelope: &Envelope) -> Option<&Filter> {
    match &envelope.command {
        Command::Bulk { select: Selection::Filter(filter), .. } => {
            let is_custom = filter.views().any(|view| matches!(view.kind, ViewKind::Custom(_)));
            is_custom.then_some(filter)
        }
        _ => None,
    }
}
