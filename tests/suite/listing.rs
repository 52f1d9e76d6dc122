//! Which workspaces and customers there are, lists of ids and with the oldest first, and single people, chats and
//! messages.

use inboxdb::{Code, Config, Cursor, Engine, Envelope, Filter, ListOrder, Query, Role, Timer, View, Workspace};
use inboxdb_harness::Subject;
use inboxdb_naive::trace;
use serde_json::{Value, json};

fn subject() -> Subject {
    Subject::new(Config::default().timer(Timer::Off))
}

fn ask(subject: &Subject, query: Value) -> Value {
    subject.ask(&query.to_string())
}

fn system(subject: &Subject, workspace: u64, command: Value) -> Value {
    at(subject, workspace, 0, command)
}

fn at(subject: &Subject, workspace: u64, at: u64, command: Value) -> Value {
    let line = json!({"workspace":workspace,"at":at,"actor":"system","do":command});
    subject.apply(&[line.to_string().into_bytes()]).remove(0)
}

#[test]
fn listing_workspaces_leaves_out_deleted_and_untouched_ones() {
    let mut subject = subject();
    assert_eq!(ask(&subject, json!({"workspaces":{}})), json!({"workspaces":[]}));
    let put = json!({"put_manager":{"manager":7,"name":"Ada","role":"owner"}});
    for workspace in [30, 2, u64::MAX, 5] {
        assert_eq!(system(&subject, workspace, put.clone()), json!({"ok":{}}));
    }
    // Time passes in one, and in another nothing happens.
    at(&subject, 4, 17, json!("tick"));
    at(&subject, 6, 0, json!("tick"));
    subject.engine().workspace(8).unwrap().count(&View::all().into()).unwrap();
    assert_eq!(
        ask(&subject, json!({"sidebar":{"workspace":9,"manager":7}})),
        json!({"error":{"code":"unknown_manager"}})
    );
    // A stranger's command changes nothing.
    let line = json!({"workspace":10,"at":0,"actor":{"manager":7},"do":{"create_tag":{"path":"a"}}});
    subject.apply(&[line.to_string().into_bytes()]);
    // Only profile fields.
    system(&subject, 11, json!({"set_profile_fields":{"fields":[{"key":"plan","label":"Plan","shown":true}]}}));
    // With the clock at zero a deleted workspace is like one that nobody used.
    system(&subject, 5, json!("delete_workspace"));
    let expected = json!({"workspaces":[2, 4, 11, 30, u64::MAX]});
    assert_eq!(ask(&subject, json!({"workspaces":{}})), expected);
    subject.engine().checkpoint().unwrap();
    assert_eq!(ask(&subject, json!({"workspaces":{}})), expected);
    subject.reopen();
    assert_eq!(ask(&subject, json!({"workspaces":{}})), expected);
    system(&subject, 5, put);
    assert_eq!(ask(&subject, json!({"workspaces":{}})), json!({"workspaces":[2, 4, 5, 11, 30, u64::MAX]}));
    assert_eq!(ask(&subject, json!({"workspaces":null})), json!({"error":{"code":"malformed"}}));
    assert_eq!(ask(&subject, json!({"workspaces":{"workspace":1}})), json!({"error":{"code":"malformed"}}));
}

/// All customers, by pages of this size.
fn all_customers(inbox: &Workspace, limit: usize) -> Vec<u64> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = inbox.customers(after, limit).unwrap();
        assert!(page.customers.len() <= limit);
        all.extend(page.customers.iter().map(|customer| customer.customer.0));
        after = page.next;
        if after.is_none() {
            return all;
        }
        assert_eq!(page.customers.len(), limit, "only the last page is short");
    }
}

