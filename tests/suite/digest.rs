//! The digest of a workspace follows from its commands, and from nothing else.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use inboxdb::{AttributeIndex, Config, Durability, Engine, Timer};
use inboxdb_harness::{Subject, files};
use inboxdb_naive::{Rng, trace};
use serde_json::{Value, json};

fn config() -> Config {
    Config::default().timer(Timer::Off)
}

/// Opens with other custom indexes each time: none, one, another version of it, and two.
fn with_changing_indexes(path: &Path, openings: &AtomicUsize) -> Engine {
    let config = config()
        .durability(Durability::Sync)
        .checkpoint_interval(Duration::from_millis(20))
        .checkpoint_journal_bytes(16 << 10)
        .segment_bytes(64 << 10)
        .record_cache_bytes(0)
        .store_cache_bytes(0)
        .workspaces_bytes_max(0);
    let team = || AttributeIndex::new("team");
    let config = match openings.fetch_add(1, Ordering::Relaxed) % 4 {
        0 => config,
        1 => config.index("team", 1, team()),
        2 => config.index("team", 2, team()),
        _ => config.index("team", 2, team()).index("level", 1, AttributeIndex::new("level")),
    };
    let engine = Engine::open(path, config).unwrap();
    if openings.load(Ordering::Relaxed).is_multiple_of(2) {
        engine.build_indexes(|_| {}).unwrap();
    }
    engine
}

/// Returns the digests of all workspaces that are in use.
fn digests(subject: &Subject) -> Vec<(u64, String)> {
    let workspaces = subject.ask(r#"{"workspaces":{}}"#);
    let ids = workspaces["workspaces"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap());
    let digest = |id| {
        let answer = subject.ask(&json!({"digest":{"workspace":id}}).to_string());
        answer["digest"].as_str().unwrap().to_owned()
    };
    ids.map(|id| (id, digest(id))).collect()
}

/// A trace without filters by custom indexes, which one of the engines does not always have.
fn lines(seed: u64) -> Vec<Vec<u8>> {
    let names_no_index = |line: &Vec<u8>| !line.windows(7).any(|part| part == b"custom:");
    trace(seed, 900).into_iter().filter(names_no_index).collect()
}

#[test]
fn digest_is_equal_wherever_the_same_commands_were_done() {
    for seed in 0..3 {
        let calm = Subject::new(config().durability(Durability::Interval(Duration::from_millis(50))));
        let openings = Arc::new(AtomicUsize::new(0));
        let open_at = |path: &Path| {
            let openings = Arc::clone(&openings);
            Subject::opened_by(path, config(), move |path, _| with_changing_indexes(path, &openings))
        };
        let directory = tempfile::tempdir().unwrap();
        let mut troubled = open_at(&directory.path().join("0"));
        let (lines, mut rng) = (lines(seed), Rng::new(seed));
        let mut rest = lines.as_slice();
        let mut troubles = [0; 3];
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.len().min(1 + rng.index(120)));
            rest = after;
            assert_eq!(calm.apply(piece), troubled.apply(piece), "seed {seed}");
            let trouble = rng.index(3);
            troubles[trouble] += 1;
            match trouble {
                0 => troubled.reopen(),
                1 => {
                    // A kill: what is on the disk while the engine runs.
                    let copy = directory.path().join(troubles[1].to_string());
                    files::copy_of_one_moment(troubled.path(), &copy);
                    troubled = open_at(&copy);
                }
                _ => troubled.engine().checkpoint().unwrap(),
            }
            assert_eq!(digests(&calm), digests(&troubled), "seed {seed}");
        }
        assert!(troubles.iter().all(|times| *times > 0), "{troubles:?}");
        assert!(!digests(&calm).is_empty());
        one_command_is_told(&calm, &troubled);
    }
}

/// Does each command in one engine first, and then in the other one.
fn one_command_is_told(one: &Subject, other: &Subject) {
    let (workspace, _) = digests(one)[0];
    let newest = json!({"list":{"workspace":workspace,"view":"all","limit":1}}).to_string();
    let chat = &one.ask(&newest)["chats"][0]["id"];
    for (command, id) in [
        (json!({"create_tag":{"path":"of_its_own"}}), Value::Null),
        (json!({"put_customer":{"external":"of its own"}}), Value::Null),
        (json!({"set_profile_fields":{"fields":[{"key":"own","label":"","shown":true}]}}), Value::Null),
        (json!({"set_description":{"chat":chat,"text":"of its own"}}), Value::Null),
        (json!({"send_message":{"chat":chat,"visibility":"internal","text":"!"}}), Value::Null),
        // Nothing changes but what is remembered, or the clock.
        (json!("tick"), json!("of its own")),
        (json!({"set_clock":{"at":1}}), Value::Null),
    ] {
        let line = json!({"workspace":workspace,"at":0,"actor":"system","do":command,"id":id}).to_string().into_bytes();
        let before = digests(one);
        let answer = one.apply(std::slice::from_ref(&line));
        assert!(answer[0].get("ok").is_some(), "{command}: {}", answer[0]);
        let after = digests(one);
        assert!(before[0] != after[0] && before[1..] == after[1..], "{command}");
        assert_eq!(digests(other), before, "{command}");
        assert_eq!(other.apply(&[line]), answer);
        assert_eq!(digests(other), after, "{command}");
    }
}
