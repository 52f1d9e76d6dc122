//! Filters in an engine: their chats, names, pages and queries.

use inboxdb::{
    Actor, Answer, ChatId, Code, Command, CustomerId, CustomerUpdate, Engine, Envelope, Filter, ManagerId, Query, Role,
    StatusCounts, View, WorkspaceId, limits,
};

const WORKSPACE: WorkspaceId = WorkspaceId(1);

/// Managers 7, an operator, and 8. Chats 1 to 30; chat `n` has customer `n % 3`.
fn engine() -> Engine {
    let engine = Engine::temporary().unwrap();
    let run = |command| {
        engine.execute(Envelope::new(WORKSPACE, 1_000, Actor::System, command)).unwrap();
    };
    for manager in [ManagerId(7), ManagerId(8)] {
        run(Command::put_manager(manager, "Ada", Role::Member));
    }
    run(Command::set_operator(ManagerId(7), true));
    run(Command::create_tag("a/b"));
    for number in 1..=30 {
        let (chat, customer) = (ChatId(number), CustomerId(u64::from(number % 3)));
        run(Command::put_customer(customer, CustomerUpdate::new()));
        run(Command::start_chat(customer));
        if number % 2 == 0 {
            run(Command::assign(chat, ManagerId(7 + u64::from(number % 4 / 2))));
        }
        if number % 5 == 0 {
            run(Command::tag(chat, ["a/b"]));
            run(Command::set_description(chat, "#VIP"));
        }
        match number % 6 {
            0 => run(Command::close(chat)),
            1 => run(Command::snooze(chat, 9_000)),
            _ => {}
        }
    }
    engine
}

#[test]
fn filters_combine_the_chats_of_their_views() {
    let engine = engine();
    let inbox = engine.workspace(WORKSPACE).unwrap();
    type Holds = fn(u32) -> bool;
    let cases: [(&str, Holds); 11] = [
        ("all & all", |_| true),
        ("all & !all", |_| false),
        ("!all:open", |n| n % 6 < 2),
        ("assigned:7 | assigned:8", |n| n % 2 == 0),
        ("sessions:7 & tag:A", |n| n % 5 == 0 && n % 4 != 2),
        ("!sessions:7", |n| n % 4 == 2),
        ("hashtag:vip & customer:0 & !all:closed", |n| n % 15 == 0 && n % 6 != 0),
        ("hashtag:none | customer:1", |n| n % 3 == 1),
        ("tag:a/b:open | all:closed & unassigned", |n| n % 5 == 0 && n % 6 > 1),
        ("!(unassigned | tag:a) & !all:snoozed", |n| n % 2 == 0 && n % 5 != 0),
        ("all:open & (customer:1 | customer:2) & following:8", |n| n % 4 == 2 && n % 3 != 0 && n % 6 > 1),
    ];
    for (text, holds) in cases {
        let filter: Filter = text.parse().unwrap();
        let expected: Vec<u32> = (1..=30).rev().filter(|n| holds(*n)).collect();
        assert_eq!(inbox.count(&filter).unwrap(), expected.len() as u64, "{text}");
        let counts = inbox.counts(&filter).unwrap();
        let of_status = |status: fn(u32) -> bool| expected.iter().filter(|n| status(**n)).count() as u64;
        let (open, snoozed, closed) = (of_status(|n| n % 6 > 1), of_status(|n| n % 6 == 1), of_status(|n| n % 6 == 0));
        assert_eq!(counts, StatusCounts { open, snoozed, closed }, "{text}");
        let mut listed = Vec::new();
        let mut before = None;
        loop {
            let page = inbox.list(&filter, before, 4).unwrap();
            listed.extend(page.chats.iter().map(|chat| chat.id.0));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(listed, expected, "{text}");
    }
}

#[test]
fn filters_view_with_a_status_counts_no_other() {
    let engine = engine();
    let counts = engine.workspace(WORKSPACE).unwrap().counts(&"all:closed".parse().unwrap()).unwrap();
    assert_eq!(counts, StatusCounts { open: 0, snoozed: 0, closed: 5 });
}

#[test]
fn filters_refuse_unknown_names_from_left_to_right() {
    let engine = engine();
    let inbox = engine.workspace(WORKSPACE).unwrap();
    for (text, code) in [
        ("assigned:9 & customer:9 & tag:x", Code::UnknownManager),
        ("all | customer:9 & assigned:9", Code::UnknownCustomer),
        ("!(tag:x | customer:9)", Code::UnknownTag),
        ("!all & custom:plan=pro & assigned:9", Code::UnknownIndex),
        ("custom:plan=pro", Code::UnknownIndex),
    ] {
        let filter: Filter = text.parse().unwrap();
        assert_eq!(inbox.count(&filter).unwrap_err().code(), code, "{text}");
        assert_eq!(inbox.list(&filter, None, 1).unwrap_err().code(), code, "{text}");
    }
    let too_large = Filter::any_of(vec![View::all(); limits::FILTER_VIEWS_MAX + 1]);
    assert_eq!(inbox.count(&too_large).unwrap_err().code(), Code::Malformed);
}

#[test]
fn filters_in_queries_are_text_or_objects() {
    let engine = engine();
    for view in [r#""unassigned & tag:a""#, r#"{"and":["unassigned",{"not":{"not":"tag:a"}}]}"#] {
        let query = format!(r#"{{"count":{{"workspace":1,"view":{view}}}}}"#);
        let query: Query = serde_json::from_str(&query).unwrap();
        assert!(matches!(engine.query(&query).unwrap(), Answer::Count { count: 3, .. }));
        let again = serde_json::to_string(&query).unwrap();
        assert_eq!(serde_json::from_str::<Query>(&again).unwrap(), query);
    }
}
