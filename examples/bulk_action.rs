//! One action on many chats, with its progress and its refusals. `cargo run --example bulk_action`
//!
//! A payment provider was down, and 1,200 customers wrote in about it. Now that it is back, all of them get an answer at
//! once. The store is a temporary one: each run begins anew.

use inboxdb::{
    Action, Actor, BulkReport, ChatId, Code, Command, CustomerId, CustomerUpdate, Engine, Envelope, Error, ManagerId,
    Reply, Role, Selection, WorkspaceId,
};

const DESK: WorkspaceId = WorkspaceId(1);
const ADA: ManagerId = ManagerId(7);
const CHATS: u32 = 1_200;
/// Chats from the first days bear so many tags already that no other fits on them.
const FULL_OF_TAGS: [u32; 3] = [10, 20, 30];
/// In a program of your own this is the wall clock.
const NOW: u64 = 1_582_652_374_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::temporary()?;
    fill(&engine)?;
    let inbox = engine.workspace(DESK)?;
    assert_eq!(inbox.count(&"tag:outage:open".parse()?)?, u64::from(CHATS));

    // Which chats is said by a filter, as anywhere else; or by a list: Selection::Chats(vec![ChatId(3), ChatId(5)]).
    let waiting = || -> Result<Selection, Box<dyn std::error::Error>> {
        Ok(Selection::Filter("tag:outage & unassigned:open".parse()?))
    };

    // The action is what the command of the same name does with one chat. Many chats are done a few hundred at a time,
    // so that other commands need not wait; after each piece the engine says how far it is.
    let text = "Payments work again. Sorry for the trouble!".to_owned();
    let answer = Action::send_message(text);
    let report = bulk(&engine, waiting()?, answer)?;
    println!("answered: {} chats", report.changed);
    assert_eq!((report.changed, report.refused.len()), (u64::from(CHATS), 0));

    // Each chat succeeds or is refused for itself: here a few cannot bear one more tag.
    let report = bulk(&engine, waiting()?, Action::tag(["resolved"]))?;
    println!("tagged: {} chats, and {} could not be:", report.changed, report.refused.len());
    for refused in &report.refused {
        println!("  chat {}: {}", refused.chat, refused.code);
        assert_eq!(refused.code, Code::TooManyTags);
    }
    assert_eq!(report.refused.iter().map(|refused| refused.chat.0).collect::<Vec<_>>(), FULL_OF_TAGS);

    // Which chats it is about was fixed when it began, also where the action changes what matches.
    let report = bulk(&engine, waiting()?, Action::close())?;
    assert_eq!((report.changed, inbox.count(&"all:open".parse()?)?), (u64::from(CHATS), 0));

    // What was so already is not changed: doing it again is no mistake.
    let report = bulk(&engine, Selection::Filter("tag:outage".parse()?), Action::close())?;
    assert_eq!((report.changed, report.unchanged), (0, u64::from(CHATS)));

    // What is wrong for every chat is refused as a whole, and nothing happens.
    match bulk(&engine, waiting()?, Action::tag(["solved"])) {
        Err(error) => println!("refused as a whole: {error} ({})", error.code()),
        Ok(report) => unreachable!("a tag that is not there was added: {report:?}"),
    }
    engine.close()?;
    Ok(())
}

/// Does a bulk action for Ada. Would the program end in the middle of it, the next opening would finish it.
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

/// A manager, and a chat for each customer who wrote in.
fn fill(engine: &Engine) -> Result<(), Error> {
    // Commands in a pipeline wait for the disk together, once.
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
        // The engine numbers chats from 1 on.
        push(Command::start_chat(customer));
        push(Command::tag(chat, ["outage"]));
        if FULL_OF_TAGS.contains(&number) {
            push(Command::tag(chat, old_tags.clone()));
        }
    }
    pipeline.finish().into_iter().try_for_each(|outcome| outcome.map(drop))
}
