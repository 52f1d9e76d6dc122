//! What the team is told: recommendations, notifications and bulk actions under way.

use std::cell::RefCell;

use serde_json::{Value, json};

use super::{ask, assert_page, assert_pages, code, manager, say, store, system, twice, with};

#[test]
fn reads_recommendations_with_reasons() {
    let subject = store();
    for command in [
        json!({"create_tag":{"path":"Billing/Refund"}}),
        json!({"create_tag":{"path":"vip"}}),
        json!({"follow_tag":{"path":"billing","manager":8}}),
        json!({"follow_tag":{"path":"vip","manager":8}}),
        json!({"set_online":{"manager":8,"on":true}}),
        json!({"set_operator":{"manager":9,"on":true}}),
        json!({"set_capacity":{"manager":7,"capacity":1}}),
        json!({"set_capacity":{"manager":8,"capacity":3}}),
        json!({"start_chat":{"customer":5}}),
        json!({"start_chat":{"customer":5}}),
        json!({"start_chat":{"customer":5}}),
        json!({"tag":{"chat":1,"tags":["billing/refund","vip"]}}),
        json!({"assign":{"chat":1,"manager":8}}),
        json!({"assign":{"chat":2,"manager":7}}),
        json!({"assign":{"chat":3,"manager":8}}),
    ] {
        system(&subject, 2_000, command);
    }
    twice(subject, |subject| {
        let query = json!({"recommend":{"workspace":1,"chat":1}});
        let room = "has 0 open chats and no capacity set, reckoned with 20";
        let managers = [
            json!({
                "manager": 8, "name": "Grace", "points": 33, "full": false, "open": 1, "capacity": 3,
                "last_assigned_at": 2_000, "reasons": [
                    {"points": 4, "reason": "follows Billing, above Billing/Refund"},
                    {"points": 8, "reason": "follows vip"},
                    {"points": 16, "reason": "is online"},
                    {"points": 5, "reason": "has 1 of 3 open chats"},
                ],
            }),
            json!({
                "manager": 9, "name": "Ada Lovelace", "points": 16, "full": false, "open": 0, "capacity": null,
                "last_assigned_at": null, "reasons": [
                    {"points": 8, "reason": "is in operator mode"}, {"points": 8, "reason": room},
                ],
            }),
            json!({
                "manager": 7, "name": "Ada", "points": 0, "full": true, "open": 1, "capacity": 1,
                "last_assigned_at": 2_000, "reasons": [{"points": 0, "reason": "has 1 of 1 open chats"}],
            }),
        ];
        assert_eq!(ask(subject, query.clone()), json!({"managers":managers}));
        assert_eq!(ask(subject, with(&query, &[("limit", json!(2))])), json!({"managers":managers[..2]}));
        for (limit, expected) in [(0, "malformed"), (1_001, "malformed"), (1_000, "ok")] {
            assert_eq!(code(subject, with(&query, &[("limit", json!(limit))])), expected);
        }
        assert_eq!(code(subject, with(&query, &[("before", json!("1"))])), "malformed");
        assert_eq!(code(subject, with(&query, &[("chat", json!(4))])), "unknown_chat");
    });
}

fn told(manager: u64) -> Value {
    json!({"notifications":{"workspace":1,"manager":manager}})
}

