//! Commands on managers and customers.

use crate::model::Code;
use crate::model::command::{Pairs, ProfileField};
use crate::model::rules::{Answer, done, longer, pairs_too_large};
use crate::model::state::{Event, Manager, Workspace};
use serde_json::json;

/// Returns the number of a person to put: the given one, that of the holder of the external id, or the next one.
fn number_for(given: Option<u64>, holder: Option<u64>, last: u64) -> Result<u64, Code> {
    match (given, holder) {
        (Some(given), Some(holder)) if given != holder => Err("external_taken"),
        (Some(id), _) | (None, Some(id)) => Ok(id),
        (None, None) => last.checked_add(1).ok_or("too_large"),
    }
}

impl Workspace {
    /// Returns the manager with an external id, also one who left.
    pub fn manager_by_external(&self, external: &str) -> Option<u64> {
        let everyone = self.managers.iter().chain(&self.left);
        let mut theirs = everyone.filter(|(_, manager)| manager.external.as_deref() == Some(external));
        theirs.next().map(|(id, _)| *id)
    }

    pub fn customer_by_external(&self, external: &str) -> Option<u64> {
        let mut customers = self.customers.iter();
        customers.find(|(_, customer)| customer.external.as_deref() == Some(external)).map(|(id, _)| *id)
    }

    pub fn put_manager(&mut self, given: Option<u64>, external: Option<String>, name: String, owner: bool) -> Answer {
        if longer(&name, 256) {
            return Err("too_large");
        }
        let holder = external.as_deref().and_then(|external| self.manager_by_external(external));
        let id = number_for(given, holder, self.last_manager)?;
        let returning = self.managers.remove(&id).or_else(|| self.left.remove(&id)).unwrap_or_default();
        let external = external.or(returning.external.clone());
        self.managers.insert(id, Manager { name, owner, external, ..returning });
        self.last_manager = self.last_manager.max(id);
        if given.is_some() { done() } else { Ok(json!({ "manager": id })) }
    }

    /// The name, the external id, the capacity and the last assignment stay for a return.
    pub fn remove_manager(&mut self, id: u64) -> Answer {
        let mut manager = self.managers.remove(&id).expect("named");
        manager.operator = false;
        manager.online = false;
        manager.followed_tags.clear();
        self.left.insert(id, manager);
        for chat in self.chats.values_mut() {
            chat.assignee = chat.assignee.filter(|assignee| *assignee != id);
            chat.snoozed_by = chat.snoozed_by.filter(|who| *who != id);
            chat.followers.remove(&id);
            chat.unread.remove(&id);
            chat.favorited_by.remove(&id);
        }
        self.notices.remove(&id);
        done()
    }

    /// Executes a command that only sets something about a manager.
    pub fn on_manager(&mut self, id: u64, change: impl FnOnce(&mut Manager)) -> Answer {
        change(self.managers.get_mut(&id).expect("named"));
        done()
    }

    pub fn put_customer(
        &mut self,
        given: Option<u64>,
        external: Option<String>,
        name: Option<String>,
        profile: Option<Pairs>,
    ) -> Answer {
        let long_name = name.as_ref().is_some_and(|name| longer(name, 256));
        if long_name || profile.as_ref().is_some_and(pairs_too_large) {
            return Err("too_large");
        }
        let holder = external.as_deref().and_then(|external| self.customer_by_external(external));
        let id = number_for(given, holder, self.last_customer)?;
        let customer = self.customers.entry(id).or_default();
        customer.external = external.or(customer.external.take());
        customer.name = name.or(customer.name.take());
        customer.profile = profile.unwrap_or(std::mem::take(&mut customer.profile));
        self.last_customer = self.last_customer.max(id);
        if given.is_some() { done() } else { Ok(json!({ "customer": id })) }
    }

    pub fn track_event(
        &mut self,
        now: u64,
        customer: u64,
        name: String,
        page: Option<String>,
        properties: Option<Pairs>,
    ) -> Answer {
        let long_page = page.as_ref().is_some_and(|page| longer(page, 2048));
        if longer(&name, 256) || long_page || properties.as_ref().is_some_and(pairs_too_large) {
            return Err("too_large");
        }
        let properties = properties.unwrap_or_default();
        let event = Event { order: self.next_order(), at: now, name, page, properties };
        self.customers.get_mut(&customer).expect("seen above").events.push(event);
        done()
    }

    pub fn set_profile_fields(&mut self, fields: Vec<ProfileField>) -> Answer {
        let long = fields.iter().any(|field| longer(&field.key, 128) || longer(&field.label, 256));
        if fields.len() > 64 || long {
            return Err("too_large");
        }
        self.profile_fields = fields;
        done()
    }

    /// Deletes the customer and its events.
    pub fn delete_customer(&mut self, id: u64) -> Answer {
        self.customers.remove(&id);
        self.chats.retain(|_, chat| chat.customer != id);
        done()
    }

    /// Keeps only what must never be reused: numbers and positions.
    pub fn delete_workspace(&mut self) -> Answer {
        *self = Self {
            last_manager: self.last_manager,
            last_customer: self.last_customer,
            last_chat: self.last_chat,
            last_position: self.last_position,
            last_order: self.last_order,
            ..Self::default()
        };
        done()
    }
}
