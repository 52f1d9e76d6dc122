//! The log that the store of a node follows, and how far it is in it.

use inboxdb::LogInfo;
use inboxdb_cluster::{Binding, LogIdentity};
use serde::Serialize;

use crate::terminal::{Cell, Column, STRONG, Table, clean, plural, thousands};

/// A group of workspaces, and its log.
#[derive(Serialize)]
pub(crate) struct Group {
    group: u32,
    /// The identity of its log.
    log: String,
    /// The newest place that the store has applied; 0 if none.
    place: u64,
    workspaces: u64,
}

/// The groups of a node's store. `None` if its log is described in another way.
pub(crate) fn groups(log: &LogInfo) -> Option<Vec<Group>> {
    let binding: Binding = log.binding.as_ref()?.parse().ok()?;
    let spread = binding.spread();
    let group = |(group, log_of_group): (u32, &LogIdentity)| {
        let places = log.places.iter().filter(|applied| spread.of(applied.workspace) == group);
        let places: Vec<u64> = places.map(|applied| applied.place.0).collect();
        let (place, workspaces) = (places.iter().copied().max().unwrap_or(0), places.len() as u64);
        Group { group, log: log_of_group.as_str().to_owned(), place, workspaces }
    };
    Some((0..).zip(&binding.logs).map(group).collect())
}

/// A row per group.
pub(crate) fn table_of_groups(groups: &[Group]) -> String {
    let columns = [Column::number("GROUP"), Column::number("PLACE"), Column::number("WORKSPACES"), Column::word("LOG")];
    let mut table = Table::new(columns);
    for Group { group, log, place, workspaces } in groups {
        let [place, workspaces] = [*place, *workspaces].map(|number| Cell::plain(thousands(number)));
        table.row([Cell::new(STRONG, group.to_string()), place, workspaces, Cell::plain(clean(log))]);
    }
    table.render(2)
}

/// The log that a store follows, in a line.
pub(crate) fn described(log: &LogInfo, groups: Option<&[Group]>) -> String {
    match (groups, &log.binding) {
        (Some(groups), _) => format!("as a node of a cluster, in {}", plural(groups.len() as u64, "group")),
        (None, Some(binding)) => clean(binding),
        (None, None) => "without a description".to_owned(),
    }
}
