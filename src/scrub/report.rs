//! The reports of scrubs and repairs.

use std::borrow::Cow;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::differences::Numbers;
use super::{Mended, Survey, externals, words};
use crate::model::{ChatId, WorkspaceId};
use crate::record::{Family, Total};
use crate::workspace::State;

/// The maximum number of faults listed.
const FAULTS_NAMED_MAX: usize = 100;

/// The result of a scrub.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScrubReport {
    /// Chats whose records were read.
    pub chats: u64,
    /// The scrubbed workspaces, by id.
    pub workspaces: Vec<WorkspaceScrub>,
    /// The first hundred faults.
    pub faults: Vec<Fault>,
}

/// The scrub result of one workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WorkspaceScrub {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The records, by family.
    pub families: Vec<FamilyScrub>,
    /// Faults of the kind [`FaultKind::Missing`].
    pub missing: u64,
    /// Faults of the kind [`FaultKind::Dangling`].
    pub dangling: u64,
    /// Faults of the kind [`FaultKind::Miscounted`].
    pub miscounted: u64,
    /// Faults of records rather than of the index. A repair cannot bring lost records back.
    pub in_records: u64,
}

/// The records of one family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FamilyScrub {
    /// The name of the family, such as `chats`.
    pub family: Cow<'static, str>,
    /// The total kept up to date by every change.
    pub kept: RecordTotal,
    /// The total recomputed from the records.
    pub found: RecordTotal,
}

/// The number of records, and a digest that does not depend on their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordTotal {
    /// The number of records.
    pub count: u64,
    /// The sum of all record digests. In JSON it has 16 hexadecimal digits.
    #[serde(serialize_with = "hexadecimal", deserialize_with = "from_hexadecimal")]
    pub digest: u64,
}

fn hexadecimal<S: Serializer>(digest: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{digest:016x}"))
}

fn from_hexadecimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    u64::from_str_radix(&String::deserialize(deserializer)?, 16).map_err(D::Error::custom)
}

impl From<Total> for RecordTotal {
    fn from(Total { count, digest }: Total) -> Self {
        Self { count, digest }
    }
}

/// A fault found by a scrub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Fault {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The kind of fault.
    pub kind: FaultKind,
    /// Whether the fault is in records. Such faults are not repaired.
    pub in_records: bool,
    /// The description.
    pub what: String,
}

/// The kind of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// Something that must exist is missing.
    Missing,
    /// Something exists that must not.
    Dangling,
    /// A number or digest is wrong.
    Miscounted,
}

/// The result of a repair.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RepairReport {
    /// The scrub before the repair.
    pub before: ScrubReport,
    /// The changes made, for each workspace that needed any.
    pub changes: Vec<WorkspaceRepair>,
    /// The scrub after the repair. Only faults in records can remain.
    pub after: ScrubReport,
}

/// The changes that a repair made in one workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WorkspaceRepair {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Chats added to a set that lacked them.
    pub added: u64,
    /// Chats removed from a set they do not belong to.
    pub removed: u64,
    /// Sets whose length was counted again.
    pub recounted: u64,
    /// Managers whose unread totals were set.
    pub unread_sums: u64,
    /// Chats whose timeline positions were set.
    pub positions: u64,
    /// Chats whose deadlines were set.
    pub deadlines: u64,
    /// Groups of external ids indexed again.
    #[serde(default)]
    pub externals: u64,
}

impl WorkspaceRepair {
    pub(crate) fn new(workspace: WorkspaceId, mended: Mended) -> Self {
        let Mended { added, removed, recounted, unread_sums, positions, deadlines, externals } = mended;
        Self { workspace, added, removed, recounted, unread_sums, positions, deadlines, externals }
    }
}

impl RepairReport {
    /// Whether no fault remains.
    pub fn is_clean(&self) -> bool {
        self.after.is_clean()
    }
}

impl ScrubReport {
    /// Whether no fault was found.
    pub fn is_clean(&self) -> bool {
        self.fault_count() == 0
    }

    /// The number of faults, including those not listed.
    pub fn fault_count(&self) -> u64 {
        self.workspaces.iter().map(WorkspaceScrub::fault_count).sum()
    }

    /// Reports the survey of one workspace.
    pub(crate) fn new(state: &State, survey: &Survey) -> Self {
        let mut notes = Notes::new(state, survey);
        notes.note_records(survey);
        notes.note_sets(state, survey);
        notes.note_numbers(survey);
        Self { chats: survey.chats, workspaces: vec![notes.summary], faults: notes.faults }
    }

    /// Adds the report of other workspaces.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.chats += other.chats;
        self.workspaces.extend(other.workspaces);
        self.faults.extend(other.faults);
        self.faults.truncate(FAULTS_NAMED_MAX);
    }
}

impl WorkspaceScrub {
    /// The number of faults.
    pub fn fault_count(&self) -> u64 {
        self.missing + self.dangling + self.miscounted
    }
}

/// Collects the faults of one workspace.
struct Notes {
    summary: WorkspaceScrub,
    faults: Vec<Fault>,
    /// Whether the faults being added are in records.
    in_records: bool,
}

