//! Random lists of command lines from a seed. Most are valid in the current inbox, and everything else is mixed in.

mod batch_commands;
mod bulk_commands;
mod external_commands;
pub(crate) mod filters;
pub(crate) mod generator;
mod invalid_commands;
mod later_commands;
mod later_invalid_commands;
mod limit_commands;
mod limits;
mod people_commands;
mod people_invalid_commands;
mod people_limit_commands;
mod random_commands;
mod retries;
mod retryable;
mod valid_commands;
mod wide;
pub(crate) mod words;

pub use limits::limits;
pub use retryable::retryable;
pub use wide::wide;

use serde_json::{Value, json};

use crate::Naive;
use crate::Rng;
use crate::model::command::LATEST;
use crate::trace::generator::{Generator, Request, system};
use crate::trace::invalid_commands::malformed;
use crate::trace::people_commands::delete_workspace;
use crate::trace::random_commands::random_command;
use crate::trace::retries::Retries;
use crate::trace::valid_commands::needed;

/// Two tenants each, with ids close together or far apart.
const WORKSPACES: &[[u64; 2]] = &[[1, 2], [0, 1], [255, 256], [7, u64::MAX], [1, 1 << 32]];
/// The start of time, ordinary days, and some months before the end.
const STARTS: &[u64] =
    &[0, 1, 1_582_652_374_000, 1_582_652_374_000, 1_700_000_000_000, 1_700_000_000_000, LATEST - (1 << 35)];

/// Returns `commands` raw lines of input, without line ends. The same seed gives the same lines, and a shorter trace is
/// a prefix of a longer one.
pub fn trace(seed: u64, commands: usize) -> Vec<Vec<u8>> {
    let mut trace = Trace::new(seed);
    (0..commands).map(|_| trace.line()).collect()
}

struct Trace {
    rng: Rng,
    /// The inbox after the lines so far.
    naive: Naive,
    workspaces: [u64; 2],
    start: u64,
    lines: u64,
    tame: bool,
    retries: Retries,
}

impl Trace {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let workspaces = rng.pick(WORKSPACES);
        let start = rng.pick(STARTS);
        let tame = rng.chance(75);
        Self { rng, naive: Naive::new(), workspaces, start, lines: 0, tame, retries: Retries::default() }
    }

    fn line(&mut self) -> Vec<u8> {
        self.lines += 1;
        let workspace = self.workspaces[usize::from(self.rng.chance(35))];
        let again = if self.rng.chance(8) { self.again(workspace) } else { None };
        let envelope = again.unwrap_or_else(|| self.envelope(workspace));
        let spoiled = self.rng.chance(4);
        let line = match spoiled {
            true => malformed(&mut self.rng, &envelope),
            false => envelope.to_string().into_bytes(),
        };
        assert!(!line.contains(&b'\n'), "a line of input is one line");
        let answer = self.naive.apply(&line);
        assert!(!spoiled || answer["error"]["code"] == "malformed", "{envelope}");
        if !spoiled {
            self.retries.note(&self.naive, &envelope);
        }
        line
    }

    fn envelope(&mut self, workspace: u64) -> Value {
        let at = self.moment(workspace);
        let (actor, command) = self.request(workspace, at);
        let mut envelope = json!({"workspace":workspace,"at":at,"actor":actor,"do":command});
        match self.rng.below(20) {
            0 => envelope["id"] = json!(null),
            1 => envelope["id"] = self.lines.to_string().into(),
            2 => envelope["id"] = format!("{:0>61}환", self.lines).into(),
            3..7 => envelope["id"] = format!("line {}", self.lines).into(),
            _ => {}
        }
        if self.rng.chance(12) {
            self.add_condition(workspace, &mut envelope);
        }
        envelope
    }

    /// Conditions on what is true before what is due, mostly of those who may make them.
    fn add_condition(&mut self, workspace: u64, envelope: &mut Value) {
        let is_of_customer = envelope["actor"].get("customer").is_some();
        if is_of_customer && self.rng.chance(90) {
            return;
        }
        let empty = Default::default();
        let w = self.naive.workspaces.get(&workspace).unwrap_or(&empty);
        let mut generator = Generator { w, rng: &mut self.rng, now: w.clock, tame: self.tame };
        if let Some(condition) = later_commands::condition(&mut generator) {
            envelope["if"] = condition;
        }
    }

    /// Returns an earlier line: the same, later, with another command or actor, or with a condition.
    fn again(&mut self, workspace: u64) -> Option<Value> {
        let mut envelope = self.retries.again(&mut self.rng, &self.naive, workspace)?;
        match self.rng.below(10) {
            0..5 => {}
            5..7 => retries::later(&mut self.rng, &mut envelope),
            7 => {
                let at = self.moment(workspace);
                (_, envelope["do"]) = self.request(workspace, at);
            }
            8 => {
                let at = self.moment(workspace);
                (envelope["actor"], _) = self.request(workspace, at);
            }
            _ => self.add_condition(workspace, &mut envelope),
        }
        Some(envelope)
    }

    /// Returns the `at` of the next command: mostly a little later, often at or next to a deadline, sometimes long ago.
    fn moment(&mut self, workspace: u64) -> u64 {
        let rng = &mut self.rng;
        let Some(workspace) = self.naive.workspaces.get(&workspace) else {
            return self.start;
        };
        let clock = workspace.clock;
        // Far deadlines are reached rarely, so that some chats always stay snoozed.
        let far = clock + if rng.chance(3) { 1 << 34 } else { 200_000 };
        let snoozed = workspace.chats.values().filter_map(|chat| chat.snoozed_until);
        let mut deadlines: Vec<u64> = snoozed.filter(|until| *until < far).collect();
        deadlines.sort_unstable();
        deadlines.truncate(4);
        let at = match (rng.below(20), rng.any(&deadlines)) {
            (0, Some(deadline)) => deadline - 1 + rng.below(3),
            (1..3, Some(deadline)) => deadline,
            (3, _) => clock.saturating_sub(rng.below(100_000)),
            (4, _) => rng.below(clock + 1),
            (5, _) => clock + rng.below(60_000),
            (6, _) if rng.chance(6) => clock + rng.below(1 << 31),
            (7..12, _) => clock + rng.below(2_000),
            _ => clock,
        };
        at.min(LATEST)
    }

    fn request(&mut self, workspace: u64, at: u64) -> Request {
        let empty = Default::default();
        let w = self.naive.workspaces.get(&workspace).unwrap_or(&empty);
        let now = at.max(w.clock);
        let mut generator = Generator { w, rng: &mut self.rng, now, tame: self.tame };
        let batch = if generator.rng.chance(9) { batch_commands::batch(&mut generator, single) } else { None };
        batch.unwrap_or_else(|| single(&mut generator))
    }
}

