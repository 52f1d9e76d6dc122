//! Command histories, and the state of a healthy engine after each prefix.

use std::collections::BTreeSet;
use std::sync::Arc;

use inboxdb_naive::trace;
use xxhash_rust::xxh3::Xxh3;

use crate::command::{Command, Envelope};
use crate::config::{Config, Durability, Timer};
use crate::engine::Engine;
use crate::index::AttributeIndex;
use crate::model::{Actor, WorkspaceId};
use crate::testing::simulation::SimulatedDisk;
use crate::testing::simulation::state::Rows;

/// The number of histories, one per seed.
pub(crate) const HISTORIES: u64 = 24;

const COMMANDS: usize = 150;
/// In some histories there are more chats than one piece of a bulk action changes.
const CHATS_MANY: usize = 300;

pub(crate) struct History {
    pub(crate) commands: Vec<Envelope>,
    /// After each number of commands: the seq of the newest change, and the digest of all rows.
    states: Vec<(u64, u64)>,
}

impl History {
    pub(crate) fn new(seed: u64) -> Self {
        let commands = if seed % 8 == 7 { many_chats(seed) } else { parse(&trace(seed, COMMANDS)) };
        let disk = SimulatedDisk::new();
        let engine = open(&disk, Durability::Sync).unwrap();
        register_indexes(&engine, &commands);
        engine.checkpoint().unwrap();
        let mut states = vec![(engine.durable_seq(), digest(&disk.state().rows()))];
        for command in &commands {
            let _answered = engine.execute(command.clone());
            engine.checkpoint().unwrap();
            states.push((engine.durable_seq(), digest(&disk.state().rows())));
        }
        assert!(engine.scrub().unwrap().is_clean());
        Self { commands, states }
    }

    /// The largest number of commands whose changes are all at or below this seq.
    pub(crate) fn through(&self, seq: u64) -> usize {
        self.states.partition_point(|(last, _)| *last <= seq).saturating_sub(1)
    }

    /// The smallest number of commands that reaches this seq.
    pub(crate) fn reaching(&self, seq: u64) -> usize {
        self.states.partition_point(|(last, _)| *last < seq)
    }

    /// The seq of the newest change after this many commands.
    pub(crate) fn seq(&self, commands: usize) -> u64 {
        self.states[commands].0
    }

    /// Asserts that the rows are those after this many commands.
    pub(crate) fn assert_rows(&self, held: usize, rows: &Rows) {
        if digest(rows) == self.states[held].1 {
            return;
        }
        // Recomputed only to report the difference.
        let expected = rows_after(&self.commands, held);
        let keys: BTreeSet<&Vec<u8>> = rows.keys().chain(expected.keys()).collect();
        let different = keys.into_iter().filter(|key| rows.get(*key) != expected.get(*key));
        let different: Vec<_> = different.map(|key| (key, rows.get(key), expected.get(key))).take(3).collect();
        panic!("rows are not those after {held} commands; the first (key, found, expected): {different:x?}");
    }
}

fn rows_after(commands: &[Envelope], held: usize) -> Rows {
    let disk = SimulatedDisk::new();
    let engine = open(&disk, Durability::Sync).unwrap();
    register_indexes(&engine, commands);
    commands[..held].iter().for_each(|command| drop(engine.execute(command.clone())));
    engine.close().unwrap();
    disk.state().rows()
}

/// Gives every workspace the custom index before its first command.
pub(crate) fn register_indexes(engine: &Engine, commands: &[Envelope]) {
    let workspaces: BTreeSet<WorkspaceId> = commands.iter().map(|command| command.workspace).collect();
    for workspace in workspaces {
        // It changes nothing else.
        engine.execute(Envelope::new(workspace, 0, Actor::System, Command::Tick)).unwrap();
    }
    engine.build_indexes(|_| {}).unwrap();
}

/// Opens an engine with a custom index, and with small segments so that there are several.
pub(crate) fn open(disk: &SimulatedDisk, durability: Durability) -> Result<Engine, crate::error::OpenError> {
    let config = Config::default().timer(Timer::Off).durability(durability).segment_bytes(0).watch_journal_bytes(0);
    // Some lives unload every workspace that is clean and not in use.
    let config = config.workspaces_bytes_max(if durability == Durability::Sync { u64::MAX } else { 0 });
    let config = config.index("team", 1, AttributeIndex::new("team"));
    Engine::without_threads(Arc::new(disk.clone()), &config)
}

fn parse(lines: &[Vec<u8>]) -> Vec<Envelope> {
    lines.iter().filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

/// Bulk actions over more chats than one change takes, mixed with single commands.
fn many_chats(seed: u64) -> Vec<Envelope> {
    let line = |at: usize, command: &str| {
        format!(r#"{{"workspace":1,"at":{at},"actor":"system","do":{command}}}"#).into_bytes()
    };
    let mut lines = vec![
        line(1, r#"{"put_manager":{"manager":7,"name":"Ada","role":"owner"}}"#),
        line(1, r#"{"put_customer":{"customer":5}}"#),
        line(1, r#"{"create_tag":{"path":"billing/refund"}}"#),
    ];
    lines.extend((0..CHATS_MANY).map(|_| line(2, r#"{"start_chat":{"customer":5}}"#)));
    let actions = [
        r#"{"assign":{"manager":7}}"#,
        r#"{"tag":{"tags":["billing/refund"]}}"#,
        r#"{"send_message":{"visibility":"internal","text":"hello"}}"#,
        r#"{"snooze":{"until":UNTIL}}"#,
        r#"{"close":{}}"#,
    ];
    for at in 10..18 {
        let action = actions[(seed as usize + at) % actions.len()].replace("UNTIL", &(at + 2).to_string());
        lines.push(line(at, &format!(r#"{{"bulk":{{"select":{{"filter":"all"}},"do":{action}}}}}"#)));
        lines.push(line(at, &format!(r#"{{"open":{{"chat":{at}}}}}"#)));
    }
    parse(&lines)
}

fn digest(rows: &Rows) -> u64 {
    let mut digest = Xxh3::new();
    for (key, value) in rows {
        digest.update(&(key.len() as u64).to_le_bytes());
        digest.update(key);
        digest.update(&(value.len() as u64).to_le_bytes());
        digest.update(value);
    }
    digest.digest()
}
