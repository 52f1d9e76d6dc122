//! Edits of tags with many tags below them: what is left to do afterwards is done in steps, and is never seen.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use inboxdb::{Command, Config, Durability, Engine, Envelope, Progress, Timer};
use inboxdb_harness::{Subject, assert_clean, files, seeds};
use inboxdb_naive::{Naive, Rng};
use serde_json::{Value, json};

/// Enough to need several steps.
const MANY: usize = 2_000;
const CHATS: usize = 120;

fn config() -> Config {
    Config::default()
        .timer(Timer::Off)
        .checkpoint_interval(Duration::from_millis(20))
        .checkpoint_journal_bytes(64 << 10)
        .segment_bytes(64 << 10)
        .record_cache_bytes(0)
        .workspaces_bytes_max(0)
}

fn line(command: Value) -> Vec<u8> {
    json!({"workspace":1,"at":1_000,"actor":"system","do":command}).to_string().into_bytes()
}

/// The paths below a root, in up to four levels: some are in each such tree.
fn below(root: &str, rng: &mut Rng, count: usize) -> Vec<String> {
    let (mut paths, mut keys) = (vec![root.to_owned()], BTreeSet::new());
    while paths.len() <= count {
        // Many have the same parent, and many names are in both trees.
        let above = if rng.index(2) == 0 { root.to_owned() } else { rng.pick(&paths) };
        let path = format!("{above}/{}{}", rng.pick(&["t", "T", "t-", "x"]), rng.index(300));
        if above.split('/').count() < 4 && keys.insert(path.to_lowercase()) {
            paths.push(path);
        }
    }
    paths
}

/// Managers and chats, and two large trees of tags, each with chats and followers.
fn filled(rng: &mut Rng, many: usize) -> (Vec<Vec<u8>>, Vec<String>) {
    let mut lines = vec![line(json!({"put_customer":{"customer":5}}))];
    for manager in 1..=3 {
        lines.push(line(json!({"put_manager":{"manager":manager,"name":"m","role":"owner"}})));
    }
    let mut paths = below("a", rng, many);
    paths.extend(below("B", rng, many));
    paths.extend(["a/only/here", "B/b", "c", "c/d"].map(str::to_owned));
    lines.extend(paths.iter().map(|path| line(json!({"create_tag":{"path":path}}))));
    for path in paths.iter().step_by(37) {
        lines.push(line(json!({"follow_tag":{"path":path,"manager":1 + rng.index(3)}})));
    }
    for chat in 1..=CHATS {
        lines.push(line(json!({"start_chat":{"customer":5}})));
        let tags: Vec<String> = (0..1 + rng.index(5)).map(|_| rng.pick(&paths)).collect();
        lines.push(line(json!({"tag":{"chat":chat,"tags":tags}})));
        if rng.index(3) == 0 {
            lines.push(line(json!({"close":{"chat":chat}})));
        }
    }
    (lines, paths)
}

/// A command that edits tags, mostly many of them, alone or in a batch.
fn edit(rng: &mut Rng, paths: &[String]) -> Value {
    let any = |rng: &mut Rng| -> String {
        let path = rng.pick(paths);
        let depth = rng.index(5);
        let names: Vec<&str> = path.split('/').take(depth.max(1)).collect();
        names.join("/")
    };
    let (one, other) = (any(rng), any(rng));
    match rng.index(9) {
        0 => json!({"delete_tag":{"path":one}}),
        1 | 2 => json!({"move_tag":{"path":one,"to":rng.pick(&["a", "B", "c", "c/new", "e/f", "b/moved"])}}),
        3..=5 => json!({"merge_tag":{"path":one,"into":other}}),
        6 => json!({"create_tag":{"path":other}}),
        7 => json!({"tag":{"chat":1 + rng.index(CHATS),"tags":[one, other]}}),
        _ => json!({"all":[
            {"tag":{"chat":1 + rng.index(CHATS),"tags":[one]}},
            {"move_tag":{"path":any(rng),"to":format!("{one}/inside")}},
            {"delete_tag":{"path":one}},
            {"create_tag":{"path":one}},
            {"merge_tag":{"path":other,"into":any(rng)}},
        ]}),
    }
}

#[test]
fn large_edits_of_tags_agree_with_the_model() {
    for seed in 0..seeds(1) {
        let mut rng = Rng::new(seed);
        let (mut naive, mut subject) = (Naive::new(), Subject::new(config()));
        let send = |subject: &Subject, naive: &mut Naive, lines: &[Vec<u8>]| {
            let answers = subject.apply(lines);
            for (line, answer) in lines.iter().zip(&answers) {
                assert_eq!(*answer, naive.apply(line), "seed {seed}: {}", String::from_utf8_lossy(line));
            }
            answers.iter().filter(|answer| answer.get("ok").is_some()).count()
        };
        let (lines, paths) = filled(&mut rng, 320);
        send(&subject, &mut naive, &lines);
        let mut done = 0;
        for step in 0..40 {
            done += send(&subject, &mut naive, &[line(edit(&mut rng, &paths))]);
            if step % 10 == 9 {
                let again: Vec<_> = paths.iter().map(|path| line(json!({"create_tag":{"path":path}}))).collect();
                send(&subject, &mut naive, &again);
            }
            match rng.index(6) {
                0 => subject.reopen(),
                1 => subject.assert_equals(&naive, seed, false),
                _ => {}
            }
        }
        subject.assert_equals(&naive, seed, true);
        subject.reopen();
        subject.assert_equals(&naive, seed, true);
        assert!(done > 12, "{done}");
    }
}

