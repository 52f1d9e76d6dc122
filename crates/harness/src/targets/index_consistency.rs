//! Arbitrary commands to the engine and to the naive model. Replies and inboxes must be equal, and the index must agree
//! with the records.

use std::sync::LazyLock;
use std::time::Duration;

use inboxdb::{Config, Durability, Query, Timer};
use inboxdb_naive::Naive;
use serde_json::Value;

use super::script::{Script, Then};
use crate::{Subject, assert_clean};

/// The queries for every inbox.
const LOOKS: [&str; 39] = [
    r#"{"sidebar":{"workspace":1,"manager":1}}"#,
    r#"{"sidebar":{"workspace":1,"manager":2}}"#,
    r#"{"sidebar":{"workspace":1,"manager":3}}"#,
    r#"{"list":{"workspace":1,"view":"all","limit":1000}}"#,
    r#"{"list":{"workspace":1,"view":"tag:a:open & !unread:1","limit":2}}"#,
    r#"{"count":{"workspace":1,"view":"tag:a/b:snoozed"}}"#,
    r#"{"count":{"workspace":1,"view":"hashtag:vip"}}"#,
    r#"{"count":{"workspace":1,"view":"favorites:1"}}"#,
    r#"{"count":{"workspace":1,"view":"unread:3"}}"#,
    r#"{"count":{"workspace":1,"view":"custom:team=red"}}"#,
    r#"{"count":{"workspace":1,"view":"custom:team=blue:open"}}"#,
    r#"{"count":{"workspace":1,"view":"custom:words=vip"}}"#,
    r#"{"count":{"workspace":1,"view":"sessions:3 & !assigned:1 | following:2"}}"#,
    r#"{"messages":{"workspace":1,"chat":1}}"#,
    r#"{"links":{"workspace":1,"chat":1}}"#,
    r#"{"recommend":{"workspace":1,"chat":1}}"#,
    r#"{"recommend":{"workspace":1,"chat":2}}"#,
    r#"{"earlier_chats":{"workspace":1,"chat":3}}"#,
    r#"{"notifications":{"workspace":1,"manager":1}}"#,
    r#"{"notifications":{"workspace":1,"manager":3}}"#,
    r#"{"events":{"workspace":1,"customer":1}}"#,
    r#"{"customer":{"workspace":1,"customer":1}}"#,
    r#"{"managers":{"workspace":1}}"#,
    r#"{"tags":{"workspace":1}}"#,
    r#"{"profile_fields":{"workspace":1}}"#,
    r#"{"show":{"workspace":1,"chat":1}}"#,
    r#"{"show":{"workspace":1,"chat":2}}"#,
    r#"{"show":{"workspace":1,"chat":6}}"#,
    r#"{"list":{"workspace":1,"view":"all","limit":1000,"order":"oldest","ids":true}}"#,
    r#"{"managers":{"workspace":1,"removed":true}}"#,
    r#"{"customers":{"workspace":1}}"#,
    r#"{"message":{"workspace":1,"chat":2,"message":1}}"#,
    r#"{"messages":{"workspace":1,"chat":3}}"#,
    r#"{"find":{"workspace":1,"manager":"u1"}}"#,
    r#"{"find":{"workspace":1,"customer":"u1"}}"#,
    r#"{"find":{"workspace":1,"customer":"e\u0301"}}"#,
    r#"{"find":{"workspace":1,"chat":"u1"}}"#,
    r#"{"find":{"workspace":1,"chat":1,"message":"u1"}}"#,
    r#"{"find":{"workspace":1,"chat":2,"message":"U1"}}"#,
];

/// They are parsed once: a fuzzer asks them thousands of times a second.
static PARSED: LazyLock<[Query; LOOKS.len()]> =
    LazyLock::new(|| LOOKS.map(|query| serde_json::from_str(query).unwrap()));

/// How much a look compares. The replies to commands are always compared, and the index is always scrubbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// The answers to all queries.
    Whole,
    /// Those to a quarter of them, which the number of commands so far chooses. More scripts find more.
    Quarter,
}

/// Opens an engine: in a directory for a test, in memory for a fuzzer.
pub type NewSubject = fn(Config) -> Subject;

/// Runs a script in both inboxes.
pub fn run(script: &Script, new: NewSubject, looks: Looks) {
    compare(script, new, looks, Naive::apply);
}

/// Runs a script in both inboxes, with a function that applies commands to the model.
pub fn compare(script: &Script, new: NewSubject, looks: Looks, apply: fn(&mut Naive, &[u8]) -> Value) {
    let mut inboxes = Inboxes { subject: new(config()), naive: Naive::new(), apply, commands: 0 };
    for lines in script.lines.chunk_by(|(_, then), _| *then == Then::GoOn) {
        inboxes.apply(lines.iter().map(|(line, _)| line.clone()).collect());
        match lines.last().map(|(_, then)| *then) {
            Some(Then::Look) => {
                inboxes.look(looks);
                assert_clean(inboxes.subject.engine());
            }
            Some(Then::Checkpoint) => inboxes.subject.engine().checkpoint().unwrap(),
            Some(Then::Reopen) => inboxes.subject.reopen(),
            Some(Then::GoOn) | None => {}
        }
    }
    inboxes.look(looks);
    inboxes.naive.verify();
    inboxes.subject.close();
}

fn config() -> Config {
    Config::default()
        .timer(Timer::Off)
        .durability(Durability::Interval(Duration::from_millis(1_000)))
        .disk_reserve_bytes(0)
}

struct Inboxes {
    subject: Subject,
    naive: Naive,
    apply: fn(&mut Naive, &[u8]) -> Value,
    /// How many commands were executed.
    commands: usize,
}

impl Inboxes {
    /// Executes commands in both inboxes, and compares the replies.
    fn apply(&mut self, lines: Vec<Vec<u8>>) {
        self.commands += lines.len();
        for (line, answer) in lines.iter().zip(self.subject.apply(&lines)) {
            assert_eq!(answer, (self.apply)(&mut self.naive, line), "{}", String::from_utf8_lossy(line));
        }
    }

    /// Compares the contents of both inboxes.
    fn look(&self, looks: Looks) {
        let (first, step) = match looks {
            Looks::Whole => (0, 1),
            Looks::Quarter => (self.commands % 4, 4),
        };
        for (text, query) in LOOKS.iter().zip(&*PARSED).skip(first).step_by(step) {
            let (mut mine, mut theirs) = (self.subject.answer(query), self.naive.query(text));
            // Cursors differ between the two.
            for answer in [&mut mine, &mut theirs] {
                if let Some(next) = answer.get_mut("next") {
                    *next = next.is_null().into();
                }
            }
            assert_eq!(mine, theirs, "{text}");
        }
    }
}
