//! The text of faults in reports.

use super::Owner;
use super::differences::Numbers;
use super::report::FaultKind;
use crate::model::TagId;
use crate::record::{IndexKey, Setting, SettingKey, Total};
use crate::workspace::State;

/// Names a key as a view would, if a view has it: tags by path, custom indexes by name.
pub(super) fn of_key(state: &State, key: &IndexKey) -> String {
    match key {
        IndexKey::Tag(tag) => of_tag(state, *tag),
        IndexKey::OwnTag(tag) => format!("{} itself", of_tag(state, *tag)),
        IndexKey::Custom(id, value) => match state.setting(SettingKey::Index(*id)) {
            Some(Setting::Index(record)) => format!("custom:{}={value}", record.name),
            _ => format!("removed custom index, {value}"),
        },
        key => key.to_string(),
    }
}

fn of_tag(state: &State, tag: TagId) -> String {
    match state.tags.path(tag) {
        Some(path) => format!("tag:{path}"),
        None => format!("unknown tag number {}", tag.0),
    }
}

/// The kind of fault of a wrong number.
pub(super) fn kind_of(numbers: Numbers) -> FaultKind {
    match numbers {
        Numbers { kept: 0, .. } => FaultKind::Missing,
        Numbers { found: 0, .. } => FaultKind::Dangling,
        _ => FaultKind::Miscounted,
    }
}

/// Describes a wrong number: the stored value for the recomputed one.
pub(super) fn of_numbers(what: &str, numbers: Numbers) -> String {
    match numbers {
        Numbers { kept: 0, found } => format!("{what} is missing: {found}"),
        Numbers { kept, found: 0 } => format!("{what} is dangling: {kept}"),
        Numbers { kept, found } => format!("{what} is miscounted: {kept} for {found}"),
    }
}

/// The kind of fault of a wrong total.
pub(super) fn kind_of_total(kept: Total, found: Total) -> FaultKind {
    match found.count.wrapping_sub(kept.count).cast_signed() {
        ..0 => FaultKind::Missing,
        0 => FaultKind::Miscounted,
        1.. => FaultKind::Dangling,
    }
}

/// Describes the wrong total of a family.
pub(super) fn of_family(name: &str, kept: Total, found: Total) -> String {
    match kind_of_total(kept, found) {
        FaultKind::Miscounted => format!("{name}: the digest does not match"),
        _ => format!("{name}: {} kept, {} found", kept.count, found.count),
    }
}

/// Describes a mismatch between the messages or events of an owner and its totals.
pub(super) fn of_owed(owner: Owner, owed: Total) -> String {
    let (whose, what) = match owner {
        Owner::Chat(chat) => (format!("chat {chat}"), "messages"),
        Owner::Customer(customer) => (format!("customer {customer}"), "events"),
    };
    match owed.count.cast_signed() {
        count @ 1.. => format!("{whose}: {count} of its {what} missing"),
        0 => format!("{whose}: the digest of its {what} does not match"),
        count @ ..0 => format!("{whose}: {} {what} more than it counts", count.unsigned_abs()),
    }
}