/// Draws one command.
fn single(g: &mut Generator) -> Request {
    let later = match g.rng.below(100) {
        0..20 => g.rng.weighted(later_commands::COMMANDS)(g),
        20..28 => g.rng.weighted(external_commands::COMMANDS)(g),
        28..33 => g.rng.weighted(later_invalid_commands::COMMANDS)(g),
        _ => None,
    };
    let (actor, mut command) = later.unwrap_or_else(|| usual(g));
    if g.tame {
        tame(&mut command);
    }
    if g.rng.chance(6) {
        respell(&mut command);
    }
    (actor, command)
}

/// Gives new people small numbers.
fn tame(command: &mut Value) {
    for (name, field) in [("put_manager", "manager"), ("put_customer", "customer")] {
        let number = command.get_mut(name).and_then(|fields| fields.get_mut(field));
        if let Some((field, number)) = number.and_then(|field| field.as_u64().map(|number| (field, number)))
            && number > 1 << 41
        {
            *field = (number % 16 + 300).into();
        }
    }
}

/// Decomposes all texts of a command.
fn respell(value: &mut Value) {
    match value {
        Value::String(text) => *text = words::decomposed(text),
        Value::Array(items) => items.iter_mut().for_each(respell),
        Value::Object(fields) => fields.values_mut().for_each(respell),
        _ => {}
    }
}

/// Draws a command of any kind that has no ids, external ids and the like.
fn usual(generator: &mut Generator) -> Request {
    if generator.rng.chance(80)
        && let Some(said) = needed(generator)
    {
        return said;
    }
    let said = match generator.rng.below(100) {
        0..7 => generator.rng.weighted(invalid_commands::COMMANDS)(generator),
        7..10 => generator.rng.weighted(people_invalid_commands::COMMANDS)(generator),
        10..14 => random_command(generator),
        14 => generator.rng.weighted(limit_commands::COMMANDS)(generator),
        15 => generator.rng.weighted(people_limit_commands::COMMANDS)(generator),
        16..22 => generator.rng.weighted(bulk_commands::COMMANDS)(generator),
        22..32 => generator.rng.weighted(people_commands::COMMANDS)(generator),
        99 if generator.rng.below(24) == 0 => delete_workspace(generator),
        _ => None,
    };
    // A request that is impossible in this state is replaced by an ordinary one.
    said.unwrap_or_else(|| ordinary(generator))
}

fn ordinary(generator: &mut Generator) -> Request {
    for _ in 0..20 {
        if let Some(said) = generator.rng.weighted(valid_commands::COMMANDS)(generator) {
            return said;
        }
    }
    (system(), Value::from("tick"))
}