#[test]
fn listing_customers_goes_by_number_over_written_and_unwritten_ones() {
    let mut subject = subject();
    let put = |subject: &Subject, customer: u64| {
        system(subject, 1, json!({"put_customer":{"customer":customer,"name":format!("C{customer}")}}));
    };
    let mut expected: Vec<u64> = (0..60).map(|number| number * 37 % 1_000).chain([u64::MAX, u64::MAX - 1]).collect();
    expected.iter().take(40).for_each(|customer| put(&subject, *customer));
    subject.engine().checkpoint().unwrap();
    expected.iter().skip(40).for_each(|customer| put(&subject, *customer));
    expected.sort_unstable();
    // Some of each are deleted, and the deletions are not written.
    for customer in expected.iter().copied().filter(|customer| customer % 5 == 0).collect::<Vec<_>>() {
        system(&subject, 1, json!({"delete_customer":{"customer":customer}}));
    }
    expected.retain(|customer| customer % 5 != 0);
    // A large profile takes several rows.
    let profile: serde_json::Map<_, _> = (0..60).map(|key| (format!("k{key}"), json!("v".repeat(1_000)))).collect();
    system(&subject, 1, json!({"put_customer":{"customer":36,"profile":profile}}));
    put(&subject, 5);
    expected.insert(expected.partition_point(|customer| *customer < 5), 5);
    for _ in 0..2 {
        let inbox = subject.engine().workspace(1).unwrap();
        for limit in [1, 7, 1_000] {
            assert_eq!(all_customers(&inbox, limit), expected, "pages of {limit}");
        }
        subject.reopen();
    }
    let first = ask(&subject, json!({"customers":{"workspace":1,"limit":1}}));
    assert_eq!(first["customers"], json!([{"customer":5,"name":"C5","profile":{}}]));
    let second = ask(&subject, json!({"customers":{"workspace":1,"limit":1,"after":first["next"]}}));
    assert_eq!(second["customers"][0]["customer"], 36);
    assert_eq!(second["customers"][0]["profile"].as_object().unwrap().len(), 60);
    let beyond = ask(&subject, json!({"customers":{"workspace":1,"after":"ffffffffffffffff"}}));
    assert_eq!(beyond, json!({"customers":[],"next":null}));
    for wrong in
        [json!({"workspace":1,"limit":0}), json!({"workspace":1,"after":7}), json!({"workspace":1,"after":"x"})]
    {
        assert_eq!(ask(&subject, json!({ "customers": wrong })), json!({"error":{"code":"malformed"}}));
    }
    assert_eq!(ask(&subject, json!({"customers":{"workspace":2}})), json!({"customers":[],"next":null}));
    system(&subject, 1, json!("delete_workspace"));
    assert_eq!(ask(&subject, json!({"customers":{"workspace":1}})), json!({"customers":[],"next":null}));
}

