//! Compaction: deleted data is in no file, all other data is kept, and the store gets smaller.

use std::fs;
use std::path::Path;

use inboxdb::{CompactError, CompactReport, Config, Engine, OpenError, Restore, Timer};
use inboxdb_harness::Subject;
use inboxdb_harness::files::copy;
use inboxdb_naive::{Naive, trace};
use serde_json::{Value, json};

/// A mark in everything that is deleted, and nowhere else. It is repeated, so that it appears whole however a value is
/// split.
const GONE: &str = "gonemark";
/// The mark in everything that stays.
const KEPT: &str = "keptmark";

fn config() -> Config {
    Config::default().timer(Timer::Off)
}

fn compact(path: &Path) -> CompactReport {
    Engine::compact(path, config(), |_| {}).unwrap()
}

/// Returns the number of files below a directory that contain some bytes.
fn files_with(directory: &Path, bytes: &str) -> usize {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let holds = |path: &Path| fs::read(path).unwrap().windows(bytes.len()).any(|window| window == bytes.as_bytes());
    entries.map(|path| if path.is_dir() { files_with(&path, bytes) } else { usize::from(holds(&path)) }).sum()
}

/// Command lines, and the number of chats started in each workspace.
#[derive(Default)]
struct Script {
    lines: Vec<Vec<u8>>,
    chats: [u64; 3],
}

impl Script {
    fn push(&mut self, workspace: usize, command: Value) {
        let line = json!({"workspace": workspace, "at": 1_000 + self.lines.len(), "actor": "system", "do": command});
        self.lines.push(line.to_string().into_bytes());
    }

    /// Creates a customer with a mark in its profile and events.
    fn customer(&mut self, workspace: usize, customer: u64, mark: &str) {
        let many = mark.repeat(20);
        let profile = json!({"city": many, mark: "x"});
        self.push(workspace, json!({"put_customer": {"customer": customer, "name": many, "profile": profile}}));
        let event = json!({"customer": customer, "name": mark, "page": many, "properties": {mark: many}});
        self.push(workspace, json!({"track_event": event}));
    }

    /// Creates a chat with a mark in everything that it can hold.
    fn chat(&mut self, workspace: usize, customer: u64, mark: &str) -> u64 {
        self.push(workspace, json!({"start_chat": {"customer": customer}}));
        self.chats[workspace] += 1;
        let chat = self.chats[workspace];
        let many = mark.repeat(20);
        let file = json!({"name": many, "url": format!("https://{mark}.example/"), "media_type": mark, "bytes": 5});
        // Takes several parts.
        for (visibility, text) in [("public", mark.repeat(8_000)), ("internal", many.clone())] {
            let message = json!({"chat": chat, "visibility": visibility, "text": text, "files": [file]});
            self.push(workspace, json!({ "send_message": message }));
        }
        self.describe(workspace, chat, mark);
        chat
    }

    /// Sets a description that contains the mark. It is also a hashtag, and in both custom indexes.
    fn describe(&mut self, workspace: usize, chat: u64, mark: &str) {
        let many = mark.repeat(20);
        self.push(workspace, json!({"set_description": {"chat": chat, "text": format!("#{many} {many}")}}));
        for key in ["team", mark] {
            let value = if key == mark { many.clone() } else { mark.to_owned() };
            self.push(workspace, json!({"set_attribute": {"chat": chat, "key": key, "value": value}}));
        }
    }

    /// Returns commands that make everything deletable next to data that stays, and commands that delete it.
    fn everything() -> (Self, Self) {
        let mut made = Self::default();
        for workspace in [1, 2] {
            made.push(workspace, json!({"put_manager": {"manager": 7, "name": "Ada", "role": "owner"}}));
            made.customer(workspace, 5, KEPT);
            made.customer(workspace, 6, GONE);
            made.customer(workspace, 8, GONE);
            made.chat(workspace, 6, GONE);
        }
        let (gone, kept, changed) = (made.chat(1, 5, GONE), made.chat(1, 5, KEPT), made.chat(1, 5, KEPT));
        made.describe(1, changed, GONE);
        made.push(2, json!({"create_tag": {"path": GONE}}));
        // More chats than one change of a bulk action takes.
        (0..300).for_each(|_| made.push(1, json!({"start_chat": {"customer": 8}})));
        let say = json!({"send_message": {"visibility": "public", "text": GONE.repeat(20)}});
        made.push(1, json!({"bulk": {"select": {"filter": "customer:8"}, "do": say}}));

        let mut deleted = Self { lines: Vec::new(), chats: made.chats };
        deleted.push(1, json!({"delete_chat": {"chat": gone}}));
        deleted.push(1, json!({"delete_customer": {"customer": 6}}));
        deleted.push(1, json!({"delete_customer": {"customer": 8}}));
        deleted.push(1, json!({"set_attribute": {"chat": changed, "key": GONE}}));
        deleted.describe(1, changed, KEPT);
        deleted.push(2, json!("delete_workspace"));
        deleted.push(1, json!({"assign": {"chat": kept, "manager": 7}}));
        (made, deleted)
    }
}

fn accept(subject: &Subject, naive: &mut Naive, lines: &[Vec<u8>]) {
    let answers = subject.apply(lines);
    let refused = answers.iter().find(|answer| answer.get("ok").is_none());
    assert_eq!(refused, None);
    lines.iter().for_each(|line| drop(naive.apply(line)));
}

