//! The managers that lines may refer to: those of the file, and those of the workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Checked, Fault};
use crate::error::{Code, Refusal};
use crate::export::Reference;
use crate::export::line::ManagerLine;
use crate::model::limits::{MANAGERS_MAX, NAME_CHARS_MAX};
use crate::model::{ManagerId, TagId};
use crate::record::ManagerRecord;
use crate::rules::commands::externals::taken;
use crate::rules::limit;
use crate::sets::IdSet;
use crate::workspace::State;

/// The managers of a workspace during an import. All fit in memory, so their lines are looked up when they are read.
pub(super) struct Team {
    members: BTreeMap<ManagerId, Member>,
    by_external: FxHashMap<String, ManagerId>,
    /// The numbers that the file gives.
    numbers: BTreeSet<ManagerId>,
    /// Numbers of the file whose manager has another one.
    moved: FxHashMap<ManagerId, ManagerId>,
    present: usize,
    /// The number for the next manager without one; 0 if they are exhausted.
    next: u64,
    into_empty: bool,
}

struct Member {
    operator: bool,
    /// The record of a manager who left.
    former: Option<Arc<ManagerRecord>>,
    /// Whether the file has a line for them.
    in_file: bool,
}

impl Team {
    pub(super) fn new(state: &State, into_empty: bool) -> Self {
        let mut team = Self {
            members: BTreeMap::new(),
            by_external: FxHashMap::default(),
            numbers: BTreeSet::new(),
            moved: FxHashMap::default(),
            present: state.managers.len(),
            next: state.meta.next.manager,
            into_empty,
        };
        for (id, record) in state.managers.iter().chain(&state.former_managers) {
            let former = record.removed.then(|| Arc::clone(record));
            team.members.insert(*id, Member { operator: record.operator, former, in_file: false });
            team.by_external.extend(record.external.clone().map(|external| (external, *id)));
        }
        team
    }

    /// Leaves the numbers below the next one of the header to lines that have a number.
    pub(super) fn go_on_from(&mut self, next: u64) {
        if self.next != 0 {
            self.next = if next == 0 { 0 } else { self.next.max(next) };
        }
    }

    /// Whether every manager of the file has the number that the file gives.
    pub(super) fn kept_numbers(&self) -> bool {
        self.moved.is_empty()
    }

    /// Takes a line. Returns the record to put, or `None` if the manager exists.
    pub(super) fn take(
        &mut self,
        line: ManagerLine,
        followed_tags: IdSet<TagId>,
    ) -> Checked<Option<(ManagerId, ManagerRecord)>> {
        check(&line)?;
        let (id, exists) = self.number(&line)?;
        let former = self.members.get(&id).and_then(|member| member.former.clone());
        let operator = line.operator;
        let member = self.members.entry(id).or_insert(Member { operator, former: None, in_file: true });
        (member.operator, member.in_file) = (operator, true);
        if exists && (former.is_none() || line.removed) {
            return Ok(None);
        }
        let record = record(line, followed_tags, former.as_deref());
        if record.removed {
            member.former = Some(Arc::new(record.clone()));
        } else {
            member.former = None;
            self.present += 1;
            limit::at_most(Code::TooLarge, "the workspace", self.present, MANAGERS_MAX, "managers")?;
        }
        Ok(Some((id, record)))
    }

    /// Returns the number for the manager of a line, and whether they exist.
    fn number(&mut self, line: &ManagerLine) -> Checked<(ManagerId, bool)> {
        let (given, external) = (line.manager, line.external.as_deref());
        if let Some(number) = given.filter(|number| !self.numbers.insert(*number)) {
            return Err(format!("manager {number} comes twice").into());
        }
        let owner = external.and_then(|external| self.by_external.get(external)).copied();
        if let (Some(owner), Some(external)) = (owner, external)
            && self.members.get(&owner).is_some_and(|member| member.in_file)
        {
            return Err(taken(external, &format!("manager {owner}")).into());
        }
        let free = given.filter(|number| !self.members.contains_key(number));
        let id = match (owner.or(free), given) {
            (Some(id), _) => id,
            (None, Some(number)) if external.is_none() => return Err(number_taken("manager", number.0)),
            (None, _) => self.next_number()?,
        };
        if self.next != 0 {
            self.next = id.0.checked_add(1).map_or(0, |next| next.max(self.next));
        }
        if let Some(number) = given.filter(|number| *number != id) {
            self.moved.insert(number, id);
        }
        self.by_external.extend(external.map(|external| (external.to_owned(), id)));
        Ok((id, owner.is_some()))
    }

