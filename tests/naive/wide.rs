//! One workspace with very many chats on which single commands act all at once: more
//! than one change may hold, more than a page, more than a small list.

use serde_json::{Value, json};

/// Lines that give `chats` chats to one manager, customer, tag and hashtag, let their
/// snoozes fire together, and then take manager, tag and operator away.
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
        // Nearly all at one moment; the rest before and after it, against their order.
        let until = match chat % 50 {
            0 => 2_000_000 - u64::from(chat),
            1 => 1_000_000 - u64::from(chat),
            _ => 1_000_000,
        };
        say(5, owner, json!({"snooze":{"chat":chat,"until":until}}));
    }
    say(999_999, system.clone(), json!("tick"));
    // The snoozes fire although the command is refused.
    say(1_000_000, json!({"manager":99}), json!({"open":{"chat":1}}));
    say(1_000_001, system.clone(), json!({"set_operator":{"manager":4,"on":false}}));
    say(1_000_001, system.clone(), json!({"move_tag":{"path":"a/b","to":"x/y"}}));
    say(1_000_002, system.clone(), json!({"delete_tag":{"path":"x/y/c"}}));
    say(1_000_002, system.clone(), json!({"delete_tag":{"path":"a"}}));
    say(1_000_003, system.clone(), json!({"remove_manager":{"manager":2}}));
    say(3_000_000, system, json!("tick"));
    lines
}