/// An engine that confirms nothing before it is on the disk, filled.
fn open_filled(path: &Path, seed: u64) -> Engine {
    let engine = Engine::open(path, config().durability(Durability::Interval(Duration::from_millis(1)))).unwrap();
    let (lines, _) = filled(&mut Rng::new(seed), MANY);
    for line in lines {
        engine.execute(serde_json::from_slice(&line).unwrap()).unwrap();
    }
    engine
}

fn execute(engine: &Engine, command: Command, watch: impl FnMut(Progress)) {
    engine.execute_watched(Envelope::new(1, 1_000, inboxdb::Actor::System, command).with_id("once"), watch).unwrap();
}

/// What tells an inbox from others, beside its digest: its tags with their numbers, and the tags of its chats.
fn seen(engine: &Engine) -> (String, Vec<String>) {
    let inbox = engine.workspace(1).unwrap();
    let mut seen: Vec<String> = inbox
        .tags()
        .unwrap()
        .iter()
        .map(|tag| format!("{} {:?}", tag.path, inbox.counts(&inboxdb::View::tag(&*tag.path).into()).unwrap()))
        .collect();
    seen.extend((1..=CHATS as u32).map(|chat| format!("{:?}", inbox.chat(chat).unwrap().tags)));
    (inbox.digest().unwrap(), seen)
}

#[test]
fn large_edits_of_tags_interrupted_anywhere_are_finished_by_the_next_opening() {
    let directory = tempfile::tempdir().unwrap();
    let commands = [
        Command::delete_tag("a"),
        Command::merge_tag("a", "B"),
        Command::merge_tag("B", "c"),
        Command::merge_tag("B", "a"),
    ];
    for (place, command) in commands.into_iter().enumerate() {
        let original = directory.path().join(format!("{place}"));
        let engine = open_filled(&original, 7);
        let mut copies = Vec::new();
        execute(&engine, command.clone(), |now| {
            engine.wait_durable(engine.workspace(1).unwrap().seq()).unwrap();
            if copies.len() % 2 == 1 {
                engine.checkpoint().unwrap();
            }
            let copy = directory.path().join(format!("{place}-{}", copies.len()));
            files::copy(&original, &copy);
            if copies.len() == 1 && place == 0 {
                // Deleted tags are gone from the first change on.
                assert!(engine.workspace(1).unwrap().tags().unwrap().iter().all(|tag| !tag.path.starts_with("a/")));
                assert_clean(&engine);
            }
            copies.push((copy, now));
        });
        let expected = seen(&engine);
        assert_clean(&engine);
        engine.close().unwrap();
        assert!(copies.len() >= 3, "{command:?} takes several steps: {}", copies.len());
        assert!(copies.iter().any(|(_, now)| now.done > 0 && Some(now.done) < now.total));
        for (copy, now) in copies {
            let engine = Engine::open(&copy, config()).unwrap();
            assert_eq!(seen(&engine), expected, "{command:?}, interrupted after {now:?}");
            execute(&engine, command.clone(), |_| panic!("it is done already"));
            assert_eq!(seen(&engine), expected);
            assert_clean(&engine);
            engine.close().unwrap();
        }
    }
}

#[test]
fn digest_of_deleted_tags_does_not_depend_on_what_is_swept() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open_filled(directory.path(), 3);
    let mut digests = Vec::new();
    execute(&engine, Command::delete_tag("a"), |_| digests.push(engine.workspace(1).unwrap().digest().unwrap()));
    assert!(digests.len() >= 3 && digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
    engine.close().unwrap();
}

#[test]
fn other_commands_run_between_the_steps_of_a_merge() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open_filled(directory.path(), 5);
    let inbox = engine.workspace(1).unwrap();
    let system = inbox.as_system().at(1_000);
    let mut steps = 0;
    execute(&engine, Command::merge_tag("a", "B"), |_| {
        steps += 1;
        assert_clean(&engine);
        match steps {
            1 => drop(system.execute(Command::start_chat(5)).unwrap()),
            2 => {
                assert!(inbox.tags().unwrap().iter().any(|tag| &*tag.path == "a"), "it is under way");
                // A retry, and a command that edits tags, wait for the end.
                execute(&engine, Command::merge_tag("a", "B"), |_| {});
                assert!(inbox.tags().unwrap().iter().all(|tag| !tag.path.starts_with("a")));
                system.execute(Command::create_tag("a/new")).unwrap();
            }
            _ => {}
        }
    });
    assert!(inbox.tags().unwrap().iter().any(|tag| &*tag.path == "a/new"));
    assert_clean(&engine);
    engine.close().unwrap();
}

/// The tag in the middle has chats only by the first merge of the batch.
#[test]
fn tags_merged_one_after_the_other_in_a_batch_keep_their_chats() {
    let (mut naive, mut subject) = (Naive::new(), Subject::new(config()));
    let merges = json!({"all":[{"merge_tag":{"path":"a","into":"b"}},{"merge_tag":{"path":"b","into":"c"}}]});
    let lines: Vec<Vec<u8>> = [
        json!({"put_customer":{"customer":5}}),
        json!({"create_tag":{"path":"a"}}),
        json!({"create_tag":{"path":"b"}}),
        json!({"create_tag":{"path":"c"}}),
        json!({"start_chat":{"customer":5}}),
        json!({"tag":{"chat":1,"tags":["a"]}}),
        merges,
        json!({"close":{"chat":1}}),
    ]
    .map(line)
    .into();
    subject.apply(&lines);
    lines.iter().for_each(|line| drop(naive.apply(line)));
    subject.assert_equals(&naive, 0, true);
    subject.close();
}