#[test]
fn compact_removes_deleted_data_from_every_file() {
    let (made, deleted) = Script::everything();
    let mut naive = Naive::new();
    let mut subject = Subject::new(config());
    accept(&subject, &mut naive, &made.lines);
    subject.reopen();
    accept(&subject, &mut naive, &deleted.lines);
    subject.close();
    assert_eq!(
        (files_with(&subject.path().join("state"), GONE), files_with(&subject.path().join("journal"), GONE)),
        (1, 1)
    );

    let report = compact(subject.path());
    assert!(report.rows > 0 && report.segments_dropped == 1 && report.remaining.is_empty(), "{report:?}");
    assert_eq!((files_with(subject.path(), GONE), files_with(subject.path(), KEPT)), (0, 1));
    subject.open();
    subject.assert_equals(&naive, 1, true);
}

#[test]
fn compact_keeps_the_inbox_and_commands_continue() {
    for seed in [31, 32] {
        let lines = trace(seed, 1_200);
        let mut naive = Naive::new();
        let mut subject = Subject::new(config());
        for part in lines.chunks(400) {
            subject.apply(part);
            part.iter().for_each(|line| drop(naive.apply(line)));
            subject.close();
            compact(subject.path());
            assert_eq!(fs::read_dir(subject.path().join("journal")).unwrap().count(), 1);
            subject.open();
            subject.assert_equals(&naive, seed, true);
        }
    }
}

/// Rewrites descriptions again and again, with checkpoints in between.
#[test]
fn compact_shrinks_a_store_that_has_grown() {
    const CHATS: u64 = 50;
    let mut script = Script::default();
    script.customer(1, 5, KEPT);
    (0..CHATS).for_each(|_| script.push(1, json!({"start_chat": {"customer": 5}})));
    let mut subject = Subject::new(config());
    subject.apply(&script.lines);
    for round in 0..120 {
        let mut script = Script::default();
        for chat in 1..=CHATS {
            let text = format!("{round} {chat} ").repeat(500);
            script.push(1, json!({"set_description": {"chat": chat, "text": text}}));
        }
        subject.apply(&script.lines);
        subject.engine().checkpoint().unwrap();
    }
    subject.close();
    let report = compact(subject.path());
    assert!(report.after.state < report.before.state, "{report:?}");
    assert!(report.after.total() < report.before.total() / 2, "{report:?}");
    subject.open();
}

/// Each layout that a crash can leave. An unneeded second state store is half written.
#[test]
fn compact_interrupted_anywhere_opens_to_the_same_inbox() {
    let lines = trace(41, 800);
    let mut naive = Naive::new();
    let mut subject = Subject::new(config());
    subject.apply(&lines);
    lines.iter().for_each(|line| drop(naive.apply(line)));
    subject.close();
    let path = subject.path().to_owned();
    let [state, new, old] = ["state", "state.new", "state.old"].map(|name| path.join(name));
    let half = |directory: &Path| {
        copy(&state, directory);
        let bytes = fs::read(directory.join("db")).unwrap();
        fs::write(directory.join("db"), &bytes[..bytes.len() / 2]).unwrap();
    };
    let layouts: [(&str, &dyn Fn()); 4] = [
        ("the new one is half written", &|| half(&new)),
        ("the old one is moved away, and the new one not yet in place", &|| {
            copy(&state, &new);
            fs::rename(&state, &old).unwrap();
        }),
        ("the old one is moved away, and the new one is missing", &|| fs::rename(&state, &old).unwrap()),
        ("the new one is in place, and the old one half removed", &|| half(&old)),
    ];
    for (layout, make) in layouts {
        make();
        subject.open();
        assert!(state.exists() && !new.exists() && !old.exists(), "{layout}");
        subject.assert_equals(&naive, 41, true);
        subject.close();
        compact(&path);
    }
    subject.open();
    subject.assert_equals(&naive, 41, true);
}

#[test]
fn compact_reports_progress_and_locks_the_store() {
    let mut subject = Subject::new(config());
    subject.apply(&trace(51, 600));
    let locked = Engine::compact(subject.path(), config(), |_| {}).unwrap_err();
    assert!(matches!(locked, CompactError::Open(OpenError::Locked { .. })), "{locked}");
    subject.close();

    let mut seen = Vec::new();
    let report = Engine::compact(subject.path(), config(), |now| seen.push((now.done, now.total.unwrap()))).unwrap();
    let total = 2 * report.rows;
    assert_eq!(seen.last(), Some(&(total, total)));
    assert!(seen.is_sorted() && seen.iter().all(|now| now.1 == total), "{seen:?}");

    let missing = Engine::compact(subject.path().join("missing"), config(), |_| {}).unwrap_err();
    assert!(matches!(missing, CompactError::Open(OpenError::Missing(_))), "{missing}");
    assert!(!subject.path().join("missing").exists());
    subject.open();
}

/// Backups and archives are not changed. The report names them.
#[test]
fn compact_names_backups_and_archives_it_leaves() {
    let (made, deleted) = Script::everything();
    let mut naive = Naive::new();
    let (store, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (backup, archive) = (kept.path().join("backup"), kept.path().join("archive"));
    let config = config().archive(&archive);
    let mut subject = Subject::at(store.path(), config.clone());
    accept(&subject, &mut naive, &made.lines);
    subject.engine().backup_to(&backup, |_| {}).unwrap();
    accept(&subject, &mut naive, &deleted.lines);
    let seq = subject.engine().durable_seq();
    subject.close();

    let report = Engine::compact(store.path(), config, |_| {}).unwrap();
    assert_eq!(report.remaining, [backup.clone(), archive.clone()]);
    assert_eq!(files_with(store.path(), GONE), 0);
    assert!(files_with(&archive, GONE) > 0);
    let again = kept.path().join("again");
    let restored = Restore::from(&backup).archive(&archive).run(&again, |_| {}).unwrap();
    assert_eq!(restored.seq, seq, "the archive reaches up to the compaction");
    Subject::at(&again, Config::default().timer(Timer::Off)).assert_equals(&naive, 1, true);
}
