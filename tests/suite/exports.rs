//! Inboxes to export, and helpers for exports.

use inboxdb::{
    Actor, ChatId, Command, Config, CustomerId, Engine, Envelope, Error, ExportFormat, ExportProgress, Filter,
    ImportError, ManagerId, ProfileField, Role, Timer, Visibility, WorkspaceId,
};

pub fn config() -> Config {
    Config::default().timer(Timer::Off).dirty_bytes_max(1 << 20).checkpoint_interval_ms(100).record_cache_bytes(50_000)
}

pub fn export(engine: &Engine, workspace: u64, view: &str, format: ExportFormat) -> Vec<u8> {
    let (view, mut out): (Filter, Vec<u8>) = (view.parse().unwrap(), Vec::new());
    let mut last = None;
    let watch = |progress| last = Some(progress);
    let report = engine.export(WorkspaceId(workspace), Actor::System, &view, format, &mut out, watch).unwrap();
    assert_eq!(report.left_out, 0);
    let chats = report.contents.chats;
    assert_eq!(last.unwrap_or(ExportProgress { done: 0, total: 0 }), ExportProgress { done: chats, total: chats });
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

/// An export without its first line, which names the workspace.
pub fn without_header(export: &[u8]) -> &[u8] {
    let end = export.iter().position(|byte| *byte == b'\n').unwrap();
    &export[end..]
}

pub const ADA: ManagerId = ManagerId(7);
pub const BEN: ManagerId = ManagerId(8);
pub const KIM: CustomerId = CustomerId(5);

/// An inbox with every kind of stored data.
pub fn everything(engine: &Engine) {
    let system = |at, command| run(engine, at, Actor::System, command).unwrap();
    let ada = |at, command| run(engine, at, Actor::Manager(ADA), command).unwrap();
    let field = |key: &str, shown| ProfileField { key: key.to_owned(), label: format!("The {key}"), shown };
    system(1_000, Command::SetProfileFields { fields: vec![field("plan", true), field("age", false)] });
    system(1_000, Command::PutManager { manager: ADA, name: "Ada".into(), role: Role::Owner });
    system(1_000, Command::PutManager { manager: BEN, name: "=Ben".into(), role: Role::Member });
    system(1_000, Command::SetOperator { manager: BEN, on: true });
    system(1_000, Command::SetOnline { manager: ADA, on: true });
    system(1_000, Command::SetCapacity { manager: ADA, capacity: Some(3) });
    for path in ["Billing/Refund", "billing/Late", "Ops"] {
        system(1_100, Command::CreateTag { path: path.into() });
    }
    system(1_100, Command::FollowTag { path: "billing".into(), manager: ADA });
    let profile = [("plan".to_owned(), "gold".to_owned())].into();
    system(1_200, Command::PutCustomer { customer: KIM, name: Some("김민준".into()), profile: Some(profile) });
    system(1_200, Command::PutCustomer { customer: CustomerId(6), name: None, profile: None });
    for event in ["visited", "bought"] {
        let properties = Some([("n".to_owned(), "1".to_owned())].into());
        let track = Command::TrackEvent { customer: KIM, name: event.into(), page: Some("/".into()), properties };
        system(1_300, track);
    }
    for customer in [KIM, KIM, KIM, CustomerId(6)] {
        system(1_400, Command::StartChat { customer });
    }
    system(1_450, Command::TrackEvent { customer: KIM, name: "left".into(), page: None, properties: None });
    let file = inboxdb::File {
        name: "invoice.pdf".into(),
        url: "https://files.example/1".into(),
        media_type: "application/pdf".into(),
        bytes: u64::MAX,
    };
    let say = |chat, visibility, text: &str, files: Vec<inboxdb::File>| Command::SendMessage {
        chat: ChatId(chat),
        visibility,
        text: text.into(),
        files: Some(files),
    };
    run(engine, 1_500, Actor::Customer(KIM), say(1, Visibility::Public, "=1+1, \"환불\"\r\nplease", vec![])).unwrap();
    ada(1_600, Command::Assign { chat: ChatId(1), manager: ADA });
    ada(1_700, say(1, Visibility::Internal, "a look, @=Ben", vec![file.clone(), file]));
    run(engine, 1_800, Actor::Customer(KIM), say(2, Visibility::Public, "hello", vec![])).unwrap();
    ada(1_900, Command::Tag { chat: ChatId(1), tags: vec!["billing/refund".into(), "ops".into()] });
    ada(1_900, Command::Favorite { chat: ChatId(1) });
    ada(1_900, Command::Snooze { chat: ChatId(1), until: 5_000 });
    ada(1_900, Command::SetDescription { chat: ChatId(2), text: "@home #vip".into() });
    ada(1_900, Command::SetAttribute { chat: ChatId(2), key: "source".into(), value: Some("ads".into()) });
    ada(1_900, Command::SetAttribute { chat: ChatId(2), key: "empty".into(), value: Some("".into()) });
    ada(1_900, Command::Close { chat: ChatId(3) });
    system(2_000, Command::RemoveManager { manager: ManagerId(8) });
    system(2_000, Command::PutManager { manager: BEN, name: "=Ben".into(), role: Role::Member });
    system(2_000, Command::SetOperator { manager: BEN, on: true });
    run(engine, 2_100, Actor::Customer(KIM), say(2, Visibility::Public, "anybody?", vec![])).unwrap();
    system(2_200, Command::StartChat { customer: KIM });
    system(2_200, Command::DeleteChat { chat: ChatId(5) });
    system(2_300, Command::Tick);
}

pub fn inbox() -> (Engine, Vec<u8>) {
    let engine = Engine::temporary().unwrap();
    everything(&engine);
    let exported = json_lines(&engine, 1);
    (engine, exported)
}

/// An inbox of 300 chats whose export takes 18 MB.
pub fn large() -> Engine {
    let engine = Engine::temporary().unwrap();
    run(&engine, 1, Actor::System, Command::PutCustomer { customer: KIM, name: None, profile: None }).unwrap();
    let mut pipeline = engine.pipeline();
    for chat in 1..=300 {
        let start = Command::StartChat { customer: KIM };
        let (visibility, text) = (Visibility::Public, "x".repeat(60_000));
        let send = Command::SendMessage { chat: ChatId(chat), visibility, text, files: None };
        for command in [start, send] {
            pipeline.push(&Envelope::new(WorkspaceId(1), 2, Actor::System, command));
        }
    }
    assert!(pipeline.finish().iter().all(Result::is_ok));
    engine
}
