//! Imports on their own, with an in-memory store.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

use super::*;
use crate::export::parse_line;
use crate::kv::MemoryBackend;
use crate::model::limits::TIME_MAX_MS;
use crate::model::{CustomerId, WorkspaceId};
use crate::record::{ExternalKey, ExternalSpace, codec};
use crate::store::{Store, load_members_of, load_workspace};
use crate::workspace::Registry;

/// A workspace in memory, and the encoded changes so far.
struct Bench {
    store: Store,
    state: State,
    frames: Vec<Vec<u8>>,
    /// How often a plan was made.
    plans: usize,
}

impl Bench {
    fn new() -> Self {
        let store = Store::new(Box::new(MemoryBackend::default()));
        let state = load_workspace(&store, WorkspaceId(1), &Registry::default()).unwrap();
        Self { store, state, frames: Vec::new(), plans: 0 }
    }

    /// Imports lines in pieces of `lines_max`.
    fn import(&mut self, lines: &str, into_empty: bool, lines_max: usize) -> Result<Contents, (u64, String)> {
        let mut importer = Importer::new(&self.state, TIME_MAX_MS, into_empty);
        for (number, line) in (1..).zip(lines.lines()) {
            let parsed = parse_line(line.as_bytes(), number == 1).map_err(|reason| (number, reason))?;
            importer.take(parsed, number, line.len()).map_err(|fault| (number, fault.0))?;
            if number % lines_max as u64 == 0 {
                self.put(&mut importer, false)?;
            }
        }
        importer.end().map_err(|fault| (lines.lines().count() as u64 + 1, fault.0))?;
        self.put(&mut importer, true)?;
        Ok(importer.created())
    }

    fn put(&mut self, importer: &mut Importer, is_last: bool) -> Result<(), (u64, String)> {
        let piece = importer.take_piece(is_last);
        let mut preloaded = Preloaded::default();
        let (change, placed) = loop {
            self.plans += 1;
            let planned = importer.plan(PlanInput { state: &self.state, preloaded: &preloaded }, &piece).unwrap();
            let missed = preloaded.take_missed().records;
            if missed.is_empty() {
                break planned;
            }
            for key in missed {
                preloaded.insert(key, self.store.record(WorkspaceId(1), key).unwrap());
            }
        };
        importer.go_on(placed.map_err(|LineFault { line, fault }| (line, fault.0))?);
        if let Some(change) = change {
            self.frames.push(codec::encode(&change).unwrap());
            for delta in change.postings.iter().filter(|delta| delta.key.is_on_demand()) {
                let members = load_members_of(&self.store, WorkspaceId(1), &delta.key).unwrap();
                self.state.load_postings(vec![(delta.key.clone(), members)]);
            }
            self.state.apply(change);
        }
        Ok(())
    }

    fn number(&self, space: ExternalSpace, external: &str) -> Option<u64> {
        let key = RecordKey::External(ExternalKey::of(space, external));
        match self.state.known(key) {
            crate::workspace::Lookup::Record(Record::External(record)) => record.number(external),
            _ => None,
        }
    }
}

