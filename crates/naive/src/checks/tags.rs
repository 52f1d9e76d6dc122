//! Cases for the tag tree and the names of views.

use serde_json::{Value, json};

use crate::checks::Scene;
use crate::model::view::{self, Kind, View};

fn tree(s: &Scene) -> Value {
    let answer = s.ask(json!({"tags":{"workspace":1}}));
    let tags = answer["tags"].as_array().unwrap().iter();
    tags.map(|tag| tag["path"].clone()).collect()
}

fn create(s: &mut Scene, path: &str) {
    s.ok("manager 2", json!({"create_tag":{"path":path}}));
}

fn moved(path: &str, to: &str) -> Value {
    json!({"move_tag":{"path":path,"to":to}})
}

pub fn paths() {
    let mut s = Scene::new();
    create(&mut s, "Billing/refund");
    create(&mut s, "BILLING/Invoice");
    create(&mut s, "billing/REFUND");
    create(&mut s, "a-b");
    create(&mut s, "a/İ");
    let expected = json!(["a", "a-b", "a/İ", "Billing", "Billing/Invoice", "Billing/refund"]);
    // `-` sorts before `/`, because whole paths are compared.
    assert_eq!(tree(&s), json!(["a", "a-b", "a/İ", expected[3], expected[4], expected[5]]));
    create(&mut s, "a/i\u{307}");
    assert_eq!(tree(&s), expected, "the same in lower case");
    create(&mut s, &"İ".repeat(128));
    create(&mut s, "1/2/3/4/5/6/7/8");
    let long = "x".repeat(129);
    for bad in ["", "/", "a/", "/a", "a//b", "a b", "a.b", "$", "%", "\\", "\u{3000}", &long] {
        s.no("manager 2", json!({"create_tag":{"path":bad}}), "invalid_tag");
        s.no("manager 2", json!({"delete_tag":{"path":bad}}), "unknown_tag");
    }
    s.no("manager 2", json!({"create_tag":{"path":"1/2/3/4/5/6/7/8/9"}}), "invalid_tag");
    // The lower-case form has the same letters, but is too long for a tag.
    let grown = json!({"delete_tag":{"path":"i\u{307}".repeat(128)}});
    s.no("manager 2", grown, "unknown_tag");
    s.ok("manager 2", json!({"delete_tag":{"path":"BILLING"}}));
    assert_eq!(s.count("tag:billing/refund"), "unknown_tag");
}

pub fn moves() {
    let mut s = Scene::new();
    create(&mut s, "a/b/c");
    s.ok("system", json!({"tag":{"chat":1,"tags":["a/b/c","a/b"]}}));
    s.ok("system", json!({"follow_tag":{"path":"a/b","manager":2}}));
    s.ok("system", moved("A/B", "X/Y/z"));
    assert_eq!(tree(&s), json!(["a", "X", "X/Y", "X/Y/z", "X/Y/z/c"]));
    assert_eq!(s.chat(1)["tags"], json!(["X/Y/z", "X/Y/z/c"]));
    assert_eq!((s.count("tag:a"), s.count("tag:x")), (json!(0), json!(1)));
    let managers = s.ask(json!({"managers":{"workspace":1}}));
    assert_eq!(managers["managers"][1]["followed_tags"], json!(["X/Y/z"]));
    s.ok("system", moved("x/y/Z", "a/b"));
    s.ok("system", moved("a/b", "A/B"));
    assert_eq!(s.chat(1)["tags"], json!(["a/B", "a/B/c"]), "only its last name changes");
    s.ok("system", moved("a/b/c", "c"));
    s.ok("system", moved("a", "C/a"));
    assert_eq!(s.chat(1)["tags"], json!(["c", "c/a/B"]));
    s.ok("system", json!({"delete_tag":{"path":"c/a"}}));
    assert_eq!(s.chat(1)["tags"], json!(["c"]));
    assert_eq!(tree(&s), json!(["c", "X", "X/Y"]));
    create(&mut s, "ab");
    s.ok("system", moved("c", "a"));
    assert_eq!(tree(&s), json!(["a", "ab", "X", "X/Y"]), "no path of letters alone moves along");
}

