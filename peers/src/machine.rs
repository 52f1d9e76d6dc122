//! What a measurement depends on: the machine, the date, the versions.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;

use crate::measure::Times;

/// The machine of a run.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// The date and time, UTC.
    pub date: String,
    /// The model of the processor, as it says.
    pub processor: String,
    /// How many threads run at a time.
    pub cores: usize,
    /// In GiB, rounded.
    pub memory_gib: u64,
    /// The operating system and the release of its kernel.
    pub system: String,
    /// What else ran: the load average of the last minute, at the start.
    pub load: f64,
    /// The median of appending 8 KiB to a file and waiting for `fdatasync`, in µs.
    pub sync_us: f64,
    /// The commit of this repository; with `+` if files differ from it.
    pub commit: String,
}

impl Machine {
    /// This machine, now.
    ///
    /// # Errors
    ///
    /// If no file can be synced in the temporary directory.
    pub fn inspect() -> Result<Self> {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let processor = read("/proc/cpuinfo");
        let field = |line: &str| line.split(':').nth(1).map(|value| value.trim().to_owned());
        let processor = processor.lines().find(|line| line.starts_with("model name")).and_then(field);
        let memory = read("/proc/meminfo");
        let memory = memory.lines().next().and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
        Ok(Self {
            date: jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string(),
            processor: processor.unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: (memory.unwrap_or(0) + (1 << 19)) >> 20,
            system: format!("{} {}", std::env::consts::OS, read("/proc/sys/kernel/osrelease").trim()),
            load: read("/proc/loadavg").split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(0.0),
            sync_us: sync_time()?,
            commit: commit(),
        })
    }
}

fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(env!("CARGO_MANIFEST_DIR")).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|files| !files.is_empty());
    let commit = git(&["rev-parse", "--short", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    format!("{commit}{}", if changed { "+" } else { "" })
}

fn sync_time() -> Result<f64> {
    let mut file: File = tempfile::tempfile()?;
    // As a journal that is reused: the length does not change.
    file.write_all(&vec![0; 4 << 20])?;
    file.sync_all()?;
    file.seek(SeekFrom::Start(0))?;
    let mut times = Times::new()?;
    let began = Instant::now();
    for _ in 0..500 {
        let start = Instant::now();
        file.write_all(&[1; 8_192])?;
        file.sync_data()?;
        times.record(start.elapsed())?;
        if began.elapsed() > Duration::from_secs(2) {
            break;
        }
    }
    Ok(times.latency().p50)
}

/// The version of a package in the lock file of this one.
#[must_use]
pub fn locked_version(package: &str) -> &'static str {
    let lock = include_str!("../Cargo.lock");
    let of = |lock: &'static str| lock.split_once(&format!("name = \"{package}\"\nversion = \""))?.1.split('"').next();
    of(lock).unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_come_from_the_lock_file() {
        assert!(locked_version("sled").starts_with("0.34"));
        assert_eq!(locked_version("no-such-package"), "unknown");
    }
}
