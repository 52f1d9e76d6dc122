//! Customers: all of them, their profile fields, events and earlier chats.

use std::collections::BTreeSet;
use std::iter;

use super::Workspace;
use super::paging::{check_limit, first, newest};
use super::workspace::show_customer;
use crate::error::Error;
use crate::model::{ChatId, CustomerId, Event, ProfileField, Status};
use crate::query::{ChatPage, Cursor, CustomerPage, EventPage};
use crate::record::{EventRecord, IndexKey, RecordKey, Setting, SettingKey};
use crate::workspace::State;

impl Workspace {
    /// Returns the fields of customer profiles, in order. Empty if they were never set.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] or [`Error::Closed`] if the workspace was unloaded and cannot be loaded again.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// use inboxdb::ProfileField;
    ///
    /// inbox.as_system().set_profile_fields([ProfileField::new("city", "City")])?;
    /// assert_eq!(inbox.profile_fields()?[0].label, "City");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn profile_fields(&self) -> Result<Vec<ProfileField>, Error> {
        Ok(match self.state()?.setting(SettingKey::ProfileFields) {
            Some(Setting::ProfileFields(fields)) => fields.clone(),
            _ => Vec::new(),
        })
    }

    /// Returns a page of the customers, by id: 1 to 1,000 of them, above a cursor or from the lowest.
    ///
    /// Customers created or deleted meanwhile may be on the page or not. The cost grows with the customers on the page,
    /// and with the changes that wait for the state store.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the limit is out of range.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// inbox.as_system().put_customer(5, "Grace")?;
    /// inbox.as_system().put_customer(17, "Alan")?;
    /// let first = inbox.customers(None, 1)?;
    /// assert_eq!(first.customers[0].customer, 5.into());
    /// let second = inbox.customers(first.next, 1)?;
    /// assert_eq!((second.customers[0].customer, second.next), (17.into(), None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn customers(&self, after: Option<Cursor>, limit: usize) -> Result<CustomerPage, Error> {
        check_limit(limit)?;
        self.check_open()?;
        let Some(from) = after.map_or(Some(0), |cursor| cursor.0.checked_add(1)) else {
            return Ok(CustomerPage::default());
        };
        let records = self.customer_ids_from(from)?.filter_map(|customer| match customer {
            Ok(customer) => Some(self.records().customer(customer).transpose()?.map(|record| (customer, record))),
            Err(error) => Some(Err(error)),
        });
        let (found, more) = first(records, limit)?;
        let next = found.last().filter(|_| more).map(|(customer, _)| Cursor(customer.0));
        let customers = found.iter().map(|(customer, record)| show_customer(*customer, record)).collect();
        Ok(CustomerPage { customers, next })
    }

    /// Iterates over the customers from an id on, and perhaps some that are deleted.
    fn customer_ids_from(&self, from: u64) -> Result<impl Iterator<Item = Result<CustomerId, Error>>, Error> {
        // First the changes and then the store: a customer that is written in between is in both.
        let (mut unwritten, is_wiped) = {
            let state = self.state()?;
            let customers = state.unwritten_records().filter_map(|key| match key {
                RecordKey::Customer(customer) if customer.0 >= from => Some(customer),
                _ => None,
            });
            (customers.collect::<BTreeSet<CustomerId>>(), state.is_wiped())
        };
        let store = self.all_records().store()?;
        let mut from = Some(from);
        Ok(iter::from_fn(move || {
            let next = CustomerId(from?);
            let stored = match is_wiped {
                true => Ok(None),
                false => store.first_customer_from(self.id(), next),
            };
            let found = match stored {
                Ok(stored) => stored.into_iter().chain(unwritten.first().copied()).min()?,
                Err(error) => {
                    from = None;
                    return Some(Err(error.into()));
                }
            };
            unwritten.remove(&found);
            from = found.0.checked_add(1);
            Some(Ok(found))
        }))
    }

    /// Returns a page of what a customer did on the site, newest first: 1 to 1,000 events, below a cursor or from the
    /// newest.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the limit is out of range or the customer does not exist.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// inbox.as_customer(5).track_event("checkout")?;
    /// assert_eq!(inbox.events(5, None, 50)?.events[0].name, "checkout");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn events(
        &self,
        customer: impl Into<CustomerId>,
        before: Option<Cursor>,
        limit: usize,
    ) -> Result<EventPage, Error> {
        let customer = customer.into();
        check_limit(limit)?;
        let count = self.customer_record(customer)?.events;
        self.event_page(customer, newest(count, before), limit)
    }

    /// Returns a page of what the customer of a chat had done on the site before the chat was started, newest first: 1
    /// to 1,000 events, below a cursor or from the newest.
    ///
    /// The order of commands decides which events these are. Chats from older versions do not record it: they get the
    /// events up to the time of their start, which takes a few more reads.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the limit is out of range or the chat does not exist.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// inbox.as_system().put_customer(5, "Grace")?;
    /// inbox.as_customer(5).track_event("checkout failed")?;
    /// let chat = inbox.as_customer(5).start_chat()?;
    /// assert_eq!(inbox.events_before_chat(chat, None, 50)?.events[0].name, "checkout failed");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn events_before_chat(
        &self,
        chat: impl Into<ChatId>,
        before: Option<Cursor>,
        limit: usize,
    ) -> Result<EventPage, Error> {
        let chat = chat.into();
        check_limit(limit)?;
        let chat = self.chat_record(chat)?;
        let count = match chat.events_before {
            Some(count) => count,
            None => self.events_until(chat.customer, chat.created_at)?,
        };
        self.event_page(chat.customer, newest(count, before), limit)
    }

    /// Returns a page of the chats that a customer had before this one, highest id first: 1 to 1,000 of them, below a
    /// cursor or from that chat on.
    ///
    /// The set of chats is consistent; the chats themselves may be slightly newer.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the limit is out of range or the chat does not exist.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// let second = inbox.as_customer(5).start_chat()?;
    /// assert_eq!(inbox.earlier_chats(second, None, 50)?.chats[0].id, chat);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn earlier_chats(
        &self,
        chat: impl Into<ChatId>,
        before: Option<Cursor>,
        limit: usize,
    ) -> Result<ChatPage, Error> {
        let chat = chat.into();
        check_limit(limit)?;
        let customer = self.chat_record(chat)?.customer;
        let below = before.map_or(chat, |cursor| ChatId(cursor.0.min(chat.0.into()) as u32));
        let key = IndexKey::Customer(customer);
        let mut found =
            self.records().with_postings(|_| [key.clone()], |state| chats_below(state, &key, below, limit + 1))?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|chat| Cursor(chat.0.into()));
        Ok(ChatPage { chats: self.show_chats(found.into_iter())?, next })
    }

    fn event_page(&self, customer: CustomerId, newest: u32, limit: usize) -> Result<EventPage, Error> {
        let events = (1..=newest).rev().map_while(|number| {
            let found = self.records().event(customer, number).transpose()?;
            Some(found.map(|record| show(number, &record)))
        });
        let (events, more) = first(events, limit)?;
        let next = events.last().filter(|_| more).map(|event| Cursor(event.event.into()));
        Ok(EventPage { events, next })
    }

    /// Returns how many events a customer had by a time.
    fn events_until(&self, customer: CustomerId, moment: u64) -> Result<u32, Error> {
        let count = self.customer_record(customer)?.events;
        count_until(count, moment, |number| Ok(self.records().event(customer, number)?.map(|event| event.at)))
    }
}

