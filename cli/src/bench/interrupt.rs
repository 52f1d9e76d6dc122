//! Ctrl-C: what runs ends soon, and the temporary directory is removed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::failure::{Failure, INTERRUPTED};
use crate::signals::told_to_end;

static IS_INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Begins to listen for Ctrl-C and SIGTERM. A second one ends the process at once.
pub(super) fn listen() -> Result<(), Failure> {
    let cannot = |error| Failure::Broken(format!("cannot listen for Ctrl-C: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(cannot)?;
    let listener = move || {
        runtime.block_on(async {
            told_to_end().await;
            IS_INTERRUPTED.store(true, Ordering::Relaxed);
            told_to_end().await;
            std::process::exit(INTERRUPTED.into());
        });
    };
    thread::Builder::new().spawn(listener).map(drop).map_err(cannot)
}

/// Fails after Ctrl-C. Costs as much as reading memory.
pub(super) fn check() -> Result<(), Failure> {
    if IS_INTERRUPTED.load(Ordering::Relaxed) { Err(Failure::Interrupted) } else { Ok(()) }
}
