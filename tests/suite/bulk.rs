//! Bulk actions: changes per piece, other commands in between, and resuming after a crash.

use inboxdb::{
    Action, Actor, BulkReport, ChatId, Code, Command, Config, CustomerId, CustomerUpdate, Engine, Envelope, Error,
    ManagerId, NewMessage, Reply, Role, Selection, Status, Timer, WorkspaceId, limits,
};
use inboxdb_harness::assert_clean;
use inboxdb_harness::files::copy;

const WORKSPACE: WorkspaceId = WorkspaceId(1);
const ADA: Actor = Actor::Manager(ManagerId(7));

fn config() -> Config {
    Config::default().timer(Timer::Off)
}

fn run(engine: &Engine, actor: Actor, command: Command) -> Result<Reply, Error> {
    engine.execute(Envelope::new(WORKSPACE, 1_000, actor, command)).map(|outcome| outcome.reply)
}

/// Creates a manager and this many open chats.
fn fill(engine: &Engine, chats: u32) {
    let mut pipeline = engine.pipeline();
    let mut push = |command| pipeline.push(&Envelope::new(WORKSPACE, 1_000, Actor::System, command));
    push(Command::put_manager(ManagerId(7), "Ada", Role::Owner));
    push(Command::put_customer(CustomerId(5), CustomerUpdate::new()));
    (0..chats).for_each(|_| push(Command::start_chat(CustomerId(5))));
    assert!(pipeline.finish().iter().all(Result::is_ok));
}

fn bulk(filter: &str, action: Action) -> Command {
    Command::bulk(Selection::Filter(filter.parse().unwrap()), action)
}

fn report(reply: Reply) -> BulkReport {
    match reply {
        Reply::Bulk(report) => report,
        other => panic!("{other:?}"),
    }
}

fn count(engine: &Engine, view: &str) -> u64 {
    engine.workspace(WORKSPACE).unwrap().count(&view.parse().unwrap()).unwrap()
}

#[test]
fn bulk_is_cut_into_changes_of_a_few_hundred_chats() {
    let engine = Engine::temporary().unwrap();
    fill(&engine, 1_000);
    let before = engine.workspace(WORKSPACE).unwrap().seq();
    let mut seen = Vec::new();
    let envelope = Envelope::new(WORKSPACE, 2_000, ADA, bulk("all:open", Action::close()));
    let outcome = engine.execute_watched(envelope, |now| seen.push((now.done, now.total.unwrap()))).unwrap();
    let done = report(outcome.reply);
    assert_eq!((done.changed, done.unchanged, done.refused.len()), (1_000, 0, 0));
    assert_eq!(seen, [(0, 1_000), (256, 1_000), (512, 1_000), (768, 1_000), (1_000, 1_000)]);
    assert_eq!(outcome.seq - before, 1 + 1_000_u64.div_ceil(limits::BULK_CHATS_PER_CHANGE as u64));
    assert_eq!((count(&engine, "all:open"), count(&engine, "all:closed")), (0, 1_000));
    assert!(engine.workspace(WORKSPACE).unwrap().unfinished_bulks().unwrap().is_empty());
    assert_clean(&engine);
    engine.close().unwrap();
}

#[test]
fn bulk_selection_is_fixed_while_other_commands_run() {
    let engine = Engine::temporary().unwrap();
    fill(&engine, 600);
    let mut pieces = 0;
    let envelope = Envelope::new(WORKSPACE, 2_000, ADA, bulk("all:open", Action::close()));
    let outcome = engine.execute_watched(envelope, |progress| {
        pieces += 1;
        if progress.done == 256 {
            assert_eq!(count(&engine, "all:closed"), 256);
            run(&engine, ADA, Command::delete_chat(ChatId(599))).unwrap();
            run(&engine, ADA, Command::close(ChatId(598))).unwrap();
            run(&engine, ADA, Command::open(ChatId(1))).unwrap();
            run(&engine, ADA, Command::start_chat(CustomerId(5))).unwrap();
        }
    });
    let report = report(outcome.unwrap().reply);
    assert_eq!((report.changed, report.unchanged, pieces), (598, 1, 4));
    assert_eq!(
        report.refused.iter().map(|refused| (refused.chat.0, refused.code)).collect::<Vec<_>>(),
        [(599, Code::UnknownChat)]
    );
    assert_eq!(count(&engine, "all:open"), 2, "chat 1, opened in between, and 601, started in between");
    assert_clean(&engine);
    engine.close().unwrap();
}

