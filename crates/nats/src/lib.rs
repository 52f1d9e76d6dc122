//! Servers of NATS JetStream for tests: one, or a cluster of three, in a temporary directory, to be killed, stopped and started
//! again.
//!
//! ```no_run
//! let Some(mut servers) = inboxdb_nats::Servers::start(3) else { return };
//! println!("{} {}", servers.urls(), servers.monitors());
//! servers.kill(0);
//! servers.restart(0);
//! ```

mod certificates;
mod documented;
mod install;
mod network;
mod plain;
mod server;

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use network::Network;
use server::Server;

pub use certificates::{Authority, Certified};
pub use documented::Documented;
pub use server::Seat;

/// Running servers. They end with it.
#[derive(Debug)]
pub struct Servers {
    servers: Vec<Server>,
    network: Option<Network>,
    /// Their files, which go last, unless they are the caller's.
    _directory: Option<TempDir>,
}

/// How servers are configured.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// How many there are.
    pub count: usize,
    /// Whether they sync before they acknowledge.
    pub sync_always: bool,
}

impl Servers {
    /// Starts servers that sync before they acknowledge. None if there is no server to start, which is then said.
    ///
    /// # Panics
    ///
    /// If they do not start.
    pub fn start(count: usize) -> Option<Self> {
        Self::start_with(Setup { count, sync_always: true })
    }

    /// Starts servers. None if there is no server to start, which is then said.
    ///
    /// # Panics
    ///
    /// If they do not start.
    pub fn start_with(setup: Setup) -> Option<Self> {
        Self::start_for_now(None, setup)
    }

    /// Starts servers that sync before they acknowledge, with their files in an existing directory. None if there is no server to
    /// start, which is then said.
    ///
    /// # Panics
    ///
    /// If they do not start.
    pub fn start_at(directory: &Path, count: usize) -> Option<Self> {
        Self::start_plain(directory, None, Setup { count, sync_always: true })
    }

    /// Starts servers with these names, each with the configuration that is given for the seats of all and its own, and with their
    /// files in an existing directory. They must listen, and keep their streams, where their seats say. None if there is no server
    /// to start, which is then said.
    ///
    /// # Panics
    ///
    /// If they do not start.
    pub fn start_configured(
        directory: &Path,
        names: &[&str],
        configuration: impl Fn(&[Seat], usize) -> String,
    ) -> Option<Self> {
        Self::start_in(directory, None, names, &configuration)
    }

    /// Starts servers in network namespaces of their own, which takes Linux, `ip` and root, so that [`cut`](Self::cut) can cut
    /// the network between them. None if that is not possible here, or there is no server to start, which is then said.
    ///
    /// # Panics
    ///
    /// If they do not start.
    pub fn start_apart(count: usize) -> Option<Self> {
        match Network::new(count) {
            Ok(network) => Self::start_for_now(Some(network), Setup { count, sync_always: true }),
            Err(reason) => {
                eprintln!("skipped: there are no network namespaces to be cut: {reason}");
                None
            }
        }
    }

    /// Starts servers whose files go with them.
    fn start_for_now(network: Option<Network>, setup: Setup) -> Option<Self> {
        let directory = made(tempfile::tempdir());
        let servers = Self::start_plain(directory.path(), network, setup)?;
        Some(Self { _directory: Some(directory), ..servers })
    }

