//! PostgreSQL, started for the comparison on a socket of its own.

mod client;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use postgres::{Config, NoTls};
use tempfile::TempDir;

use crate::data::{self, CUSTOMERS, Chat, Data, TAGS, TEXT};
use crate::peer::{Client, Durability, Peer};
use crate::server::{self, Server, User, find, is_root};
use crate::sql::{Numbers, closure, managers};

/// <https://www.postgresql.org/docs/current/runtime-config.html>: a quarter of a small server's memory as buffers, room in
/// the log between checkpoints, the costs of a solid-state disk, and none of what replication needs.
const SETTINGS: [&str; 14] = [
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "max_connections=100",
    "shared_buffers=2GB",
    "effective_cache_size=6GB",
    "work_mem=64MB",
    "maintenance_work_mem=512MB",
    "max_wal_size=8GB",
    "checkpoint_timeout=15min",
    "wal_buffers=64MB",
    "wal_level=minimal",
    "max_wal_senders=0",
    "random_page_cost=1.1",
    "jit=off",
];

/// A cluster in a temporary directory.
#[derive(Debug)]
pub struct Postgres {
    // Ended before its directory goes.
    _server: Server,
    directory: TempDir,
    numbers: Numbers,
    durability: Durability,
    version: String,
}

/// The directory of PostgreSQL's programs, the newest there is, and the user to run them as.
///
/// # Errors
///
/// Says what is missing.
pub fn programs() -> Result<(PathBuf, Option<User>), String> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    let directories: Vec<PathBuf> = versions.into_iter().rev().map(|(_, directory)| directory).collect();
    let initdb = find("initdb", &directories).ok_or("no `initdb` found")?;
    let directory = initdb.parent().map(Path::to_owned).unwrap_or_default();
    if !is_root() {
        return Ok((directory, None));
    }
    let user = User::named("postgres").ok_or("it does not run as root, and there is no user `postgres`")?;
    Ok((directory, Some(user)))
}

impl Postgres {
    /// Creates a cluster and starts it.
    ///
    /// # Errors
    ///
    /// If it cannot.
    pub fn start(numbers: Numbers, (programs, user): &(PathBuf, Option<User>)) -> Result<Self> {
        let directory = server::directory()?;
        let path = directory.path();
        let command = |program: &str| {
            let mut command = Command::new(programs.join(program));
            command.current_dir(path);
            user.inspect(|user| user.becomes(&mut command));
            command
        };
        user.map_or(Ok(()), |user| user.owns(path))?;
        let cluster = path.join("cluster");
        let initdb = command("initdb")
            .args(["--username=inbox", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "--pgdata"])
            .arg(&cluster)
            .output()?;
        ensure!(initdb.status.success(), "initdb: {}", String::from_utf8_lossy(&initdb.stderr));
        let mut postgres = command("postgres");
        postgres.arg("-D").arg(&cluster).arg("-k").arg(path);
        SETTINGS.iter().for_each(|setting| {
            postgres.args(["-c", setting]);
        });
        let mut server = Server::start(postgres, path.join("log"))?;
        let mut client = server.wait_for(|| Ok(config(path).connect(NoTls)?))?;
        let version = client.query_one("SHOW server_version", &[])?.try_get::<_, String>(0)?;
        Ok(Self { _server: server, directory, numbers, durability: Durability::Relaxed, version })
    }

    fn connect(&self) -> Result<postgres::Client> {
        let mut client = config(self.directory.path()).connect(NoTls)?;
        let on = if self.durability == Durability::Durable { "on" } else { "off" };
        client.batch_execute(&format!("SET synchronous_commit = {on}"))?;
        Ok(client)
    }
}

fn config(directory: &Path) -> Config {
    let mut config = Config::new();
    config.host_path(directory).user("inbox").dbname("postgres");
    config
}

/// Copies lines of tab-separated values into a table.
fn copy(client: &mut postgres::Client, table: &str, lines: impl Iterator<Item = String>) -> Result<()> {
    let mut writer = std::io::BufWriter::new(client.copy_in(&format!("COPY {table} FROM STDIN"))?);
    for line in lines {
        writeln!(writer, "{line}")?;
    }
    let writer = writer.into_inner().ok().context("PostgreSQL took no more rows")?;
    writer.finish()?;
    Ok(())
}

fn chat_line(chat: Chat) -> String {
    let Chat { id, customer, tag, status, .. } = chat;
    let assignee = chat.assignee.map_or("\\N".to_owned(), |manager| manager.to_string());
    format!("{id}\t{customer}\t{assignee}\t{tag}\t{}\t{id}", status as u8)
}

fn unread_line(chat: Chat) -> Option<String> {
    Some(format!("{}\t{}\t1", chat.assignee.filter(|_| chat.unread)?, chat.id))
}

impl Peer for Postgres {
    fn version(&self) -> String {
        format!("PostgreSQL {}", self.version)
    }

    fn setup(&self) -> String {
        "a server on a Unix socket; shared_buffers 2 GB, max_wal_size 8 GB, random_page_cost 1.1; synchronous_commit on or off"
            .to_owned()
    }

    fn fill(&mut self, data: Data) -> Result<()> {
        let mut client = self.connect()?;
        client.batch_execute(include_str!("schema.sql"))?;
        copy(&mut client, "managers", managers().map(|(id, operator)| format!("{id}\t{operator}")))?;
        copy(&mut client, "customers", (1..=CUSTOMERS).map(|id| id.to_string()))?;
        copy(&mut client, "tags", (0..TAGS).map(|tag| format!("{tag}\t{}", data::path(tag))))?;
        copy(&mut client, "tag_closure", closure().map(|(above, tag)| format!("{above}\t{tag}")))?;
        copy(&mut client, "chats", data.iter().map(chat_line))?;
        copy(&mut client, "messages", (1..=data.chats).map(|id| format!("{id}\t{id}\t{TEXT}")))?;
        copy(&mut client, "unread", data.iter().filter_map(unread_line))?;
        let next = data.chats + 1;
        client.batch_execute(&format!("ALTER TABLE messages ALTER id RESTART WITH {next}"))?;
        client.batch_execute(include_str!("indexes.sql"))?;
        client.batch_execute(match self.numbers {
            Numbers::Counted => include_str!("counted.sql"),
            Numbers::Kept => include_str!("kept.sql"),
        })?;
        // With a map of what all see, an index is enough to count.
        for statement in ["VACUUM (ANALYZE)", "CHECKPOINT"] {
            client.batch_execute(statement)?;
        }
        Ok(())
    }

    fn set_durability(&mut self, durability: Durability) -> Result<()> {
        self.durability = durability;
        Ok(())
    }

    fn client(&self) -> Result<Box<dyn Client + '_>> {
        Ok(Box::new(client::Remote::prepare(self.connect()?, self.numbers)?))
    }
}
