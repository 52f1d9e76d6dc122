//! Opening in a new process, which has nothing in memory yet.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use super::config;
use super::data::WORKSPACE;
use super::interrupt;
use super::machine::resident_bytes;
use super::results::Reopened;
use crate::failure::Failure;
use crate::store::{close_after, open};
use crate::terminal::print_line;

/// Names the store to the new process. An option would be offered to people by the completions.
const VARIABLE: &str = "INBOXDB_BENCH_REOPEN";

/// The store, if this is the new process.
pub(super) fn asked() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).map(PathBuf::from)
}

/// Lets a new process open a closed store.
pub(super) fn reopen(store: &Path) -> Result<Reopened, Failure> {
    let failed = |why: String| Failure::Broken(format!("a new process cannot open the store: {why}"));
    let program = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
    let mut command = Command::new(program);
    command.arg("bench").env(VARIABLE, store).stdin(Stdio::null()).stderr(Stdio::inherit());
    let ended = command.output();
    // Ctrl-C reaches both processes.
    interrupt::check()?;
    let ended = ended.map_err(|error| failed(error.to_string()))?;
    if !ended.status.success() {
        return Err(failed(ended.status.to_string()));
    }
    serde_json::from_slice(&ended.stdout).map_err(|error| failed(error.to_string()))
}

/// The new process: opens the store, shows a sidebar, and prints what that took.
pub(super) fn run(store: &Path) -> Result<(), Failure> {
    let resident_before = resident_bytes();
    let began = Instant::now();
    let engine = open(store, config::relaxed().create(false))?;
    let open_seconds = began.elapsed().as_secs_f64();
    let began = Instant::now();
    let shown = engine.workspace(WORKSPACE).and_then(|inbox| inbox.sidebar(1)).map_err(Failure::from);
    let sidebar_seconds = began.elapsed().as_secs_f64();
    let resident_after = resident_bytes();
    let workspace_bytes = engine.stats().workspaces_bytes;
    let bytes = engine.info().map(|info| info.bytes).map_err(Failure::from);
    let bytes = close_after(engine, shown.and(bytes))?;
    let found = Reopened { open_seconds, sidebar_seconds, resident_before, resident_after, workspace_bytes, bytes };
    print_line(serde_json::to_string(&found)?)
}