    fn next_number(&self) -> Checked<ManagerId> {
        match self.next {
            0 => Err("the numbers of managers are exhausted; give one that is free".into()),
            next => Ok(ManagerId(next)),
        }
    }

    /// Finds a manager, also one who left. A number means the file's.
    fn find(&self, reference: &Reference<ManagerId>) -> Checked<Option<(ManagerId, &Member)>> {
        let id = match reference {
            Reference::Number(number) if !self.numbers.contains(number) => None,
            Reference::Number(number) => Some(self.moved.get(number).copied().unwrap_or(*number)),
            Reference::External { external } => {
                let found = self.by_external.get(external).copied();
                Some(found.ok_or_else(|| unknown_external("manager", external))?)
            }
        };
        Ok(id.and_then(|id| Some((id, self.members.get(&id)?))))
    }

    /// Finds a manager who has not left.
    pub(super) fn known(&self, reference: &Reference<ManagerId>) -> Checked<ManagerId> {
        match (self.find(reference)?, reference) {
            (Some((id, Member { former: None, .. })), _) => Ok(id),
            (Some((id, _)), _) => Err(format!("manager {id} left").into()),
            (None, Reference::Number(number)) => Err(Refusal::unknown_manager(*number).into()),
            (None, Reference::External { external }) => Err(unknown_external("manager", external)),
        }
    }

    /// Finds managers who have not left, each named once.
    pub(super) fn all_known(&self, references: &[Reference<ManagerId>]) -> Checked<IdSet<ManagerId>> {
        let set: IdSet<ManagerId> = references.iter().map(|named| self.known(named)).collect::<Checked<_>>()?;
        if set.len() < references.len() { Err("it names a manager twice".into()) } else { Ok(set) }
    }

    /// Finds the author of a message, who may have left. Exports of version 1 do not list those who left.
    pub(super) fn author(&self, reference: &Reference<ManagerId>) -> Checked<ManagerId> {
        match (self.find(reference)?, reference) {
            (Some((id, _)), _) => Ok(id),
            (None, Reference::Number(number)) if self.into_empty => Ok(*number),
            (None, Reference::Number(number)) => {
                Err(format!("manager {number} wrote it, and no line before says who that is").into())
            }
            (None, Reference::External { external }) => Err(unknown_external("manager", external)),
        }
    }

    /// Whether the file or, for others, the workspace says that a manager is in operator mode.
    pub(super) fn is_operator(&self, manager: ManagerId) -> bool {
        self.members.get(&manager).is_some_and(|member| member.operator)
    }
}

fn check(line: &ManagerLine) -> Checked<()> {
    limit::chars(Code::TooLarge, "the name", &line.name, NAME_CHARS_MAX)?;
    if line.manager.is_none() && line.external.is_none() {
        return Err("a manager needs `manager` or `external`".into());
    }
    if line.removed && (line.operator || line.online || !line.followed_tags.is_empty()) {
        return Err("a removed manager is neither online nor in operator mode, and follows no tags".into());
    }
    Ok(())
}

/// The record of a line. A manager who left comes back with what was kept of them.
fn record(line: ManagerLine, followed_tags: IdSet<TagId>, former: Option<&ManagerRecord>) -> ManagerRecord {
    let ManagerLine {
        manager: _,
        name,
        role,
        operator,
        online,
        followed_tags: _,
        capacity,
        last_assigned_at,
        external,
        removed,
    } = line;
    let new = ManagerRecord::new(&name, role);
    let before = former.unwrap_or(&new);
    ManagerRecord {
        operator,
        online,
        followed_tags,
        capacity: capacity.or(before.capacity),
        last_assigned_at: last_assigned_at.max(before.last_assigned_at),
        external,
        removed,
        operator_era: before.operator_era,
        removed_era: before.removed_era,
        ..ManagerRecord::new(&name, role)
    }
}

pub(super) fn unknown_external(what: &str, external: &str) -> Fault {
    Fault(format!("there is no {what} with the external id {}", limit::shown(external)))
}

/// The number of a line without external id belongs to one that the import has numbered itself.
pub(super) fn number_taken(what: &str, number: u64) -> Fault {
    Fault(format!(
        "{what} {number} exists: a line without a number got it; give each line a number, or this one an `external`"
    ))
}
