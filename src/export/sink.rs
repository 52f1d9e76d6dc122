//! What an export is written through, whichever form it has.

use std::io;
use std::sync::Arc;

use super::Contents;
use super::line::{ChatLine, CustomerLine, EventLine, Header, ManagerLine, MessageLine};
use crate::model::ProfileField;

/// What an export begins with, all of one moment.
pub(crate) struct Opening {
    pub(crate) header: Header,
    pub(crate) profile_fields: Vec<ProfileField>,
    /// The paths as shown, parents first.
    pub(crate) tags: Vec<Arc<str>>,
    pub(crate) managers: Vec<ManagerLine>,
}

/// Takes the contents of an export in their order. A chat's messages follow it, a customer's events too.
pub(crate) trait Sink {
    /// Whether customers and events have a place in this form. Otherwise a chat comes with its customer's name.
    fn takes_customers(&self) -> bool;

    fn begin(&mut self, opening: Opening) -> io::Result<()>;

    fn customer(&mut self, customer: CustomerLine) -> io::Result<()>;

    fn event(&mut self, event: EventLine) -> io::Result<()>;

    fn chat(&mut self, chat: ChatLine, customer_name: Option<String>) -> io::Result<()>;

    fn message(&mut self, message: MessageLine) -> io::Result<()>;

    /// The chat has no more messages.
    fn end_chat(&mut self) -> io::Result<()>;

    fn end(&mut self, contents: &Contents) -> io::Result<()>;
}
