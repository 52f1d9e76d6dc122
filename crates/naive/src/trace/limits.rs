//! Every limit once, one past it and exactly at it, in letters of one to four bytes. Random traces rarely reach the
//! long ones.

use serde_json::{Value, json};

use crate::model::command::LATEST;
use crate::trace::words::decomposed;

const LETTERS: [&str; 4] = ["x", "é", "환", "🙏"];

/// Returns about 270 lines, some of them 64 KiB long.
pub fn limits() -> Vec<Vec<u8>> {
    let mut commands = vec![
        json!({"put_manager":{"manager":1,"name":"m","role":"owner"}}),
        json!({"put_customer":{"customer":5}}),
        json!({"start_chat":{"customer":5}}),
        json!({"create_tag":{"path":"a/b"}}),
    ];
    for letter in LETTERS {
        commands.extend(lengths(letter));
    }
    commands.extend(sizes());
    commands.extend(depths());
    commands.extend(grown());
    commands.extend(newer());
    commands.extend(later());
    let mut lines: Vec<Vec<u8>> = commands.into_iter().map(line).collect();
    for id in ["x".repeat(64), "x".repeat(65), "환".repeat(21), "환".repeat(22)] {
        let tick = json!({"workspace":1,"at":1,"actor":"system","do":"tick","id":id});
        lines.push(tick.to_string().into_bytes());
    }
    for chat in [u64::from(u32::MAX), u64::from(u32::MAX) + 1] {
        lines.push(line(json!({"open":{"chat":chat}})));
    }
    for until in [LATEST + 1, LATEST, 1, 2] {
        lines.push(line(json!({"snooze":{"chat":1,"until":until}})));
        lines.push(line(bulk(json!([1]), json!({"snooze":{"until":until}}))));
    }
    for (workspace, at) in [(u64::MAX, LATEST + 1), (u64::MAX, LATEST), (1, LATEST)] {
        let tick = json!({"workspace":workspace,"at":at,"actor":"system","do":"tick"});
        lines.push(tick.to_string().into_bytes());
    }
    // At the last moment nothing can be snoozed any more.
    lines.push(line(json!({"snooze":{"chat":1,"until":LATEST}})));
    lines
}

fn line(command: Value) -> Vec<u8> {
    let line = json!({"workspace":1,"at":1,"actor":"system","do":command});
    line.to_string().into_bytes()
}

/// Returns the command one past its limit, then at it. A refusal must leave room for the second.
fn pair(limit: usize, command: impl Fn(usize) -> Value) -> [Value; 2] {
    [command(limit + 1), command(limit)]
}

fn message(text: String, files: Value) -> Value {
    json!({"send_message":{"chat":1,"visibility":"public","text":text,"files":files}})
}

fn lengths(letter: &str) -> Vec<Value> {
    let long = |count: usize| letter.repeat(count);
    let file = |field: &str, count: usize| {
        let mut file = json!({"name":"f","url":"u","media_type":"m","bytes":1});
        file[field] = long(count).into();
        message(String::new(), json!([file]))
    };
    // Texts are measured in bytes, so `x` fills the rest of multi-byte letters.
    let bytes = |count: usize| long(count / letter.len()) + &"x".repeat(count % letter.len());
    let event = |name: String, page: String, properties: Value| json!({"track_event":{"customer":5,"name":name,"page":page,"properties":properties}});
    let short = String::new;
    let pairs = [
        pair(256, |n| json!({"put_manager":{"manager":2,"name":long(n),"role":"member"}})),
        pair(256, |n| json!({"put_customer":{"customer":5,"name":long(n)}})),
        pair(128, |n| json!({"put_customer":{"customer":5,"profile":{long(n):"v"}}})),
        pair(1024, |n| json!({"put_customer":{"customer":5,"profile":{"k":long(n)}}})),
        pair(256, |n| event(long(n), short(), json!(null))),
        pair(2048, |n| event(short(), long(n), json!(null))),
        pair(128, |n| event(short(), short(), json!({long(n):"v"}))),
        pair(1024, |n| event(short(), short(), json!({"k":long(n)}))),
        pair(2048, |n| file("name", n)),
        pair(2048, |n| file("url", n)),
        pair(2048, |n| file("media_type", n)),
        pair(4096, |n| json!({"set_description":{"chat":1,"text":long(n)}})),
        pair(65_536, |n| message(bytes(n), json!(null))),
        pair(128, |n| json!({"create_tag":{"path":long(n)}})),
        pair(128, |n| json!({"create_tag":{"path":format!("a/{}/b", long(n))}})),
        pair(128, |n| json!({"move_tag":{"path":"a/b","to":long(n)+"/b"}})),
        pair(0, |_| json!({"move_tag":{"path":long(128)+"/b","to":"a/b"}})),
        pair(128, |n| json!({"set_attribute":{"chat":1,"key":long(n),"value":"v"}})),
        pair(128, |n| json!({"set_attribute":{"chat":1,"key":long(n)}})),
        pair(256, |n| json!({"set_attribute":{"chat":1,"key":"team","value":long(n)}})),
        pair(128, |n| profile_field(&long(n), "")),
        pair(256, |n| profile_field("k", &long(n))),
        pair(65_536, |n| bulk(json!([1]), json!({"send_message":{"visibility":"internal","text":bytes(n)}}))),
        // A word too long for the index of words, and the longest that fits.
        pair(256, |n| json!({"set_description":{"chat":1,"text":long(n)+" short"}})),
    ];
    pairs.concat()
}

