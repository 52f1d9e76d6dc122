//! Servers that run for as long as they are needed: found, started on a private socket, and gone at the end.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

/// A directory for the files of a store. It goes with the store.
///
/// # Errors
///
/// If it cannot be created.
pub fn directory() -> Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("inboxdb-peers-").tempdir()?)
}

/// Finds a program in some directories, or else in the search path.
#[must_use]
pub fn find(program: &str, directories: &[PathBuf]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let directories = directories.iter().cloned().chain(env::split_paths(&path));
    directories.map(|directory| directory.join(program)).find(|file| file.is_file())
}

/// A user for servers that refuse to run as root.
#[derive(Debug, Clone, Copy)]
pub struct User {
    /// The number of the user.
    pub uid: u32,
    /// The number of the user's group.
    pub gid: u32,
}

impl User {
    /// A user by name, from `/etc/passwd`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let users = fs::read_to_string("/etc/passwd").ok()?;
        let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields[0] == name)?;
        Some(Self { uid: fields.get(2)?.parse().ok()?, gid: fields.get(3)?.parse().ok()? })
    }

    /// Lets a command run as this user.
    #[cfg(unix)]
    pub fn becomes(self, command: &mut Command) {
        use std::os::unix::process::CommandExt;
        command.uid(self.uid).gid(self.gid);
    }

    /// Gives a directory to this user.
    ///
    /// # Errors
    ///
    /// If it cannot.
    #[cfg(unix)]
    pub fn owns(self, path: &Path) -> Result<()> {
        Ok(std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid))?)
    }
}

/// Whether this process is root.
#[cfg(unix)]
#[must_use]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A process that is ended when this is dropped, also by a failure.
#[derive(Debug)]
pub struct Server {
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts a server that writes what it says to a file.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start(mut command: Command, log: PathBuf) -> Result<Self> {
        let file = fs::File::create(&log)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        // Ctrl-C is for the harness, which ends its servers.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().with_context(|| format!("{} does not start", command.get_program().display()))?;
        Ok(Self { child, log })
    }

    /// Waits until the server answers.
    ///
    /// # Errors
    ///
    /// If it ends, or takes longer than half a minute. The message has the end of what it said.
    pub fn wait_for<T>(&mut self, mut connect: impl FnMut() -> Result<T>) -> Result<T> {
        let began = Instant::now();
        loop {
            match connect() {
                Ok(connection) => return Ok(connection),
                Err(error) if began.elapsed() > Duration::from_secs(30) => {
                    return Err(error).context(self.last_words());
                }
                Err(_) => {}
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended with {status}: {}", self.last_words());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn last_words(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }

    /// Asks it to end, as fast as is orderly.
    fn interrupt(&self) {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process};
            if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
                // It may have ended by itself.
                let _ = kill_process(pid, Signal::INT);
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.interrupt();
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(20) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
