//! Power cuts. The store is on its own disk, an image mounted by loop. The program is killed and the file system is
//! shut down without writing anything out, so the image holds only what had reached the disk. The image is then copied
//! and the copy mounted. No printed answer may be missing there.
//!
//! Needs root, loop mounts and python3 (for an ioctl that has no command), and is skipped without them.
//! `INBOXDB_KILLS=200` runs longer.

use std::time::Duration;

use inboxdb_naive::{Rng, queries, trace};
use tempfile::TempDir;

use super::killing::{Moment, Run, rounds};
use crate::common::Place;
use crate::disk::Disk;

const IMAGE_BYTES: u64 = 96 << 20;

#[test]
fn power_cut_loses_nothing_printed() {
    let directory = TempDir::new().unwrap();
    let Some(mut disk) = Disk::new(directory.path(), IMAGE_BYTES) else { return };
    let rounds = rounds(12);
    let mut rng = Rng::new(rounds);
    let place = Place::at(&disk.mounted);
    let mut run = Run::new(trace(7, 300 * rounds as usize), |model, seed| queries(model, seed, false));
    let mut printed_in_all = 0;
    for round in 0..rounds {
        let moment = Moment::any(&mut rng, 300, Duration::from_millis(20));
        let (printed, sent) = run.kill_at(&place, moment);
        disk.stop();
        disk = disk.started_again();
        run.settle(&place, printed, sent, round);
        printed_in_all += printed;
    }
    eprintln!("{rounds} power cuts, {printed_in_all} answers printed, {} commands held", run.held);
    assert!(printed_in_all > 0, "no answer was printed in time: nothing was tested");
}
