//! What a store that was filled from logs depends on, as the store keeps it.

use std::fmt;
use std::str::FromStr;

use super::{Groups, LogIdentity};

/// What a store that was filled from logs depends on: the number of groups, how workspaces are hashed, and the identity of
/// each log. As text it is what the store is bound to ([`Engine::bind_log`](inboxdb::Engine::bind_log)).
///
/// ```
/// use inboxdb_cluster::Binding;
///
/// let binding: Binding = "groups=2;hash=xxh3-64;logs=5eed,f00d".parse()?;
/// assert_eq!((binding.spread().count(), binding.logs[1].as_str()), (2, "f00d"));
/// assert_eq!(binding.to_string(), "groups=2;hash=xxh3-64;logs=5eed,f00d");
/// # Ok::<(), inboxdb_cluster::BindingError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The log of each group, in order.
    pub logs: Vec<LogIdentity>,
}

/// A text that does not say what a store depends on, or is of a version that hashes workspaces in another way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} does not describe logs, such as groups=2;hash=xxh3-64;logs=5eed,f00d")]
pub struct BindingError(String);

impl Binding {
    /// Returns how workspaces are spread over the logs.
    pub fn spread(&self) -> Groups {
        Groups::new(self.logs.len().try_into().unwrap_or(u32::MAX))
    }
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let identities: Vec<&str> = self.logs.iter().map(LogIdentity::as_str).collect();
        write!(f, "groups={};hash={};logs={}", self.logs.len(), Groups::HASH, identities.join(","))
    }
}

impl FromStr for Binding {
    type Err = BindingError;

    fn from_str(text: &str) -> Result<Self, BindingError> {
        let logs = text.split(";logs=").nth(1).unwrap_or_default();
        let binding = Self { logs: logs.split(',').map(LogIdentity::from_text).collect() };
        // Only what would be written in this way was understood.
        if binding.to_string() == text { Ok(binding) } else { Err(BindingError(text.to_owned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_written_in_this_way_is_understood() {
        for text in ["groups=1;hash=xxh3-64;logs=a", "groups=3;hash=xxh3-64;logs=a,b,c"] {
            assert_eq!(text.parse::<Binding>().unwrap().to_string(), text);
        }
        for text in ["", "one log", "groups=2;hash=xxh3-64;logs=a", "groups=1;hash=other;logs=a", "groups=1;logs=a"] {
            assert!(text.parse::<Binding>().is_err(), "{text}");
        }
    }
}
