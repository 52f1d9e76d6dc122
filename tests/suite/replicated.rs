//! Engines that apply one log hold the same inbox at every place, whatever else differs between them: caches, checkpoints,
//! crashes, custom indexes, timers.

mod inner_ids;
mod nodes;
mod store;

use std::collections::VecDeque;

use inboxdb::{Action, Actor, BulkLeft, BulkReport, Command, Entry, Envelope, Error, Timestamp};
use inboxdb_harness::seeds;
use inboxdb_naive::{Naive, Rng, retryable, trace, wide};
use serde_json::json;

use nodes::{Nodes, answer_of};

/// The workspace whose bulk actions are large.
const LARGE: u64 = 1_000;
/// More than two pieces.
const CHATS: u64 = 520;

/// What happens to one log.
struct Course {
    nodes: Nodes,
    naive: Naive,
    rng: Rng,
    seed: u64,
    /// The bulk actions that have begun, each with what was left when it was last heard of.
    bulks: VecDeque<BulkLeft>,
    /// Everything published so far that may be published again.
    ticks: Vec<Entry>,
}

impl Course {
    fn new(seed: u64) -> Self {
        let (nodes, rng) = (Nodes::new(seed), Rng::new(seed));
        Self { nodes, naive: Naive::new(), rng, seed, bulks: VecDeque::new(), ticks: Vec::new() }
    }

