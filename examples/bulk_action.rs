//! A bulk action on many chats, with progress and refusals. `cargo run --example bulk_action`
//!
//! A payment provider was down, and 1,200 customers wrote in about it. Now that it is back, they all get an answer at
//! once. The store is temporary, so each run starts empty.

use inboxdb::{
    Action, Actor, BulkReport, ChatId, Code, Command, CustomerId, CustomerUpdate, Engine, Envelope, Error, ManagerId,
    Reply, Role, Selection, WorkspaceId,
};

const DESK: WorkspaceId = WorkspaceId(1);
const ADA: ManagerId = ManagerId(7);
const CHATS: u32 = 1_200;
/// A few old chats already have so many tags that no more fit.
const FULL_OF_TAGS: [u32; 3] = [10, 20, 30];
/// A real program uses the wall clock.
const NOW: u64 = 1_582_652_374_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::temporary()?;
    fill(&engine)?;
    let inbox = engine.workspace(DESK)?;
    assert_eq!(inbox.count(&"tag:outage:open".parse()?)?, u64::from(CHATS));

    // Select chats by a filter, or by a list: Selection::Chats(vec![ChatId(3), ChatId(5)]).
    let waiting = || -> Result<Selection, Box<dyn std::error::Error>> {
        Ok(Selection::Filter("tag:outage & unassigned:open".parse()?))
    };

    // An action does what the command of the same name does with one chat. The engine works through a few hundred chats
    // at a time, so that other commands do not have to wait, and reports progress after each piece.
    let text = "Payments work again. Sorry for the trouble!".to_owned();
    let answer = Action::send_message(text);
    let report = bulk(&engine, waiting()?, answer)?;
    println!("answered: {} chats", report.changed);
    assert_eq!((report.changed, report.refused.len()), (u64::from(CHATS), 0));

    // Each chat succeeds or is refused on its own. Here a few cannot take another tag.
    let report = bulk(&engine, waiting()?, Action::tag(["resolved"]))?;
    println!("tagged: {} chats, and {} could not be:", report.changed, report.refused.len());
    for refused in &report.refused {
        println!("  chat {}: {}", refused.chat, refused.code);
        assert_eq!(refused.code, Code::TooManyTags);
    }
    assert_eq!(report.refused.iter().map(|refused| refused.chat.0).collect::<Vec<_>>(), FULL_OF_TAGS);

    // The set of chats is fixed at the start, even if the action changes what matches the filter.
    let report = bulk(&engine, waiting()?, Action::close())?;
    assert_eq!((report.changed, inbox.count(&"all:open".parse()?)?), (u64::from(CHATS), 0));

    // Chats that are already closed stay unchanged, so running it again is fine.
    let report = bulk(&engine, Selection::Filter("tag:outage".parse()?), Action::close())?;
    assert_eq!((report.changed, report.unchanged), (0, u64::from(CHATS)));

    // An error that affects every chat refuses the whole action, and nothing changes.
    match bulk(&engine, waiting()?, Action::tag(["solved"])) {
        Err(error) => println!("refused as a whole: {error} ({})", error.code()),
        Ok(report) => unreachable!("an unknown tag was added: {report:?}"),
    }
    engine.close()?;
    Ok(())
}

/// Runs a bulk action as Ada. If the program is killed halfway, the next open finishes it.
fn bulk(engine: &Engine, select: Selection, action: Action) -> Result<BulkReport, Error> {
    let command = Command::bulk(select, action);
    let envelope = Envelope::new(DESK, NOW, Actor::Manager(ADA), command);
    let outcome =
        engine.execute_watched(envelope, |now| println!("  {} of {}", now.done, now.total.unwrap_or_default()))?;
    match outcome.reply {
        Reply::Bulk(report) => Ok(report),
        other => unreachable!("a bulk action answered {other:?}"),
    }
}

/// Adds a manager, and a chat for each customer.
fn fill(engine: &Engine) -> Result<(), Error> {
    // Commands in a pipeline share one wait for the disk.
    let mut pipeline = engine.pipeline();
    let mut push = |command| pipeline.push(&Envelope::new(DESK, NOW, Actor::System, command));
    push(Command::put_manager(ADA, "Ada", Role::Owner));
    let old_tags: Vec<String> = (1..=7).map(|week| format!("week-{week}")).collect();
    for path in old_tags.iter().map(String::as_str).chain(["outage", "resolved"]) {
        push(Command::create_tag(path));
    }
    for number in 1..=CHATS {
        let (customer, chat) = (CustomerId(number.into()), ChatId(number));
        push(Command::put_customer(customer, CustomerUpdate::new()));
        // The engine numbers chats from 1.
        push(Command::start_chat(customer));
        push(Command::tag(chat, ["outage"]));
        if FULL_OF_TAGS.contains(&number) {
            push(Command::tag(chat, old_tags.clone()));
        }
    }
    pipeline.finish().into_iter().try_for_each(|outcome| outcome.map(drop))
}
