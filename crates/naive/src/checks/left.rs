//! Cases for people who left or are offline, for notices, and for the newer queries.

use serde_json::{Value, json};

use crate::checks::Scene;

fn manager(s: &Scene, id: u64) -> Value {
    s.ask(json!({"manager":{"workspace":1,"manager":id}}))
}

fn notices(s: &Scene, manager: u64) -> Vec<Value> {
    let answer = s.ask(json!({"notifications":{"workspace":1,"manager":manager,"limit":1000}}));
    answer["notifications"].as_array().unwrap().clone()
}

pub fn people_who_left() {
    let mut s = Scene::new();
    let bo = |fields: Value| {
        let mut put = json!({"name":"Bo","role":"member"});
        put.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        json!({ "put_manager": put })
    };
    s.ok("system", bo(json!({"manager":8,"external":"bo"})));
    s.ok("system", json!({"set_capacity":{"manager":8,"capacity":5}}));
    s.ok("system", json!({"set_online":{"manager":8,"on":true}}));
    s.ok("system", json!({"set_operator":{"manager":8,"on":true}}));
    s.ok("system", json!({"assign":{"chat":1,"manager":8}}));
    s.writes("manager 8", 1, "public");
    s.ok("system", json!({"remove_manager":{"manager":8}}));
    for (command, actor) in
        [(json!({"open":{"chat":1}}), "manager 8"), (json!({"remove_manager":{"manager":8}}), "system")]
    {
        s.no(actor, command, "unknown_manager");
    }
    s.no("system", json!({"assign":{"chat":1,"manager":8}}), "unknown_manager");
    assert_eq!(s.count("assigned:8"), "unknown_manager");
    let of = |s: &Scene, more: Value| {
        let mut fields = json!({"workspace":1});
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        s.ask(json!({ "managers": fields }))["managers"].clone()
    };
    assert_eq!(of(&s, json!({})).as_array().unwrap().len(), 3);
    assert_eq!(of(&s, json!({"removed":false})), of(&s, json!({"removed":null})));
    let gone = json!({"manager":8,"name":"Bo","role":"member","operator":false,"online":false,"followed_tags":[],
        "capacity":5,"external":"bo","removed":true});
    assert_eq!(of(&s, json!({"removed":true}))[3], gone, "the name stays");
    assert_eq!(manager(&s, 8), gone);
    let recommended = s.ask(json!({"recommend":{"workspace":1,"chat":1}}));
    assert_eq!(recommended["managers"].as_array().unwrap().len(), 3);
    // The number and the external id are those of the same person.
    s.no("system", bo(json!({"manager":9,"external":"bo"})), "external_taken");
    assert_eq!(s.ok("system", bo(json!({"external":"bo","name":"Robert"}))), json!({"manager":8}));
    let back = json!({"manager":8,"name":"Robert","role":"member","operator":false,"online":false,"followed_tags":[],
        "capacity":5,"external":"bo"});
    assert_eq!(manager(&s, 8), back);
    let recommended = s.ask(json!({"recommend":{"workspace":1,"chat":2}}));
    let last = recommended["managers"].as_array().unwrap().iter().find(|one| one["manager"] == 8).unwrap();
    assert_eq!(last["last_assigned_at"], 1000);
    assert_eq!((s.count("assigned:8"), s.count("following:8")), (json!(0), json!(0)));
    s.ok("manager 8", json!({"edit_message":{"chat":1,"message":1,"text":"mine"}}));
    s.ok("system", json!({"remove_manager":{"manager":8}}));
    s.ok("system", bo(json!({"manager":8,"role":"owner"})));
    assert_eq!(manager(&s, 8)["role"], "owner");
}

pub fn only_who_is_online() {
    let mut s = Scene::new();
    let assign = |online: Value| json!({"assign_recommended":{"chat":1,"online":online}});
    for path in ["a", "b"] {
        s.ok("system", json!({"create_tag":{"path":path}}));
        s.ok("system", json!({"tag":{"chat":1,"tags":[path]}}));
        s.ok("system", json!({"follow_tag":{"path":path,"manager":1}}));
    }
    s.ok("system", json!({"set_operator":{"manager":1,"on":true}}));
    s.no("system", assign(json!(true)), "nobody_available");
    s.ok("manager 3", json!({"set_online":{"manager":3,"on":true}}));
    s.ok("manager 3", json!({"set_capacity":{"manager":3,"capacity":1}}));
    s.ok("system", json!({"assign":{"chat":2,"manager":2}}));
    for online in [json!(false), json!(null)] {
        assert_eq!(s.ok("system", assign(online)), json!({"manager":1}));
    }
    assert_eq!(s.ok("system", assign(json!(true))), json!({"manager":3}));
    s.ok("system", json!({"assign":{"chat":2,"manager":3}}));
    s.no("system", assign(json!(true)), "nobody_available");
    s.no("system", json!({"assign_recommended":{"chat":9,"online":true}}), "unknown_chat");
    s.no("manager 99", assign(json!(1)), "malformed");
}

