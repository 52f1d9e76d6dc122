//! Cases for composed and decomposed letters, merged tags, hashtags and mentions.

use serde_json::{Value, json};

use crate::checks::Scene;
use crate::model::words::composed;

fn decomposed(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfd().collect()
}

fn tags(s: &Scene) -> Value {
    let answer = s.ask(json!({"tags":{"workspace":1}}));
    answer["tags"].as_array().unwrap().iter().map(|tag| tag["path"].clone()).collect()
}

pub fn paths() {
    let mut s = Scene::new();
    let (short, long) = ("환불/배송", decomposed("환불/배송"));
    assert_ne!(short, long);
    s.ok("system", json!({"create_tag":{"path":long}}));
    s.ok("system", json!({"create_tag":{"path":short}}));
    assert_eq!(tags(&s), json!([decomposed("환불"), long]), "one tag, as created");
    s.ok("system", json!({"tag":{"chat":1,"tags":[short]}}));
    s.ok("system", json!({"tag":{"chat":2,"tags":[long, short]}}));
    for path in [short, &long, "환불", &decomposed("환불")] {
        assert_eq!(s.count(&format!("tag:{path}")), 2, "{path}");
    }
    s.no("system", json!({"move_tag":{"path":short,"to":format!("{long}/x")}}), "invalid_tag");
    s.ok("system", json!({"move_tag":{"path":long,"to":short}}));
    assert_eq!(tags(&s)[1], format!("{}/배송", decomposed("환불")), "the letters of its last name");
    // Measured after composing: 128 syllables are 128 characters, however they are written.
    let most = "환".repeat(128);
    s.ok("system", json!({"create_tag":{"path":decomposed(&most)}}));
    s.no("system", json!({"create_tag":{"path":decomposed(&"환".repeat(129))}}), "invalid_tag");
    assert_eq!(s.count(&format!("tag:{most}")), 0);
    // Lower case comes between: a mark may compose with a small letter only.
    s.ok("system", json!({"create_tag":{"path":"É/J\u{30c}"}}));
    for path in ["é/ǰ", "e\u{301}/j\u{30c}", "E\u{301}/J\u{30c}"] {
        assert_eq!(s.count(&format!("tag:{path}")), 0, "{path}");
    }
    assert_eq!(composed("e\u{301}"), "é");
}

fn merge(path: &str, into: &str) -> Value {
    json!({"merge_tag":{"path":path,"into":into}})
}

pub fn merged_tags() {
    let mut s = Scene::new();
    for path in ["Billing/Refund/Late", "billing/Paid", "money/REFUND", "money/x"] {
        s.ok("system", json!({"create_tag":{"path":path}}));
    }
    s.ok("system", json!({"tag":{"chat":1,"tags":["billing", "money", "billing/refund", "money/refund"]}}));
    s.ok("system", json!({"tag":{"chat":2,"tags":["billing/refund/late"]}}));
    for (path, manager) in [("billing/refund", 2), ("money/refund", 2), ("billing", 3)] {
        s.ok("system", json!({"follow_tag":{"path":path,"manager":manager}}));
    }
    s.ok("manager 2", merge("BILLING", "Money"));
    let expected = ["money", "money/Paid", "money/REFUND", "money/REFUND/Late", "money/x"];
    assert_eq!(tags(&s), json!(expected), "what is there keeps its letters");
    assert_eq!(s.chat(1)["tags"], json!(["money", "money/REFUND"]), "a chat with both keeps one");
    assert_eq!(s.chat(2)["tags"], json!(["money/REFUND/Late"]));
    assert_eq!((s.count("tag:money"), s.count("tag:billing")), (json!(2), json!("unknown_tag")));
    let managers = s.ask(json!({"managers":{"workspace":1}}));
    assert_eq!(managers["managers"][1]["followed_tags"], json!(["money/REFUND"]));
    assert_eq!(managers["managers"][2]["followed_tags"], json!(["money"]));
    s.ok("system", merge("money/refund/late", "money/x"));
    assert_eq!(s.chat(2)["tags"], json!(["money/x"]));
}

