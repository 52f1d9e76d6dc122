//! Export lines, changed at random, imported into an empty workspace and into one that is used. What is accepted scrubs
//! clean, changes nothing when it is imported again, and can be exported and imported. What is refused leaves nothing
//! in an empty workspace.

use std::time::Duration;

use inboxdb::{Actor, Config, Durability, Engine, ExportFormat, ImportError, ImportReport, Timer, WorkspaceId};
use serde_json::{Value, json};

use super::import_file::ImportFile;
use super::index_consistency::NewSubject;
use crate::assert_clean;

/// Where the lines come from, and where they go to.
const SOURCE: u64 = 1;
const EMPTY: u64 = 2;
const USED: u64 = 3;
/// The first of the workspaces into which exports of imports go.
const COPIES: u64 = 10;

/// Imports the file that the bytes stand for. Returns whether the empty and the used workspace accepted it.
pub fn run(data: &[u8], new: NewSubject) -> [bool; 2] {
    let subject = new(config());
    let input = ImportFile::new(data);
    // Both have a part of one history, so they know some of the same external ids.
    subject.apply(&input.commands(SOURCE));
    let used = input.commands(USED);
    subject.apply(&used[..used.len() / 2]);
    let engine = subject.engine();
    let file = input.file(&exported(engine, SOURCE));
    [EMPTY, USED].map(|workspace| {
        let is_accepted = check(engine, workspace, &file);
        // What was imported lives on: its snoozes end.
        let tick = json!({"workspace":workspace,"at":1_u64 << 42,"actor":"system","do":"tick"});
        subject.apply(&[tick.to_string().into_bytes()]);
        assert_clean(engine);
        is_accepted
    })
}

fn config() -> Config {
    Config::default()
        .timer(Timer::Off)
        .durability(Durability::Interval(Duration::from_millis(1_000)))
        .disk_reserve_bytes(0)
}

fn check(engine: &Engine, workspace: u64, file: &[u8]) -> bool {
    let before = exported(engine, workspace);
    let imported = import(engine, workspace, file);
    assert_clean(engine);
    match imported {
        Ok(report) => {
            nothing_new_comes(engine, workspace, file, &report);
            comes_back(engine, workspace);
            true
        }
        Err(ImportError::Partly(_)) => {
            assert_eq!(workspace, USED, "something is left in an empty workspace");
            comes_back(engine, workspace);
            false
        }
        Err(ImportError::Line { .. } | ImportError::NotEmpty(_)) => {
            assert_eq!(without_header(&exported(engine, workspace)), without_header(&before));
            false
        }
        Err(other) => panic!("{other:?}"),
    }
}

/// A file that was accepted is refused because it lacks external ids, or everything in it is there.
fn nothing_new_comes(engine: &Engine, workspace: u64, file: &[u8], report: &ImportReport) {
    let before = (digest(engine, workspace), exported(engine, workspace));
    match import(engine, workspace, file) {
        Ok(again) => {
            assert_eq!((again.seq, again.contents), (report.seq, report.contents));
            assert!(parsed(file).iter().all(has_external), "numbers alone were accepted twice");
        }
        Err(ImportError::NotEmpty(_)) => {}
        Err(other) => panic!("accepted, then refused: {other:?}"),
    }
    assert_eq!((digest(engine, workspace), exported(engine, workspace)), before);
}

fn has_external(line: &Value) -> bool {
    let thing = ["manager", "customer", "chat"].iter().find_map(|kind| line.get(kind));
    thing.is_none_or(|fields| fields["external"].is_string())
}

/// What is in a workspace can be exported, and imported into an empty one.
fn comes_back(engine: &Engine, workspace: u64) {
    let copy = COPIES + workspace;
    let export = exported(engine, workspace);
    import(engine, copy, &export).unwrap_or_else(|error| panic!("{error:?}\n{}", String::from_utf8_lossy(&export)));
    assert_eq!(without_header(&exported(engine, copy)), without_header(&export));
}

fn import(engine: &Engine, workspace: u64, file: &[u8]) -> Result<ImportReport, ImportError> {
    engine.import(WorkspaceId(workspace), file, |_| {})
}

fn exported(engine: &Engine, workspace: u64) -> Vec<u8> {
    let (all, mut out) = ("all".parse().unwrap(), Vec::new());
    engine.export(workspace, Actor::System, &all, ExportFormat::JsonLines, &mut out, |_| {}).unwrap();
    out
}

fn digest(engine: &Engine, workspace: u64) -> String {
    engine.workspace(workspace).unwrap().digest().unwrap()
}

/// Returns an export without its first line, which names the workspace and the next numbers.
fn without_header(export: &[u8]) -> &str {
    str::from_utf8(export).unwrap().split_once('\n').unwrap().1
}

/// Returns the lines of a file that are JSON.
pub(super) fn parsed(file: &[u8]) -> Vec<Value> {
    file.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
}