pub fn notices_of_every_recipient() {
    let mut s = Scene::new();
    s.ok("manager 2", json!({"set_operator":{"manager":2,"on":true}}));
    s.ok("system", json!({"follow":{"chat":1,"managers":[3]}}));
    s.writes("customer 5", 1, "public");
    assert_eq!((notices(&s, 2).len(), notices(&s, 3).len()), (1, 1), "operators of an unassigned chat too");
    assert_eq!(notices(&s, 2), notices(&s, 3));
    s.writes("manager 1", 1, "public");
    s.writes("system", 1, "public");
    assert_eq!((notices(&s, 2).len(), notices(&s, 3).len()), (1, 3), "only when a customer writes");
    s.ok("system", json!({"assign":{"chat":1,"manager":3}}));
    s.writes("customer 5", 1, "public");
    assert_eq!((notices(&s, 2).len(), notices(&s, 1).len()), (1, 2));
    s.writes("manager 2", 2, "public");
    s.writes("customer 6", 2, "public");
    assert_eq!(notices(&s, 2).len(), 2, "a follower and operator once");
}

/// A flood for one manager leaves the notices of another alone.
pub fn newest_of_each() {
    let mut s = Scene::new();
    s.ok("manager 1", json!({"assign":{"chat":2,"manager":3}}));
    s.ok("system", json!({"follow":{"chat":1,"managers":[2]}}));
    let told = |s: &Scene| s.ask(json!({"notifications":{"workspace":1,"manager":2,"limit":1}}));
    let flood = |s: &mut Scene, count: usize| {
        for _ in 0..count {
            let said = json!({"send_message":{"chat":1,"visibility":"public","text":"x"}});
            let line = json!({"workspace":1,"at":1,"actor":"system","do":said});
            s.naive.apply(line.to_string().as_bytes());
        }
    };
    flood(&mut s, 1_024);
    assert_eq!((told(&s).get("missed"), told(&s)["notifications"][0]["message"].clone()), (None, json!(1)));
    flood(&mut s, 2);
    assert_eq!((told(&s)["missed"].clone(), told(&s)["notifications"][0]["message"].clone()), (json!(true), json!(3)));
    assert_eq!(notices(&s, 3).len(), 1);
    s.naive.verify();
    s.ok("system", json!("delete_workspace"));
    s.ok("system", json!({"put_manager":{"manager":2,"name":"m","role":"member"}}));
    assert_eq!(told(&s), json!({"notifications":[],"next":null}));
}

pub fn queries() {
    let mut s = Scene::new();
    s.ok("customer 5", json!({"start_chat":{"customer":5}}));
    s.writes("customer 5", 1, "public");
    let list = |more: Value| {
        let mut fields = json!({"workspace":1,"view":"all"});
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        s.ask(json!({ "list": fields }))
    };
    assert_eq!(list(json!({"ids":true})), json!({"ids":[1, 3, 2],"next":null}));
    assert_eq!(list(json!({"ids":true,"order":"oldest"})), json!({"ids":[2, 3, 1],"next":null}));
    assert_eq!(list(json!({"ids":false,"order":null})), list(json!({})));
    let first = list(json!({"ids":true,"order":"oldest","limit":2}));
    let second = list(json!({"ids":true,"order":"oldest","limit":2,"before":first["next"]}));
    assert_eq!((&first["ids"], second), (&json!([2, 3]), json!({"ids":[1],"next":null})));
    assert_eq!(list(json!({"order":"oldest","limit":1}))["chats"], json!([s.chat(2)]));
    assert_eq!(list(json!({"order":"random"}))["error"]["code"], "malformed");
    let chats = |ids: Value| s.ask(json!({"chats":{"workspace":1,"chats":ids}}));
    assert_eq!(chats(json!([3, 9, 1, 3])), json!({"chats":[s.chat(3), null, s.chat(1), s.chat(3)]}));
    assert_eq!(chats(json!([])), json!({"chats":[]}));
    assert_eq!(chats(json!(vec![1; 1001]))["error"]["code"], "malformed");
    assert_eq!(chats(json!(vec![1; 1000]))["chats"].as_array().unwrap().len(), 1000);
    let customers = |after: Value| s.ask(json!({"customers":{"workspace":1,"limit":1,"after":after}}));
    let first = customers(json!(null));
    assert_eq!(first["customers"], json!([{"customer":5,"name":null,"profile":{}}]));
    assert_eq!(customers(first["next"].clone())["customers"][0]["customer"], 6);
    assert_eq!(customers(first["next"].clone())["next"], json!(null));
    assert_eq!(manager(&s, 9), json!({"error":{"code":"unknown_manager"}}));
    for (asked, code) in [
        (json!({"message":{"workspace":1,"chat":9,"message":1}}), "unknown_chat"),
        (json!({"message":{"workspace":1,"chat":1,"message":2}}), "unknown_message"),
        (json!({"message":{"workspace":1,"chat":1}}), "malformed"),
        (json!({"find":{"workspace":1}}), "malformed"),
        (json!({"find":{"workspace":1,"customer":5}}), "malformed"),
        (json!({"find":{"workspace":1,"customer":"a","manager":"b"}}), "malformed"),
        (json!({"workspaces":{"workspace":1}}), "malformed"),
        (json!({"workspaces":null}), "malformed"),
    ] {
        assert_eq!(s.ask(asked.clone())["error"]["code"], code, "{asked}");
    }
}
