//! What is malformed about a command although its types fit.

use std::collections::BTreeSet;

use super::{Action, Command, Envelope, Step};
use crate::error::{Code, Refusal};
use crate::model::limits::{BATCH_BYTES_MAX, BATCH_MAX, COMMAND_ID_BYTES_MAX, EXTERNAL_CHARS_MAX, TIME_MAX_MS};
use crate::model::{CustomerId, MessageId, ProfileField, Timestamp};

impl Envelope {
    /// Refuses as malformed what the types cannot rule out: times after the year 9999, ids that are empty or too long,
    /// empty keys, and batches that are too large or hold what cannot be in one.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        self.check_all_but_id()?;
        self.check_id()
    }

    /// The same for an entry of a log, in which a node may have given the command an inner id.
    pub(crate) fn check_entry(&self) -> Result<(), Refusal> {
        self.check_all_but_id()?;
        if self.has_inner_id() { Ok(()) } else { self.check_id() }
    }

    fn check_all_but_id(&self) -> Result<(), Refusal> {
        check_moment("at", self.at)?;
        match &self.command {
            Command::All(steps) => check_batch(steps),
            command => check_command(command),
        }
    }

    fn check_id(&self) -> Result<(), Refusal> {
        match self.id.as_ref().map_or(0, String::len) {
            bytes if bytes > COMMAND_ID_BYTES_MAX => {
                Err(malformed(format!("the command's id has {bytes} bytes; the limit is {COMMAND_ID_BYTES_MAX}")))
            }
            _ => Ok(()),
        }
    }
}

fn check_command(command: &Command) -> Result<(), Refusal> {
    match command {
        Command::Snooze { until, .. } | Command::Bulk { action: Action::Snooze { until }, .. } => {
            check_moment("until", *until)
        }
        Command::SetClock { at } => check_moment("at", *at),
        Command::SetAttribute { key, .. } => check_key(key),
        Command::SetProfileFields { fields } => check_keys(fields),
        Command::PutManager { manager, external, .. } => check_named("manager", manager.is_some(), external.as_deref()),
        Command::PutCustomer { customer, external, .. } => {
            check_named("customer", customer.is_some(), external.as_deref())
        }
        Command::StartChat { external, .. } | Command::SendMessage { external, .. } => {
            external.as_deref().map_or(Ok(()), check_external)
        }
        Command::MarkRead { up_to: Some(MessageId(0)), .. } => {
            Err(malformed("`up_to` is 0; messages are numbered from 1"))
        }
        _ => Ok(()),
    }
}

/// Refuses a person who has neither a number nor an external id.
fn check_named(what: &str, numbered: bool, external: Option<&str>) -> Result<(), Refusal> {
    match external {
        None if !numbered => Err(malformed(format!("a {what} needs `{what}` or `external`"))),
        None => Ok(()),
        Some(external) => check_external(external),
    }
}

/// Refuses an external id that is empty or too long.
pub(crate) fn check_external(external: &str) -> Result<(), Refusal> {
    // A character has at most four bytes, so most ids need no counting.
    if !external.is_empty() && external.len() <= EXTERNAL_CHARS_MAX {
        return Ok(());
    }
    match external.chars().count() {
        0 => Err(malformed("an external id needs at least one character")),
        chars if chars > EXTERNAL_CHARS_MAX => {
            Err(malformed(format!("the external id has {chars} characters; the limit is {EXTERNAL_CHARS_MAX}")))
        }
        _ => Ok(()),
    }
}

fn check_batch(steps: &[Step]) -> Result<(), Refusal> {
    if steps.is_empty() || steps.len() > BATCH_MAX {
        return Err(malformed(format!("a batch has {} commands; it needs 1 to {BATCH_MAX}", steps.len())));
    }
    let bytes = json_bytes(steps);
    if bytes > BATCH_BYTES_MAX {
        return Err(malformed(format!("the commands of the batch have {bytes} bytes; the limit is {BATCH_BYTES_MAX}")));
    }
    let mut steps = steps.iter().enumerate();
    steps.try_for_each(|(place, step)| check_step(step).map_err(|refusal| refusal.at(place)))
}

fn check_step(step: &Step) -> Result<(), Refusal> {
    let not_inside = |name| Err(malformed(format!("`{name}` cannot be in a batch")));
    match &step.command {
        Command::All(_) => not_inside("all"),
        Command::Bulk { .. } => not_inside("bulk"),
        Command::Tick => not_inside("tick"),
        Command::SetClock { .. } => not_inside("set_clock"),
        Command::DeleteWorkspace => not_inside("delete_workspace"),
        Command::PutCustomer { customer: Some(CustomerId(0)), .. } => {
            Err(malformed("`put_customer` in a batch cannot take the number 0, which stands for the customer put last"))
        }
        command => check_command(command),
    }
}

/// The length of a value's JSON.
fn json_bytes(steps: &[Step]) -> usize {
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // Neither the values nor the counter can fail; a value that did would count as too large.
    match serde_json::to_writer(&mut counter, steps) {
        Ok(()) => counter.0,
        Err(_) => usize::MAX,
    }
}

fn check_moment(field: &str, moment: Timestamp) -> Result<(), Refusal> {
    if moment <= Timestamp::MAX {
        return Ok(());
    }
    let (moment, max) = (moment.as_millis(), TIME_MAX_MS);
    Err(malformed(format!("`{field}` is {moment} ms; the latest moment is {max} ms, the end of the year 9999")))
}

pub(crate) fn check_key(key: &str) -> Result<(), Refusal> {
    if key.is_empty() { Err(malformed("a key needs at least one character")) } else { Ok(()) }
}

pub(crate) fn check_keys(fields: &[ProfileField]) -> Result<(), Refusal> {
    let mut keys = BTreeSet::new();
    for field in fields {
        check_key(&field.key)?;
        if !keys.insert(&field.key) {
            return Err(malformed("two profile fields have the same key"));
        }
    }
    Ok(())
}

fn malformed(message: impl Into<String>) -> Refusal {
    Refusal::new(Code::Malformed, message)
}
