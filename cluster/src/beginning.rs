//! What a store holds when it begins to follow a log.

use std::fmt;

use inboxdb::{Engine, Error};
use sha2::{Digest, Sha256};

/// What a store holds before the first entry of a log. Stores that follow one log from its first entry must all hold the same
/// then, or they never agree.
///
/// As text it is kept with the log ([`JetStreamOptions::beginning`](crate::JetStreamOptions::beginning)).
///
/// ```
/// use inboxdb_cluster::Beginning;
///
/// let (one, other) = (inboxdb::Engine::temporary()?, inboxdb::Engine::temporary()?);
/// assert_eq!(Beginning::of(&one)?, Beginning::of(&other)?);
/// assert!(Beginning::of(&one)?.is_empty());
/// one.workspace(1)?.as_system().at(1_000).put_customer(5, "Grace")?;
/// assert_ne!(Beginning::of(&one)?, Beginning::of(&other)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beginning(Option<String>);

/// Stands for an empty store.
const NOTHING: &str = "nothing";

impl Beginning {
    /// Digests all workspaces of a store. Takes time for all that it holds.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] or [`Error::Closed`] if the store cannot be read.
    pub fn of(engine: &Engine) -> Result<Self, Error> {
        let workspaces = engine.info()?.workspaces;
        if workspaces.is_empty() {
            return Ok(Self(None));
        }
        let mut all = Sha256::new();
        for workspace in workspaces {
            all.update(format!("{workspace} {}\n", engine.workspace(workspace)?.digest()?));
        }
        Ok(Self(Some(all.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect())))
    }

    /// Whether it is that of an empty store.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Says why a store with this beginning cannot follow a log that is kept with another one.
    pub(crate) fn check(&self, of_log: &str) -> Result<(), String> {
        if self.to_string() == of_log {
            return Ok(());
        }
        let reason = if self.is_empty() {
            "it does not begin with an empty inbox, and this store is empty; make a new store with `inboxdb join`"
        } else {
            "the store has data that does not come from this log, which began without it; make a new store with \
             `inboxdb join`, or begin another log under another prefix"
        };
        Err(reason.to_owned())
    }
}

impl fmt::Display for Beginning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_deref().unwrap_or(NOTHING))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_began_alike_goes_together() {
        let (one, empty) = (Engine::temporary().unwrap(), Engine::temporary().unwrap());
        let empty = Beginning::of(&empty).unwrap();
        assert_eq!(empty.to_string(), NOTHING, "streams keep it");
        one.workspace(1).unwrap().as_system().at(1_000).put_customer(5, "Grace").unwrap();
        let begun = Beginning::of(&one).unwrap();
        assert_eq!(begun.check(&begun.to_string()), Ok(()));
        assert_eq!(empty.check(NOTHING), Ok(()));
        assert!(empty.check(&begun.to_string()).unwrap_err().contains("inboxdb join"));
        assert!(begun.check(NOTHING).unwrap_err().contains("does not come from this log"));
        // A workspace of its own makes another beginning, also with the same content.
        let other = Engine::temporary().unwrap();
        other.workspace(2).unwrap().as_system().at(1_000).put_customer(5, "Grace").unwrap();
        assert!(Beginning::of(&other).unwrap().check(&begun.to_string()).is_err());
    }
}
