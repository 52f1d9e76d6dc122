//! Cases for filters and custom indexes.

use serde_json::{Value, json};

use crate::Rng;
use crate::checks::Scene;
use crate::trace::filters;
use crate::trace::generator::Generator;

/// Chats 1 to 4. Chat 1: customer 5, manager 2, closed. Chat 2: customer 6. Chat 3: customer 5, manager 3. Chat 4:
/// customer 6, closed.
fn scene() -> Scene {
    let mut s = Scene::new();
    for customer in [5, 6] {
        s.ok("system", json!({"start_chat":{"customer":customer}}));
    }
    s.ok("system", json!({"assign":{"chat":1,"manager":2}}));
    s.ok("system", json!({"assign":{"chat":3,"manager":3}}));
    s.ok("system", json!({"close":{"chat":1}}));
    s.ok("system", json!({"close":{"chat":4}}));
    s.ok("system", json!({"create_tag":{"path":"q&a"}}));
    s.ok("system", json!({"tag":{"chat":2,"tags":["q&a"]}}));
    s
}

fn ids(s: &Scene, filter: &Value) -> Value {
    let answer = s.ask(json!({"list":{"workspace":1,"view":filter}}));
    let code = answer["error"]["code"].clone();
    let count = s.ask(json!({"count":{"workspace":1,"view":filter}}));
    let Some(chats) = answer["chats"].as_array() else {
        assert_eq!(count["error"]["code"], code, "{filter}");
        return code;
    };
    assert_eq!(count["count"], chats.len(), "{filter}");
    chats.iter().map(|chat| chat["id"].clone()).collect()
}

pub fn algebra() {
    let s = scene();
    for (text, expected) in [
        ("all & !all", json!([])),
        ("!assigned:2", json!([4, 3, 2])),
        ("customer:5 | customer:6 & all:closed", json!([4, 3, 1])),
        ("(customer:5 | customer:6) & all:closed", json!([4, 1])),
        ("!customer:5 & unassigned", json!([4, 2])),
        ("!(customer:5 & unassigned)", json!([4, 3, 2, 1])),
        ("!!assigned:2:closed|!all", json!([1])),
        ("\u{3000}\n( ( all:open ) )\t", json!([3, 2])),
        ("tag:\"q&a\"&!tag:\"q&a\":closed", json!([2])),
        ("!all:open|tag:\"q\\u0026a\"", json!([4, 2, 1])),
        ("assigned:2|assigned:3", json!([3, 1])),
    ] {
        assert_eq!(ids(&s, &json!(text)), expected, "{text}");
    }
    for (filter, expected) in [
        (json!({"and":[]}), json!([4, 3, 2, 1])),
        (json!({"or":[]}), json!([])),
        (json!({"not":{"or":[]}}), json!([4, 3, 2, 1])),
        (json!({"and":["customer:5 | customer:6", {"not":"all:closed"}]}), json!([3, 2])),
        (json!({"or":["assigned:2", {"and":["unassigned", "all:open"]}]}), json!([2, 1])),
    ] {
        assert_eq!(ids(&s, &filter), expected, "{filter}");
    }
}

/// Checks that a filter means the same in text and in JSON, in every notation.
pub fn both_forms() {
    let s = scene();
    let w = &s.naive.workspaces[&1];
    let mut rng = Rng::new(7);
    for _ in 0..400 {
        let mut generator = Generator { w, rng: &mut rng, now: w.clock, tame: true };
        let tree = filters::tree(&mut generator, 4, filters::known_view);
        let (text, json) = (tree.text(&mut rng), tree.json(&mut rng));
        assert_eq!(ids(&s, &json!(text)), ids(&s, &json), "{text} and {json}");
        assert_ne!(ids(&s, &json), "malformed", "{json}");
    }
}

pub fn invalid_filters() {
    let s = scene();
    let not_deep = |n: usize| (0..n).fold(json!("all"), |inner, _| json!({ "not": inner }));
    for (filter, good) in [
        (json!("!".repeat(64) + "all"), true),
        (json!("!".repeat(65) + "all"), false),
        (json!("(".repeat(64) + "all" + &")".repeat(64)), true),
        (json!("(".repeat(65) + "all" + &")".repeat(65)), false),
        (not_deep(60), true),
        (not_deep(70), false),
        (json!({"not":{"not":"!".repeat(60) + "all"}}), true),
        (json!({"not":{"not":"!".repeat(70) + "all"}}), false),
        (json!(vec!["all"; 1024].join("|")), true),
        (json!(vec!["all"; 1025].join("&")), false),
        (json!({"or":vec!["all|all"; 512]}), true),
        (json!({"or":vec!["all|all"; 513]}), false),
    ] {
        assert_eq!(ids(&s, &filter) != "malformed", good, "{filter}");
    }
    for bad in ["", " ", "all all", "(all)(all)", "all!", "all & | all", "()", "(all", "all)", "assigned: 2", "! "] {
        assert_eq!(ids(&s, &json!(bad)), "malformed", "{bad}");
    }
    for bad in
        [json!({}), json!(["all"]), json!({"and":"all"}), json!({"not":[]}), json!(null), json!({"and":[],"or":[]})]
    {
        assert_eq!(ids(&s, &bad), "malformed", "{bad}");
    }
    for (filter, code) in [
        (json!("all | assigned:99 & customer:99"), "unknown_manager"),
        (json!("!all & (customer:99 | assigned:99)"), "unknown_customer"),
        (json!({"or":[{"not":"tag:none"}, "custom:none=x"]}), "unknown_tag"),
        (json!({"or":["custom:none=x", "tag:none"]}), "unknown_index"),
        (json!("assigned:99 | (all"), "malformed"),
    ] {
        assert_eq!(ids(&s, &filter), code, "{filter}");
    }
}

pub fn indexes() {
    let mut s = scene();
    s.ok("system", json!({"set_attribute":{"chat":1,"key":"team","value":"night shift"}}));
    s.ok("system", json!({"set_attribute":{"chat":2,"key":"team","value":"Sales"}}));
    s.ok("system", json!({"set_attribute":{"chat":3,"key":"Team","value":"Sales"}}));
    let long = "é".repeat(256);
    let text = format!("Refund, refund 환불!2x {long} {long}É");
    s.ok("system", json!({"set_description":{"chat":4,"text":text}}));
    for (view, count) in [
        ("custom:team=Sales", json!(1)),
        ("custom:team=sales", json!(0)),
        ("custom:team=\"night shift\"", json!(1)),
        ("custom:team=\"night shift\":closed", json!(1)),
        ("custom:team=Sales:closed", json!(0)),
        ("!custom:team=Sales", json!(3)),
        ("custom:words=refund", json!(1)),
        ("custom:words=Refund", json!(0)),
        ("custom:words=\"2x\":closed", json!(1)),
        ("custom:words=환불", json!(1)),
        ("custom:team=night shift", json!("malformed")),
        ("custom:Team=x", json!("malformed")),
        ("custom:team", json!("malformed")),
        ("custom:team=", json!("malformed")),
        ("custom:=x", json!("malformed")),
        ("custom:teams=x", json!("unknown_index")),
    ] {
        assert_eq!(s.count(view), count, "{view}");
    }
    assert_eq!(s.count(&format!("custom:words={long}")), 1);
    assert_eq!(s.count(&format!("custom:words={long}é")), 0, "longer than a word of the index");
}
