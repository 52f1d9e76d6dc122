//! The output of an export, common to all formats.

use std::io;

use super::Contents;
use super::line::{ChatLine, CustomerLine, DoneLine, EventLine, Header, ManagerLine, MessageLine, TagLine};
use crate::model::ProfileField;

/// The start of an export. All parts are of one moment.
pub(crate) struct Opening {
    pub(crate) header: Header,
    pub(crate) profile_fields: Vec<ProfileField>,
    /// The paths as shown, parents first.
    pub(crate) tags: Vec<TagLine>,
    pub(crate) managers: Vec<ManagerLine>,
}

/// Receives the contents of an export in order. Messages follow their chat, and events follow their customer.
pub(crate) trait Sink {
    /// Whether the format has lines for customers, events and remembered ids. Otherwise each chat comes with its
    /// customer's name.
    fn takes_customers(&self) -> bool;

    fn begin(&mut self, opening: Opening) -> io::Result<()>;

    fn customer(&mut self, customer: CustomerLine) -> io::Result<()>;

    fn event(&mut self, event: EventLine) -> io::Result<()>;

    fn chat(&mut self, chat: ChatLine, customer_name: Option<String>) -> io::Result<()>;

    fn message(&mut self, message: MessageLine) -> io::Result<()>;

    /// Marks the end of the chat's messages.
    fn end_chat(&mut self) -> io::Result<()>;

    fn done(&mut self, done: DoneLine) -> io::Result<()>;

    fn end(&mut self, contents: &Contents) -> io::Result<()>;
}