#[test]
fn reads_notifications_of_each_kind() {
    let subject = store();
    let news = |seq: u64, at: u64, kind: &str, message: Value, by: Value| json!({"seq":seq,"at":at,"kind":kind,"chat":1,"message":message,"by":by});
    let (ada, customer, none) = (json!({"manager":7}), json!({"customer":5}), Value::Null);
    system(&subject, 2_000, json!({"start_chat":{"customer":5}}));
    let assigned = manager(&subject, 2_001, 7, json!({"assign":{"chat":1,"manager":8}}));
    manager(&subject, 2_002, 7, json!({"follow":{"chat":1,"managers":[7]}}));
    manager(&subject, 2_003, 8, json!({"snooze":{"chat":1,"until":3_000}}));
    // The snooze ends at its deadline, in its own change before that of the message.
    let asked = say(&subject, 4_000, customer.clone(), 1, "public", "@Grace?", none.clone());
    // The longest matching name is mentioned. The author is never notified.
    let named = say(&subject, 4_001, ada.clone(), 1, "internal", "@ada lovelace, @GRACE, @Ada", none.clone());
    let noted = say(&subject, 4_002, ada.clone(), 1, "internal", "not me@grace nor @graceful", none.clone());
    // Managers are not notified of assigning themselves, or of a chat they already have.
    manager(&subject, 4_003, 7, json!({"assign":{"chat":1,"manager":7}}));
    let newest = system(&subject, 4_004, json!({"assign":{"chat":1,"manager":7}}));

    twice(subject, |subject| {
        let ended = asked - 1;
        let grace = [
            news(assigned, 2_001, "assigned", none.clone(), ada.clone()),
            news(ended, 3_000, "snooze_ended", none.clone(), none.clone()),
            news(asked, 4_000, "message", json!(1), customer.clone()),
            news(named, 4_001, "mentioned", json!(2), ada.clone()),
            news(noted, 4_002, "message", json!(3), ada.clone()),
        ];
        assert_pages(subject, &told(8), &grace);
        assert_pages(subject, &told(9), &[news(named, 4_001, "mentioned", json!(2), ada.clone())]);
        assert_pages(subject, &told(7), &[grace[1].clone(), grace[2].clone()]);
        assert_eq!(code(subject, told(6)), "unknown_manager");

        for (since, left) in [(0, 0), (assigned - 1, 0), (assigned, 1), (ended, 2), (named, 4), (noted, 5), (newest, 5)]
        {
            assert_pages(subject, &with(&told(8), &[("since", json!(since))]), &grace[left..]);
        }
        for beyond in [newest + 1, u64::MAX] {
            assert_eq!(code(subject, with(&told(8), &[("since", json!(beyond))])), "malformed");
        }
        // A cursor and a seq together: what is after both.
        let first = ask(subject, with(&told(8), &[("limit", json!(1))]))["next"].clone();
        let both = with(&told(8), &[("since", json!(named)), ("after", first)]);
        assert_page(&ask(subject, both), &grace[4..], false);
        assert_eq!(code(subject, with(&told(8), &[("before", json!("1"))])), "malformed");
        assert_eq!(code(subject, with(&told(8), &[("since", json!(-1))])), "malformed");
    });
}

#[test]
fn reads_no_notifications_of_deleted_chats_and_managers() {
    let subject = store();
    for _ in 0..3 {
        system(&subject, 2_000, json!({"start_chat":{"customer":5}}));
    }
    let assign = |chat: u32, manager: u64| system(&subject, 2_000, json!({"assign":{"chat":chat,"manager":manager}}));
    assign(1, 7);
    let second = assign(2, 7);
    assign(3, 7);
    assign(3, 8);
    system(&subject, 2_001, json!({"delete_chat":{"chat":1}}));
    system(&subject, 2_001, json!({"delete_chat":{"chat":3}}));
    system(&subject, 2_002, json!({"assign":{"chat":2,"manager":9}}));
    system(&subject, 2_003, json!({"remove_manager":{"manager":9}}));
    system(&subject, 2_003, json!({"put_manager":{"manager":9,"name":"","role":"member"}}));
    let mut subject = subject;
    for _ in 0..2 {
        let left = json!({"seq":second,"at":2_000,"kind":"assigned","chat":2,"message":null,"by":"system"});
        assert_pages(&subject, &told(7), &[left]);
        assert_pages(&subject, &told(8), &[]);
        assert_pages(&subject, &told(9), &[]);
        subject.reopen();
    }
    system(&subject, 3_000, json!("delete_workspace"));
    twice(subject, |subject| assert_eq!(code(subject, told(7)), "unknown_manager"));
}

#[test]
fn reads_running_bulk_actions() {
    let subject = store();
    let query = json!({"bulks":{"workspace":1}});
    let chats = 600;
    for _ in 0..chats {
        system(&subject, 2_000, json!({"start_chat":{"customer":5}}));
    }
    assert_eq!(ask(&subject, query.clone()), json!({"bulks":[]}));
    let bulk = json!({"bulk":{"select":{"filter":"all"},"do":{"assign":{"manager":8}}}});
    let envelope = json!({"workspace":1,"at":3_000,"actor":{"manager":7},"do":bulk});
    let seen = RefCell::new(Vec::new());
    let watch = |_| seen.borrow_mut().push(ask(&subject, query.clone()));
    subject.engine().execute_watched(serde_json::from_value(envelope).unwrap(), watch).unwrap();
    let under_way = |done: u64| {
        let bulk = json!({"actor":{"manager":7},"do":{"assign":{"manager":8}},"done":done,"total":chats});
        json!({"bulks":[bulk]})
    };
    let seen = seen.into_inner();
    assert!(seen.len() > 1 && seen.contains(&under_way(256)), "{seen:?}");
    twice(subject, |subject| {
        assert_eq!(ask(subject, query.clone()), json!({"bulks":[]}));
        assert_eq!(code(subject, with(&query, &[("more", json!(1))])), "malformed");
    });
}
