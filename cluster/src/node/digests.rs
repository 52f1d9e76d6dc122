//! Digests: what a node says of its workspaces at a place, and what it makes of what the others say.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use bytes::Bytes;
use inboxdb::{Answer, Engine, Place, Query, WorkspaceId};
use serde::{Deserialize, Serialize};

/// Places of which reports are kept for comparison. A node that is further behind is not compared there any more.
const CASES_MAX: usize = 4_096;

/// The version of a report. Reports of other versions are not compared.
const VERSION: u32 = 1;

/// The digests of the workspaces that were touched since the last report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Report {
    v: u32,
    pub(super) node: String,
    /// Of one start of the node.
    pub(super) instance: u64,
    pub(super) group: u32,
    pub(super) place: u64,
    digests: BTreeMap<u64, String>,
}

impl Report {
    pub(super) fn encode(&self) -> Result<Bytes, serde_json::Error> {
        serde_json::to_vec(self).map(Bytes::from)
    }

    /// Reads a report. None if it is not one, or of another version.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|report: &Self| report.v == VERSION)
    }
}

/// Notes which workspaces of a group are touched, and reports on them at each place that is a multiple of `every`.
///
/// A report covers the entries since the multiple before. A node that starts in between makes its first report at the second
/// one that it reaches, so that all nodes report on the same workspaces.
#[derive(Debug)]
pub(super) struct Reporter {
    node: String,
    instance: u64,
    group: u32,
    every: u64,
    touched: BTreeSet<WorkspaceId>,
    is_whole: bool,
}

impl Reporter {
    pub(super) fn new(node: String, instance: u64, group: u32, every: u64, applied: Place) -> Self {
        Self { node, instance, group, every, touched: BTreeSet::new(), is_whole: applied.0.is_multiple_of(every) }
    }

    pub(super) fn touched(&mut self, workspace: WorkspaceId) {
        self.touched.insert(workspace);
    }

    /// Returns the report that is due at a place, which the engine has just applied.
    pub(super) fn report_at(&mut self, engine: &Engine, place: Place) -> Result<Option<Report>, inboxdb::Error> {
        if !place.0.is_multiple_of(self.every) {
            return Ok(None);
        }
        let touched = std::mem::take(&mut self.touched);
        if !std::mem::replace(&mut self.is_whole, true) {
            return Ok(None);
        }
        let mut digests = BTreeMap::new();
        for workspace in touched {
            if let Answer::Digest { digest, .. } = engine.query(&Query::digest(workspace))? {
                digests.insert(workspace.0, digest);
            }
        }
        let (node, instance, group) = (self.node.clone(), self.instance, self.group);
        Ok(Some(Report { v: VERSION, node, instance, group, place: place.0, digests }))
    }
}

/// What a node makes of the reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All nodes that have reported agree, or this one is with most of them.
    Agreed,
    /// They differ, and neither side has most of them.
    Split(String),
    /// Most of the others differ from this node.
    Odd(String),
}

/// Compares the reports of all nodes at the same places.
///
/// A node that is started again is judged anew: what it reported before does not count any more, because it may have been
/// restored since.
#[derive(Debug)]
pub(super) struct Comparison {
    me: String,
    instance: u64,
    grace: Duration,
    /// By group and place.
    cases: BTreeMap<(u32, u64), Case>,
    /// The cases in which nodes differ.
    disputed: BTreeSet<(u32, u64)>,
    /// The start of each node that counts.
    instances: BTreeMap<String, u64>,
}

#[derive(Debug, Default)]
struct Case {
    digests: BTreeMap<String, BTreeMap<u64, String>>,
    split_since: Option<Instant>,
}

impl Comparison {
    pub(super) fn new(me: String, instance: u64, grace: Duration) -> Self {
        let (cases, disputed, instances) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        Self { me, instance, grace, cases, disputed, instances }
    }

    pub(super) fn hear(&mut self, report: Report) {
        if report.node == self.me && report.instance != self.instance {
            return;
        }
        let known = self.instances.insert(report.node.clone(), report.instance);
        if known.is_some_and(|known| known != report.instance) {
            self.cases.values_mut().for_each(|case| drop(case.digests.remove(&report.node)));
        }
        let key = (report.group, report.place);
        let case = self.cases.entry(key).or_default();
        case.digests.insert(report.node, report.digests);
        if case.is_disputed() {
            self.disputed.insert(key);
        }
        while self.cases.len() > CASES_MAX {
            if let Some((key, _)) = self.cases.pop_first() {
                self.disputed.remove(&key);
            }
        }
    }

    /// Judges all places at which this node has reported and others differ.
    pub(super) fn judge(&mut self, now: Instant) -> Verdict {
        let mut worst = Verdict::Agreed;
        self.disputed.retain(|key| self.cases.get(key).is_some_and(Case::is_disputed));
        for (group, place) in &self.disputed {
            let Some(case) = self.cases.get_mut(&(*group, *place)) else { continue };
            match case.judge(&self.me, now, self.grace) {
                Standing::Agreed => {}
                Standing::Split(what) if worst == Verdict::Agreed => {
                    worst =
                        Verdict::Split(format!("at place {place} of group {group}, {what}, and there is no majority"));
                }
                Standing::Split(_) => {}
                Standing::Odd(what) => return Verdict::Odd(format!("at place {place} of group {group}, {what}")),
            }
        }
        worst
    }
}

enum Standing {
    Agreed,
    Split(String),
    Odd(String),
}