#[test]
fn listing_one_manager_message_and_some_chats() {
    let mut subject = subject();
    system(&subject, 1, json!({"put_manager":{"manager":7,"name":"Ada","role":"owner"}}));
    system(&subject, 1, json!({"put_customer":{"customer":5}}));
    for _ in 0..3 {
        system(&subject, 1, json!({"start_chat":{"customer":5}}));
    }
    for text in ["one", "two"] {
        system(&subject, 1, json!({"send_message":{"chat":3,"visibility":"public","text":text}}));
    }
    system(&subject, 1, json!({"delete_chat":{"chat":2}}));
    for _ in 0..2 {
        let manager = ask(&subject, json!({"manager":{"workspace":1,"manager":7}}));
        assert_eq!(manager, ask(&subject, json!({"managers":{"workspace":1}}))["managers"][0]);
        let message = ask(&subject, json!({"message":{"workspace":1,"chat":3,"message":2}}));
        assert_eq!(message, ask(&subject, json!({"messages":{"workspace":1,"chat":3}}))["messages"][0]);
        let show = |chat: u32| ask(&subject, json!({"show":{"workspace":1,"chat":chat}}));
        let chats = ask(&subject, json!({"chats":{"workspace":1,"chats":[3, 2, 1, 0, 3, u32::MAX]}}));
        assert_eq!(chats, json!({"chats":[show(3), null, show(1), null, show(3), null]}));
        subject.reopen();
    }
    assert_eq!(ask(&subject, json!({"chats":{"workspace":1,"chats":[]}})), json!({"chats":[]}));
    assert_eq!(ask(&subject, json!({"chats":{"workspace":9,"chats":[1]}})), json!({"chats":[null]}));
    let code = |query: Value| ask(&subject, query)["error"]["code"].as_str().unwrap_or("ok").to_owned();
    let many = |count: u32| code(json!({"chats":{"workspace":1,"chats":(1..=count).collect::<Vec<_>>()}}));
    assert_eq!((many(1_000), many(1_001)), ("ok".to_owned(), "malformed".to_owned()));
    assert_eq!(code(json!({"manager":{"workspace":1,"manager":8}})), "unknown_manager");
    assert_eq!(code(json!({"message":{"workspace":1,"chat":2,"message":1}})), "unknown_chat");
    for message in [0, 3, u32::MAX] {
        assert_eq!(code(json!({"message":{"workspace":1,"chat":3,"message":message}})), "unknown_message");
    }
    for wrong in [json!({"workspace":1}), json!({"workspace":1,"chats":7}), json!({"workspace":1,"chats":[-1]})] {
        assert_eq!(code(json!({ "chats": wrong })), "malformed");
    }
}

/// The ids of all pages, and whether `list` gives the same chats.
fn all_pages(inbox: &Workspace, filter: &Filter, order: ListOrder, limit: usize) -> Vec<u32> {
    let (mut all, mut cursor): (Vec<u32>, Option<Cursor>) = (Vec::new(), None);
    loop {
        let ids = inbox.list_ids(filter, order, cursor, limit).unwrap();
        let chats = inbox.list_in(filter, order, cursor, limit).unwrap();
        assert!(chats.chats.iter().map(|chat| chat.id).eq(ids.ids.iter().copied()), "{filter}");
        assert_eq!(ids.next, chats.next);
        all.extend(ids.ids.iter().map(|chat| chat.0));
        cursor = ids.next;
        if cursor.is_none() {
            return all;
        }
    }
}

#[test]
fn listing_oldest_first_is_the_list_turned_round() {
    let subject = subject();
    subject.apply(&trace(77, 2_500));
    let mut longest = 0;
    for workspace in subject.engine().workspaces().unwrap() {
        let inbox = subject.engine().workspace(workspace).unwrap();
        let managers = inbox.managers().unwrap();
        let mut filters: Vec<String> =
            ["all", "all:open", "unassigned", "all:closed | unassigned:open", "!all:open"].map(str::to_owned).into();
        filters.extend(
            managers.iter().flat_map(|m| [format!("sessions:{}", m.manager), format!("assigned:{}", m.manager)]),
        );
        for filter in filters {
            let filter: Filter = filter.parse().unwrap();
            let mut newest_first = all_pages(&inbox, &filter, ListOrder::Newest, 1_000);
            newest_first.reverse();
            longest = longest.max(newest_first.len());
            for limit in [1, 3, 1_000] {
                assert_eq!(all_pages(&inbox, &filter, ListOrder::Oldest, limit), newest_first, "{filter}");
            }
        }
    }
    assert!(longest >= 40, "the trace is too small: {longest}");
}