impl Notes {
    fn new(state: &State, survey: &Survey) -> Self {
        let families = survey.families.iter().map(|(family, kept, found)| FamilyScrub {
            family: family.name().into(),
            kept: (*kept).into(),
            found: (*found).into(),
        });
        let summary = WorkspaceScrub {
            workspace: state.workspace,
            families: families.collect(),
            missing: 0,
            dangling: 0,
            miscounted: 0,
            in_records: 0,
        };
        Self { summary, faults: Vec::new(), in_records: false }
    }

    fn note(&mut self, kind: FaultKind, what: impl FnOnce() -> String) {
        match kind {
            FaultKind::Missing => self.summary.missing += 1,
            FaultKind::Dangling => self.summary.dangling += 1,
            FaultKind::Miscounted => self.summary.miscounted += 1,
        }
        self.summary.in_records += u64::from(self.in_records);
        if self.faults.len() < FAULTS_NAMED_MAX {
            let (workspace, in_records) = (self.summary.workspace, self.in_records);
            self.faults.push(Fault { workspace, kind, in_records, what: what() });
        }
    }

    fn note_records(&mut self, survey: &Survey) {
        self.in_records = true;
        let of_records = survey.families.iter().filter(|(family, ..)| *family != Family::Externals);
        for (family, kept, found) in of_records.filter(|(_, kept, found)| kept != found) {
            self.note(words::kind_of_total(*kept, *found), || words::of_family(family.name(), *kept, *found));
        }
        for (key, error) in &survey.undecodable {
            self.note(FaultKind::Missing, || format!("{key}: the record cannot be decoded: {error}"));
        }
        for (owner, owed) in &survey.owed {
            self.note(words::kind_of_total(*owed, Total::default()), || words::of_owed(*owner, *owed));
        }
        self.in_records = false;
    }

    fn note_sets(&mut self, state: &State, survey: &Survey) {
        for ((key, status), set) in &survey.index.sets {
            let name = || format!("{}, {status}", words::of_key(state, key));
            for chat in set.missing.iter().map(ChatId) {
                self.note(FaultKind::Missing, || format!("{}: chat {chat} is missing", name()));
            }
            for chat in set.dangling.iter().map(ChatId) {
                self.note(FaultKind::Dangling, || format!("{}: chat {chat} is dangling", name()));
            }
            if let Some((kept, members)) = &set.miscounted {
                self.note(FaultKind::Miscounted, || {
                    format!("{}: the length is miscounted: {kept} for {}", name(), members.len())
                });
            }
        }
    }

    fn note_numbers(&mut self, survey: &Survey) {
        let index = &survey.index;
        for (manager, sum) in &index.unread_messages {
            let numbers = match (sum.kept, sum.found) {
                (kept, found) if kept.all != found.all => Numbers { kept: kept.all, found: found.all },
                (kept, found) => Numbers { kept: kept.as_operator.unwrap_or(0), found: found.as_operator.unwrap_or(0) },
            };
            let what = || words::of_numbers(&format!("manager {manager}: the sum of unread messages"), numbers);
            self.note(words::kind_of(numbers), what);
        }
        for (chat, numbers) in &index.positions {
            let what = || words::of_numbers(&format!("chat {chat}: its place in the timeline"), *numbers);
            self.note(words::kind_of(*numbers), what);
        }
        for (chat, numbers) in &index.deadlines {
            self.note(words::kind_of(*numbers), || words::of_numbers(&format!("chat {chat}: its deadline"), *numbers));
        }
        for (key, difference) in &index.externals {
            for number in &difference.missing {
                self.note(FaultKind::Missing, || format!("{} is missing", externals::words_of(*key, *number)));
            }
            for number in &difference.dangling {
                self.note(FaultKind::Dangling, || format!("{} is dangling", externals::words_of(*key, *number)));
            }
        }
        if let Some((kept, found)) = index.external_totals {
            let what = || words::of_family(Family::Externals.name(), kept, found);
            self.note(words::kind_of_total(kept, found), what);
        }
        for (what, numbers) in &index.lengths {
            self.note(FaultKind::Miscounted, || {
                format!("{what}: the length is miscounted: {} for {}", numbers.kept, numbers.found)
            });
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "workspace {}: {}", self.workspace, self.what)
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FaultKind::Missing => "missing",
            FaultKind::Dangling => "dangling",
            FaultKind::Miscounted => "miscounted",
        })
    }
}

/// Shows a summary line, then a line per listed fault.
impl fmt::Display for ScrubReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum = |of: fn(&WorkspaceScrub) -> u64| self.workspaces.iter().map(of).sum::<u64>();
        let [missing, dangling, miscounted] =
            [sum(|found| found.missing), sum(|found| found.dangling), sum(|found| found.miscounted)];
        write!(f, "{} chats: {missing} missing, {dangling} dangling, {miscounted} miscounted", self.chats)?;
        self.faults.iter().try_for_each(|fault| write!(f, "\n{fault}"))
    }
}
