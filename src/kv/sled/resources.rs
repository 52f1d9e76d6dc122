//! Does the system give what sled needs to open?
//!
//! Without threads sled panics or waits forever, and without memory the process is aborted. So this looks first, before
//! anything is read or written.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Builder;

/// The threads of sled: seven that all its instances in this process share, and one of the instance. The last one is
/// for the engine.
const THREADS: usize = 9;
/// Those of a further instance.
const THREADS_MORE: usize = 2;

/// What sled takes to open an empty store, with some room for what follows.
const MEMORY_BYTES: usize = 64 << 20;

/// Set once sled has its shared threads.
static OPENED: AtomicBool = AtomicBool::new(false);

/// Notes that sled has opened in this process.
pub(super) fn note_opened() {
    OPENED.store(true, Ordering::Relaxed);
}

/// Fails if the system refuses the threads or the memory that sled needs. Says which.
pub(super) fn check_resources() -> io::Result<()> {
    // Memory first: the stacks of the threads need some, and a process without any cannot even say so.
    check_memory()?;
    check_threads(if OPENED.load(Ordering::Relaxed) { THREADS_MORE } else { THREADS })
}

/// Starts as many threads as will be needed, all at once, and ends them again.
fn check_threads(needed: usize) -> io::Result<()> {
    let (open, gate) = crossbeam_channel::bounded::<()>(0);
    let mut started = Vec::with_capacity(needed);
    let mut refused = None;
    for _ in 0..needed {
        let gate = gate.clone();
        // A thread ends when `open` is dropped.
        match Builder::new().name("inboxdb-probe".to_owned()).spawn(move || gate.recv().is_ok()) {
            Ok(thread) => started.push(thread),
            Err(error) => {
                refused = Some(error);
                break;
            }
        }
    }
    drop(open);
    let count = started.len();
    started.into_iter().for_each(|thread| drop(thread.join()));
    refused.map_or(Ok(()), |error| {
        let reason = format!(
            "not enough threads: {needed} are needed and {count} could be started ({error}); raise the limit of \
             processes (`ulimit -u`, `pids.max`) or of memory (`ulimit -v`)"
        );
        Err(io::Error::new(error.kind(), reason))
    })
}

fn check_memory() -> io::Result<()> {
    let mut memory: Vec<u8> = Vec::new();
    memory.try_reserve_exact(MEMORY_BYTES).map_err(|_| {
        let needed = MEMORY_BYTES >> 20;
        let reason = format!("not enough memory: {needed} MiB are needed; raise the limit of memory (`ulimit -v`)");
        io::Error::new(io::ErrorKind::OutOfMemory, reason)
    })
}

/// The error of the system behind a panic of sled, which unwraps results that it does not expect to fail. `None` if the
/// panic is about something else.
pub(super) fn system_error(panic: &str) -> Option<io::Error> {
    let code = panic.split_once("Os { code: ")?.1.split(|letter: char| !letter.is_ascii_digit()).next()?;
    Some(io::Error::from_raw_os_error(code.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_there_and_too_many_threads_are_refused_by_name() {
        check_resources().unwrap();
        check_threads(1).unwrap();
    }

    #[test]
    fn resources_system_error_is_found_in_a_panic() {
        let error = io::Error::from_raw_os_error(11);
        let panic = format!("called `Result::unwrap()` on an `Err` value: {error:?}");
        assert_eq!(system_error(&panic).and_then(|error| error.raw_os_error()), Some(11));
        assert!(system_error("index out of bounds: the len is 3 but the index is 7").is_none());
    }
}
