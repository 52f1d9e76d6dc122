//! One workspace with very many chats, and commands that act on all of them: more than fit into one change, one page or
//! one small list.

use serde_json::{Value, json};

/// Lines that give `chats` chats to one manager, customer, tag and hashtag, let their snoozes fire together, and then
/// remove the manager, the tag and operator mode. Another workspace is deleted and used again.
pub fn wide(chats: u32) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    let mut say = |at: u64, actor: Value, command: Value| {
        let line = json!({"workspace":1,"at":at,"actor":actor,"do":command});
        lines.push(line.to_string().into_bytes());
    };
    let (system, customer) = (json!("system"), json!({"customer":5}));
    for manager in 1..=4 {
        let put = json!({"manager":manager,"name":"m","role":"owner"});
        say(0, system.clone(), json!({ "put_manager": put }));
    }
    for manager in [3, 4] {
        let on = json!({"set_operator":{"manager":manager,"on":true}});
        say(0, system.clone(), on);
    }
    say(0, system.clone(), json!({"put_customer":{"customer":5}}));
    for path in ["a/b/c", "a/d"] {
        say(0, system.clone(), json!({"create_tag":{"path":path}}));
    }
    for chat in 1..=chats {
        let owner = json!({"manager":2});
        say(1, customer.clone(), json!({"start_chat":{"customer":5}}));
        let hello = json!({"chat":chat,"visibility":"public","text":"hello"});
        say(2, customer.clone(), json!({ "send_message": hello }));
        let tags = json!(["a/b", "a/b/c", "a/d"]);
        say(3, owner.clone(), json!({"tag":{"chat":chat,"tags":tags}}));
        let text = json!({"chat":chat,"text":"#many"});
        say(3, owner.clone(), json!({ "set_description": text }));
        if chat % 3 != 0 {
            say(4, owner.clone(), json!({"assign":{"chat":chat,"manager":2}}));
            say(4, owner.clone(), json!({"favorite":{"chat":chat}}));
        }
        // Nearly all at one moment. The rest are before and after it, in reverse order.
        let until = match chat % 50 {
            0 => 2_000_000 - u64::from(chat),
            1 => 1_000_000 - u64::from(chat),
            _ => 1_000_000,
        };
        say(5, owner, json!({"snooze":{"chat":chat,"until":until}}));
    }
    for command in everywhere() {
        say(6, json!({"manager":1}), command);
    }
    say(999_999, system.clone(), json!("tick"));
    // The snoozes fire although the command is refused.
    say(1_000_000, system.clone(), json!({"open":{"chat":0}}));
    say(1_000_001, system.clone(), json!({"set_operator":{"manager":4,"on":false}}));
    say(1_000_001, system.clone(), json!({"move_tag":{"path":"a/b","to":"x/y"}}));
    say(1_000_002, system.clone(), json!({"delete_tag":{"path":"x/y/c"}}));
    say(1_000_002, system.clone(), json!({"delete_tag":{"path":"a"}}));
    say(1_000_003, system.clone(), json!({"remove_manager":{"manager":2}}));
    say(1_000_004, system.clone(), everything(json!({"assign":{"manager":1}})));
    say(1_000_004, json!({"manager":1}), everything(json!({"mark_read":{}})));
    for command in merges() {
        say(1_000_004, system.clone(), command);
    }
    say(1_000_005, system.clone(), everything(json!({"snooze":{"until":2_500_000}})));
    say(3_000_000, system, json!("tick"));
    lines.extend(ends(chats));
    lines
}

