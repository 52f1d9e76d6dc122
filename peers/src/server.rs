//! Servers that run for as long as they are needed: found, started on a private socket, and gone at the end.

use std::env;
use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
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
    pub fn becomes(self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }

    /// Gives a directory to this user.
    ///
    /// # Errors
    ///
    /// If it cannot.
    pub fn owns(self, path: &Path) -> Result<()> {
        Ok(chown(path, Some(self.uid), Some(self.gid))?)
    }
}

/// Whether this process is root.
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
        command.process_group(0);
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
        // It may have ended by itself.
        let _ = kill_process(Pid::from_child(&self.child), Signal::INT);
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

#[cfg(test)]
mod tests {
    use rustix::process::test_kill_process;

    use super::*;

    fn start(script: &str) -> (TempDir, Server) {
        let directory = directory().unwrap();
        let mut command = Command::new("sh");
        command.arg("-c").arg(script);
        let server = Server::start(command, directory.path().join("log")).unwrap();
        (directory, server)
    }

    #[test]
    fn a_failure_leaves_neither_process_nor_directory() {
        let (directory, server) = start("exec sleep 1000");
        let pid = Pid::from_child(&server.child);
        let path = directory.path().to_owned();
        assert!(test_kill_process(pid).is_ok() && path.exists());
        let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            let _held = (server, directory);
            panic!("a failure");
        }));
        assert!(failed.is_err());
        assert!(test_kill_process(pid).is_err() && !path.exists());
    }

    #[test]
    fn a_server_that_ends_says_why() {
        let (_directory, mut server) = start("echo no room left; exit 3");
        let error = server.wait_for(|| -> Result<()> { bail!("no answer") }).unwrap_err().to_string();
        assert!(error.contains("no room left") && error.contains('3'), "{error}");
    }

    #[test]
    fn programs_are_looked_for_in_the_directories_first() {
        let directory = directory().unwrap();
        let own = directory.path().join("sh");
        fs::write(&own, "").unwrap();
        assert_eq!(find("sh", &[directory.path().to_owned()]), Some(own));
        assert!(find("sh", &[]).is_some());
        assert_eq!(find("no-such-program-anywhere", &[]), None);
    }
}