fn customer(external: &str) -> String {
    format!(r#"{{"customer":{{"external":{external:?},"name":null,"profile":{{}},"events":2}}}}"#)
}

fn events(external: &str) -> String {
    let event = |number: u32| {
        format!(
            r#"{{"event":{{"customer":{{"external":{external:?}}},"at":{number},"name":"e","page":null,"properties":{{}}}}}}"#
        )
    };
    format!("{}\n{}", event(1), event(2))
}

fn file(customers: &[&str]) -> String {
    let mut lines = vec![r#"{"inboxdb_export":{"version":2}}"#.to_owned()];
    for external in customers {
        lines.extend([customer(external), events(external)]);
    }
    let (count, events) = (customers.len(), customers.len() * 2);
    lines.push(format!(
        r#"{{"end":{{"managers":0,"tags":0,"customers":{count},"events":{events},"chats":0,"messages":0}}}}"#
    ));
    lines.join("\n")
}

#[test]
fn import_pieces_may_end_anywhere() {
    let file = file(&["a", "b", "c"]);
    let mut states = Vec::new();
    for lines_max in 1..12 {
        let mut bench = Bench::new();
        let created = bench.import(&file, true, lines_max).unwrap();
        assert_eq!((created.customers, created.events), (3, 6));
        states.push((bench.state.meta.totals, bench.state.meta.next, bench.state.meta.clock));
        let frames = bench.frames.len();
        assert_eq!(bench.import(&file, false, lines_max).unwrap(), Contents::default());
        assert_eq!(bench.frames.len(), frames, "nothing was changed");
    }
    assert!(states.windows(2).all(|pair| pair[0] == pair[1]), "{states:?}");
}

#[test]
fn import_external_ids_whose_short_hashes_are_equal_are_told_apart() {
    let mut seen: HashMap<u32, String> = HashMap::new();
    let (first, second) = (0..)
        .find_map(|number: u32| {
            let external = format!("u{number}");
            let hash = xxh3_64(external.as_bytes()) as u32;
            seen.insert(hash, external.clone()).map(|other| (other, external))
        })
        .unwrap();
    let mut bench = Bench::new();
    bench.import(&file(&[&first, "x", &second]), true, 100).unwrap();
    let numbers = [&first, "x", &second].map(|external| bench.number(ExternalSpace::Customers, external));
    assert_eq!(numbers, [Some(1), Some(2), Some(3)]);
    // One that comes twice is found out, in the same piece and later.
    for lines_max in [1, 100] {
        let refused = Bench::new().import(&file(&[&first, &second, &first]), true, lines_max);
        let (line, reason) = refused.unwrap_err();
        assert_eq!(line, 8, "{reason}");
        assert!(reason.contains("belongs to customer 1"), "{reason}");
    }
}

#[test]
fn import_plans_few_times_however_many_lines_are_looked_up() {
    let names: Vec<String> = (0..50).map(|number| format!("u{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut bench = Bench::new();
    bench.import(&file(&names), true, 1_000).unwrap();
    assert_eq!(bench.plans, 1, "nothing needs to be looked up in an empty workspace");
    bench.import(&file(&names), false, 1_000).unwrap();
    assert!(bench.plans < 5, "{}", bench.plans);
}

#[test]
fn import_numbers_follow_the_highest_ever_used() {
    let mut bench = Bench::new();
    let text = file(&["a", "b"]).replace(r#"{"version":2}"#, r#"{"version":2,"next_customer":50,"next_chat":7}"#);
    bench.import(&text, true, 100).unwrap();
    assert_eq!(bench.number(ExternalSpace::Customers, "b"), Some(51));
    assert_eq!((bench.state.meta.next.customer, bench.state.meta.next.chat), (52, 7));
    let text = file(&["c"]).replace(r#"{"external":"c","name""#, r#"{"external":"c","customer":50,"name""#);
    bench.import(&text, false, 100).unwrap();
    assert_eq!(bench.number(ExternalSpace::Customers, "c"), Some(52), "50 is taken");
    // After the last number there is none.
    let last = file(&["d"]).replace(r#"{"version":2}"#, r#"{"version":2,"next_customer":0}"#);
    let (line, reason) = bench.import(&last, false, 100).unwrap_err();
    assert_eq!((line, reason.contains("exhausted")), (2, true), "{reason}");
    let free = last.replace(r#"{"external":"d","name""#, r#"{"external":"d","customer":5,"name""#);
    bench.import(&free, false, 100).unwrap();
    let key = RecordKey::Customer(CustomerId(5));
    assert!(matches!(bench.state.known(key), crate::workspace::Lookup::Record(_)));
    assert_eq!(bench.state.meta.next.customer, 0);
}