pub fn judging_a_merge() {
    let mut s = Scene::new();
    for path in ["a/b", "ab", "1/2/3/4/5/6/7/8", "x/y/z"] {
        s.ok("system", json!({"create_tag":{"path":path}}));
    }
    for (path, into, code) in [
        ("none", "a b", "unknown_tag"),
        ("a", "none", "unknown_tag"),
        ("a", "a//b", "unknown_tag"),
        ("a", "A", "invalid_tag"),
        ("a", "a/b", "invalid_tag"),
        ("a/b", "a", "invalid_tag"),
        ("1/2", "x/y", "ok"),
        ("x/y", "x/y/z", "invalid_tag"),
        ("x/y/3", "a/b", "ok"),
        ("a/b/4", "x/y/z", "ok"),
        ("x", "a/b", "ok"),
        ("a/b/y/z", "1", "ok"),
    ] {
        let answer = s.say("manager 2", merge(path, into));
        let said = answer["error"]["code"].as_str().unwrap_or("ok");
        assert_eq!(said, code, "{path} into {into}: {}", tags(&s));
    }
    s.ok("system", json!({"create_tag":{"path":"1/2/3/4/5/6/7/8"}}));
    s.no("system", merge("1/2", "ab/c"), "unknown_tag");
    s.ok("system", json!({"create_tag":{"path":"ab/c/d"}}));
    s.no("system", merge("1/2", "ab/c/d"), "invalid_tag");
    s.ok("system", merge("1/2", "ab/c"));
    s.no("customer 5", merge("a", "ab"), "forbidden");
}

pub fn hashtags() {
    let mut s = Scene::new();
    let describe = |text: &str| json!({"set_description":{"chat":1,"text":text}});
    s.ok("system", describe(&format!("#हिन्दी #ที่นี่ #കവിത #{} #\u{301}x #x\u{20dd}y", decomposed("Café"))));
    for word in ["हिन्दी", "ที่นี่", "കവിത", "café", "CAFE\u{301}", "x\u{20dd}y"] {
        assert_eq!(s.count(&format!("hashtag:{word}")), 1, "the whole word: {word}");
    }
    for word in ["हिन", "ที", "caf", "cafe", "x"] {
        assert_eq!(s.count(&format!("hashtag:{word}")), 0, "no part of it: {word}");
    }
    for word in ["#vip", "\u{301}x", "a-b", "\"a b\"", "\"\"", "a#", "🎁"] {
        assert_eq!(s.count(&format!("hashtag:{word}")), "malformed", "no hashtag: {word}");
    }
    s.ok("system", describe("#i\u{307}ade"));
    assert_eq!((s.count("hashtag:İade"), s.count("hashtag:i")), (json!(1), json!(0)));
}

pub fn mentions() {
    let mut s = Scene::new();
    let ann_h = decomposed("김민준");
    for (id, name) in [(2, "김민준"), (3, "김민"), (4, "田中"), (7, "Ann"), (8, "さくら"), (9, "José"), (10, "नि")]
    {
        s.ok("system", json!({"put_manager":{"manager":id,"name":name,"role":"member"}}));
    }
    for (text, expected) in [
        ("@김민준님 확인 부탁드려요", vec![2]),
        ("@김민준이 봐 주세요", vec![2]),
        ("@김민준", vec![2]),
        ("@김민아 @김민", vec![3]),
        (&format!("@{ann_h}님"), vec![2]),
        ("@田中さん お願いします", vec![4]),
        ("@田中2 @さくらchan", vec![4, 8]),
        ("@Ann님 @annさん", vec![7]),
        ("@Anna @Ann2 @Ann_ @Ann\u{301}", vec![]),
        ("안녕@ann", vec![7]),
        ("見@ann あ@ann", vec![7]),
        ("x@ann 2@ann", vec![]),
        ("_@ann", vec![7]),
        ("@JOSE\u{301}!", vec![9]),
        ("@Jose", vec![]),
        ("@नि @नित @नि\u{94d}", vec![10]),
        ("@निता", vec![]),
    ] {
        let mentioned = s.naive.workspaces[&1].mentioned(text);
        assert_eq!(mentioned.into_iter().collect::<Vec<u64>>(), expected, "{text}");
    }
    s.ok("system", json!({"put_manager":{"manager":11,"name":ann_h,"role":"member"}}));
    assert_eq!(s.naive.workspaces[&1].mentioned("@김민준님").into_iter().collect::<Vec<u64>>(), [2, 11]);
    s.ok("system", json!({"remove_manager":{"manager":2}}));
    assert_eq!(s.naive.workspaces[&1].mentioned("@김민준님").into_iter().collect::<Vec<u64>>(), [11]);
}
