//! Kills the real program during bulk actions over thousands of chats, and while it builds a custom index. The next
//! opening finishes the work.

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use inboxdb_naive::{Naive, Rng};
use serde_json::{Value, json};

use super::killing::{Moment, Run, kill, rounds};
use crate::common::{Place, line};

const CHATS: u64 = 3_000;
/// Enough that all chats of a customer fit into one page.
const CUSTOMERS: u64 = 4;
const TAGS: [&str; 3] = ["billing", "billing/refund", "vip"];
const TEAMS: [&str; 4] = ["care", "payments", "delivery", "returns"];
const FILTERS: [&str; 6] =
    ["all", "all:open", "!all:closed", "tag:billing | unassigned:snoozed", "!tag:vip", "unread:7"];
const BEGIN: u64 = 1_582_652_374_000;

/// A workspace with thousands of chats, followed by commands of every kind on many of them at once.
struct Inbox {
    lines: Vec<String>,
    rng: Rng,
    at: u64,
}

impl Inbox {
    fn new(seed: u64) -> Self {
        let mut inbox = Self { lines: Vec::new(), rng: Rng::new(seed), at: BEGIN };
        for manager in [7, 8] {
            inbox.push(json!({"put_manager": {"manager": manager, "name": "Ada", "role": "owner"}}));
        }
        TAGS.iter().for_each(|path| inbox.push(json!({"create_tag": {"path": path}})));
        (0..CUSTOMERS).for_each(|customer| inbox.push(json!({"put_customer": {"customer": customer}})));
        (0..CHATS).for_each(|chat| inbox.push(json!({"start_chat": {"customer": chat % CUSTOMERS}})));
        inbox
    }

    fn push(&mut self, command: Value) {
        self.at += 1;
        self.lines.push(line(self.at, &command.to_string()).trim_end().to_owned());
    }

    fn bulk(&mut self) {
        let filter = match self.rng.below(CUSTOMERS * 2) {
            customer if customer < CUSTOMERS => format!("customer:{customer} & !tag:billing"),
            _ => self.rng.pick(&FILTERS).to_owned(),
        };
        let tag = self.rng.pick(&TAGS);
        // Long enough that the first steps of a bulk action are on disk before the last ones are made.
        let text = format!("message of {} {}", self.at, "x".repeat(2_000));
        let action = match self.rng.below(9) {
            0 => json!({"close": {}}),
            1 => json!({"open": {}}),
            2 => json!({"tag": {"tags": [tag]}}),
            3 => json!({"untag": {"tags": [tag]}}),
            // Some snoozes end soon.
            4 => json!({"snooze": {"until": self.at + 1 + self.rng.below(8)}}),
            5 => json!({"assign": {"manager": 7 + self.rng.below(2)}}),
            6 => json!({"unfollow": {"managers": [7]}}),
            _ => json!({"send_message": {"visibility": "internal", "text": text}}),
        };
        self.push(json!({"bulk": {"select": {"filter": filter}, "do": action}}));
    }

    /// Adds a small command that reveals the order of all commands.
    fn single(&mut self) {
        let chat = 1 + self.rng.below(CHATS);
        let text = format!("#word{} at {}", self.rng.below(5), self.at);
        self.push(json!({"set_description": {"chat": chat, "text": text}}));
    }
}

/// Questions about every chat, and about the counts that change with them.
fn questions(_: &Naive, round: u64) -> Vec<String> {
    let mut asked: Vec<Value> = (0..CUSTOMERS)
        .map(|customer| json!({"list": {"workspace": 1, "view": format!("customer:{customer}"), "limit": 1_000}}))
        .collect();
    for view in ["all:open", "all:closed", "tag:billing", "hashtag:word1", "!tag:vip & all:snoozed", "assigned:7"] {
        asked.push(json!({"count": {"workspace": 1, "view": view}}));
    }
    asked.extend([7, 8].map(|manager| json!({"sidebar": {"workspace": 1, "manager": manager}})));
    asked.push(json!({"messages": {"workspace": 1, "chat": 1 + round % CHATS, "limit": 1_000}}));
    asked.iter().map(Value::to_string).collect()
}

#[test]
fn bulk_action_is_all_or_nothing() {
    let rounds = rounds(6);
    let mut inbox = Inbox::new(5);
    let made = inbox.lines.len();
    for _ in 0..rounds * 12 {
        inbox.bulk();
        inbox.single();
    }
    let Inbox { lines, mut rng, .. } = inbox;
    let place = Place::new();
    let mut run = Run::new(lines.into_iter().map(String::into_bytes).collect(), questions);
    // Each of them keeps the model busy for a while.
    run.ahead = 4;
    run.begin(&place, made);
    let mut finished = 0;
    for round in 0..rounds {
        let moment = Moment::any(&mut rng, 12, Duration::from_millis(60));
        finished += run.round(&place, &mut rng, round, moment);
    }
    eprintln!("{} commands and {rounds} kills; {finished} commands were stored but not printed", run.held - made);
    assert!(run.held > made);
}

#[test]
fn index_build_interrupted_by_a_kill_is_finished() {
    let rounds = rounds(12);
    let mut inbox = Inbox::new(6);
    for chat in 1..=CHATS {
        let team = inbox.rng.pick(&TEAMS);
        inbox.push(json!({"set_attribute": {"chat": chat, "key": "team", "value": team}}));
    }
    let place = Place::with(&inbox.lines.join("\n"));
    let mut model = Naive::new();
    let mut done = 0;
    for round in 0..rounds {
        inbox.lines[done..].iter().for_each(|line| drop(model.apply(line.as_bytes())));
        done = inbox.lines.len();
        for _ in 0..=inbox.rng.below(2) {
            let patience = Duration::from_micros(inbox.rng.below(80_000));
            let mut child = place.command(["query", "store", "--index", "team"]).stderr(Stdio::null()).spawn().unwrap();
            thread::sleep(patience);
            kill(&mut child);
        }
        let asked: Vec<String> = TEAMS.iter().flat_map(|team| about(team)).collect();
        let ran = place.run(["query", "store", "--index", "team"], asked.join("\n"));
        assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
        for (question, answer) in asked.iter().zip(ran.json()) {
            assert_eq!(answer["count"], model.query(question)["count"], "round {round}: {question}");
        }

        // A command without the flag drops the index, so the next round builds it from scratch.
        let chat = 1 + inbox.rng.below(CHATS);
        let team = inbox.rng.pick(&TEAMS);
        inbox.push(json!({"set_attribute": {"chat": chat, "key": "team", "value": team}}));
        inbox.push(json!({"close": {"chat": chat}}));
        assert_eq!(place.run(["apply", "store"], inbox.lines[done..].join("\n")).code, 0);
    }
}

/// Queries the counts of a team.
fn about(team: &str) -> [String; 3] {
    let views = [
        format!("custom:team={team}"),
        format!("custom:team={team}:closed"),
        format!("!custom:team={team} & all:open"),
    ];
    views.map(|view| json!({"count": {"workspace": 1, "view": view}}).to_string())
}
