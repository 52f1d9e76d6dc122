//! A typed client: every question, answer, reply and report survives JSON.

use std::fmt::Debug;
use std::fs::File;

use inboxdb::{
    Action, Actor, Answer, ChatId, Command, Config, Cursor, Engine, Envelope, ExportFormat, Filter, ManagerId, Outcome,
    Query, Rebuild, Reply, Restore, Selection, View, Visibility, verify_backup,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::exports::{config, everything, inbox, json_lines};

fn assert_survives_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&json).unwrap(), *value, "{json}");
}

/// Returns every question, in its plain form.
fn questions() -> Vec<Query> {
    let next: Cursor = "2".parse().unwrap();
    let ada = ManagerId(7);
    vec![
        Query::count(1, View::tag("billing") & !View::unassigned()),
        Query::list(1, View::all()),
        Query::list(1, View::all()).limit(1).before(next),
        Query::show(1, 1),
        Query::messages(1, 1).visibility(Visibility::Public),
        Query::files(1, 1),
        Query::links(1, 1).limit(3),
        Query::managers(1),
        Query::managers(2),
        Query::tags(1),
        Query::customer(1, 5),
        Query::events(1, 5),
        Query::events_before_chat(1, 1),
        Query::earlier_chats(1, 3),
        Query::profile_fields(1),
        Query::recommend(1, 1),
        Query::notifications(1, ada).since(1).limit(2).after(next),
        Query::bulks(1),
        Query::indexes(1),
        Query::sidebar(1, ada),
    ]
}

#[test]
fn questions_and_answers_survive_json() {
    let (engine, _) = inbox();
    for question in questions() {
        assert_survives_json(&question);
        let answer = engine.query(&question).unwrap();
        let json = serde_json::to_string(&answer).unwrap();
        assert_eq!(Answer::from_json(&question, &json).unwrap(), answer, "{json}");
    }
    assert!(Answer::from_json(&Query::show(1, 1), r#"{"count":1}"#).is_err());
    assert!(Answer::from_json(&Query::tags(1), r#"{"managers":[]}"#).is_err());
}

#[test]
fn pages_continue_with_their_cursor() {
    let (engine, _) = inbox();
    let Answer::List(first) = engine.query(&Query::list(1, View::all()).limit(1)).unwrap() else { panic!() };
    assert_survives_json(&first);
    let next = Query::list(1, View::all()).limit(1).before(first.next.unwrap());
    let Answer::List(second) = engine.query(&next).unwrap() else { panic!() };
    let both = engine.workspace(1).unwrap().list(&View::all().into(), None, 2).unwrap();
    assert_eq!([first.chats, second.chats].concat(), both.chats);
}

#[test]
fn commands_and_their_replies_survive_json() {
    let (engine, _) = inbox();
    let ada = ManagerId(7);
    let commands = [
        (Actor::System, Command::start_chat(5)),
        (Actor::from(ada), Command::send_message(1, "hello")),
        (Actor::System, Command::assign_recommended(1)),
        (Actor::System, Command::bulk(Selection::chats([1, 99]), Action::close())),
        (Actor::System, Command::bulk(Filter::from(View::all()), Action::open())),
        (Actor::System, Command::tick()),
    ];
    let mut replies = Vec::new();
    for (id, (actor, command)) in commands.into_iter().enumerate() {
        let envelope = Envelope::new(1, 100_000, actor, command).with_id(format!("id-{id}"));
        assert_survives_json(&envelope);
        let outcome: Outcome = engine.execute(envelope).unwrap();
        assert_survives_json(&outcome);
        replies.push(outcome.reply);
    }
    assert!(replies[0].chat().is_some() && replies[1].message().is_some() && replies[2].manager().is_some());
    assert_eq!(replies[3].bulk().unwrap().refused[0].chat, ChatId(99));
    assert_eq!(replies[4].bulk().unwrap().refused.len(), 0);
    assert!(matches!(replies[5], Reply::Done { .. }));
}

#[test]
fn reports_survive_json() {
    let (engine, exported) = inbox();
    let mut out = Vec::new();
    assert_survives_json(
        &engine
            .export(1, Actor::System, &View::all().into(), ExportFormat::JsonLines, &mut out, |progress| {
                assert_survives_json(&progress);
            })
            .unwrap(),
    );
    assert_survives_json(&engine.import(9, exported.as_slice(), |_| {}).unwrap());
    assert_survives_json(&engine.scrub().unwrap());
    assert_survives_json(&engine.repair(|_| {}).unwrap());
    assert_eq!(json_lines(&engine, 1), out);
    engine.close().unwrap();
}

#[test]
fn reports_of_stores_survive_json() {
    let directory = tempfile::tempdir().unwrap();
    let (store, backup) = (directory.path().join("store"), directory.path().join("backup"));
    let engine = Engine::open(&store, config()).unwrap();
    everything(&engine);
    // A restored store has a journal of its own. It knows the backup only if all changes are in the rows.
    engine.checkpoint().unwrap();
    assert_survives_as_json(&engine.backup(File::create(&backup).unwrap(), |_| {}).unwrap());
    engine.close().unwrap();
    assert_survives_as_json(&verify_backup(&backup, |_| {}).unwrap());
    assert_survives_json(&Engine::compact(&store, Config::default(), |_| {}).unwrap());
    let restored = directory.path().join("restored");
    assert_survives_as_json(&Restore::from(&backup).run(&restored, |_| {}).unwrap());
    let rebuilt = Rebuild::of(&restored).backup(&backup).run(|_| {}).unwrap();
    assert_survives_json(&rebuilt);
}

/// Compares JSON texts, because a backup report also holds data that is not in its JSON.
fn assert_survives_as_json<T: Serialize + DeserializeOwned>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    let read: T = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
}
