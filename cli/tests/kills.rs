//! The real program is killed at random moments while it applies, checkpoints, opens and closes. What was printed is
//! there afterwards, and the whole inbox is that of a prefix of the commands, as the naive model has it.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "../../tests/naive/mod.rs"]
mod naive;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use common::Place;
use naive::{Naive, Rng, queries, trace};
use serde_json::Value;

/// Lines that are sent before the answer to the first of them is awaited.
const AHEAD: usize = 60;

/// Commands, how many of them the store is known to hold, and the model after those.
struct Run {
    lines: Vec<Vec<u8>>,
    held: usize,
    model: Naive,
}

#[test]
fn a_kill_leaves_the_inbox_of_a_prefix_with_everything_that_was_printed() {
    let rounds = std::env::var("INBOXDB_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(30);
    let mut rng = Rng::new(77);
    let place = Place::new();
    let mut run = Run { lines: trace(77, 6_000), held: 0, model: Naive::new() };
    for round in 0..rounds {
        let patience = Duration::from_micros(1_000 + rng.below(40_000));
        let (printed, sent) = kill_after(&place, &run, patience);
        if rng.below(4) == 0 {
            kill_while_opening(&place, Duration::from_micros(rng.below(6_000)));
        }
        run.settle(&place, printed, sent, round);
    }
    eprintln!("{} commands and {rounds} kills", run.held);
    assert!(run.held > 100);
}

/// Sends commands until the time is up, and kills the process: how many answers were printed, and how many commands
/// were sent.
fn kill_after(place: &Place, run: &Run, patience: Duration) -> (usize, usize) {
    let mut child = place.command(["apply", "store"]).stderr(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let answers = read_answers(child.stdout.take().unwrap());
    let end = Instant::now() + patience;
    let (mut printed, mut sent) = (0, 0);
    while Instant::now() < end && run.held + sent < run.lines.len() {
        if sent - printed < AHEAD {
            let line = [run.lines[run.held + sent].as_slice(), b"\n"].concat();
            input.write_all(&line).unwrap();
            sent += 1;
        }
        printed += answers.try_iter().count();
    }
    kill(&mut child);
    printed += answers.iter().count();
    (printed, sent)
}

/// Whole lines of output, as they come.
fn read_answers(output: ChildStdout) -> Receiver<()> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while output.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            if line.ends_with(b"\n") && sender.send(()).is_err() {
                return;
            }
            line.clear();
        }
    });
    receiver
}

fn kill(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Recovery, and the checkpoint that it makes, are interrupted too.
fn kill_while_opening(place: &Place, patience: Duration) {
    let mut child = place.command(["query", "store"]).stderr(Stdio::null()).spawn().unwrap();
    thread::sleep(patience);
    kill(&mut child);
}

impl Run {
    /// Finds the prefix whose inbox the store shows, which holds all that was printed.
    fn settle(&mut self, place: &Place, printed: usize, sent: usize, round: u64) {
        if !place.path("store").join("FORMAT").exists() {
            assert_eq!(printed, 0, "answers were printed before there was a store");
            return;
        }
        let last = self.held + sent;
        let mut whole = self.model.clone();
        self.lines[self.held..last].iter().for_each(|line| drop(whole.apply(line)));
        // Asked of all that the commands may have made, so that no prefix is taken for a shorter one.
        let questions = queries(&whole, round, true);
        let ran = place.run(["query", "store"], questions.join("\n"));
        assert!(ran.code < 2, "{}", ran.errors);
        let answers: Vec<(String, Value)> = questions.into_iter().zip(ran.json()).collect();

        (0..printed).for_each(|_| self.go_on());
        let first = self.held;
        while let Some(difference) = self.difference(&answers) {
            assert!(self.held < last, "round {round}: the store is no prefix between {first} and {last}: {difference}");
            self.go_on();
        }
    }

    /// The store holds one command more.
    fn go_on(&mut self) {
        self.model.apply(&self.lines[self.held]);
        self.held += 1;
    }

    /// The first question that the model answers differently.
    fn difference(&self, answers: &[(String, Value)]) -> Option<String> {
        answers.iter().find_map(|(question, answer)| {
            let (expected, answer) = (strip(self.model.query(question)), strip(answer.clone()));
            (expected != answer).then(|| format!("{question}: {answer} instead of {expected}"))
        })
    }
}

/// Leaves out what the model does not have: seqs, messages of refusals, and cursors but for there being one.
fn strip(mut answer: Value) -> Value {
    let Some(fields) = answer.as_object_mut() else { return answer };
    fields.remove("seq");
    if let Some(next) = fields.get_mut("next") {
        *next = Value::Bool(!next.is_null());
    }
    if let Some(error) = fields.get_mut("error").and_then(Value::as_object_mut) {
        error.remove("message");
    }
    answer
}