fn profile_field(key: &str, label: &str) -> Value {
    json!({"set_profile_fields":{"fields":[{"key":key,"label":label,"shown":true}]}})
}

fn bulk(chats: Value, action: Value) -> Value {
    json!({"bulk":{"select":{"chats":chats},"do":action}})
}

fn bulk_by(filter: Value) -> Value {
    json!({"bulk":{"select":{"filter":filter},"do":{"follow":{"managers":[]}}}})
}

/// Limits of a workspace, of a bulk and of a filter.
fn newer() -> Vec<Value> {
    let mut commands: Vec<Value> =
        (0..31).map(|n| json!({"set_attribute":{"chat":1,"key":n.to_string(),"value":""}})).collect();
    let fields = |count: usize| -> Value {
        (0..count).map(|n| json!({"key":n.to_string(),"label":"l","shown":false})).collect()
    };
    let files = |count: usize| json!(vec![json!({"name":"f","url":"u","media_type":"m","bytes":1}); count]);
    let views = |count: usize| vec!["all"; count].join("|");
    let index = |length: usize| format!("custom:{}=x", "x".repeat(length));
    let tenth = |n: usize| json!({"set_attribute":{"chat":1,"key":format!("one more {n}"),"value":"v"}});
    let pairs = [
        // The last key exists already, so the number stays at the limit.
        [tenth(1), json!({"set_attribute":{"chat":1,"key":"7","value":"v"}})],
        [json!({"set_attribute":{"chat":1,"key":"7"}}), tenth(2)],
        [tenth(3), json!({"set_attribute":{"chat":1,"key":"not there"}})],
        pair(64, |n| json!({"set_profile_fields":{"fields":fields(n)}})),
        pair(u32::MAX as usize, |n| json!({"set_capacity":{"manager":1,"capacity":n}})),
        pair(1024, |n| bulk(json!((1..=n).collect::<Vec<_>>()), json!({"open":{}}))),
        pair(1024, |n| bulk(json!(vec![1; n]), json!({"close":{}}))),
        pair(1024, |n| bulk(json!([1]), json!({"follow":{"managers":vec![1; n]}}))),
        pair(1024, |n| bulk(json!([1]), json!({"unfollow":{"managers":vec![1; n]}}))),
        pair(1024, |n| bulk(json!([1]), json!({"tag":{"tags":vec!["t/1"; n]}}))),
        pair(1024, |n| bulk(json!([1]), json!({"untag":{"tags":vec!["t/1"; n]}}))),
        pair(16, |n| bulk(json!([1]), json!({"send_message":{"visibility":"public","text":"","files":files(n)}}))),
        pair(1024, |n| bulk_by(views(n).into())),
        pair(1024, |n| bulk_by(json!({"or":[views(n - 24), {"and":vec!["!all"; 24]}]}))),
        pair(64, |n| bulk_by(format!("{}all", "!".repeat(n)).into())),
        pair(64, |n| bulk_by(format!("{}all{}", "(".repeat(n), ")".repeat(n)).into())),
        pair(64, |n| bulk_by(format!("{}{}all{}", "!(".repeat(31), "!".repeat(n - 62), ")".repeat(31)).into())),
        // A name too long for an index, then the longest, of an index that does not exist.
        pair(64, |n| bulk_by(index(n).into())),
    ];
    commands.extend(pairs.concat());
    commands
}

