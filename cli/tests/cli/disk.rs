//! A disk whose power can be cut: an image of a file system, mounted by loop.
//!
//! Needs root, loop mounts and python3 (for an ioctl that has no command).

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A disk that can be copied while it is in use.
pub struct Disk {
    image: PathBuf,
    pub mounted: PathBuf,
}

impl Disk {
    /// Creates a disk with an empty file system, mounted below a directory. None if that is not possible, which is then said.
    pub fn new(directory: &Path, bytes: u64) -> Option<Self> {
        // A throwaway disk shows whether disks can be stopped here.
        let can_be_stopped = Self::create(directory, bytes).is_some_and(|disk| disk.is_stopped());
        let disk = Self::create(directory, bytes).filter(|_| can_be_stopped);
        if disk.is_none() {
            eprintln!("skipped: cannot create, loop-mount and stop a file system here; needs root and python3");
        }
        disk
    }

    fn create(directory: &Path, bytes: u64) -> Option<Self> {
        let image = directory.join("disk");
        File::create(&image).unwrap().set_len(bytes).unwrap();
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
    pub fn stop(&self) {
        assert!(self.is_stopped());
    }

    fn is_stopped(&self) -> bool {
        // EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH.
        const CALL: &str = "import fcntl, os, struct, sys; \
            fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 2))";
        succeeds(Command::new("python3").args(["-c", CALL]).arg(&self.mounted))
    }

    /// Returns what is left after a power cut, mounted in the same place. The disk was stopped, and no process uses it.
    pub fn started_again(self) -> Self {
        let copy = self.image.with_extension("copy");
        fs::copy(&self.image, &copy).unwrap();
        let (image, mounted) = (self.image.clone(), self.mounted.clone());
        drop(self);
        fs::rename(copy, &image).unwrap();
        // The first mount worked, so this one does.
        Self::mount(image, mounted).unwrap()
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
