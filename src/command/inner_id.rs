//! Inner ids: what a node calls a command that has no id of its caller, so that a retry of the node does nothing twice.
//!
//! They are longer than the id of a caller can be, and so never meet one.

use super::{Entry, Envelope};
use crate::model::limits::COMMAND_ID_BYTES_MAX;

const MARK: &str = "~";
const DIGITS: usize = COMMAND_ID_BYTES_MAX;

/// Whether an id is an inner one.
pub(crate) fn is_inner_id(id: &str) -> bool {
    id.len() == MARK.len() + DIGITS && id.strip_prefix(MARK).is_some_and(is_hexadecimal)
}

fn is_hexadecimal(digits: &str) -> bool {
    digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

impl Envelope {
    /// Whether the command has an inner id.
    pub(crate) fn has_inner_id(&self) -> bool {
        self.id.as_deref().is_some_and(is_inner_id)
    }
}

impl Entry {
    /// Names the command of the entry, if it has one without an id, by a number that no other command of the log has: a random
    /// one, for example. If the entry is then published more than once, it is done once.
    ///
    /// Such an inner id is longer than the 64 bytes of a caller's, which therefore can never be the same. It is remembered for
    /// a [minute](crate::limits::INNER_REMEMBERED_MS) of the workspace's clock, long enough for a node that has no answer and
    /// tries again, and counts apart from those of callers.
    ///
    /// ```
    /// use inboxdb::{Actor, Command, Entry, Envelope};
    ///
    /// let entry = |id: Option<&str>| {
    ///     let envelope = Envelope::new(1, 1_000, Actor::System, Command::close(7));
    ///     Entry::Command(id.map_or(envelope.clone(), |id| envelope.with_id(id)))
    /// };
    /// let Entry::Command(named) = entry(None).with_inner_id(7) else { panic!() };
    /// assert!(named.id.is_some_and(|id| id.len() == 65));
    /// assert_eq!(entry(Some("a")).with_inner_id(7), entry(Some("a")));
    /// ```
    #[must_use]
    pub fn with_inner_id(mut self, number: u128) -> Self {
        if let Entry::Command(command) | Entry::ChosenBulk { command, .. } = &mut self
            && command.id.is_none()
        {
            command.id = Some(format!("{MARK}{number:0DIGITS$x}"));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;
    use crate::model::Actor;

    #[test]
    fn no_id_of_a_caller_is_an_inner_one() {
        let unnamed = || Envelope::new(1, 2, Actor::System, Command::close(7));
        let Entry::Command(named) = Entry::Command(unnamed()).with_inner_id(u128::MAX) else { panic!() };
        assert!(named.has_inner_id());
        assert!(named.check().is_err() && named.check_entry().is_ok());
        for id in ["", "~", "~7f", &"~".repeat(65), &"a".repeat(65), &format!("~{}", "é".repeat(32))] {
            assert!(!is_inner_id(id), "{id}");
        }
        assert!(unnamed().with_id("a".repeat(65)).check_entry().is_err());
        let longest = format!("~{}", "0".repeat(63));
        assert!(unnamed().with_id(&*longest).check().is_ok() && !is_inner_id(&longest));
    }
}
