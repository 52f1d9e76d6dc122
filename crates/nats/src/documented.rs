//! Three machines that are set up as `docs/CLUSTER.md` says, so that what it says is tested: on one machine, each with a
//! directory that stands for its `/`.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::{Authority, Seat, Servers, made};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/CLUSTER.md");
const NAMES: [&str; 3] = ["a", "b", "c"];

/// The password of the user `node`. Characters that mean something in configurations and shells are only text in it.
const PASSWORD: &str = "gr4ce$hopper \"1906\"";
/// The same as `nats server passwd` prints it: bcrypt with a cost of 11.
const PASSWORD_HASH: &str = "$2a$11$X3yKfQ0nq1oW8bJ7mLzR4ufvuGtRAtFRkPpmbZ0SSRPrnkg9BRFwq";
const HASH_OF_DOCUMENT: &str = "$2a$11$…";

/// The three servers of the document, and the files that a node on each machine needs.
#[derive(Debug)]
pub struct Documented {
    /// The servers.
    pub servers: Servers,
    directory: TempDir,
}

impl Documented {
    /// Makes certificates, writes the configuration of the document with the addresses and paths of this machine, and starts the
    /// servers. None if there is no server to start, which is then said.
    ///
    /// # Panics
    ///
    /// If they do not start, or the document has no configuration.
    pub fn start() -> Option<Self> {
        let directory = made(tempfile::tempdir());
        let root = directory.path();
        furnish(root);
        let documented = Self::block("server_name: a");
        let servers =
            Servers::start_configured(root, &NAMES, |seats, own| configuration(root, &documented, seats, own))?;
        Some(Self { servers, directory })
    }

    /// Returns the first block of code in the document that contains these words.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn block(words: &str) -> String {
        let document = made(fs::read_to_string(DOCUMENT));
        let mut blocks = document.split("\n```").skip(1).step_by(2);
        let found =
            made(blocks.find(|block| block.contains(words)).ok_or(format!("{DOCUMENT} has no block with {words}")));
        // The word behind the fence names its language.
        found.split_once('\n').unwrap_or_default().1.to_owned()
    }

    /// Puts the addresses and paths of this machine in place of those that the document gives for one of its machines: `a`, `b` or
    /// `c` by its number.
    pub fn translated(&self, machine: usize, text: &str) -> String {
        translated(self.directory.path(), text, &self.servers.seats(), machine)
    }

    /// Returns where a file of a machine is.
    pub fn path(&self, machine: usize, documented: &str) -> PathBuf {
        home(self.directory.path(), machine).join(documented.trim_start_matches('/'))
    }

    /// Returns the password of the user `node`, which is also in the file of the document.
    pub fn password(&self) -> &'static str {
        PASSWORD
    }
}

fn home(root: &Path, machine: usize) -> PathBuf {
    root.join(NAMES[machine])
}

/// Writes the files that the document names: certificates, and the password for a node.
fn furnish(root: &Path) {
    let authority = Authority::new("inboxdb");
    for (machine, name) in NAMES.iter().enumerate() {
        let (nats, inboxdb) = (home(root, machine).join("etc/nats"), home(root, machine).join("etc/inboxdb"));
        made(fs::create_dir_all(&nats));
        made(fs::create_dir_all(&inboxdb));
        let server = authority.certify_server(name, &[name, "127.0.0.1"]);
        let node = authority.certify_client(&format!("node-{name}"));
        for (file, text) in [
            ("ca.pem", &authority.certificate),
            ("server.pem", &server.certificate),
            ("server-key.pem", &server.key),
            ("node.pem", &node.certificate),
            ("node-key.pem", &node.key),
        ] {
            made(fs::write(nats.join(file), text));
        }
        made(fs::write(inboxdb.join("nats-password"), format!("{PASSWORD}\n")));
        made(fs::write(inboxdb.join("secret"), "a secret of at least 32 bytes for tokens\n"));
    }
}

/// The configuration of one server, from that of machine `a`.
fn configuration(root: &Path, documented: &str, seats: &[Seat], own: usize) -> String {
    let Seat { name, host, client, cluster, monitor, .. } = &seats[own];
    let mut text = documented.to_owned();
    for (of_document, here) in [
        ("server_name: a", format!("server_name: {name}")),
        ("0.0.0.0:4222", format!("{host}:{client}")),
        ("0.0.0.0:6222", format!("{host}:{cluster}")),
        ("0.0.0.0:8222", format!("{host}:{monitor}")),
        (HASH_OF_DOCUMENT, PASSWORD_HASH.to_owned()),
    ] {
        assert!(text.contains(of_document), "the configuration has no {of_document}");
        text = text.replace(of_document, &here);
    }
    translated(root, &text, seats, own)
}

fn translated(root: &Path, text: &str, seats: &[Seat], machine: usize) -> String {
    let mut text = text.to_owned();
    for Seat { name, host, client, cluster, monitor, .. } in seats {
        for (documented, port) in [(4222, client), (6222, cluster), (8222, monitor)] {
            text = text.replace(&format!("{name}:{documented}"), &format!("{host}:{port}"));
        }
    }
    let home = home(root, machine);
    ["/etc/", "/var/"]
        .into_iter()
        .fold(text, |text, absolute| text.replace(absolute, &format!("{}{absolute}", home.display())))
}
