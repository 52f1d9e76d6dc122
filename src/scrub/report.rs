//! What scrubs and repairs say.

use std::borrow::Cow;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Mended, Survey, words};
use crate::model::{ChatId, WorkspaceId};
use crate::record::Total;
use crate::workspace::State;

/// So many faults are named.
const FAULTS_NAMED_MAX: usize = 100;

/// What a scrub found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScrubReport {
    /// Chats whose records were read.
    pub chats: u64,
    /// The workspaces that were looked at, by id.
    pub workspaces: Vec<WorkspaceScrub>,
    /// What does not agree, the first hundred.
    pub faults: Vec<Fault>,
}

/// What a scrub found in one workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WorkspaceScrub {
    /// Which one.
    pub workspace: WorkspaceId,
    /// The records, by family.
    pub families: Vec<FamilyScrub>,
    /// Faults of the kind [`FaultKind::Missing`].
    pub missing: u64,
    /// Faults of the kind [`FaultKind::Dangling`].
    pub dangling: u64,
    /// Faults of the kind [`FaultKind::Miscounted`].
    pub miscounted: u64,
    /// How many of these are of records and not of the index: no repair brings back what they have lost.
    pub in_records: u64,
}

/// The records of one family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FamilyScrub {
    /// Its name, such as `chats`.
    pub family: Cow<'static, str>,
    /// What every change has kept up to date.
    pub kept: RecordTotal,
    /// What the records come to.
    pub found: RecordTotal,
}

/// How many records there are, and a digest that does not depend on their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordTotal {
    /// How many.
    pub count: u64,
    /// The sum of the digests of all of them. In JSON it has 16 hexadecimal digits.
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

/// Something that does not agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Fault {
    /// Where.
    pub workspace: WorkspaceId,
    /// What kind of fault.
    pub kind: FaultKind,
    /// Whether it is of records: these are not repaired.
    pub in_records: bool,
    /// What it is, in words.
    pub what: String,
}

/// In which way something does not agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// Something is not there that must be.
    Missing,
    /// Something is there that must not be.
    Dangling,
    /// A number, or a digest, is not what it must be.
    Miscounted,
}

/// What a repair found and changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RepairReport {
    /// What did not agree before.
    pub before: ScrubReport,
    /// What was changed, in workspaces where something was.
    pub changes: Vec<WorkspaceRepair>,
    /// What does not agree now: faults of records alone.
    pub after: ScrubReport,
}

/// What a repair changed in one workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WorkspaceRepair {
    /// Which one.
    pub workspace: WorkspaceId,
    /// How often a chat was put into a set that it was missing in.
    pub added: u64,
    /// How often a chat was taken out of a set that it is not in.
    pub removed: u64,
    /// Sets whose length was counted again.
    pub recounted: u64,
    /// Managers whose sums of unread messages were set.
    pub unread_sums: u64,
    /// Chats whose places in the order of activities were set.
    pub positions: u64,
    /// Chats whose deadlines were set.
    pub deadlines: u64,
}

impl WorkspaceRepair {
    pub(crate) fn new(workspace: WorkspaceId, mended: Mended) -> Self {
        let Mended { added, removed, recounted, unread_sums, positions, deadlines } = mended;
        Self { workspace, added, removed, recounted, unread_sums, positions, deadlines }
    }
}

impl RepairReport {
    /// Whether everything agrees now.
    pub fn is_clean(&self) -> bool {
        self.after.is_clean()
    }
}

impl ScrubReport {
    /// Whether everything agrees.
    pub fn is_clean(&self) -> bool {
        self.fault_count() == 0
    }

    /// How many faults there are, also those that are not named.
    pub fn fault_count(&self) -> u64 {
        self.workspaces.iter().map(WorkspaceScrub::fault_count).sum()
    }

    /// What a survey of one workspace found.
    pub(crate) fn new(state: &State, survey: &Survey) -> Self {
        let mut notes = Notes::new(state, survey);
        notes.note_records(survey);
        notes.note_sets(state, survey);
        notes.note_numbers(survey);
        Self { chats: survey.chats, workspaces: vec![notes.summary], faults: notes.faults }
    }

    /// Adds what was found in further workspaces.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.chats += other.chats;
        self.workspaces.extend(other.workspaces);
        self.faults.extend(other.faults);
        self.faults.truncate(FAULTS_NAMED_MAX);
    }
}

impl WorkspaceScrub {
    /// How many faults there are.
    pub fn fault_count(&self) -> u64 {
        self.missing + self.dangling + self.miscounted
    }
}

/// A report in the making.
struct Notes {
    summary: WorkspaceScrub,
    faults: Vec<Fault>,
    /// Whether what is noted now is of records.
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
        for (family, kept, found) in survey.families.iter().filter(|(_, kept, found)| kept != found) {
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
        for (manager, numbers) in &index.unread_messages {
            let what = || words::of_numbers(&format!("manager {manager}: the sum of unread messages"), *numbers);
            self.note(words::kind_of(*numbers), what);
        }
        for (chat, numbers) in &index.positions {
            let what = || words::of_numbers(&format!("chat {chat}: its place in the timeline"), *numbers);
            self.note(words::kind_of(*numbers), what);
        }
        for (chat, numbers) in &index.deadlines {
            self.note(words::kind_of(*numbers), || words::of_numbers(&format!("chat {chat}: its deadline"), *numbers));
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

/// A line of numbers, and a line for each named fault.
impl fmt::Display for ScrubReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum = |of: fn(&WorkspaceScrub) -> u64| self.workspaces.iter().map(of).sum::<u64>();
        let [missing, dangling, miscounted] =
            [sum(|found| found.missing), sum(|found| found.dangling), sum(|found| found.miscounted)];
        write!(f, "{} chats: {missing} missing, {dangling} dangling, {miscounted} miscounted", self.chats)?;
        self.faults.iter().try_for_each(|fault| write!(f, "\n{fault}"))
    }
}
