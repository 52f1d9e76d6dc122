//! Power cuts. The store is on its own disk, an image mounted by loop. The program is killed and the file system is
//! shut down without writing anything out, so the image holds only what had reached the disk. The image is then copied
//! and the copy mounted. No printed answer may be missing there.
//!
//! Needs root, loop mounts and python3 (for an ioctl that has no command), and is skipped without them.
//! `INBOXDB_KILLS=200` runs longer.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use inboxdb_naive::{Rng, queries, trace};
use tempfile::TempDir;

use super::killing::{Moment, Run, rounds};
use crate::common::Place;

const IMAGE_BYTES: u64 = 96 << 20;

/// A disk that can be copied while it is in use.
struct Disk {
    image: PathBuf,
    mounted: PathBuf,
}

impl Disk {
    /// Creates a disk with an empty file system, or returns `None` if that is not possible.
    fn new(directory: &Path) -> Option<Self> {
        let image = directory.join("disk-0");
        File::create(&image).unwrap().set_len(IMAGE_BYTES).unwrap();
        if !succeeds(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image)) {
            return None;
        }
        Self::mount(image, directory.join("mounted"))
    }

    fn mount(image: PathBuf, mounted: PathBuf) -> Option<Self> {
        fs::create_dir_all(&mounted).unwrap();
        succeeds(Command::new("mount").args(["-o", "loop"]).arg(&image).arg(&mounted))
            .then_some(Self { image, mounted })
    }

    /// Stops the disk immediately: nothing more is written. Otherwise the file system would keep writing during the
    /// copy, and the copy would mix several moments.
    fn stop(&self) -> bool {
        // EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH.
        const CALL: &str = "import fcntl, os, struct, sys; \
            fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 2))";
        succeeds(Command::new("python3").args(["-c", CALL]).arg(&self.mounted))
    }

    /// Returns what is left after a power cut, mounted in the same place.
    fn cut_power(self, round: u64) -> Self {
        assert!(self.stop());
        let copy = self.image.with_file_name(format!("disk-{}", round + 1));
        fs::copy(&self.image, &copy).unwrap();
        let (image, mounted) = (self.image.clone(), self.mounted.clone());
        drop(self);
        fs::remove_file(image).unwrap();
        // The first mount worked, so this one does.
        Self::mount(copy, mounted).unwrap()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        assert!(succeeds(Command::new("umount").arg(&self.mounted)) || std::thread::panicking());
    }
}

fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

#[test]
fn power_cut_loses_nothing_printed() {
    let directory = TempDir::new().unwrap();
    // A throwaway disk shows whether disks can be stopped here.
    let can_be_stopped = Disk::new(directory.path()).is_some_and(|disk| disk.stop());
    let Some(mut disk) = Disk::new(directory.path()).filter(|_| can_be_stopped) else {
        eprintln!("skipped: cannot create, loop-mount and stop a file system here; needs root and python3");
        return;
    };
    let rounds = rounds(12);
    let mut rng = Rng::new(rounds);
    let place = Place::at(&directory.path().join("mounted"));
    let mut run = Run::new(trace(7, 300 * rounds as usize), |model, seed| queries(model, seed, false));
    let mut printed_in_all = 0;
    for round in 0..rounds {
        let moment = Moment::any(&mut rng, 300, Duration::from_millis(20));
        let (printed, sent) = run.kill_at(&place, moment);
        disk = disk.cut_power(round);
        run.settle(&place, printed, sent, round);
        printed_in_all += printed;
    }
    eprintln!("{rounds} power cuts, {printed_in_all} answers printed, {} commands held", run.held);
    assert!(printed_in_all > 0, "no answer was printed in time: nothing was tested");
}
