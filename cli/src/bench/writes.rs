//! Commands: from one thread without waiting for the disk, and durable ones from many.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use inboxdb::Engine;

use super::chats::{Chats, Mix};
use super::data::WORKSPACE;
use super::over_time::Recorder;
use super::reads::sidebar;
use super::results::Kind;
use super::stage::Stage;
use super::timings::{Timings, time, time_and_record, time_warm};
use crate::failure::Failure;
use crate::random::Random;

/// Threads that wait for the disk.
const WRITERS: [(u32, &str, &str); 4] = [
    (1, "durable_close_1", "closing or reopening, durable, 1 writer"),
    (8, "durable_close_8", "the same, 8 writers"),
    (32, "durable_close_32", "the same, 32 writers"),
    (64, "durable_close_64", "the same, 64 writers"),
];
/// The block of the bare sync.
const BLOCK: [u8; 8 << 10] = [0x5a; 8 << 10];
/// How often the throughput of several threads is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// The kind of random numbers that choose commands.
const CHOICE: u64 = 3;
/// Measurements of [`relaxed`] and [`durable`].
pub(super) const STEPS: u64 = 4 + 5;

/// Measures commands that do not wait for the disk, from one thread.
pub(super) fn relaxed(stage: &mut Stage<'_>, engine: &Engine, chats: u32) -> Result<(), Failure> {
    let chats = Chats::read(engine, chats)?;
    let mut random = Random::of(CHOICE, 1);
    stage.record(("message", "messages to random chats"), Kind::Relaxed, 1, engine, |span, recorder| {
        time_and_record(span, 1, Some(recorder), || chats.message(&mut random))
    })?;
    stage.record(("close", "closing or reopening random chats"), Kind::Relaxed, 1, engine, |span, recorder| {
        time_and_record(span, 1, Some(recorder), || chats.close_or_open(&mut random))
    })?;
    let mut mix = Mix::new(&chats, Random::of(CHOICE, 2));
    stage.record(("mix", "a mix of commands"), Kind::Relaxed, 1, engine, |span, recorder| {
        time_and_record(span, 1, Some(recorder), || mix.next())
    })?;
    beside_writer(stage, &chats)
}

/// Measures sidebars while another thread writes.
fn beside_writer(stage: &mut Stage<'_>, chats: &Chats<'_>) -> Result<(), Failure> {
    let inbox = chats.engine().workspace(WORKSPACE)?;
    let (mut readers, mut writers) = (Random::of(CHOICE, 3), Random::of(CHOICE, 4));
    let is_over = AtomicBool::new(false);
    stage.measure("sidebar_beside_writer", "a sidebar beside a writer", Kind::Read, |span| {
        thread::scope(|scope| {
            let writer = scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    chats.message(&mut writers)?;
                }
                Ok::<_, Failure>(())
            });
            let timings = time_warm(span, 1, || sidebar(&inbox, &mut readers));
            is_over.store(true, Ordering::Relaxed);
            let written = writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            written.and(timings)
        })
    })
}

/// Measures durable commands of an engine that syncs each, and then bare syncs of a file.
pub(super) fn durable(stage: &mut Stage<'_>, engine: &Engine, chats: u32, file: &Path) -> Result<(), Failure> {
    let chats = Chats::read(engine, chats)?;
    for (writers, name, title) in WRITERS {
        stage.record((name, title), Kind::Durable, writers, engine, |span, recorder| {
            side_by_side(&chats, writers, span, recorder)
        })?;
    }
    stage.measure("fdatasync", "appending 8 KB to a file, with fdatasync", Kind::Disk, |span| bare_syncs(span, file))
}

/// Lets so many threads close and open chats.
fn side_by_side(
    chats: &Chats<'_>,
    writers: u32,
    span: Duration,
    recorder: &mut Recorder<'_>,
) -> Result<Timings, Failure> {
    let done = AtomicU64::new(0);
    let write = |writer: u32| {
        let mut random = Random::of(CHOICE, 100 + u64::from(writer));
        time(span, 1, || {
            chats.close_or_open_own(writer, writers, &mut random)?;
            done.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
    };
    let write = &write;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..writers).map(|writer| scope.spawn(move || write(writer))).collect();
        while threads.iter().any(|thread| !thread.is_finished()) {
            thread::sleep(LOOK_EVERY);
            recorder.see(Instant::now(), done.load(Ordering::Relaxed));
        }
        let mut all = Timings::new()?;
        for thread in threads {
            all.add(&thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok(all)
    })
}

/// What the disk can do.
fn bare_syncs(span: Duration, path: &Path) -> Result<Timings, Failure> {
    let failed = |error| Failure::Broken(format!("cannot write {}: {error}", path.display()));
    let mut file = OpenOptions::new().create(true).append(true).open(path).map_err(failed)?;
    let timings = time(span, 1, || file.write_all(&BLOCK).and_then(|()| file.sync_data()).map_err(failed))?;
    std::fs::remove_file(path).map_err(failed)?;
    Ok(timings)
}
