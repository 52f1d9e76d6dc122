//! How long commands that touch many chats or tags keep other writers, and readers, of their workspace out.
//!
//! `cargo bench --bench write_locks`, with `INBOXDB_ROUNDS` for another number of rounds. A second thread sends tiny
//! commands to the same workspace meanwhile, a third one counts; each row has the longest that one of them waited. On a
//! busy machine the scheduler adds to that. So each figure is the smallest and the median of the rounds, and the first
//! column is the time on the processor.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to say")]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use inboxdb::{
    Action, Actor, ChatId, Command, Config, CustomerId, Durability, Engine, Envelope, Filter, ManagerId, Role, Timer,
    View, WorkspaceId,
};
use tempfile::TempDir;

const WORKSPACE: WorkspaceId = WorkspaceId(1);
const AT: u64 = 1_600_000_000_000;
const OPERATORS: u64 = 600;
const CHATS: u32 = 10_000;
const TAGS: usize = 65_536;
/// Pause between two tiny commands, so that the waiting threads leave the processors to the command.
const PAUSE: Duration = Duration::from_micros(200);

fn rounds() -> u32 {
    std::env::var("INBOXDB_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3)
}

fn engine() -> (TempDir, Engine) {
    let directory = tempfile::tempdir().unwrap();
    let config = Config::default()
        .timer(Timer::Off)
        .durability(Durability::Interval(Duration::from_millis(50)))
        .checkpoint_interval(Duration::from_secs(3_600))
        .dirty_bytes_max(2 << 30);
    let engine = Engine::open(directory.path(), config).unwrap();
    (directory, engine)
}

fn run(engine: &Engine, actor: Actor, command: Command) {
    engine.execute(Envelope::new(WORKSPACE, AT, actor, command)).unwrap();
}

/// What a command took, or the longest piece of a bulk action, and the longest that a tiny command and a count waited
/// meanwhile.
#[derive(Clone, Copy)]
struct Times {
    processor: Duration,
    command: Duration,
    writer: Duration,
    reader: Duration,
}

/// The time that this thread was on a processor. Windows has no such clock.
fn on_processor() -> Duration {
    #[cfg(unix)]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
    }
    #[cfg(not(unix))]
    {
        Duration::ZERO
    }
}

/// Runs a command while other threads write and read.
fn time(engine: &Engine, command: Command) -> Times {
    let (stop, writer, reader) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let keep = |longest: &AtomicU64, act: &dyn Fn()| {
        while !stop.load(Ordering::Relaxed) {
            let begun = Instant::now();
            act();
            longest.fetch_max(begun.elapsed().as_nanos() as u64, Ordering::Relaxed);
            thread::sleep(PAUSE);
        }
    };
    let inbox = engine.workspace(WORKSPACE).unwrap();
    let open: Filter = View::all().open().into();
    let took = thread::scope(|scope| {
        scope.spawn(|| keep(&writer, &|| run(engine, Actor::System, Command::put_customer(1, "Grace"))));
        scope.spawn(|| keep(&reader, &|| assert!(inbox.count(&open).is_ok())));
        thread::sleep(Duration::from_millis(5));
        writer.store(0, Ordering::Relaxed);
        reader.store(0, Ordering::Relaxed);
        let (mut begun, mut took) = ((Instant::now(), on_processor()), (Duration::ZERO, Duration::ZERO));
        let mut next = || {
            let (now, processor) = (Instant::now(), on_processor());
            took = (took.0.max(now - begun.0), took.1.max(processor.saturating_sub(begun.1)));
            begun = (now, processor);
        };
        engine.execute_watched(Envelope::new(WORKSPACE, AT, Actor::System, command), |_| next()).unwrap();
        next();
        thread::sleep(2 * PAUSE);
        stop.store(true, Ordering::Relaxed);
        took
    });
    let longest = |waited: AtomicU64| Duration::from_nanos(waited.into_inner());
    Times { processor: took.1, command: took.0, writer: longest(writer), reader: longest(reader) }
}

/// The times of each command of a list, over several rounds.
#[derive(Default)]
struct Table(Vec<(String, Vec<Times>)>);

impl Table {
    fn time(&mut self, engine: &Engine, name: &str, command: Command) {
        let times = time(engine, command);
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, all)) => all.push(times),
            None => self.0.push((name.to_owned(), vec![times])),
        }
    }

    fn print(self, title: &str) {
        println!(
            "\n{title}\n| command | processor, ms | takes, ms | other writers wait, ms | readers wait, ms |\n|---|---|---|---|---|"
        );
        for (name, times) in self.0 {
            let show = |part: fn(&Times) -> Duration| {
                let mut all: Vec<Duration> = times.iter().map(part).collect();
                all.sort_unstable();
                let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
                format!("{:.2} / {:.2}", ms(all[0]), ms(all[all.len() / 2]))
            };
            let (processor, command) = (show(|t| t.processor), show(|t| t.command));
            println!("| {name} | {processor} | {command} | {} | {} |", show(|t| t.writer), show(|t| t.reader));
        }
    }
}

fn push_all(engine: &Engine, commands: impl IntoIterator<Item = (Actor, Command)>) {
    let mut pipeline = engine.pipeline();
    for (actor, command) in commands {
        pipeline.push(&Envelope::new(WORKSPACE, AT, actor, command));
        if pipeline.len() == 4_096 {
            let done = std::mem::replace(&mut pipeline, engine.pipeline()).finish();
            assert!(done.iter().all(Result::is_ok));
        }
    }
    assert!(pipeline.finish().iter().all(Result::is_ok));
}