impl Case {
    fn is_disputed(&self) -> bool {
        let mut digests = self.digests.values();
        let first = digests.next();
        digests.any(|other| Some(other) != first)
    }

    fn judge(&mut self, me: &str, now: Instant, grace: Duration) -> Standing {
        let Some(mine) = self.digests.get(me) else { return Standing::Agreed };
        let mut sides: Vec<(&BTreeMap<u64, String>, Vec<&str>)> = Vec::new();
        for (node, digests) in &self.digests {
            match sides.iter_mut().find(|(side, _)| *side == digests) {
                Some((_, nodes)) => nodes.push(node),
                None => sides.push((digests, vec![node])),
            }
        }
        let most = sides.iter().find(|(_, nodes)| nodes.len() * 2 > self.digests.len());
        let what = || {
            let others: Vec<&str> =
                sides.iter().filter(|(side, _)| *side != mine).flat_map(|(_, nodes)| nodes.clone()).collect();
            let workspace = sides.iter().find_map(|(side, _)| differing(mine, side));
            let workspace = workspace.map_or_else(String::new, |workspace| format!(" of workspace {workspace}"));
            format!("the digest{workspace} on this node, {me}, is not that on {}", others.join(", "))
        };
        match most {
            Some((side, _)) if *side == mine => Standing::Agreed,
            Some(_) => Standing::Odd(what()),
            None if now.duration_since(*self.split_since.get_or_insert(now)) >= grace => Standing::Split(what()),
            None => Standing::Agreed,
        }
    }
}

/// A workspace of which two reports differ.
fn differing(one: &BTreeMap<u64, String>, other: &BTreeMap<u64, String>) -> Option<u64> {
    let keys = one.keys().chain(other.keys());
    keys.copied().find(|workspace| one.get(workspace) != other.get(workspace))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(node: &str, digest: &str) -> Report {
        let digests = BTreeMap::from([(7, digest.to_owned())]);
        Report { v: VERSION, node: node.to_owned(), instance: 1, group: 0, place: 1_000, digests }
    }

    fn comparison(reports: &[(&str, &str)]) -> Comparison {
        let mut comparison = Comparison::new("a".to_owned(), 1, Duration::from_secs(5));
        reports.iter().for_each(|(node, digest)| comparison.hear(report(node, digest)));
        comparison
    }

    fn verdict(reports: &[(&str, &str)], waited: u64) -> Verdict {
        let (mut comparison, now) = (comparison(reports), Instant::now());
        comparison.judge(now);
        comparison.judge(now + Duration::from_secs(waited))
    }

    #[test]
    fn the_odd_one_out_stops_and_the_others_go_on() {
        assert_eq!(verdict(&[("a", "x"), ("b", "x"), ("c", "x")], 9), Verdict::Agreed);
        assert_eq!(verdict(&[("a", "x"), ("b", "x"), ("c", "y")], 9), Verdict::Agreed);
        assert_eq!(verdict(&[("b", "x"), ("c", "y")], 9), Verdict::Agreed, "not reported yet");
        let Verdict::Odd(what) = verdict(&[("a", "y"), ("b", "x"), ("c", "x")], 0) else { panic!() };
        assert_eq!(what, "at place 1000 of group 0, the digest of workspace 7 on this node, a, is not that on b, c");
    }

    #[test]
    fn without_a_majority_all_stop_writing_after_a_while() {
        assert_eq!(verdict(&[("a", "x"), ("b", "y")], 4), Verdict::Agreed);
        assert!(matches!(verdict(&[("a", "x"), ("b", "y")], 5), Verdict::Split(_)));
        assert!(matches!(verdict(&[("a", "x"), ("b", "y"), ("c", "x"), ("d", "y")], 5), Verdict::Split(_)));
        // A third report decides.
        let mut split = comparison(&[("a", "x"), ("b", "y")]);
        let now = Instant::now();
        split.judge(now);
        assert!(matches!(split.judge(now + Duration::from_secs(6)), Verdict::Split(_)));
        split.hear(report("c", "x"));
        assert_eq!(split.judge(now + Duration::from_secs(7)), Verdict::Agreed);
        split.hear(report("d", "y"));
        split.hear(report("c", "y"));
        assert!(matches!(split.judge(now + Duration::from_secs(8)), Verdict::Odd(_)));
    }

    #[test]
    fn node_that_is_started_again_is_judged_anew() {
        let again = |report: Report| Report { instance: 2, place: 2_000, ..report };
        let (later, past_grace) = (Instant::now(), Instant::now() + Duration::from_secs(6));
        let mut two = comparison(&[("a", "x"), ("b", "y")]);
        two.judge(later);
        assert!(matches!(two.judge(past_grace), Verdict::Split(_)));
        two.hear(again(report("b", "x")));
        assert_eq!(two.judge(past_grace), Verdict::Agreed);
        // What it reported itself before it was restored does not count either.
        let mut restored = Comparison::new("c".to_owned(), 2, Duration::from_secs(5));
        [report("a", "x"), report("b", "x"), report("c", "y")].into_iter().for_each(|report| restored.hear(report));
        assert_eq!(restored.judge(past_grace), Verdict::Agreed);
        restored.hear(Report { instance: 2, ..report("c", "y") });
        assert!(matches!(restored.judge(past_grace), Verdict::Odd(_)));
    }

    #[test]
    fn reports_of_other_versions_are_not_compared() {
        let mut other = report("b", "y");
        assert_eq!(Report::decode(&other.encode().unwrap()), Some(other.clone()));
        other.v = 2;
        assert_eq!(Report::decode(&other.encode().unwrap()), None);
    }
}
