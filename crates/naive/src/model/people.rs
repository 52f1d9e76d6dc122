//! Commands on managers and customers.

use crate::model::parse::{Pairs, ProfileField};
use crate::model::rules::{Answer, done, longer, pairs_too_large};
use crate::model::state::{Event, Workspace};

impl Workspace {
    pub fn put_manager(&mut self, id: u64, name: String, owner: bool) -> Answer {
        if longer(&name, 256) {
            return Err("too_large");
        }
        let manager = self.managers.entry(id).or_default();
        manager.name = name;
        manager.owner = owner;
        done()
    }

    pub fn remove_manager(&mut self, id: u64) -> Answer {
        self.manager_exists(id)?;
        self.managers.remove(&id);
        for chat in self.chats.values_mut() {
            chat.assignee = chat.assignee.filter(|assignee| *assignee != id);
            chat.followers.remove(&id);
            chat.unread.remove(&id);
            chat.favorited_by.remove(&id);
        }
        for notice in &mut self.notices {
            notice.managers.remove(&id);
        }
        done()
    }

    pub fn set_operator(&mut self, id: u64, on: bool) -> Answer {
        let manager = self.managers.get_mut(&id).ok_or("unknown_manager")?;
        manager.operator = on;
        done()
    }

    pub fn set_online(&mut self, id: u64, on: bool) -> Answer {
        let manager = self.managers.get_mut(&id).ok_or("unknown_manager")?;
        manager.online = on;
        done()
    }

    pub fn put_customer(&mut self, id: u64, name: Option<String>, profile: Option<Pairs>) -> Answer {
        let long_name = name.as_ref().is_some_and(|name| longer(name, 256));
        if long_name || profile.as_ref().is_some_and(pairs_too_large) {
            return Err("too_large");
        }
        let customer = self.customers.entry(id).or_default();
        customer.name = name.or(customer.name.take());
        customer.profile = profile.unwrap_or(std::mem::take(&mut customer.profile));
        done()
    }

    pub fn track_event(
        &mut self,
        now: u64,
        customer: u64,
        name: String,
        page: Option<String>,
        properties: Option<Pairs>,
    ) -> Answer {
        self.customer_exists(customer)?;
        let long_page = page.as_ref().is_some_and(|page| longer(page, 2048));
        if longer(&name, 256) || long_page || properties.as_ref().is_some_and(pairs_too_large) {
            return Err("too_large");
        }
        let properties = properties.unwrap_or_default();
        let event = Event { order: self.next_order(), at: now, name, page, properties };
        self.customers.get_mut(&customer).expect("seen above").events.push(event);
        done()
    }

    pub fn set_capacity(&mut self, id: u64, capacity: Option<u32>) -> Answer {
        let manager = self.managers.get_mut(&id).ok_or("unknown_manager")?;
        manager.capacity = capacity;
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
        self.customer_exists(id)?;
        self.customers.remove(&id);
        self.chats.retain(|_, chat| chat.customer != id);
        done()
    }

    /// Keeps only what must never be reused: time, ids, positions.
    pub fn delete_workspace(&mut self) -> Answer {
        *self = Self {
            clock: self.clock,
            last_chat: self.last_chat,
            last_position: self.last_position,
            last_order: self.last_order,
            ..Self::default()
        };
        done()
    }
}
