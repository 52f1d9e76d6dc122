//! Kills the real program while it works, and finds out what it has kept.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use inboxdb_naive::{Naive, Rng};
use serde_json::Value;

use crate::common::Place;

/// The model's custom index that the command line supports. The other one is a function of a host.
const INDEX: [&str; 2] = ["--index", "team"];
const INDEX_OF_A_HOST: &str = "custom:words";

/// Returns the number of kills: `INBOXDB_KILLS`, or the default.
pub fn rounds(default: u64) -> u64 {
    std::env::var("INBOXDB_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(default)
}

/// When a process is killed: a while after a number of answers, so it does not depend on the speed of the machine.
pub struct Moment {
    /// 0 for a process that may still be opening the store.
    pub answers: usize,
    pub patience: Duration,
    /// Whether the input ends after those answers, so that the process closes the store.
    pub closes: bool,
}

impl Moment {
    /// Picks a random moment: while the process opens, works or closes.
    pub fn any(rng: &mut Rng, answers_max: u64, patience_max: Duration) -> Self {
        let answers = if rng.below(4) == 0 { 0 } else { 1 + rng.below(answers_max) as usize };
        let patience = Duration::from_micros(rng.below(patience_max.as_micros() as u64));
        Self { answers, patience, closes: answers > 0 && rng.below(3) == 0 }
    }
}

/// Commands, how many of them the store is known to hold, and the model after those.
pub struct Run {
    lines: Vec<Vec<u8>>,
    pub held: usize,
    /// How many lines are sent before the answer to the first one is awaited.
    pub ahead: usize,
    model: Naive,
    /// Questions that tell two inboxes apart.
    questions: fn(&Naive, u64) -> Vec<String>,
}

impl Run {
    /// Starts with lines whose results are not known yet.
    pub fn new(mut lines: Vec<Vec<u8>>, questions: fn(&Naive, u64) -> Vec<String>) -> Self {
        lines.retain(|line| !String::from_utf8_lossy(line).contains(INDEX_OF_A_HOST));
        Self { lines, held: 0, ahead: 60, model: Naive::new(), questions }
    }

    /// Executes this many more lines without a kill.
    pub fn begin(&mut self, place: &Place, lines: usize) {
        let ran =
            place.run(["apply", "store"].iter().chain(&INDEX), self.lines[self.held..self.held + lines].join(&b'\n'));
        // Some of them may be refused.
        assert!(ran.code < 2, "{}", ran.errors);
        (0..lines).for_each(|_| self.go_on());
    }

    /// Executes further lines, kills the process at that moment, and finds out what is left. Returns how many commands
    /// the store holds beyond the printed ones.
    pub fn round(&mut self, place: &Place, rng: &mut Rng, round: u64, moment: Moment) -> usize {
        let (printed, sent) = self.kill_at(place, moment);
        if rng.below(4) == 0 {
            kill_while_opening(place, Duration::from_micros(rng.below(6_000)));
        }
        let before = self.held;
        self.settle(place, printed, sent, round);
        self.held - before - printed
    }

    /// Sends commands until the moment comes, and kills the process. Returns how many answers were printed and how many
    /// commands were sent.
    pub fn kill_at(&self, place: &Place, moment: Moment) -> (usize, usize) {
        let mut child = place.command(["apply", "store"].iter().chain(&INDEX)).stderr(Stdio::null()).spawn().unwrap();
        let mut input = child.stdin.take();
        let answers = read_answers(child.stdout.take().unwrap());
        let mut end = (moment.answers == 0).then(|| Instant::now() + moment.patience);
        let (mut printed, mut sent) = (0, 0);
        while end.is_none_or(|end| Instant::now() < end) {
            let goes_on = sent - printed < self.ahead && self.held + sent < self.lines.len();
            if let Some(input) = input.as_mut().filter(|_| goes_on) {
                let line = [self.lines[self.held + sent].as_slice(), b"\n"].concat();
                input.write_all(&line).unwrap();
                sent += 1;
                printed += answers.try_iter().count();
            } else {
                match answers.recv_timeout(Duration::from_micros(200)) {
                    Ok(()) => printed += 1,
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => {
                        assert!(input.is_none(), "the program ended by itself");
                        break;
                    }
                }
            }
            let was_awaited = printed >= moment.answers || self.held + printed == self.lines.len();
            if end.is_none() && was_awaited {
                end = Some(Instant::now() + moment.patience);
                input = input.filter(|_| !moment.closes);
            }
        }
        kill(&mut child);
        printed += answers.iter().count();
        (printed, sent)
    }

    /// Finds the prefix whose inbox the store shows. It must include everything that was printed.
    pub fn settle(&mut self, place: &Place, printed: usize, sent: usize, round: u64) {
        if !place.path("store").join("FORMAT").exists() {
            assert_eq!(printed, 0, "answers were printed before the store existed");
            return;
        }
        let last = self.held + sent;
        let mut whole = self.model.clone();
        self.lines[self.held..last].iter().for_each(|line| drop(whole.apply(line)));
        // The questions cover everything that the commands may have created, so that no prefix is mistaken for a
        // shorter one.
        let mut questions = (self.questions)(&whole, round);
        questions.retain(|question| !question.contains(INDEX_OF_A_HOST));
        let ran = place.run(["query", "store"].iter().chain(&INDEX), questions.join("\n"));
        assert!(ran.code < 2, "{}", ran.errors);
        let answers: Vec<(String, Value)> = questions.into_iter().zip(ran.json()).collect();

        (0..printed).for_each(|_| self.go_on());
        let first = self.held;
        while let Some(difference) = self.difference(&answers) {
            assert!(
                self.held < last,
                "round {round}: the store holds no prefix between {first} and {last}: {difference}"
            );
            self.go_on();
        }
    }

    /// Sends the rest, and asserts that the store is as after every command once.
    pub fn finish_once(&mut self, place: &Place) {
        let ran = place.run(["apply", "store"].iter().chain(&INDEX), self.lines[self.held..].join(&b'\n'));
        assert!(ran.code < 2, "{}", ran.errors);
        self.held = 0;
        (0..self.lines.len()).for_each(|_| self.go_on());
        self.settle(place, 0, 0, 0);
    }

    /// Notes that the store holds one more command.
    fn go_on(&mut self) {
        self.model.apply(&self.lines[self.held]);
        self.held += 1;
    }

    /// Returns the first question that the model answers differently.
    fn difference(&self, answers: &[(String, Value)]) -> Option<String> {
        answers.iter().find_map(|(question, answer)| {
            let (expected, answer) = (strip(self.model.query(question)), strip(answer.clone()));
            (expected != answer).then(|| format!("{question}: {answer} instead of {expected}"))
        })
    }
}

/// Receives a message for each complete line of output.
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

pub fn kill(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Interrupts recovery, and the checkpoint that it makes.
fn kill_while_opening(place: &Place, patience: Duration) {
    let mut child = place.command(["query", "store"].iter().chain(&INDEX)).stderr(Stdio::null()).spawn().unwrap();
    thread::sleep(patience);
    kill(&mut child);
}

/// Removes what the model does not have: seqs, messages of refusals and texts of reasons. Of a cursor only its presence
/// is kept.
fn strip(mut answer: Value) -> Value {
    forget(&mut answer, &["seq", "reason"]);
    let Some(fields) = answer.as_object_mut() else { return answer };
    if let Some(next) = fields.get_mut("next") {
        *next = Value::Bool(!next.is_null());
    }
    if let Some(error) = fields.get_mut("error").and_then(Value::as_object_mut) {
        error.remove("message");
    }
    answer
}

/// Removes fields with these names at any depth.
fn forget(answer: &mut Value, names: &[&str]) {
    match answer {
        Value::Object(fields) => {
            fields.retain(|name, _| !names.contains(&name.as_str()));
            fields.values_mut().for_each(|value| forget(value, names));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| forget(value, names)),
        _ => {}
    }
}
