//! One server: its configuration, its process and its files.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use crate::made;

const START_MAX: Duration = Duration::from_secs(30);

/// Where a server is: what its configuration names, and that of the others.
#[derive(Debug, Clone)]
pub struct Seat {
    /// Its name, by which streams name their leader.
    pub name: String,
    /// The address that it listens at.
    pub host: String,
    /// The port for clients.
    pub client: u16,
    /// The port for the other servers.
    pub cluster: u16,
    /// The port of its monitoring.
    pub monitor: u16,
    /// The directory for its streams.
    pub store: PathBuf,
}

#[derive(Debug)]
pub(crate) struct Server {
    binary: PathBuf,
    directory: PathBuf,
    seat: Seat,
    is_clustered: bool,
    /// The network namespace that it runs in.
    namespace: Option<String>,
    process: Option<Child>,
}

impl Server {
    pub(crate) fn new(
        binary: &Path,
        directory: &Path,
        seat: &Seat,
        is_clustered: bool,
        namespace: Option<String>,
        configuration: &str,
    ) -> Self {
        let server = Self {
            binary: binary.to_owned(),
            directory: directory.to_owned(),
            seat: seat.clone(),
            is_clustered,
            namespace,
            process: None,
        };
        server.configure(configuration);
        server
    }

    pub(crate) fn seat(&self) -> &Seat {
        &self.seat
    }

    pub(crate) fn configure(&self, configuration: &str) {
        made(fs::create_dir_all(&self.directory));
        made(fs::write(self.directory.join("server.conf"), configuration));
        // A power cut takes what the servers have not synced, not how they are set up.
        #[cfg(unix)]
        for path in [self.directory.join("server.conf"), self.directory.clone()] {
            made(fs::File::open(path).and_then(|file| file.sync_all()));
        }
    }

    pub(crate) fn launch(&mut self) {
        let log = made(fs::File::options().create(true).append(true).open(self.directory.join("server.log")));
        let mut command = match &self.namespace {
            None => Command::new(&self.binary),
            // `ip` becomes the server, so the process that is killed is the server.
            Some(namespace) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", namespace]).arg(&self.binary);
                command
            }
        };
        let process = command
            .arg("-c")
            .arg(self.directory.join("server.conf"))
            .stdin(Stdio::null())
            .stdout(made(log.try_clone()))
            .stderr(log)
            .spawn();
        self.process = Some(made(process));
    }

    /// Waits until JetStream answers.
    pub(crate) fn wait_until_ready(&self) {
        let began = Instant::now();
        while !self.is_ready() {
            let log = || fs::read_to_string(self.directory.join("server.log")).unwrap_or_default();
            assert!(began.elapsed() < START_MAX, "{} does not start:\n{}", self.seat.name, log());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// In a cluster, JetStream is ready once there is a leader of all servers.
    fn is_ready(&self) -> bool {
        let path = if self.is_clustered { "/healthz?js-server-only=true" } else { "/healthz" };
        let ask = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect((self.seat.host.as_str(), self.seat.monitor))?;
            stream.set_read_timeout(Some(Duration::from_secs(1)))?;
            write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        ask().is_ok_and(|answer| answer.starts_with("HTTP/1.0 200"))
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            made(process.kill());
            made(process.wait());
        }
    }

    pub(crate) fn wipe(&mut self) {
        made(fs::remove_dir_all(&self.seat.store));
    }

    #[cfg(unix)]
    pub(crate) fn freeze(&self, frozen: bool) {
        use rustix::process::{Pid, Signal, kill_process};

        let process = made(self.process.as_ref().ok_or("the server is not running"));
        let signal = if frozen { Signal::STOP } else { Signal::CONT };
        made(kill_process(Pid::from_child(process), signal));
    }

    #[cfg(not(unix))]
    pub(crate) fn freeze(&self, _frozen: bool) {
        made(Err::<(), _>("processes are stopped on Unix only"));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
