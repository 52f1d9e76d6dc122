//! Fuzz target that damages the files of a small store and opens it. The opening must report the damage, or show the
//! inbox after a prefix of the commands, or fail a scrub. It must never lose data silently, panic or hang.

mod images;

use std::path::Path;

use arbitrary::{Result, Unstructured};
use xxhash_rust::xxh3::xxh3_64;

use crate::config::{Config, Timer};
use crate::engine::Engine;
use crate::error::OpenError;
use crate::query::Query;
use crate::testing::fuzzing::memory_store::{Contents, Image};
use crate::testing::fuzzing::{chance, damage_bytes};

use images::images;

/// Damages per run.
const DAMAGES_MAX: usize = 4;

/// The queries that compare two inboxes.
const LOOKS: [&str; 13] = [
    r#"{"sidebar":{"workspace":1,"manager":1}}"#,
    r#"{"list":{"workspace":1,"view":"all","limit":1000}}"#,
    r#"{"list":{"workspace":1,"view":"tag:a:open","limit":1}}"#,
    r#"{"count":{"workspace":1,"view":"hashtag:vip"}}"#,
    r#"{"count":{"workspace":1,"view":"customer:1:snoozed"}}"#,
    r#"{"show":{"workspace":1,"chat":1}}"#,
    r#"{"messages":{"workspace":1,"chat":1}}"#,
    r#"{"messages":{"workspace":1,"chat":2}}"#,
    r#"{"events":{"workspace":1,"customer":1}}"#,
    r#"{"customer":{"workspace":1,"customer":1}}"#,
    r#"{"managers":{"workspace":1}}"#,
    r#"{"tags":{"workspace":1}}"#,
    r#"{"profile_fields":{"workspace":1}}"#,
];

/// One input in this many damages a directory with sled in it, which is much slower than a store in memory. The choice
/// does not depend on the input's content. Otherwise a fuzzer would soon try only directories, since they reach more
/// code.
const ON_DISK_ONE_IN: u64 = 64;

/// Damages a store and opens it.
pub fn open_damaged(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let _ = if xxh3_64(data).is_multiple_of(ON_DISK_ONE_IN) { on_disk(&mut u) } else { in_memory(&mut u) };
}

fn in_memory(u: &mut Unstructured<'_>) -> Result<()> {
    let mut image = u.choose(&images().in_memory)?.clone();
    let damages = u.int_in_range(0..=DAMAGES_MAX)?;
    for _ in 0..damages {
        match u.int_in_range(0..=3)? {
            0 => damage_one(u, &mut image.root)?,
            1 => damage_one(u, &mut image.rows)?,
            _ => damage_one(u, &mut image.journal)?,
        }
    }
    let store = image.into_store();
    check(damages > 0, || store.open(config()));
    Ok(())
}

fn on_disk(u: &mut Unstructured<'_>) -> Result<()> {
    let mut files = u.choose(&images().on_disk)?.clone();
    let damages = u.int_in_range(0..=DAMAGES_MAX)?;
    for _ in 0..damages {
        damage_one(u, &mut files)?;
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    images::write_tree(directory.path(), &files);
    check(damages > 0, || open(directory.path()));
    Ok(())
}

/// Opens a store twice, and compares what it shows.
fn check(is_damaged: bool, open: impl Fn() -> std::result::Result<Engine, OpenError>) {
    let engine = match open() {
        Ok(engine) => engine,
        Err(error) => return assert!(is_damaged, "an undamaged store opens: {error}"),
    };
    let Ok(report) = engine.scrub() else {
        return assert!(is_damaged, "an undamaged store is readable");
    };
    assert!(is_damaged || report.is_clean(), "an undamaged store is clean: {report}");
    if !report.is_clean() {
        return;
    }
    let inbox = inbox(&engine);
    assert!(images().inboxes.contains(&inbox), "undetected damage: {inbox:#?}");
    if engine.close().is_ok() {
        let again = open().expect("a closed store opens again");
        assert!(again.scrub().is_ok_and(|report| report.is_clean()), "the scrub is clean again after reopening");
        assert_eq!(self::inbox(&again), inbox);
    }
}

/// What an engine shows.
fn inbox(engine: &Engine) -> Vec<String> {
    let ask = |look: &&str| {
        let query: Query = serde_json::from_str(look).expect("a query");
        let answer = engine.query(&query).map_err(|error| error.code());
        serde_json::to_string(&answer).expect("an answer is JSON")
    };
    LOOKS.iter().map(ask).collect()
}

fn config() -> Config {
    let mut config = Config::default().timer(Timer::Off).create(false).disk_reserve_bytes(0).store_cache_bytes(1 << 20);
    // Below the minimum for hosts, so that these few commands fill several segments.
    config.segment_bytes = 512;
    config
}

fn open(path: &Path) -> std::result::Result<Engine, OpenError> {
    Engine::open(path, config())
}

/// Damages one file or one row, once.
fn damage_one<K: Ord + Clone>(u: &mut Unstructured<'_>, contents: &mut Contents<K>) -> Result<()> {
    let keys: Vec<K> = contents.keys().cloned().collect();
    if keys.is_empty() {
        return Ok(());
    }
    let key = u.choose(&keys)?;
    if chance(u, 8)? {
        contents.remove(key);
        return Ok(());
    }
    let other = contents.get(u.choose(&keys)?).cloned().unwrap_or_default();
    damage_bytes(u, contents.entry(key.clone()).or_default(), &other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_damaged_handles_empty_or_missing_files() {
        for files in &images().on_disk {
            for name in files.keys() {
                for content in [None, Some(Vec::new())] {
                    let mut files = files.clone();
                    files.remove(name);
                    files.extend(content.map(|bytes| (name.clone(), bytes)));
                    let directory = tempfile::tempdir().unwrap();
                    images::write_tree(directory.path(), &files);
                    check(true, || open(directory.path()));
                }
            }
        }
    }
}
