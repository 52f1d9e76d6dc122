//! Data sets on disk. Each is built once, and kept beside what cargo has built: every benchmark works on a copy.

use std::fs;
use std::path::{Path, PathBuf};

use inboxdb::{Config, Engine};
use tempfile::TempDir;

use crate::relaxed;

/// Goes up whenever a data set of the same name gets other data.
const DATA: u32 = 1;

/// Returns a copy of a data set, which is made first if this machine has none of this name in the present store format.
/// The copy goes with what is returned.
pub fn copy_of(name: &str, fill: impl FnOnce(&Engine)) -> TempDir {
    let all = directory();
    fs::create_dir_all(&all).unwrap();
    let format = Engine::temporary().unwrap().info().unwrap().format;
    let kept = all.join(format!("{name}-format-{format}-data-{DATA}"));
    if !kept.exists() {
        let new = tempfile::tempdir_in(&all).unwrap();
        let engine = Engine::open(new.path(), relaxed()).unwrap();
        fill(&engine);
        engine.close().unwrap();
        // Another benchmark may have been faster.
        if fs::rename(new.path(), &kept).is_ok() {
            let _gone = new.keep();
        }
    }
    copy(&kept)
}

/// Copies a store, as it is on disk.
pub fn copy(store: &Path) -> TempDir {
    let copy = tempfile::tempdir_in(directory()).unwrap();
    copy_files(store, copy.path());
    copy
}

fn copy_files(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.as_ref().unwrap().file_name()));
        if from.is_dir() {
            fs::create_dir(&to).unwrap();
            copy_files(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

/// In the target directory of cargo, wherever that is.
fn directory() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let target = program.ancestors().find(|above| above.join("CACHEDIR.TAG").is_file());
    target.map_or_else(std::env::temp_dir, Path::to_path_buf).join("inboxdb-bench-data")
}

/// Opens a store that is a copy.
pub fn open(copy: &TempDir, config: Config) -> Engine {
    Engine::open(copy.path(), config).unwrap()
}