#[test]
fn bulk_of_a_long_list_keeps_its_order() {
    let engine = Engine::temporary().unwrap();
    fill(&engine, 700);
    let listed: Vec<ChatId> = (1..=700).rev().chain([3, 900, 3]).map(ChatId).collect();
    let action = Action::send_message(NewMessage::internal("hello"));
    let reply = run(&engine, ADA, Command::bulk(Selection::Chats(listed), action)).unwrap();
    assert_eq!(report(reply).refused.len(), 1);
    let newest = engine.workspace(WORKSPACE).unwrap().list(&"all".parse().unwrap(), None, 2).unwrap();
    assert_eq!(newest.chats.iter().map(|chat| chat.id.0).collect::<Vec<_>>(), [1, 2]);
    assert_clean(&engine);
    engine.close().unwrap();
}

#[test]
fn bulk_interrupted_anywhere_is_finished_by_the_next_opening() {
    let directory = tempfile::tempdir().unwrap();
    let original = directory.path().join("original");
    let engine = Engine::open(&original, config()).unwrap();
    fill(&engine, 1_100);
    let mut copies = Vec::new();
    let until = 5_000;
    let envelope = Envelope::new(WORKSPACE, 2_000, ADA, bulk("unassigned:open", Action::snooze(until)));
    let watched = engine.execute_watched(envelope, |now| {
        let workspace = engine.workspace(WORKSPACE).unwrap();
        engine.wait_durable(workspace.seq()).unwrap();
        if Some(now.done) < now.total {
            let [under_way] = &workspace.unfinished_bulks().unwrap()[..] else {
                panic!("one bulk action is under way")
            };
            assert_eq!((under_way.done, Some(under_way.total)), (now.done, now.total));
        }
        if now.done == 512 {
            engine.checkpoint().unwrap();
        }
        let path = directory.path().join(format!("copy-{}", copies.len()));
        copy(&original, &path);
        copies.push((path, now.done));
    });
    watched.unwrap();
    assert_clean(&engine);
    engine.close().unwrap();
    assert_eq!(copies.iter().map(|(_, done)| *done).collect::<Vec<_>>(), [0, 256, 512, 768, 1_024, 1_100]);
    for (path, done) in copies {
        let engine = Engine::open(&path, config()).unwrap();
        assert_eq!(count(&engine, "all:snoozed"), 1_100, "interrupted after {done}");
        assert!(engine.workspace(WORKSPACE).unwrap().unfinished_bulks().unwrap().is_empty());
        let chat = engine.workspace(WORKSPACE).unwrap().chat(ChatId(1_100)).unwrap();
        assert_eq!((chat.status, chat.snoozed_until), (Status::Snoozed, Some(until.into())));
        assert_clean(&engine);
        engine.close().unwrap();
    }
}

#[test]
fn bulk_ends_when_its_workspace_is_deleted() {
    let engine = Engine::temporary().unwrap();
    fill(&engine, 600);
    let envelope = Envelope::new(WORKSPACE, 2_000, ADA, bulk("all", Action::close()));
    let outcome = engine.execute_watched(envelope, |progress| {
        if progress.done == 256 {
            run(&engine, Actor::System, Command::DeleteWorkspace).unwrap();
        }
    });
    assert_eq!(report(outcome.unwrap().reply).changed, 256);
    assert_eq!(count(&engine, "all"), 0);
    fill(&engine, 1);
    assert_eq!(engine.workspace(WORKSPACE).unwrap().list(&"all".parse().unwrap(), None, 5).unwrap().chats[0].id.0, 601);
    assert_clean(&engine);
    engine.close().unwrap();
}
