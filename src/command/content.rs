//! Arguments of command constructors.

use std::collections::BTreeMap;

use crate::model::{File, Visibility};

/// A message to send. Converts from a string, which makes a public message.
///
/// ```
/// use inboxdb::{Command, File, NewMessage};
///
/// let public = Command::send_message(1, "Where is my parcel?");
/// let photo = NewMessage::new("The box:").file(File::new("box.png", "https://example.com/box.png", "image/png", 1_024));
/// let with_file = Command::send_message(1, photo);
/// let note = Command::send_message(1, NewMessage::internal("They wrote last week, too."));
/// # let _ = (public, with_file, note);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    pub(super) visibility: Visibility,
    pub(super) text: String,
    pub(super) files: Option<Vec<File>>,
    pub(super) external: Option<String>,
    pub(super) quiet: Option<bool>,
}

impl NewMessage {
    /// Creates a public message. The text has up to 65,536 bytes and may be empty if there are files.
    pub fn new(text: impl Into<String>) -> Self {
        Self { visibility: Visibility::Public, text: text.into(), files: None, external: None, quiet: None }
    }

    /// Creates a message that only managers can see.
    pub fn internal(text: impl Into<String>) -> Self {
        Self::new(text).visibility(Visibility::Internal)
    }

    /// Sets who can see the message.
    #[must_use]
    pub fn visibility(self, visibility: Visibility) -> Self {
        Self { visibility, ..self }
    }

    /// Sets the id in the caller's own system, 1 to 128 characters. Sending a message with it again does nothing.
    #[must_use]
    pub fn external(self, external: impl Into<String>) -> Self {
        Self { external: Some(external.into()), ..self }
    }

    /// Leaves the status of the chat alone, as an automatic reply should.
    #[must_use]
    pub fn quiet(self) -> Self {
        Self { quiet: Some(true), ..self }
    }

    /// Adds a file. A message has up to 16.
    #[must_use]
    pub fn file(mut self, file: File) -> Self {
        self.files.get_or_insert_default().push(file);
        self
    }

    /// Adds files. A message has up to 16.
    #[must_use]
    pub fn files(self, files: impl IntoIterator<Item = File>) -> Self {
        files.into_iter().fold(self, Self::file)
    }
}

impl<T: Into<String>> From<T> for NewMessage {
    fn from(text: T) -> Self {
        Self::new(text)
    }
}

/// New details of a customer. Anything not set keeps its value. Converts from a string, which sets the name.
///
/// ```
/// use inboxdb::{Command, CustomerUpdate};
///
/// let named = Command::put_customer(5, "Grace");
/// let unnamed = Command::put_customer(6, CustomerUpdate::new());
/// let known = Command::put_customer(5, CustomerUpdate::new().profile([("plan", "pro"), ("city", "Oslo")]));
/// # let _ = (named, unnamed, known);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerUpdate {
    pub(super) name: Option<String>,
    pub(super) profile: Option<BTreeMap<String, String>>,
    pub(super) external: Option<String>,
}

impl CustomerUpdate {
    /// Creates an update that sets nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the name, up to 256 characters.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Sets the id in the caller's own system, 1 to 128 characters.
    #[must_use]
    pub fn external(self, external: impl Into<String>) -> Self {
        Self { external: Some(external.into()), ..self }
    }

    /// Replaces the profile: up to 64 entries, with keys of up to 128 and values of up to 1,024 characters.
    #[must_use]
    pub fn profile<K: Into<String>, V: Into<String>>(self, entries: impl IntoIterator<Item = (K, V)>) -> Self {
        Self { profile: Some(strings(entries)), ..self }
    }
}

impl<T: Into<String>> From<T> for CustomerUpdate {
    fn from(name: T) -> Self {
        Self::new().name(name)
    }
}

/// An action of a customer on the host's site. Converts from a string, which sets the event's name.
///
/// ```
/// use inboxdb::{Command, NewEvent};
///
/// let seen = Command::track_event(5, NewEvent::new("view").page("/pricing").properties([("plan", "pro")]));
/// # let _ = seen;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    pub(super) name: String,
    pub(super) page: Option<String>,
    pub(super) properties: Option<BTreeMap<String, String>>,
}

impl NewEvent {
    /// Creates an event with a name of up to 256 characters.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), page: None, properties: None }
    }

    /// Sets the page it happened on, up to 2,048 characters.
    #[must_use]
    pub fn page(self, page: impl Into<String>) -> Self {
        Self { page: Some(page.into()), ..self }
    }

    /// Sets further details: up to 64 entries, with keys of up to 128 and values of up to 1,024 characters.
    #[must_use]
    pub fn properties<K: Into<String>, V: Into<String>>(self, entries: impl IntoIterator<Item = (K, V)>) -> Self {
        Self { properties: Some(strings(entries)), ..self }
    }
}

impl<T: Into<String>> From<T> for NewEvent {
    fn from(name: T) -> Self {
        Self::new(name)
    }
}

fn strings<K: Into<String>, V: Into<String>>(entries: impl IntoIterator<Item = (K, V)>) -> BTreeMap<String, String> {
    entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect()
}