    fn start_plain(directory: &Path, network: Option<Network>, setup: Setup) -> Option<Self> {
        let names: Vec<String> = (0..setup.count).map(|index| format!("n{index}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Self::start_in(directory, network, &names, &|seats, own| plain::configuration(seats, own, setup.sync_always))
    }

    fn start_in(
        directory: &Path,
        network: Option<Network>,
        names: &[&str],
        configuration: &dyn Fn(&[Seat], usize) -> String,
    ) -> Option<Self> {
        let binary = program()?;
        let host = |index| network.as_ref().map_or_else(|| "127.0.0.1".to_owned(), |network| network.host(index));
        let seats: Vec<Seat> = (0..names.len()).map(|index| free_seat(directory, names[index], host(index))).collect();
        let mut servers: Vec<Server> = (0..names.len())
            .map(|index| {
                let home = directory.join(names[index]);
                let namespace = network.as_ref().map(|network| network.namespace(index));
                let text = configuration(&seats, index);
                Server::new(&binary, &home, &seats[index], names.len() > 1, namespace, &text)
            })
            .collect();
        servers.iter_mut().for_each(Server::launch);
        servers.iter().for_each(Server::wait_until_ready);
        Some(Self { servers, network, _directory: None })
    }

    /// Returns the addresses for clients, separated by commas.
    pub fn urls(&self) -> String {
        self.join(|seat| format!("nats://{}:{}", seat.host, seat.client))
    }

    /// Returns the addresses of the monitoring, separated by commas.
    pub fn monitors(&self) -> String {
        self.join(|seat| format!("http://{}:{}", seat.host, seat.monitor))
    }

    fn join(&self, address: impl Fn(&Seat) -> String) -> String {
        let addresses: Vec<String> = self.servers.iter().map(|server| address(server.seat())).collect();
        addresses.join(",")
    }

    /// Returns where each server is.
    pub fn seats(&self) -> Vec<Seat> {
        self.servers.iter().map(|server| server.seat().clone()).collect()
    }

    /// Returns the index of the server with a name, as streams name their leader.
    pub fn named(&self, name: &str) -> Option<usize> {
        self.servers.iter().position(|server| server.seat().name == name)
    }

    /// Kills a server, so that it can do nothing more.
    pub fn kill(&mut self, index: usize) {
        self.server(index).kill();
    }

    /// Starts a server again that was killed, and does not wait for it: alone it may not get ready.
    ///
    /// # Panics
    ///
    /// If there is no process.
    pub fn launch(&mut self, index: usize) {
        self.server(index).launch();
    }

    /// Starts all servers again that were killed.
    ///
    /// # Panics
    ///
    /// If they do not start.
    pub fn restart_all(&mut self) {
        self.servers.iter_mut().for_each(Server::launch);
        self.servers.iter().for_each(Server::wait_until_ready);
    }

    /// Starts a server again that was killed.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn restart(&mut self, index: usize) {
        self.server(index).launch();
        self.server(index).wait_until_ready();
    }

    /// Starts a killed server again, which from now on does not sync before it acknowledges, or does again. Whatever else it was
    /// configured with is gone.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn restart_with_sync(&mut self, index: usize, sync_always: bool) {
        let text = plain::configuration(&self.seats(), index, sync_always);
        self.server(index).configure(&text);
        self.restart(index);
    }

    /// Deletes all files of a server that was killed.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn wipe(&mut self, index: usize) {
        self.server(index).wipe();
    }

    /// Stops a server as if its machine hung: connections stay, and nothing is answered.
    ///
    /// # Panics
    ///
    /// If it is not running.
    pub fn freeze(&mut self, index: usize) {
        self.server(index).freeze(true);
    }

    /// Lets a frozen server go on.
    ///
    /// # Panics
    ///
    /// If it is not running.
    pub fn thaw(&mut self, index: usize) {
        self.server(index).freeze(false);
    }

    /// Cuts the network between a server and all others. Clients reach all of them.
    ///
    /// # Panics
    ///
    /// If the servers were not [started apart](Self::start_apart).
    pub fn cut(&self, index: usize) {
        self.set_cut(index, true);
    }

    /// Heals the network that was cut around a server.
    ///
    /// # Panics
    ///
    /// If it was not cut.
    pub fn heal(&self, index: usize) {
        self.set_cut(index, false);
    }

    fn set_cut(&self, index: usize, is_cut: bool) {
        let network = made(self.network.as_ref().ok_or("the servers were not started apart"));
        made(network.cut(index, is_cut));
    }

    /// Returns how many there are.
    pub fn count(&self) -> usize {
        self.servers.len()
    }

    fn server(&mut self, index: usize) -> &mut Server {
        &mut self.servers[index]
    }
}

/// Returns the path of the server's program, to start it in another way. None if there is none, which is then said.
pub fn program() -> Option<PathBuf> {
    match install::binary() {
        Ok(binary) => Some(binary),
        Err(reason) => {
            eprintln!("skipped: there is no NATS server: {reason}");
            None
        }
    }
}

/// A seat with ports that were free a moment ago.
fn free_seat(directory: &Path, name: &str, host: String) -> Seat {
    let listeners: Vec<TcpListener> = (0..3).map(|_| made(TcpListener::bind(("127.0.0.1", 0)))).collect();
    let port = |index: usize| made(listeners[index].local_addr()).port();
    let store = directory.join(name).join("store");
    Seat { name: name.to_owned(), host, client: port(0), cluster: port(1), monitor: port(2), store }
}

/// What a test cannot go on without.
#[track_caller]
#[allow(clippy::panic, reason = "a panic is how a test fails")]
fn made<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}
