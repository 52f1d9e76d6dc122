//! External ids of managers and customers.

use super::Done;
use crate::error::{Code, Refusal};
use crate::record::ExternalSpace;
use crate::rules::builder::ChangeBuilder;
use crate::rules::limit;

/// An external id that a command names, if it does, and whose it is.
#[derive(Clone, Copy)]
pub(super) struct Named<'c> {
    space: ExternalSpace,
    external: Option<&'c str>,
    /// The number of the person who has it.
    pub(super) owner: Option<u64>,
}

impl<'c> Named<'c> {
    pub(super) fn find(builder: &ChangeBuilder<'_>, space: ExternalSpace, external: Option<&'c str>) -> Self {
        let owner = external.and_then(|external| builder.find_external(space, external));
        Self { space, external, owner }
    }

    /// Gives the external id to a `what`, in place of the one in its record. Refuses one that belongs to another.
    pub(super) fn give_to(
        self,
        builder: &mut ChangeBuilder<'_>,
        what: &str,
        number: u64,
        record: &mut Option<String>,
    ) -> Done {
        let Some(external) = self.external else { return Ok(()) };
        if let Some(owner) = self.owner.filter(|owner| *owner != number) {
            return Err(taken(external, &format!("{what} {owner}")));
        }
        if let Some(old) = record.replace(external.to_owned()).filter(|old| old != external) {
            builder.free_external(self.space, &old);
        }
        builder.put_external(self.space, external, number);
        Ok(())
    }
}

/// The refusal of an external id that belongs to another.
pub(in crate::rules) fn taken(external: &str, owner: &str) -> Refusal {
    Refusal::new(Code::ExternalTaken, format!("the external id {} belongs to {owner}", limit::shown(external)))
}

/// The refusal of a person without a number, when all are used up.
pub(in crate::rules) fn exhausted(what: &str) -> Refusal {
    Refusal::new(Code::TooLarge, format!("the numbers of {what} are exhausted; name one that is free"))
}
