//! The stores to damage, built once, and what they show after each command.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use crate::command::Envelope;
use crate::engine::Engine;
use crate::testing::fuzzing::MemoryStore;
use crate::testing::fuzzing::open_damaged::{Contents, Image, config, inbox};

/// The commands in the stores. There is a checkpoint in the middle.
pub(crate) const COMMANDS: [&str; 16] = [
    r#"{"put_manager":{"manager":1,"name":"Ada","role":"owner"}}"#,
    r#"{"put_customer":{"customer":1,"name":"C","profile":{"plan":"gold"}}}"#,
    r#"{"set_profile_fields":{"fields":[{"key":"plan","label":"Plan","shown":true}]}}"#,
    r#"{"create_tag":{"path":"a/b"}}"#,
    r#"{"start_chat":{"customer":1}}"#,
    r#"{"start_chat":{"customer":1}}"#,
    r#"{"tag":{"chat":1,"tags":["a/b"]}}"#,
    r#"{"track_event":{"customer":1,"name":"visit"}}"#,
    r##"{"set_description":{"chat":1,"text":"#vip"}}"##,
    r#"{"send_message":{"chat":1,"visibility":"public","text":"hello"}}"#,
    r#"{"assign":{"chat":1,"manager":1}}"#,
    r#"{"snooze":{"chat":2,"until":100000}}"#,
    r#"{"move_tag":{"path":"a","to":"c"}}"#,
    r#"{"send_message":{"chat":2,"visibility":"internal","text":"a note"}}"#,
    r#"{"remove_manager":{"manager":1}}"#,
    r#"{"close":{"chat":2}}"#,
];

/// The stores and their possible states.
pub(crate) struct Images {
    pub(crate) in_memory: Vec<Image>,
    /// Files by their paths in the store's directory.
    pub(crate) on_disk: Vec<Contents<String>>,
    /// What the engine shows at first, and after each command.
    pub(crate) inboxes: Vec<Vec<String>>,
}

pub(crate) fn images() -> &'static Images {
    static IMAGES: OnceLock<Images> = OnceLock::new();
    IMAGES.get_or_init(|| {
        let store = MemoryStore::default();
        let (in_memory, inboxes) = work(store.open(config()).expect("a new store opens"), || store.image());
        let directory = tempfile::tempdir().expect("a temporary directory");
        let engine = Engine::open(directory.path(), config().create(true)).expect("a new store opens");
        let (on_disk, _) = work(engine, || read_tree(directory.path()));
        Images { in_memory, on_disk, inboxes }
    })
}

/// Executes the commands. Takes images of the store as left by a crash before any checkpoint, by one after the
/// commands, and by a clean close.
fn work<I>(engine: Engine, image: impl Fn() -> I) -> (Vec<I>, Vec<Vec<String>>) {
    let mut inboxes = vec![inbox(&engine)];
    let mut images = Vec::new();
    for (number, command) in COMMANDS.iter().enumerate() {
        if number == COMMANDS.len() / 2 {
            images.push(image());
            engine.checkpoint().expect("a checkpoint");
        }
        let line = format!(r#"{{"workspace":1,"at":1000,"actor":"system","do":{command}}}"#);
        let envelope: Envelope = serde_json::from_str(&line).expect("a command");
        engine.execute(envelope).expect("it is accepted");
        inboxes.push(inbox(&engine));
    }
    images.push(image());
    engine.close().expect("a clean close");
    images.push(image());
    (images, inboxes)
}

/// The files below a directory, by relative path.
fn read_tree(root: &Path) -> Contents<String> {
    let mut files = Contents::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                directories.push(path);
            } else {
                let name = path.strip_prefix(root).expect("below it").to_string_lossy().into_owned();
                files.insert(name, fs::read(path).expect("a file"));
            }
        }
    }
    files
}

/// Writes files below a directory.
pub(crate) fn write_tree(root: &Path, files: &Contents<String>) {
    for directory in ["journal", "state"] {
        fs::create_dir_all(root.join(directory)).expect("a directory");
    }
    for (name, bytes) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap_or(root)).expect("a directory");
        fs::write(path, bytes).expect("a file");
    }
}
