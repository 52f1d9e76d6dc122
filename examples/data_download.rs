//! A data download: exports an inbox and imports it into another store. `cargo run --example data_download`

use std::fs::File;
use std::io::{BufReader, Write};

use inboxdb::{
    Actor, Command, CustomerId, Engine, Envelope, ExportError, ExportFormat, Filter, ManagerId, Role, WorkspaceId,
};

const SHOP: WorkspaceId = WorkspaceId(1);
const ADA: ManagerId = ManagerId(1);
const BEN: ManagerId = ManagerId(2);

type Done = Result<(), Box<dyn std::error::Error>>;

/// A shop with two managers and a few chats.
fn open_shop() -> Result<Engine, Box<dyn std::error::Error>> {
    let engine = Engine::temporary()?;
    let run = |at, actor, command| engine.execute(Envelope::new(SHOP, at, actor, command));
    run(1_000, Actor::System, Command::put_manager(ADA, "Ada", Role::Owner))?;
    run(1_000, Actor::System, Command::put_manager(BEN, "Ben", Role::Member))?;
    for (number, text) in [(5, "Where is my parcel?"), (6, "=HYPERLINK(\"http://evil.example\")"), (7, "Thank you!")] {
        let customer = CustomerId(number);
        run(2_000, Actor::System, Command::put_customer(customer, format!("Customer {number}")))?;
        let started = run(2_000, Actor::Customer(customer), Command::start_chat(customer))?;
        if let Some(chat) = started.reply.chat() {
            run(2_000 + number, Actor::Customer(customer), Command::send_message(chat, text))?;
        }
    }
    Ok(engine)
}

/// Streams an export into any writer, such as an HTTP response.
fn download(
    engine: &Engine,
    actor: Actor,
    filter: &str,
    format: ExportFormat,
    out: impl Write,
) -> Result<u64, ExportError> {
    // A real program would report a filter that does not parse. The ones here do.
    let filter: Filter = filter.parse().unwrap_or_else(|error| unreachable!("{error}"));
    let watch = |now: inboxdb::Progress| eprintln!("  {} of {} chats", now.done, now.total.unwrap_or_default());
    Ok(engine.export(SHOP, actor, &filter, format, out, watch)?.contents.chats)
}

fn main() -> Done {
    let shop = open_shop()?;

    // A member may not export.
    match download(&shop, Actor::Manager(BEN), "all", ExportFormat::Csv, std::io::sink()) {
        Err(ExportError::Refused(refusal)) => println!("Ben: {refusal} ({})", refusal.code),
        other => println!("Ben: {other:?}"),
    }

    // One customer's chats as a spreadsheet. Text that looks like a formula is escaped.
    println!("\nAda, the chats of customer 6 as CSV:");
    download(&shop, Actor::Manager(ADA), "customer:6", ExportFormat::Csv, std::io::stdout())?;

    // Everything, to a file, and into another store.
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("shop.jsonl");
    let chats = download(&shop, Actor::Manager(ADA), "all", ExportFormat::JsonLines, File::create(&path)?)?;
    println!("\nAda, {chats} chats as JSON Lines: {} bytes", path.metadata()?.len());

    let copy = Engine::temporary()?;
    let report = copy.import(SHOP, BufReader::new(File::open(&path)?), |_| {})?;
    println!("in the copy: {} messages of {} customers", report.contents.messages, report.contents.customers);
    let all: Filter = "all:open".parse()?;
    assert_eq!(copy.workspace(SHOP)?.count(&all)?, shop.workspace(SHOP)?.count(&all)?);

    // An import of a truncated export fails and leaves nothing behind.
    let whole = std::fs::read(&path)?;
    match copy.import(WorkspaceId(2), &whole[..whole.len() / 2], |_| {}) {
        Err(error) => println!("half of it: {error}"),
        Ok(report) => println!("half of it: {report:?}"),
    }
    shop.close()?;
    copy.close()?;
    Ok(())
}