#[test]
fn listing_oldest_first_goes_on_behind_a_chat_that_moved() {
    let engine = Engine::temporary().unwrap();
    let inbox = engine.workspace(1).unwrap();
    inbox.as_system().put_customer(5, "Grace").unwrap();
    let grace = inbox.as_customer(5);
    let chats: Vec<_> = (0..4).map(|_| grace.start_chat().unwrap()).collect();
    let all = View::all().into();
    let first = inbox.list_ids(&all, ListOrder::Oldest, None, 2).unwrap();
    assert_eq!(first.ids, chats[..2]);
    grace.send_message(chats[1], "hello").unwrap();
    let second = inbox.list_ids(&all, ListOrder::Oldest, first.next, 2).unwrap();
    assert_eq!((&second.ids[..], second.next.is_some()), (&chats[2..], true));
    let third = inbox.list_ids(&all, ListOrder::Oldest, second.next, 2).unwrap();
    assert_eq!((&third.ids[..], third.next), (&chats[1..2], None));
    // The cursor of the other order turns the list back.
    let back = inbox.list_ids(&all, ListOrder::Newest, second.next, 9).unwrap();
    assert_eq!(back.ids, [chats[2], chats[0]]);
}

#[test]
fn listing_as_data_says_order_and_ids() {
    let subject = subject();
    system(&subject, 1, json!({"put_customer":{"customer":5}}));
    (0..3).for_each(|_| drop(system(&subject, 1, json!({"start_chat":{"customer":5}}))));
    let list = |fields: Value| {
        let mut query = json!({"workspace":1,"view":"all"});
        query.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        ask(&subject, json!({ "list": query }))
    };
    assert_eq!(list(json!({"ids":true})), json!({"ids":[3, 2, 1],"next":null}));
    let first = list(json!({"ids":true,"order":"oldest","limit":2}));
    assert_eq!(first["ids"], json!([1, 2]));
    let second = list(json!({"ids":true,"order":"oldest","limit":2,"before":first["next"]}));
    assert_eq!(second, json!({"ids":[3],"next":null}));
    assert_eq!(list(json!({"order":"oldest"}))["chats"][0]["id"], 1);
    assert_eq!(list(json!({"order":"newest","ids":false}))["chats"][0]["id"], 3);
    assert_eq!(list(json!({"order":null,"ids":null})), list(json!({})));
    for wrong in [json!({"order":"old"}), json!({"order":true}), json!({"ids":1}), json!({"ids":true,"limit":0})] {
        assert_eq!(list(wrong), json!({"error":{"code":"malformed"}}));
    }
    for wrong in ["#vip", "\"a b\"", "a-b", "\"\""] {
        assert_eq!(list(json!({"view":format!("hashtag:{wrong}")})), json!({"error":{"code":"malformed"}}), "{wrong}");
    }
    let made_in_code = subject.engine().query(&Query::count(1, View::hashtag("#vip")));
    assert_eq!(made_in_code.unwrap_err().code(), Code::Malformed);
    let in_filter = View::all() & View::hashtag("a b");
    assert_eq!(subject.engine().query(&Query::count(1, in_filter)).unwrap_err().code(), Code::Malformed);
}

#[test]
fn listing_answers_can_be_read_back() {
    let engine = Engine::temporary().unwrap();
    let inbox = engine.workspace(1).unwrap();
    inbox.as_system().put_manager(7, "Ada", Role::Owner).unwrap();
    inbox.as_system().put_customer(5, "Grace").unwrap();
    let chat = inbox.as_customer(5).start_chat().unwrap();
    inbox.as_customer(5).send_message(chat, "hello").unwrap();
    for query in [
        Query::workspaces(),
        Query::customers(1).limit(1),
        Query::manager(1, 7),
        Query::message(1, chat, 1),
        Query::chats(1, [1, 2]),
        Query::list(1, View::all()).oldest_first(),
        Query::list(1, View::all()).ids(),
    ] {
        let line = serde_json::to_string(&query).unwrap();
        assert_eq!(serde_json::from_str::<Query>(&line).unwrap(), query);
        let answer = engine.query(&query).unwrap();
        let json = serde_json::to_string(&answer).unwrap();
        assert_eq!(inboxdb::Answer::from_json(&query, &json).unwrap(), answer, "{line}");
    }
    let envelope: Result<Envelope, _> = serde_json::from_str(r#"{"workspaces":{}}"#);
    assert!(envelope.is_err());
}