/// Counts the events from 1 to `count` that are not later than `moment`, by binary search: their times never decrease.
/// A missing event counts as later.
fn count_until(count: u32, moment: u64, mut at: impl FnMut(u32) -> Result<Option<u64>, Error>) -> Result<u32, Error> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        match at(middle)? {
            Some(found) if found <= moment => low = middle,
            _ => high = middle - 1,
        }
    }
    Ok(low)
}

/// Returns up to `count` chats of a key below one, highest first.
fn chats_below(state: &State, key: &IndexKey, below: ChatId, count: usize) -> Vec<ChatId> {
    let posting = state.postings.get(key).into_iter();
    let of_each_status = posting.flat_map(|posting| Status::ALL.map(|status| posting.set(status)));
    let mut chats: Vec<ChatId> = of_each_status.flat_map(|set| set.iter_below(below).take(count)).collect();
    chats.sort_unstable_by(|a, b| b.cmp(a));
    chats.truncate(count);
    chats
}

fn show(event: u32, record: &EventRecord) -> Event {
    Event {
        event,
        at: record.at.into(),
        name: record.name.clone(),
        page: record.page.clone(),
        properties: record.properties.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_the_same_moment_all_count() {
        let moments = [10, 20, 20, 20, 30];
        for (moment, expected) in [(0, 0), (10, 1), (19, 1), (20, 4), (29, 4), (30, 5), (u64::MAX, 5)] {
            let found = count_until(5, moment, |number| Ok(Some(moments[number as usize - 1])));
            assert_eq!(found.unwrap(), expected, "until {moment}");
        }
        assert_eq!(count_until(0, 5, |_| unreachable!()).unwrap(), 0);
        assert_eq!(count_until(u32::MAX, 5, |number| Ok(Some(number.into()))).unwrap(), 5);
    }
}
