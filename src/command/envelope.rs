//! A command with its circumstances, and what is malformed about it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Action, Command};
use crate::error::{Code, Refusal};
use crate::model::limits::{COMMAND_ID_BYTES_MAX, TIME_MAX_MS};
use crate::model::{Actor, ProfileField, Timestamp, WorkspaceId};

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
    /// An id chosen by the caller, up to 64 bytes. It is stored with the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl Envelope {
    /// Creates an envelope without a command id.
    pub fn new(
        workspace: impl Into<WorkspaceId>,
        at: impl Into<Timestamp>,
        actor: impl Into<Actor>,
        command: Command,
    ) -> Self {
        Self { workspace: workspace.into(), at: at.into(), actor: actor.into(), command, id: None }
    }

    /// Sets the command id, up to 64 bytes.
    #[must_use]
    pub fn with_id(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// Refuses as malformed what the types cannot rule out: times after the year 9999, command ids that are too long,
    /// empty keys, and duplicate keys of profile fields.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        check_moment("at", self.at)?;
        match &self.command {
            Command::Snooze { until, .. } | Command::Bulk { action: Action::Snooze { until }, .. } => {
                check_moment("until", *until)?;
            }
            Command::SetAttribute { key, .. } => check_key(key)?,
            Command::SetProfileFields { fields } => check_keys(fields)?,
            _ => {}
        }
        match self.id.as_ref().map_or(0, String::len) {
            bytes if bytes > COMMAND_ID_BYTES_MAX => Err(Refusal::new(
                Code::Malformed,
                format!("the command's id has {bytes} bytes; the limit is {COMMAND_ID_BYTES_MAX}"),
            )),
            _ => Ok(()),
        }
    }
}

fn check_moment(field: &str, moment: Timestamp) -> Result<(), Refusal> {
    if moment <= Timestamp::MAX {
        return Ok(());
    }
    let (moment, max) = (moment.as_millis(), TIME_MAX_MS);
    Err(Refusal::new(
        Code::Malformed,
        format!("`{field}` is {moment} ms; the latest moment is {max} ms, the end of the year 9999"),
    ))
}

pub(crate) fn check_key(key: &str) -> Result<(), Refusal> {
    if key.is_empty() { Err(Refusal::new(Code::Malformed, "a key needs at least one character")) } else { Ok(()) }
}

pub(crate) fn check_keys(fields: &[ProfileField]) -> Result<(), Refusal> {
    let mut keys = BTreeSet::new();
    for field in fields {
        check_key(&field.key)?;
        if !keys.insert(&field.key) {
            return Err(Refusal::new(Code::Malformed, "two profile fields have the same key"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
