//! A command with its circumstances.

use serde::{Deserialize, Serialize};

use super::Command;
use crate::model::{Actor, Condition, Timestamp, WorkspaceId};

/// A command with its workspace, time and actor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Envelope {
    /// The workspace. It does not have to be created first.
    pub workspace: WorkspaceId,
    /// When the command happens. If the workspace's clock is already later, that clock is used instead.
    pub at: Timestamp,
    /// Who runs the command.
    pub actor: Actor,
    /// The command.
    #[serde(rename = "do")]
    pub command: Command,
    /// An id chosen by the caller, up to 64 bytes. A command with the id of one that this actor has already done is not
    /// done again, and gets the same reply; so a retry does nothing twice. Ids are kept until the workspace's clock is
    /// more than a day past the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What must hold for a chat, or the command is refused. For managers and the system only.
    #[serde(default, rename = "if", skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
}

impl Envelope {
    /// Creates an envelope without a command id.
    pub fn new(
        workspace: impl Into<WorkspaceId>,
        at: impl Into<Timestamp>,
        actor: impl Into<Actor>,
        command: Command,
    ) -> Self {
        Self { workspace: workspace.into(), at: at.into(), actor: actor.into(), command, id: None, condition: None }
    }

    /// Sets the command id, up to 64 bytes.
    #[must_use]
    pub fn with_id(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// Sets what must hold for a chat when the command is judged.
    #[must_use]
    pub fn only_if(self, condition: Condition) -> Self {
        Self { condition: Some(condition), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use crate::model::limits::TIME_MAX_MS;

    fn parse(json: &str) -> Result<Envelope, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn unknown_missing_and_out_of_range_fields_do_not_parse() {
        let good = r#"{"workspace":1,"at":2,"actor":"system","do":"tick"}"#;
        assert!(parse(good).is_ok());
        for bad in [
            r#"{"workspace":1,"at":2,"actor":"system","do":"tick","more":1}"#,
            r#"{"workspace":1,"at":2,"actor":"system"}"#,
            r#"{"workspace":-1,"at":2,"actor":"system","do":"tick"}"#,
            r#"{"workspace":1,"at":2,"actor":"unknown","do":"tick"}"#,
            r#"{"workspace":1,"at":2,"actor":"system","do":{"open":{"chat":4294967296}}}"#,
            r#"{"workspace":1,"at":2,"actor":"system","do":{"open":{"chat":1,"x":1}}}"#,
            r#"{"workspace":1,"at":2,"actor":"system","do":{"snooze":{"chat":1}}}"#,
            r#"{"workspace":1,"at":2,"actor":"system","do":{"fly":{"chat":1}}}"#,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn optional_fields_may_be_null() {
        let json = r#"{"workspace":1,"at":2,"actor":"system","id":null,"do":{"put_customer":{"customer":5,"name":null,"profile":null}}}"#;
        assert!(parse(json).is_ok());
    }

    #[test]
    fn times_after_the_year_9999_and_long_ids_are_malformed() {
        let mut envelope = Envelope::new(WorkspaceId(1), TIME_MAX_MS, Actor::System, Command::snooze(1, 1));
        assert!(envelope.check().is_ok());
        envelope.id = Some("x".repeat(65));
        assert_eq!(envelope.check().map_err(|r| r.code), Err(Code::Malformed));
        envelope.id = None;
        envelope.command = Command::snooze(1, TIME_MAX_MS + 1);
        assert_eq!(envelope.check().map_err(|r| r.code), Err(Code::Malformed));
    }
}