/// Limits of external ids, of messages that change, of batches and of merges.
fn later() -> Vec<Value> {
    let open = json!({"open":{"chat":1}});
    let said = |count: usize| json!(vec![message("x".repeat(60_000), json!(null)); count]);
    let deep = |names: usize| vec!["d"; names].join("/");
    let edit = |text: String| json!({"edit_message":{"chat":1,"message":1,"text":text}});
    let mut commands = Vec::new();
    for letter in LETTERS {
        let long = |count: usize| letter.repeat(count);
        let bytes = |count: usize| long(count / letter.len()) + &"x".repeat(count % letter.len());
        let pairs = [
            pair(128, |n| json!({"put_customer":{"external":long(n)}})),
            pair(128, |n| json!({"put_manager":{"external":long(n),"name":"m","role":"member"}})),
            pair(128, |n| json!({"start_chat":{"customer":5,"external":long(n)}})),
            pair(128, |n| json!({"send_message":{"chat":1,"visibility":"public","text":"x","external":long(n)}})),
            pair(65_536, |n| edit(bytes(n))),
        ];
        commands.extend(pairs.concat());
    }
    let pairs = [
        pair(64, |n| json!({"all":vec![open.clone(); n]})),
        pair(8, |n| json!({"all":said(n)})),
        pair(128, |n| json!({"create_tag":{"path":decomposed(&"환".repeat(n))}})),
        pair(128, |n| json!({"delete_tag":{"path":"환".repeat(n)}})),
        // The deepest of two levels gets to the maximum depth.
        [json!({"create_tag":{"path":"merged/one/two"}}), json!({"create_tag":{"path":deep(7)}})],
        pair(5, |n| json!({"merge_tag":{"path":"merged","into":deep(n + 1)}})),
        [json!({"set_clock":{"at":LATEST + 1}}), json!({"set_clock":{"at":1}})],
        // No number is above the last one.
        [json!({"put_customer":{"customer":u64::MAX - 1}}), json!({"put_customer":{"external":"last"}})],
        [json!({"put_customer":{"external":"one more"}}), json!({"put_customer":{"external":"last","name":"n"}})],
        [json!({"put_manager":{"manager":u64::MAX,"name":"m","role":"member"}}), open.clone()],
        [json!({"put_manager":{"external":"one more","name":"m","role":"member"}}), open],
    ];
    commands.extend(pairs.concat());
    commands
}

fn sizes() -> Vec<Value> {
    let many = |count: usize| -> Value { (0..count).map(|n| (n.to_string(), "v")).collect() };
    let file = json!({"name":"f","url":"u","media_type":"m","bytes":1});
    let letters: Vec<String> = (0..9).map(|n| format!("t/{n}")).collect();
    let mut commands: Vec<Value> = letters.iter().map(|path| json!({"create_tag":{"path":path}})).collect();
    let pairs = [
        pair(64, |n| json!({"put_customer":{"customer":5,"profile":many(n)}})),
        pair(64, |n| json!({"track_event":{"customer":5,"name":"n","properties":many(n)}})),
        pair(16, |n| message("see".to_owned(), json!(vec![file.clone(); n]))),
        pair(1024, |n| json!({"follow":{"chat":1,"managers":vec![1; n]}})),
        pair(1024, |n| json!({"unfollow":{"chat":1,"managers":vec![1; n]}})),
        pair(1024, |n| json!({"tag":{"chat":1,"tags":vec!["a"; n]}})),
        pair(1024, |n| json!({"untag":{"chat":1,"tags":vec!["a"; n]}})),
        pair(8, |n| json!({"tag":{"chat":1,"tags":letters[..n]}})),
        pair(0, |_| json!({"tag":{"chat":1,"tags":["a"]}})),
    ];
    commands.extend(pairs.concat());
    commands
}

fn depths() -> Vec<Value> {
    let deep = |names: usize| vec!["d"; names].join("/");
    let pairs = [
        pair(8, |n| json!({"create_tag":{"path":deep(n)}})),
        // Two names above a subtree of six levels reach the maximum depth.
        pair(2, |n| json!({"move_tag":{"path":"d/d","to":vec!["e"; n].join("/")}})),
        pair(3, |n| json!({"move_tag":{"path":"e/e/d","to":vec!["f"; n].join("/")}})),
        pair(8, |n| json!({"move_tag":{"path":"a/b","to":vec!["g"; n].join("/")}})),
    ];
    pairs.concat()
}

/// Returns a name that is longer in lower case. The lower-case form is not a valid tag, though the letters are the
/// same.
fn grown() -> [Value; 5] {
    let (name, lower) = ("İ".repeat(128), "i\u{307}".repeat(128));
    [
        json!({"create_tag":{"path":name}}),
        json!({"create_tag":{"path":lower}}),
        json!({"tag":{"chat":1,"tags":[lower]}}),
        json!({"follow_tag":{"path":lower,"manager":1}}),
        json!({"follow_tag":{"path":name,"manager":1}}),
    ]
}
