//! A temporary engine leaves nothing behind.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use inboxdb::{Actor, Engine, Envelope, WorkspaceId};

/// Set in the process that has a temporary directory of its own.
const ALONE: &str = "INBOXDB_TEST_ALONE";

/// The other suites make temporary stores too, so this one runs again by itself, where every file is its own.
#[test]
fn nothing_is_left_of_a_temporary_store() {
    if env::var_os(ALONE).is_some() {
        return leave_nothing(&env::temp_dir());
    }
    let directory = tempfile::tempdir().unwrap();
    let name = format!("{}::nothing_is_left_of_a_temporary_store", module_path!().split_once("::").unwrap().1);
    let mut alone = Command::new(env::current_exe().unwrap());
    alone.args(["--exact", &name, "--nocapture"]).env(ALONE, "1");
    for variable in ["TMPDIR", "TMP", "TEMP"] {
        alone.env(variable, directory.path());
    }
    let ran = alone.output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}

fn leave_nothing(directory: &Path) {
    let files = || fs::read_dir(directory).unwrap().count();
    let tick = || Envelope::new(WorkspaceId(1), 1_000, Actor::System, inboxdb::Command::Tick);
    let engine = Engine::temporary().unwrap();
    engine.execute(tick()).unwrap();
    assert_eq!(files(), 1);
    engine.close().unwrap();
    assert_eq!(files(), 0, "closed");

    let engine = Engine::temporary().unwrap();
    engine.execute(tick()).unwrap();
    drop(engine);
    assert_eq!(files(), 0, "dropped");
}
