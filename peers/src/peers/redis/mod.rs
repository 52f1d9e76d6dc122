//! Redis, started for the comparison on a socket of its own: a sorted set of chats for each key and status.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use redis::{Connection, Pipeline, Script, cmd};
use tempfile::TempDir;

use crate::data::{Chat, Data, MANAGERS, OPERATORS, Status, TAGS, TEXT, lineage};
use crate::peer::{Client, Counts, Durability, PAGE, Peer, Sidebar};
use crate::server::{self, Server, find};

/// Commands of a bulk load that are sent together.
const PIPELINE: usize = 10_000;

/// A server with an append-only file in a temporary directory.
#[derive(Debug)]
pub struct Redis {
    // Ended before its directory goes.
    _server: Server,
    _directory: TempDir,
    address: String,
    version: String,
}

/// The program of the server.
///
/// # Errors
///
/// Says what is missing.
pub fn program() -> Result<PathBuf, String> {
    find("redis-server", &[]).ok_or_else(|| "no `redis-server` found".to_owned())
}

impl Redis {
    /// Starts an empty server.
    ///
    /// # Errors
    ///
    /// If it cannot.
    pub fn start(program: &PathBuf) -> Result<Self> {
        let directory = server::directory()?;
        let socket = directory.path().join("redis.sock");
        let mut command = Command::new(program);
        command.args(["--port", "0", "--unixsocketperm", "700", "--save", "", "--appendonly", "no", "--unixsocket"]);
        command.arg(&socket).arg("--dir").arg(directory.path());
        let mut server = Server::start(command, directory.path().join("log"))?;
        let address = format!("redis+unix://{}", socket.display());
        let client = redis::Client::open(address.as_str())?;
        let mut connection = server.wait_for(|| Ok(client.get_connection()?))?;
        let info: String = cmd("INFO").arg("server").query(&mut connection)?;
        let version = info.lines().find_map(|line| line.strip_prefix("redis_version:")).unwrap_or("unknown").to_owned();
        Ok(Self { _server: server, _directory: directory, address, version })
    }

    fn connect(&self) -> Result<Connection> {
        Ok(redis::Client::open(self.address.as_str())?.get_connection()?)
    }
}

/// The keys under which a chat is found.
fn keys(chat: &Chat) -> Vec<String> {
    let assignee = chat.assignee.map_or("none".to_owned(), |manager| format!("a{manager}"));
    ["all".to_owned(), assignee].into_iter().chain(lineage(chat.tag).map(|tag| format!("t{tag}"))).collect()
}

/// A bulk load in pipelines.
struct Load {
    connection: Connection,
    pipeline: Pipeline,
}

impl Load {
    fn push(&mut self, command: redis::Cmd) -> Result<()> {
        self.pipeline.add_command(command).ignore();
        if self.pipeline.len() == PIPELINE { self.finish() } else { Ok(()) }
    }

    fn finish(&mut self) -> Result<()> {
        self.pipeline.query::<()>(&mut self.connection)?;
        self.pipeline.clear();
        Ok(())
    }

    fn chat(&mut self, chat: &Chat) -> Result<()> {
        let mut row = cmd("HSET");
        row.arg(format!("c:{}", chat.id)).arg("s").arg(chat.status as u8).arg("p").arg(chat.id);
        row.arg("k").arg(keys(chat).join(" "));
        if let Some(manager) = chat.assignee {
            row.arg("a").arg(manager);
        }
        self.push(row)?;
        let mut message = cmd("RPUSH");
        message.arg(format!("m:{}", chat.id)).arg(TEXT);
        self.push(message)?;
        if let Some(manager) = chat.assignee.filter(|_| chat.unread) {
            let (mut unread, mut total) = (cmd("HSET"), cmd("INCR"));
            unread.arg(format!("u:{manager}")).arg(chat.id).arg(1);
            total.arg(format!("um:{manager}"));
            self.push(unread)?;
            self.push(total)?;
        }
        Ok(())
    }
}

fn set(connection: &mut Connection, name: &str, value: &str) -> Result<()> {
    Ok(cmd("CONFIG").arg("SET").arg(name).arg(value).query(connection)?)
}

