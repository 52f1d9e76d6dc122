//! Commands on managers and customers.

use super::parse::Pairs;
use super::rules::{Answer, done, longer, pairs_too_large};
use super::state::Workspace;

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

    /// Events are only judged: no query shows them.
    pub fn track_event(
        &mut self,
        customer: u64,
        name: &str,
        page: Option<String>,
        properties: Option<Pairs>,
    ) -> Answer {
        self.customer_exists(customer)?;
        let long_page = page.is_some_and(|page| longer(&page, 2048));
        if longer(name, 256) || long_page || properties.as_ref().is_some_and(pairs_too_large) {
            return Err("too_large");
        }
        done()
    }
}