pub fn judging_a_move() {
    let mut s = Scene::new();
    create(&mut s, "a/b");
    create(&mut s, "1/2/3/4/5/6/7/8");
    s.no("system", moved("none", "a b"), "unknown_tag");
    s.no("system", moved("a", "a b"), "invalid_tag");
    s.ok("system", moved("a", "A"));
    s.no("system", moved("a", "a/b"), "invalid_tag");
    s.no("system", moved("a", "a/x"), "invalid_tag");
    s.no("system", moved("1/2", "x/y/z"), "invalid_tag");
    s.no("system", moved("1/2", "a/b/c"), "invalid_tag");
    s.no("system", moved("1/2", "1/2/3"), "invalid_tag");
    // The target is both too deep and taken. The depth is reported.
    create(&mut s, "x/y/z");
    s.no("system", moved("1/2", "x/y/z"), "invalid_tag");
    s.no("system", moved("1/2/3", "A/b"), "tag_exists");
    s.no("system", moved("a/b", "A"), "tag_exists");
    s.ok("system", moved("1/2/3/4", "n/e/w"));
    assert_eq!(s.count("tag:n/e/w/5/6/7/8"), 0);
}

pub fn counts() {
    let mut s = Scene::new();
    create(&mut s, "a/b");
    create(&mut s, "a/c");
    create(&mut s, "ab");
    s.ok("system", json!({"tag":{"chat":1,"tags":["a","a/b","A/C"]}}));
    s.ok("system", json!({"tag":{"chat":2,"tags":["a/c"]}}));
    assert_eq!((s.count("tag:a"), s.count("tag:A/c")), (json!(2), json!(2)));
    assert_eq!((s.count("tag:a/b"), s.count("tag:ab")), (json!(1), json!(0)));
    s.ok("system", json!({"close":{"chat":1}}));
    assert_eq!((s.count("tag:a:open"), s.count("tag:a:closed")), (json!(1), json!(1)));
    s.ok("system", json!({"untag":{"chat":1,"tags":["a","a/b"]}}));
    assert_eq!(s.count("tag:a"), 2, "still below it");
    s.ok("system", json!({"delete_tag":{"path":"a/c"}}));
    assert_eq!(s.count("tag:a"), 0);
}

pub fn on_a_chat() {
    let mut s = Scene::new();
    let nine: Vec<String> = (1..=9).map(|n| format!("t/{n}")).collect();
    for path in &nine {
        create(&mut s, path);
    }
    s.no("manager 2", json!({"tag":{"chat":1,"tags":nine}}), "too_many_tags");
    assert_eq!(s.chat(1)["tags"], json!([]), "refused whole");
    s.ok("manager 2", json!({"tag":{"chat":1,"tags":nine[..8]}}));
    s.ok("manager 2", json!({"tag":{"chat":1,"tags":nine[3..8]}}));
    s.no("manager 2", json!({"tag":{"chat":1,"tags":["t"]}}), "too_many_tags");
    s.no("manager 2", json!({"tag":{"chat":1,"tags":["none"]}}), "unknown_tag");
    s.no("manager 2", json!({"untag":{"chat":1,"tags":["t/1","none"]}}), "unknown_tag");
    s.ok("manager 2", json!({"untag":{"chat":1,"tags":["T/1","t"]}}));
    assert_eq!(s.chat(1)["tags"].as_array().unwrap().len(), 7);
}

pub fn views() {
    let mut s = Scene::new();
    for path in ["open", "q&a", "a:open"] {
        create(&mut s, path);
        s.ok("system", json!({"tag":{"chat":1,"tags":[path]}}));
    }
    for good in ["tag:\"open\"", "tag:open:open", "tag:\"open\":open", "tag:\"Q&A\"", "tag:\"a:open\""] {
        assert_eq!(s.count(good), 1, "{good}");
    }
    for bad in [
        "",
        "open",
        ":open",
        "all:7",
        "All",
        "tag:open",
        "tag:",
        "tag:a:open:open",
        "tag:q&a",
        "tag:\"a",
        "tag:\"a\"b",
        "assigned:",
        "assigned:+1",
        "assigned:1x",
        "unassigned:1",
        "assigned:18446744073709551616",
        "hashtag:",
        "hashtag:open",
        "hashtag:#vip",
        "hashtag:a-b",
        "hashtag:\"\"",
        "hashtag:\u{301}a",
    ] {
        assert_eq!(s.count(bad), "malformed", "{bad}");
    }
    assert_eq!(s.count("tag:a b"), "malformed", "white space ends a word");
    assert_eq!(s.count("tag:\"a b\""), "unknown_tag");
    assert_eq!(s.count("assigned:007"), "unknown_manager");
    let view = |kind| Some(View { kind, status: None });
    assert_eq!(view::parse("hashtag:ViP_1"), view(Kind::Hashtag("vip_1".to_owned())));
    assert_eq!(view::parse("sessions:18446744073709551615"), view(Kind::Sessions(u64::MAX)));
}