/// Turns the append-only file on, which writes out what is there, and waits for the end of it.
fn append_from_now_on(connection: &mut Connection) -> Result<()> {
    set(connection, "appendonly", "yes")?;
    loop {
        let info: String = cmd("INFO").arg("persistence").query(connection)?;
        let is = |line: &str| info.lines().any(|other| other == line);
        if is("aof_rewrite_in_progress:0") && is("aof_rewrite_scheduled:0") {
            ensure!(is("aof_last_bgrewrite_status:ok"), "the append-only file could not be written");
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
}

impl Peer for Redis {
    fn version(&self) -> String {
        format!("Redis {}", self.version)
    }

    fn setup(&self) -> String {
        "a server on a Unix socket; one Lua script per command; append-only file, appendfsync always or everysec"
            .to_owned()
    }

    fn fill(&mut self, data: Data) -> Result<()> {
        let mut load = Load { connection: self.connect()?, pipeline: Pipeline::new() };
        let mut sets: HashMap<String, Vec<u32>> = HashMap::new();
        for chat in data.iter() {
            load.chat(&chat)?;
            for key in keys(&chat) {
                sets.entry(format!("{key}:{}", chat.status as u8)).or_default().push(chat.id);
            }
        }
        for (key, chats) in sets {
            for some in chats.chunks(1_000) {
                let mut add = cmd("ZADD");
                add.arg(&key);
                some.iter().for_each(|chat| {
                    add.arg(chat).arg(chat);
                });
                load.push(add)?;
            }
        }
        let (mut operators, mut next) = (cmd("SADD"), cmd("SET"));
        operators.arg("operators").arg((1..=OPERATORS).collect::<Vec<u32>>());
        next.arg("next").arg(data.chats);
        load.push(operators)?;
        load.push(next)?;
        load.finish()?;
        append_from_now_on(&mut load.connection)
    }

    fn set_durability(&mut self, durability: Durability) -> Result<()> {
        let when = if durability == Durability::Durable { "always" } else { "everysec" };
        set(&mut self.connect()?, "appendfsync", when)
    }

    fn client(&self) -> Result<Box<dyn Client + '_>> {
        Ok(Box::new(Remote {
            connection: self.connect()?,
            open_chats: (1..=MANAGERS)
                .map(|manager| format!("a{manager}:0"))
                .chain((0..TAGS).map(|tag| format!("t{tag}:0")))
                .collect(),
            message: Script::new(include_str!("message.lua")),
            status: Script::new(include_str!("status.lua")),
        }))
    }
}

/// A connection with its scripts, which the server keeps compiled.
struct Remote {
    connection: Connection,
    /// The keys of open chats of each manager and tag.
    open_chats: Vec<String>,
    message: Script,
    status: Script,
}

impl Remote {
    fn page(&mut self, key: String) -> Result<Vec<u32>> {
        Ok(cmd("ZREVRANGE").arg(key).arg(0).arg(PAGE - 1).query(&mut self.connection)?)
    }

    fn set_status(&mut self, chat: u32, status: Status) -> Result<()> {
        Ok(self.status.arg(chat).arg(status as u8).invoke(&mut self.connection)?)
    }
}

impl Client for Remote {
    fn counts_of_assignee(&mut self, manager: u32) -> Result<Counts> {
        let mut pipeline = Pipeline::with_capacity(3);
        Status::ALL.iter().for_each(|status| {
            pipeline.cmd("ZCARD").arg(format!("a{manager}:{}", *status as u8));
        });
        Ok(pipeline.query(&mut self.connection)?)
    }

    fn open_below_tag(&mut self, tag: u32) -> Result<u64> {
        Ok(cmd("ZCARD").arg(format!("t{tag}:0")).query(&mut self.connection)?)
    }

    fn sidebar(&mut self, manager: u32) -> Result<Sidebar> {
        // In a transaction, for one moment. A script that asks the same is slower: each of its calls is.
        let mut pipeline = Pipeline::with_capacity(2 + 9 + (MANAGERS + TAGS) as usize);
        pipeline.atomic();
        for key in [format!("a{manager}"), "all".to_owned(), "none".to_owned()] {
            for status in Status::ALL {
                pipeline.cmd("ZCARD").arg(format!("{key}:{}", status as u8));
            }
        }
        pipeline.cmd("HLEN").arg(format!("u:{manager}"));
        pipeline.cmd("GET").arg(format!("um:{manager}"));
        self.open_chats.iter().for_each(|key| {
            pipeline.cmd("ZCARD").arg(key);
        });
        let mut numbers = pipeline.query::<Vec<Option<u64>>>(&mut self.connection)?.into_iter();
        let mut sidebar = Sidebar::zero();
        let Sidebar { me, all, unassigned, unread, managers, tags } = &mut sidebar;
        let places = me.iter_mut().chain(all).chain(unassigned).chain(unread).chain(managers).chain(tags);
        for place in places {
            *place = numbers.next().ok_or_else(|| anyhow!("a number is missing"))?.unwrap_or(0);
        }
        Ok(sidebar)
    }

    fn closed_of_assignee(&mut self, manager: u32) -> Result<Vec<u32>> {
        self.page(format!("a{manager}:2"))
    }

    fn closed_below_tag(&mut self, tag: u32) -> Result<Vec<u32>> {
        self.page(format!("t{tag}:2"))
    }

    fn send_message(&mut self, chat: u32) -> Result<()> {
        Ok(self.message.arg(chat).arg(TEXT).invoke(&mut self.connection)?)
    }

    fn close(&mut self, chat: u32) -> Result<()> {
        self.set_status(chat, Status::Closed)
    }

    fn open(&mut self, chat: u32) -> Result<()> {
        self.set_status(chat, Status::Open)
    }
}