    /// Publishes a line, if it may be, and compares the answer with the model's.
    fn say(&mut self, line: &[u8]) {
        let Ok(envelope) = serde_json::from_slice::<Envelope>(line) else { return };
        let is_custom = String::from_utf8_lossy(line).contains("custom:");
        if is_custom {
            // The chats are chosen before time passes for the command.
            let tick = Envelope::new(envelope.workspace, envelope.at, Actor::System, Command::Tick);
            if self.nodes.first().prepare_entry(tick.clone(), Timestamp::MAX).is_ok() {
                self.say(&serde_json::to_vec(&tick).unwrap());
            }
            self.nodes.first().build_indexes(|_| {}).unwrap();
        }
        match self.nodes.first().prepare_entry(envelope, Timestamp::MAX) {
            Ok(entry) => {
                let applied = self.nodes.publish(entry);
                let (answer, expected) = (answer_of(&applied.outcome), self.naive.apply(line));
                assert_eq!(answer, expected, "seed {}: {}", self.seed, String::from_utf8_lossy(line));
            }
            Err(Error::Refused(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }

    /// Publishes the ticks that one of the engines finds due a little later, and sometimes an old one.
    fn tick(&mut self) {
        let clock = self.rng.below(2);
        let engine = self.nodes.first();
        let workspaces = engine.workspaces().unwrap();
        let Some(workspace) = self.rng.any(&workspaces) else { return };
        let now = engine.workspace(workspace).unwrap().clock().as_millis() + clock * self.rng.below(200_000);
        for (workspace, clock_epoch, at) in engine.due(now.into()).unwrap() {
            let tick = Entry::Tick { workspace, clock_epoch, at };
            let applied = self.nodes.publish(tick.clone());
            assert_eq!(answer_of(&applied.outcome), json!({"ok":{}}));
            if workspace.0 != LARGE {
                let line = json!({"workspace":workspace,"at":at,"actor":"system","do":"tick"}).to_string();
                self.naive.apply(line.as_bytes());
            }
            self.ticks.push(tick);
        }
        if let Some(again) = self.rng.any(&self.ticks) {
            let before = self.nodes.digests();
            self.nodes.publish(again);
            assert_eq!(self.nodes.digests(), before, "a tick counts once");
        }
    }

    /// Fills a workspace of which the model knows nothing.
    fn fill(&mut self) {
        self.large(Command::put_manager(7, "Ada", inboxdb::Role::Owner));
        self.large(Command::put_customer(5, "Grace"));
        self.large(Command::create_tag("a"));
        for chat in 1..=CHATS as u32 {
            self.large(Command::start_chat(5));
            if chat % 3 == 0 {
                self.large(Command::set_attribute(chat, "team", "red"));
            }
        }
    }

    fn large(&mut self, command: Command) {
        let at = 1_000 * self.nodes.len();
        let id = format!("large {}", self.nodes.len());
        let envelope = Envelope::new(LARGE, at, Actor::System, command);
        let envelope = if self.rng.chance(50) { envelope } else { envelope.with_id(id) };
        self.nodes.first().build_indexes(|_| {}).unwrap();
        let entry = self.nodes.first().prepare_entry(envelope, Timestamp::MAX).unwrap();
        let number = self.nodes.len().into();
        let applied = self.nodes.publish(entry.with_inner_id(number));
        self.bulks.extend(applied.bulk);
    }

    /// Begins a bulk action, does a piece of one, or something else in between.
    fn act_on_many(&mut self) {
        let at = 1_000 * self.nodes.len();
        let chat = 1 + self.rng.below(CHATS) as u32;
        match self.rng.below(12) {
            0 => {
                let action = match self.rng.below(4) {
                    0 => Action::close(),
                    1 => Action::snooze(at + self.rng.below(400_000) + 1),
                    2 => Action::tag(["a"]),
                    _ => Action::assign(7),
                };
                let filter = self.rng.pick(&["all", "all:open | all:closed", "!custom:team=red", "custom:team=red"]);
                self.large(Command::bulk(filter.parse::<inboxdb::Filter>().unwrap(), action));
            }
            1 => self.large(Command::delete_chat(chat)),
            2 => self.large(Command::open(chat)),
            3 => self.large(Command::set_attribute(chat, "team", "red")),
            4 if self.rng.chance(5) => self.large(Command::set_clock(at)),
            _ => self.go_on(),
        }
    }

    /// Publishes the next piece of a bulk action. Another node may publish the same.
    fn go_on(&mut self) {
        let Some(left) = self.bulks.pop_front() else { return };
        let known = self.nodes.first().unfinished_bulks(LARGE).unwrap();
        assert!(known.contains(&left), "{left:?} of {known:?}");
        assert_eq!(self.nodes.first().workspaces_with_bulks().unwrap(), [LARGE.into()]);
        let applied = self.nodes.publish(left.next_piece(LARGE));
        self.bulks.extend(applied.bulk);
        if self.rng.chance(30) {
            let before = self.nodes.digests();
            let again = self.nodes.publish(left.next_piece(LARGE));
            assert_eq!((again.bulk, self.nodes.digests()), (applied.bulk, before), "a piece is done once");
        }
    }

    /// Brings all nodes to the end of the log, and compares everything.
    fn end(mut self) {
        while !self.bulks.is_empty() {
            self.go_on();
        }
        self.nodes.catch_up();
        self.nodes.assert_equal_to(&self.naive, self.seed);
    }
}

#[test]
fn replicated_engines_are_equal_at_every_place_of_a_random_log() {
    for seed in 0..seeds(1) {
        let mut course = Course::new(seed);
        for line in trace(seed, 500) {
            course.say(&line);
            match course.rng.below(10) {
                0 => course.tick(),
                1 => course.nodes.follow_some(),
                _ => {}
            }
        }
        course.end();
    }
}

#[test]
fn replicated_engines_answer_retries_alike() {
    for seed in 0..seeds(1) {
        let mut course = Course::new(seed);
        let lines = retryable(seed, 250);
        for (number, line) in lines.iter().enumerate() {
            course.say(line);
            if course.rng.chance(30) {
                let earlier = number - course.rng.index(number.min(200) + 1);
                course.say(&lines[earlier]);
            }
            if course.rng.chance(10) {
                course.nodes.follow_some();
            }
        }
        course.end();
    }
}

#[test]
fn replicated_engines_are_equal_while_bulk_actions_go_on_in_pieces() {
    for seed in 0..seeds(1) {
        let mut course = Course::new(seed);
        course.fill();
        for _ in 0..120 {
            course.act_on_many();
            match course.rng.below(12) {
                0 => course.nodes.follow_some(),
                1 => course.tick(),
                _ => {}
            }
        }
        course.end();
    }
}

/// Bulk actions that are not disturbed give what the model gives, which does them at once.
#[test]
fn replicated_bulk_actions_in_pieces_equal_the_model() {
    let mut course = Course::new(77);
    for (number, line) in wide(300).iter().enumerate() {
        let envelope: Envelope = serde_json::from_slice(line).unwrap();
        if envelope.workspace.0 != 1 {
            break;
        }
        course.nodes.first().build_indexes(|_| {}).unwrap();
        let is_large = matches!(envelope.command, Command::Bulk { .. });
        let entry = course.nodes.first().prepare_entry(envelope, Timestamp::MAX).unwrap();
        let begun = course.nodes.publish(entry);
        let mut report = begun.outcome.as_ref().ok().and_then(|outcome| outcome.reply.bulk().cloned());
        let mut left = begun.bulk;
        while let Some(next) = left {
            let applied = course.nodes.publish(next.next_piece(1));
            let piece = applied.outcome.as_ref().unwrap().reply.bulk().cloned().unwrap();
            report = report.map(|report| sum(report, piece));
            left = applied.bulk;
        }
        let answer = match report {
            Some(report) if is_large => json!({ "ok": report }),
            _ => answer_of(&begun.outcome),
        };
        assert_eq!(answer, course.naive.apply(line), "{}", String::from_utf8_lossy(line));
        if number % 500 == 0 {
            course.nodes.follow_some();
        }
    }
    course.end();
}

fn sum(mut report: BulkReport, piece: BulkReport) -> BulkReport {
    report.changed += piece.changed;
    report.unchanged += piece.unchanged;
    report.refused.extend(piece.refused);
    report
}
