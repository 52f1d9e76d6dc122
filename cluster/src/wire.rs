//! How an entry stands in a log: a byte with the version of its form, then its JSON.

use bytes::Bytes;
use inboxdb::Entry;

/// The version of the form, and of what entries mean. It is raised when nodes that do not know the change would do something
/// else with an entry, and only once all nodes of a cluster know it.
pub const VERSION: u8 = 1;

/// Why an entry cannot be read. The node must not go on without it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A node of a later version wrote it.
    #[error("it has version {0}, and this node knows {VERSION}; use a newer inboxdb")]
    Version(u8),
    /// It is not an entry.
    #[error("it is not an entry: {0}")]
    Malformed(String),
}

/// Writes an entry.
pub fn encode(entry: &Entry) -> Result<Bytes, WireError> {
    let mut bytes = vec![VERSION];
    serde_json::to_writer(&mut bytes, entry).map_err(|error| WireError::Malformed(error.to_string()))?;
    Ok(bytes.into())
}

/// Reads an entry.
pub fn decode(bytes: &[u8]) -> Result<Entry, WireError> {
    match bytes.split_first() {
        Some((&VERSION, json)) => serde_json::from_slice(json).map_err(|error| WireError::Malformed(error.to_string())),
        Some((version, _)) => Err(WireError::Version(*version)),
        None => Err(WireError::Malformed("it is empty".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use inboxdb::{Actor, Command, Envelope, Timestamp, WorkspaceId};

    use super::*;

    /// Entries are kept for as long as streams are. Their bytes must not change without a new version.
    #[test]
    fn entries_keep_their_bytes() {
        let command = Envelope::new(1, 2, Actor::System, Command::close(7)).with_id("a");
        let golden = [
            (
                Entry::Command(command),
                r#"{"command":{"workspace":1,"at":2,"actor":"system","do":{"close":{"chat":7}},"id":"a"}}"#,
            ),
            (
                Entry::Tick { workspace: WorkspaceId(1), clock_epoch: 2, at: Timestamp::from(3) },
                r#"{"tick":{"workspace":1,"clock_epoch":2,"at":3}}"#,
            ),
            (
                Entry::BulkPiece { workspace: WorkspaceId(1), bulk: 2, done: 256 },
                r#"{"bulk_piece":{"workspace":1,"bulk":2,"done":256}}"#,
            ),
        ];
        for (entry, json) in golden {
            let bytes = encode(&entry).unwrap();
            assert_eq!(std::str::from_utf8(&bytes).unwrap(), format!("\u{1}{json}"));
            assert_eq!(encode(&decode(&bytes).unwrap()).unwrap(), bytes);
        }
    }

    #[test]
    fn entries_of_another_version_and_no_entries_are_refused() {
        assert_eq!(decode(b"\x02{}").err(), Some(WireError::Version(2)));
        for bytes in [&b""[..], b"\x01", b"\x01{}", b"\x01{\"tick\":{}}", b"\x01{\"more\":{}}"] {
            assert!(matches!(decode(bytes), Err(WireError::Malformed(_))), "{bytes:?}");
        }
    }
}
