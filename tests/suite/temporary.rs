//! A temporary engine leaves no files.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use inboxdb::{Actor, Engine, Envelope, WorkspaceId};

/// Set in the process with its own temporary directory.
const ALONE: &str = "INBOXDB_TEST_ALONE";

/// Other suites create temporary stores too, so this test runs again in its own process and directory.
#[test]
fn temporary_engine_leaves_no_files() {
    if env::var_os(ALONE).is_some() {
        return leave_nothing(&env::temp_dir());
    }
    let directory = tempfile::tempdir().unwrap();
    let name = format!("{}::temporary_engine_leaves_no_files", module_path!().split_once("::").unwrap().1);
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
