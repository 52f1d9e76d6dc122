//! Imports that are killed or fail on the way, and are run again.

use inboxdb::{Actor, ChatId, Command, Engine, ImportError};
use inboxdb_harness::{Subject, assert_clean};
use serde_json::json;

use super::{count, digest, execute, named, parsed, written};
use crate::exports::*;

/// A file of many pieces: chats with and without numbers, messages with and without external ids.
fn many(numbers: bool) -> Vec<u8> {
    let mut lines = vec![json!({"inboxdb_export":{"version":2}}), json!({"tag":{"path":"a"}})];
    let (customers, chats) = (300_u64, 700_u32);
    for id in 1..=customers {
        let number = numbers.then_some(1_000 - id);
        lines.push(
            json!({"customer":{"customer":number,"external":format!("c{id}"),"name":"C","profile":{},"events":1}}),
        );
        lines.push(json!({"event":{"customer":named(&format!("c{id}")),"at":id,"name":"e","properties":{}}}));
    }
    for id in 1..=chats {
        // Chats are not in the order of their numbers.
        let number = numbers.then_some(chats + 1 - id);
        lines.push(
            json!({"chat":{"id":number,"external":format!("t{id}"),"customer":named(&format!("c{}", id % 300 + 1)),
            "status":"open","followers":[],"tags":["a"],"unread":{},"favorited_by":[],"created_at":1_000,
            "last_activity_at":1_000 + id,"messages":3,"attributes":{}}}),
        );
        for message in 1..=3 {
            let external = (message != 2).then(|| format!("m{message}"));
            lines.push(json!({"message":{"chat":named(&format!("t{id}")),"external":external,"at":1_000 + id,
                "author":"system","visibility":"public","text":"x".repeat(500),"files":[]}}));
        }
    }
    let (events, messages) = (customers, chats * 3);
    lines.push(
        json!({"end":{"managers":0,"tags":1,"customers":customers,"events":events,"chats":chats,"messages":messages}}),
    );
    written(&lines)
}

#[test]
fn import_that_was_killed_is_run_again() {
    for numbers in [false, true] {
        let file = many(numbers);
        let whole = Subject::new(config());
        let mut pieces = Vec::new();
        whole.engine().import(1, file.as_slice(), |progress| pieces.push(progress.done)).unwrap();
        let expected = (digest(whole.engine()), json_lines(whole.engine(), 1));
        assert!(pieces.len() >= 3, "{pieces:?}");
        for killed_at in &pieces {
            let mut subject = Subject::new(config());
            let killed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                subject.engine().import(1, file.as_slice(), |progress| assert!(progress.done < *killed_at))
            }));
            assert!(killed.is_err());
            subject.reopen();
            import(subject.engine(), 1, &file).unwrap();
            assert_eq!((digest(subject.engine()), json_lines(subject.engine(), 1)), expected);
            subject.reopen();
        }
    }
}

#[test]
fn import_that_fails_in_an_occupied_workspace_is_run_again() {
    let file = many(true);
    let prepared = || {
        let engine = Engine::temporary().unwrap();
        execute(&engine, 1, json!("system"), json!({"put_customer":{"customer":5,"external":"own"}}));
        execute(&engine, 5_000, json!("system"), json!({"start_chat":{"customer":5}}));
        engine
    };
    let whole = prepared();
    import(&whole, 1, &file).unwrap();
    let expected = json_lines(&whole, 1);
    let engine = prepared();
    let half = import(&engine, 1, &file[..file.len() / 2]).unwrap_err();
    assert!(matches!(half, ImportError::Partly(_)) && half.line().is_some(), "{half:?}");
    assert!(half.to_string().contains("import the whole file again"), "{half}");
    assert!((2..700).contains(&count(&engine, "all")));
    assert_clean(&engine);
    // This time, nothing was missing before the end.
    let seq = engine.durable_seq();
    assert!(matches!(import(&engine, 1, &file[..file.len() / 2]), Err(ImportError::Line { .. })));
    assert_eq!(engine.durable_seq(), seq);
    import(&engine, 1, &file).unwrap();
    assert_eq!(json_lines(&engine, 1), expected);
    // In an empty workspace, a failed import leaves nothing.
    assert!(matches!(import(&engine, 2, &file[..file.len() / 2]), Err(ImportError::Line { .. })));
    assert_eq!(parsed(&json_lines(&engine, 2)).len(), 2);
    whole.close().unwrap();
    engine.close().unwrap();
}

#[test]
fn import_that_was_interrupted_does_not_give_the_number_of_a_deleted_chat_again() {
    let file = many(true);
    let mut subject = Subject::new(config());
    let killed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        subject.engine().import(1, file.as_slice(), |_| assert!(count(subject.engine(), "all") == 0))
    }));
    assert!(killed.is_err());
    subject.reopen();
    run(subject.engine(), 2_000, Actor::System, Command::delete_chat(ChatId(700))).unwrap();
    import(subject.engine(), 1, &file).unwrap();
    let inbox = subject.engine().workspace(1).unwrap();
    assert!(inbox.chat(ChatId(700)).is_err());
    assert_eq!(count(subject.engine(), "all"), 700);
    assert_clean(subject.engine());
}
