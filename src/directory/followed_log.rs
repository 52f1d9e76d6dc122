//! The file `LOG`: whether the store follows a replicated log, and which one. A store without it follows none.
//!
//! The first line is JSON; a second one has a checksum of the first. The state store has the same bytes in a row, so that
//! a backup carries them.

use std::io;

use serde::{Deserialize, Serialize};

use crate::files::{Files, replace_file};

const NAME: &str = "LOG";

/// What a store follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum FollowedLog {
    /// A replicated log, which the caller describes by this text, if at all.
    Follows(Option<String>),
    /// None any more. Its workspaces may still have places.
    Detached,
}

impl FollowedLog {
    /// The bytes of the file.
    pub(crate) fn encode(&self) -> io::Result<Vec<u8>> {
        let line = serde_json::to_string(self)?;
        Ok(format!("{line}\nchecksum {:08x}\n", crc32fast::hash(line.as_bytes())).into_bytes())
    }

    /// `None` if the bytes are damaged.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let line = std::str::from_utf8(bytes).ok()?.lines().next()?;
        let found: Self = serde_json::from_str(line).ok()?;
        found.encode().is_ok_and(|whole| whole == bytes).then_some(found)
    }
}

/// Returns the bytes of the file, if there is one.
pub(crate) fn read_followed_log(store: &dyn Files) -> io::Result<Option<Vec<u8>>> {
    match store.read(NAME) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

/// Writes the file, durably.
pub(crate) fn write_followed_log(store: &dyn Files, bytes: &[u8]) -> io::Result<()> {
    replace_file(store, NAME, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn followed_log_round_trips_and_any_damage_is_noticed() {
        let text = "{\"groups\":8}\n\"두 줄\"".to_owned();
        for log in [FollowedLog::Follows(None), FollowedLog::Follows(Some(text)), FollowedLog::Detached] {
            let bytes = log.encode().unwrap();
            assert_eq!(FollowedLog::decode(&bytes), Some(log));
            for place in 0..bytes.len() {
                let mut damaged = bytes.clone();
                damaged[place] ^= 1;
                assert_eq!(FollowedLog::decode(&damaged), None, "byte {place}");
                assert_eq!(FollowedLog::decode(&bytes[..place]), None, "byte {place}");
            }
        }
    }
}
