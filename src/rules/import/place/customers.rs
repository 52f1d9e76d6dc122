//! Customers with their events.

use std::sync::Arc;

use super::Plan;
use crate::export::Reference;
use crate::model::CustomerId;
use crate::record::{CustomerRecord, EventRecord, ExternalSpace, Record, RecordKey};
use crate::rules::commands::externals::{exhausted, taken};
use crate::rules::import::Checked;
use crate::rules::import::piece::{Open, Part, Start, Started};
use crate::rules::import::team::{number_taken, unknown_external};

impl Plan<'_, '_> {
    /// Puts a customer with their missing events.
    pub(super) fn customer(
        &mut self,
        part: &Part<CustomerId, CustomerRecord, EventRecord>,
    ) -> Checked<Open<CustomerId>> {
        let open = match &part.start {
            Started::Earlier(open) => *open,
            Started::Here(start) => self.customer_number(start)?,
        };
        let (old, mut new) = match &part.start {
            Started::Here(start) if open.is_new => (None, start.record.clone()),
            // One that is not loaded yet is missed, and the plan is made again.
            _ => match self.builder.customer(open.id) {
                Some(old) => (Some(Arc::clone(&old)), (*old).clone()),
                None => return Ok(open),
            },
        };
        let before = new.events;
        for (number, (_, event)) in (part.first..).zip(&part.lines).filter(|(number, _)| *number > before) {
            if number == before + 1 {
                self.check_event_order(open.id, before, event.at);
            }
            new.events += 1;
            let digest = self.builder.put_event(open.id, new.events, event.clone());
            new.events_digest = new.events_digest.wrapping_add(digest);
        }
        self.placed.created.events += u64::from(new.events - before);
        if new.events > 0 {
            self.placed.events.insert(open.id, new.events);
        }
        if old.as_deref() != Some(&new) {
            self.builder.import_customer(open.id, old, new);
        }
        Ok(open)
    }

    /// Finds the customer of a line, or a number for a new one.
    fn customer_number(&mut self, start: &Start<CustomerId, CustomerRecord>) -> Checked<Open<CustomerId>> {
        let Start { number, external, .. } = start;
        let has = |plan: &Self, id: u64| plan.placed.customers.has(id) || plan.known.customers.has(id);
        let found = external.as_ref().and_then(|external| self.find(ExternalSpace::Customers, external));
        if let (Some(found), Some(external)) = (found, external)
            && has(self, found)
        {
            return Err(taken(&external.id, &format!("customer {found}")).into());
        }
        let is_free = |plan: &Self, id: CustomerId| {
            !has(plan, id.0) && (plan.known.into_empty || plan.builder.customer(id).is_none())
        };
        let id = match (found.map(CustomerId), number) {
            (Some(found), _) => found,
            (None, Some(number)) if is_free(self, *number) => *number,
            (None, Some(number)) if external.is_none() => return Err(number_taken("customer", number.0)),
            (None, _) => self.builder.next_customer().ok_or_else(|| exhausted("customers"))?,
        };
        if found.is_none() {
            self.put_external(ExternalSpace::Customers, external.as_ref(), id.0, self.known.into_empty);
            self.placed.created.customers += 1;
        }
        self.placed.customers.put(number.map(u64::from), id.0);
        Ok(Open { id, is_new: found.is_none() })
    }

    /// Notes if an event comes after one that is newer.
    fn check_event_order(&mut self, customer: CustomerId, last: u32, at: u64) {
        if last > 0
            && let Some(Record::Event(last)) = self.builder.record(RecordKey::Event(customer, last))
            && at < last.at
        {
            self.builder.mistrust_times();
        }
    }

    /// Finds a customer that a line refers to. A number means the file's.
    pub(super) fn find_customer(&self, reference: &Reference<CustomerId>) -> Checked<CustomerId> {
        match reference {
            Reference::Number(number) => {
                let moved = self.placed.customers.moved(number.0).or_else(|| self.known.customers.moved(number.0));
                Ok(moved.map_or(*number, CustomerId))
            }
            Reference::External { external } => {
                let found = self.builder.find_external(ExternalSpace::Customers, external).map(CustomerId);
                found.ok_or_else(|| unknown_external("customer", external))
            }
        }
    }
}
