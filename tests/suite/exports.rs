//! Inboxes to export, and helpers for exports.

use std::time::Duration;

use inboxdb::{
    Actor, ChatId, Command, Config, CustomerId, CustomerUpdate, Engine, Envelope, Error, ExportFormat, Filter,
    ImportError, ManagerId, NewEvent, NewMessage, ProfileField, Progress, Role, Timer, Visibility, WorkspaceId,
};

pub fn config() -> Config {
    Config::default()
        .timer(Timer::Off)
        .dirty_bytes_max(1 << 20)
        .checkpoint_interval(Duration::from_millis(100))
        .record_cache_bytes(50_000)
}

pub fn export(engine: &Engine, workspace: u64, view: &str, format: ExportFormat) -> Vec<u8> {
    let (view, mut out): (Filter, Vec<u8>) = (view.parse().unwrap(), Vec::new());
    let mut last = None;
    let watch = |progress: Progress| last = Some(progress);
    let report = engine.export(WorkspaceId(workspace), Actor::System, &view, format, &mut out, watch).unwrap();
    assert_eq!(report.left_out, 0);
    let chats = report.contents.chats;
    let last = last.map_or((0, Some(0)), |now| (now.done, now.total));
    assert_eq!(last, (chats, Some(chats)));
    out
}

pub fn json_lines(engine: &Engine, workspace: u64) -> Vec<u8> {
    export(engine, workspace, "all", ExportFormat::JsonLines)
}

pub fn import(engine: &Engine, workspace: u64, export: &[u8]) -> Result<inboxdb::ImportReport, ImportError> {
    engine.import(WorkspaceId(workspace), export, |_| {})
}

pub fn run(engine: &Engine, at: u64, actor: Actor, command: Command) -> Result<(), Error> {
    engine.execute(Envelope::new(WorkspaceId(1), at, actor, command)).map(drop)
}

pub fn workspaces(lines: &[Vec<u8>]) -> Vec<u64> {
    let envelopes = lines.iter().filter_map(|line| serde_json::from_slice::<Envelope>(line).ok());
    let mut found: Vec<u64> = envelopes.map(|envelope| envelope.workspace.0).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Returns an export without its first line, which names the workspace.
pub fn without_header(export: &[u8]) -> &[u8] {
    let end = export.iter().position(|byte| *byte == b'\n').unwrap();
    &export[end..]
}

pub const ADA: ManagerId = ManagerId(7);
pub const BEN: ManagerId = ManagerId(8);
pub const KIM: CustomerId = CustomerId(5);

/// Creates an inbox with every kind of stored data.
pub fn everything(engine: &Engine) {
    let system = |at, command| run(engine, at, Actor::System, command).unwrap();
    let ada = |at, command| run(engine, at, Actor::Manager(ADA), command).unwrap();
    system(
        1_000,
        Command::set_profile_fields([
            ProfileField::new("plan", "The plan"),
            ProfileField::new("age", "The age").hidden(),
        ]),
    );
    system(1_000, Command::put_manager(ADA, "Ada", Role::Owner));
    system(1_000, Command::put_manager(BEN, "=Ben", Role::Member));
    system(1_000, Command::set_operator(BEN, true));
    system(1_000, Command::set_online(ADA, true));
    system(1_000, Command::set_capacity(ADA, Some(3)));
    for path in ["Billing/Refund", "billing/Late", "Ops"] {
        system(1_100, Command::create_tag(path));
    }
    system(1_100, Command::follow_tag("billing", ADA));
    system(1_200, Command::put_customer(KIM, CustomerUpdate::new().name("김민준").profile([("plan", "gold")])));
    system(1_200, Command::put_customer(CustomerId(6), CustomerUpdate::new()));
    for event in ["visited", "bought"] {
        let track = Command::track_event(KIM, NewEvent::new(event).page("/").properties([("n", "1")]));
        system(1_300, track);
    }
    for customer in [KIM, KIM, KIM, CustomerId(6)] {
        system(1_400, Command::start_chat(customer));
    }
    system(1_450, Command::track_event(KIM, "left"));
    let file = inboxdb::File::new("invoice.pdf", "https://files.example/1", "application/pdf", u64::MAX);
    let say = |chat, visibility, text: &str, files: Vec<inboxdb::File>| {
        Command::send_message(ChatId(chat), NewMessage::new(text).visibility(visibility).files(files))
    };
    run(engine, 1_500, Actor::Customer(KIM), say(1, Visibility::Public, "=1+1, \"환불\"\r\nplease", vec![])).unwrap();
    ada(1_600, Command::assign(ChatId(1), ADA));
    ada(1_700, say(1, Visibility::Internal, "a look, @=Ben", vec![file.clone(), file]));
    run(engine, 1_800, Actor::Customer(KIM), say(2, Visibility::Public, "hello", vec![])).unwrap();
    ada(1_900, Command::tag(ChatId(1), ["billing/refund", "ops"]));
    ada(1_900, Command::favorite(ChatId(1)));
    ada(1_900, Command::snooze(ChatId(1), 5_000));
    ada(1_900, Command::set_description(ChatId(2), "@home #vip"));
    ada(1_900, Command::set_attribute(ChatId(2), "source", "ads"));
    ada(1_900, Command::set_attribute(ChatId(2), "empty", ""));
    ada(1_900, Command::close(ChatId(3)));
    system(2_000, Command::remove_manager(ManagerId(8)));
    system(2_000, Command::put_manager(BEN, "=Ben", Role::Member));
    system(2_000, Command::set_operator(BEN, true));
    run(engine, 2_100, Actor::Customer(KIM), say(2, Visibility::Public, "anybody?", vec![])).unwrap();
    system(2_200, Command::start_chat(KIM));
    system(2_200, Command::delete_chat(ChatId(5)));
    system(2_300, Command::Tick);
}

pub fn inbox() -> (Engine, Vec<u8>) {
    let engine = Engine::temporary().unwrap();
    everything(&engine);
    let exported = json_lines(&engine, 1);
    (engine, exported)
}

/// Creates an inbox of 300 chats whose export takes 18 MB.
pub fn large() -> Engine {
    let engine = Engine::temporary().unwrap();
    run(&engine, 1, Actor::System, Command::put_customer(KIM, CustomerUpdate::new())).unwrap();
    let mut pipeline = engine.pipeline();
    for chat in 1..=300 {
        let start = Command::start_chat(KIM);
        let (visibility, text) = (Visibility::Public, "x".repeat(60_000));
        let send = Command::send_message(ChatId(chat), NewMessage::new(text).visibility(visibility));
        for command in [start, send] {
            pipeline.push(&Envelope::new(WorkspaceId(1), 2, Actor::System, command));
        }
    }
    assert!(pipeline.finish().iter().all(Result::is_ok));
    engine
}