fn chats() -> impl Iterator<Item = (Actor, Command)> {
    (1..=CHATS).flat_map(|chat| {
        let customer = CustomerId(u64::from(chat));
        let by_customer = Actor::Customer(customer);
        [
            (Actor::System, Command::put_customer(customer, "Grace")),
            (Actor::System, Command::start_chat(customer)),
            (by_customer, Command::send_message(ChatId(chat), "Where is my parcel?")),
        ]
    })
}

/// 600 operators, and 10,000 chats that none of them has read.
fn operators(table: &mut Table) {
    let (_directory, engine) = engine();
    let people = (1..=OPERATORS).map(ManagerId).flat_map(|manager| {
        [Command::put_manager(manager, format!("Manager {manager}"), Role::Owner), Command::set_operator(manager, true)]
    });
    push_all(&engine, people.map(|command| (Actor::System, command)));
    push_all(&engine, [(Actor::System, Command::create_tag("billing"))]);
    push_all(&engine, chats());
    let unread = engine.workspace(WORKSPACE).unwrap().count(&View::unread(50).open().into());
    assert_eq!(unread.unwrap(), u64::from(CHATS));
    for (round, manager) in (0..5).zip(1..) {
        let manager = ManagerId(manager);
        table.time(&engine, "set_operator off", Command::set_operator(manager, false));
        table.time(&engine, "set_operator on", Command::set_operator(manager, true));
        table.time(&engine, "remove_manager, all unread", Command::remove_manager(ManagerId(OPERATORS - round)));
    }
    let all = || View::all();
    for manager in [6, 7, 8] {
        let (tag, untag) = (Action::tag(["billing"]), Action::untag(["billing"]));
        table.time(&engine, "bulk tag, a piece", Command::bulk(all(), tag));
        table.time(&engine, "bulk untag, a piece", Command::bulk(all(), untag));
        table.time(&engine, "bulk close, a piece", Command::bulk(all(), Action::close()));
        table.time(&engine, "bulk open, a piece", Command::bulk(all(), Action::open()));
        table.time(&engine, "bulk assign, a piece", Command::bulk(all(), Action::assign(manager)));
        table.time(&engine, "bulk unassign, a piece", Command::bulk(all(), Action::unassign()));
    }
    table.time(&engine, "bulk assign, a piece", Command::bulk(all(), Action::assign(9)));
    table.time(&engine, "remove_manager, assignee of 10,000 chats", Command::remove_manager(9));
    engine.close().unwrap();
}

/// The tags below `root`: a flat tree, or one of eight levels.
fn below(root: &str, deep: bool) -> Vec<String> {
    const FLAT: usize = 30_000;
    const FANOUT: usize = 4;
    if !deep {
        return (0..FLAT).map(|tag| format!("{root}/tag-{tag}")).collect();
    }
    let (mut all, mut level) = (Vec::new(), vec![root.to_owned()]);
    for _ in 1..8 {
        level = level.iter().flat_map(|above| (0..FANOUT).map(move |tag| format!("{above}/tag-{tag}"))).collect();
        all.extend(level.iter().cloned());
    }
    all
}

/// 65,536 tags, most of them below `a` and `b`, and 10,000 chats with one of those each.
fn tagged(deep: bool) -> (TempDir, Engine) {
    let (directory, engine) = engine();
    let create = |path: String| (Actor::System, Command::create_tag(path));
    let (a, b) = (below("a", deep), below("b", deep));
    let others = TAGS - a.len() - b.len() - 10;
    push_all(&engine, a.iter().chain(&b).cloned().map(create));
    push_all(&engine, (0..others).map(|tag| create(format!("other-{tag}"))));
    push_all(&engine, chats());
    let tags = (1..=CHATS).map(|chat| {
        let among = if chat % 2 == 0 { &a } else { &b };
        let tag = among[among.len() - 1 - chat as usize / 2 % among.len()].clone();
        (Actor::System, Command::tag(chat, [tag]))
    });
    push_all(&engine, tags);
    (directory, engine)
}

fn tags(table: &mut Table, deep: bool) {
    for _ in 0..rounds() {
        let (_directory, engine) = tagged(deep);
        let (a, b) = (below("a", deep), below("b", deep));
        let a_leaf = |from_end: usize| a[a.len() - from_end].clone();
        let parent = |path: &str| path.rsplit_once('/').unwrap().0.to_owned();
        let mut time = |name: &str, command| table.time(&engine, name, command);
        time("create_tag at the top", Command::create_tag("fresh"));
        time("create_tag beside many", Command::create_tag(format!("{}/fresh", parent(&a_leaf(1)))));
        time("move_tag, a leaf, renamed", Command::move_tag(a_leaf(1), format!("{}/renamed", parent(&a_leaf(1)))));
        time("move_tag, a leaf, to the top", Command::move_tag(a_leaf(2), "moved"));
        time("merge_tag, a leaf into another", Command::merge_tag(a_leaf(3), a_leaf(4)));
        time("delete_tag, a leaf", Command::delete_tag(a_leaf(5)));
        time(&format!("move_tag, {} tags", a.len()), Command::move_tag("a", "c"));
        time(&format!("merge_tag, {} tags into the same names", a.len()), Command::merge_tag("c", "b"));
        push_all(&engine, [(Actor::System, Command::create_tag("d"))]);
        time(&format!("merge_tag, {} tags into none", b.len()), Command::merge_tag("b", "d"));
        time(&format!("delete_tag, {} tags", b.len()), Command::delete_tag("d"));
        engine.close().unwrap();
    }
}

fn main() {
    let mut table = Table::default();
    operators(&mut table);
    table.print("600 operators, 10,000 unassigned chats that none has read");
    for (deep, title) in
        [(false, "65,536 tags, two flat subtrees"), (true, "65,536 tags, two subtrees of eight levels")]
    {
        let mut table = Table::default();
        tags(&mut table, deep);
        table.print(title);
    }
}