/// Two tags of all chats become one, and a manager who left returns. All of it happens twice, of which once in a batch.
fn merges() -> Vec<Value> {
    let put = json!({"put_manager":{"manager":2,"name":"back","role":"member"}});
    let mut commands = Vec::new();
    for path in ["v/w", "y/w/z"] {
        commands.push(json!({"create_tag":{"path":path}}));
        commands.push(everything(json!({"tag":{"tags":[path]}})));
    }
    commands.push(json!({"merge_tag":{"path":"y","into":"v"}}));
    commands.push(put.clone());
    commands.push(everything(json!({"follow":{"managers":[2]}})));
    commands.push(json!({"set_clock":{"at":999_000}}));
    commands.push(json!({"all":[
        {"remove_manager":{"manager":2}},
        {"create_tag":{"path":"u"}},
        {"merge_tag":{"path":"v","into":"u"}},
        put,
        {"set_operator":{"manager":2,"on":true}},
    ]}));
    commands.push(
        json!({"all":[{"delete_tag":{"path":"u"}},{"set_operator":{"manager":2,"on":false}},{"open":{"chat":0}}]}),
    );
    commands
}

fn everything(action: Value) -> Value {
    json!({"bulk":{"select":{"filter":"all"},"do":action}})
}

/// Actions on all chats, on every third, and on more than a list may contain.
fn everywhere() -> Vec<Value> {
    let by = |filter: Value, action: Value| json!({"bulk":{"select":{"filter":filter},"do":action}});
    let note = json!({"visibility":"internal","text":"@m, see https://a.example/b"});
    let list: Vec<u32> = (1..=1024).rev().collect();
    let mut commands = vec![
        json!({"put_manager":{"manager":1,"name":"M","role":"owner"}}),
        everything(json!({"follow":{"managers":[1, 3]}})),
        everything(json!({ "send_message": note })),
        by(json!("!assigned:2"), json!({"tag":{"tags":["a"]}})),
        by(json!({"and":["!unassigned","tag:a/b/c"]}), json!({"unfollow":{"managers":[3, 2]}})),
        by(json!("assigned:2"), json!({"untag":{"tags":["a/d"]}})),
        by(json!("all & !all"), json!({"close":{}})),
        json!({"bulk":{"select":{"chats":list},"do":{"leave":{}}}}),
    ];
    commands.extend((1..=60).map(|chat| json!({"set_attribute":{"chat":chat,"key":"team","value":"sales"}})));
    commands.push(by(json!("custom:team=sales"), json!({"unassign":{}})));
    commands.extend((1..=60).map(|chat| json!({"assign_recommended":{"chat":chat}})));
    commands
}

/// Another workspace: deletes a customer with all those chats, then the workspace, and then uses it again.
fn ends(chats: u32) -> Vec<Vec<u8>> {
    let mut commands = Vec::new();
    for life in 0..2 {
        commands.push(json!({"put_manager":{"manager":1,"name":"m","role":"owner"}}));
        commands.push(json!({"set_operator":{"manager":1,"on":true}}));
        commands.push(json!({"create_tag":{"path":"a/b"}}));
        for customer in [5, 6] {
            commands.push(json!({"put_customer":{"customer":customer}}));
            commands.push(json!({"track_event":{"customer":customer,"name":"seen"}}));
        }
        for chat in 1..=chats {
            let customer = if chat % 10 == 0 { 6 } else { 5 };
            commands.push(json!({"start_chat":{"customer":customer}}));
            commands.push(json!({"track_event":{"customer":customer,"name":"asked"}}));
        }
        commands.push(everything(json!({"assign":{"manager":1}})));
        commands.push(everything(json!({"tag":{"tags":["a/b"]}})));
        commands.push(everything(json!({"send_message":{"visibility":"public","text":"http://x.example"}})));
        let half = json!({"and":["customer:5","!unread:1"]});
        commands.push(json!({"bulk":{"select":{"filter":half},"do":{"snooze":{"until":1000 * (life + 1)}}}}));
        commands.push(json!({"delete_customer":{"customer":5}}));
        commands.push(json!({"put_customer":{"customer":5}}));
        commands.push(json!({"track_event":{"customer":5,"name":"again"}}));
        commands.push(json!({"start_chat":{"customer":5}}));
        if life == 0 {
            commands.push(json!("delete_workspace"));
        }
    }
    let at = |n: usize| 10 + 500 * u64::from(n > 2 * chats as usize);
    let lines = (0..).zip(commands).map(|(n, command)| json!({"workspace":2,"at":at(n),"actor":"system","do":command}));
    lines.map(|line| line.to_string().into_bytes()).collect()
}
