//! The input of `index_consistency`: a list of commands made from arbitrary bytes. The commands are well-formed, and
//! use few people, chats and tags, so that they interact. Some are batches, some have conditions or ids, and some come
//! again.

use std::fmt;

use arbitrary::{Arbitrary, Result, Unstructured};
use serde_json::{Value, json};

use super::words::{ALONE, COMMANDS, command, condition, customer};

/// Steps per script.
const STEPS_MAX: usize = 64;

/// Bytes per step.
const STEP_BYTES: usize = 8;

/// The time at which every script starts, in ms.
pub(super) const START_MS: u64 = 1_582_652_374_000;

/// The time between two commands in ms: often none, often up to the end of a snooze.
const PAUSES_MS: [i64; 16] = [0, 0, 0, 0, 0, 0, 1, 1, 9, 10, 11, 1_000, 1_000, 60_000, 1 << 32, -1_000];

/// The action after a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Run the next command.
    GoOn,
    /// Compare everything.
    Look,
    /// Make a checkpoint.
    Checkpoint,
    /// Close and reopen the engine.
    Reopen,
}

const THEN: [Then; 16] = {
    let mut then = [Then::GoOn; 16];
    then[13] = Then::Look;
    then[14] = Then::Checkpoint;
    then[15] = Then::Reopen;
    then
};

/// The id of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Id {
    None,
    /// One that no other line has.
    Own,
    /// An earlier line with an id comes again, at its own time.
    Retry,
    /// That of an earlier line, by the same actor.
    Taken,
}

const IDS: [Id; 8] = [Id::None, Id::None, Id::None, Id::None, Id::Own, Id::Own, Id::Retry, Id::Taken];

/// One command in eight bytes. Each byte is taken modulo the number of choices. So any byte is valid, a changed byte
/// changes one thing, and seeds can be written by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// An index into `COMMANDS`.
    pub command: u8,
    /// The actor: `system`, a manager from 1 to 4, or a customer. The customer has the number of the first operand, so
    /// it is mostly the chat's own. In a batch of several actors, 240 and above insist on the actor of the first.
    pub actor: u8,
    /// The low four bits are an index into `PAUSES_MS`, the high four into `THEN`.
    pub when: u8,
    /// The low three bits are an index into `IDS`. If the next two are both set, there is a condition, which the last
    /// operand chooses. If the high three are 5 to 7, the next step belongs to the same batch.
    pub envelope: u8,
    /// The operands of the command, in the order of its fields. The last one stands for what is optional.
    pub operands: [u8; 4],
}

impl Step {
    /// Returns the name of the command.
    pub fn name(self) -> &'static str {
        COMMANDS[usize::from(self.command) % COMMANDS.len()]
    }

    fn pause_ms(self) -> i64 {
        PAUSES_MS[usize::from(self.when & 15)]
    }

    fn then(self) -> Then {
        THEN[usize::from(self.when >> 4)]
    }

    fn actor(self) -> Value {
        match self.actor % 8 {
            0 => json!("system"),
            manager @ 1..=4 => json!({ "manager": manager }),
            _ => json!({ "customer": customer(self.operands[0]) }),
        }
    }

    fn id(self) -> Id {
        IDS[usize::from(self.envelope & 7)]
    }

    fn condition(self) -> Option<Value> {
        (self.envelope >> 3 & 3 == 3).then(|| condition(self.operands[0], self.operands[3]))
    }

    /// Whether the next step belongs to the same batch.
    fn joins(self, next: Self) -> bool {
        self.envelope >> 5 >= 5 && ![self, next].iter().any(|step| ALONE.contains(&step.name()))
    }
}

impl<'a> Arbitrary<'a> for Step {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let [command, actor, when, envelope, operands @ ..] = u.arbitrary::<[u8; STEP_BYTES]>()?;
        Ok(Self { command, actor, when, envelope, operands })
    }

    fn size_hint(_depth: usize) -> (usize, Option<usize>) {
        (STEP_BYTES, Some(STEP_BYTES))
    }
}

/// Lines of commands in workspace 1.
pub struct Script {
    /// The lines, each with the action after it.
    pub lines: Vec<(Vec<u8>, Then)>,
}

impl Script {
    /// Returns the script of some steps, after the common start.
    pub fn new(steps: &[Step]) -> Self {
        let mut at = START_MS;
        let system = || json!("system");
        let beginning = beginning().into_iter().map(|command| envelope(at, system(), command));
        let mut lines: Vec<_> = beginning.map(|envelope| (envelope.to_string().into_bytes(), Then::GoOn)).collect();
        let mut with_id = Vec::new();
        for steps in steps.chunk_by(|step, next| step.joins(*next)) {
            let (Some(first), Some(last)) = (steps.first(), steps.last()) else { continue };
            at = at.saturating_add_signed(first.pause_ms());
            let envelope = with_envelope(steps, at, &with_id);
            lines.push((envelope.to_string().into_bytes(), last.then()));
            if first.id() == Id::Own {
                with_id.push(envelope);
            }
        }
        Self { lines }
    }
}

impl<'a> Arbitrary<'a> for Script {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut steps = Vec::new();
        while steps.len() < STEPS_MAX && u.len() >= STEP_BYTES {
            steps.push(u.arbitrary()?);
        }
        Ok(Self::new(&steps))
    }
}

/// Prints what `cargo fuzz fmt` shows.
impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (line, then) in &self.lines {
            writeln!(f, "{} {then:?}", String::from_utf8_lossy(line))?;
        }
        Ok(())
    }
}

fn envelope(at: u64, actor: Value, command: Value) -> Value {
    json!({"workspace":1,"at":at,"actor":actor,"do":command})
}

/// Returns the envelope of one step or a batch, which is as the first of them says. Lines with an id may come again.
fn with_envelope(steps: &[Step], at: u64, with_id: &[Value]) -> Value {
    let first = steps[0];
    let (actor, command) = match steps {
        [step] => (step.actor(), command(step.name(), step.operands, at)),
        _ => batch(steps, at),
    };
    let mut envelope = envelope(at, actor, command);
    if let Some(condition) = first.condition() {
        envelope["if"] = condition;
    }
    let earlier = with_id.get(usize::from(first.operands[3]) % with_id.len().max(1));
    match (first.id(), earlier) {
        (Id::Own, _) => envelope["id"] = format!("i{}", with_id.len()).into(),
        (Id::Retry, Some(earlier)) => {
            envelope = json!({"workspace":1,"at":at,"actor":earlier["actor"],
            "do":earlier["do"],"if":earlier["if"],"id":earlier["id"]})
        }
        (Id::Taken, Some(earlier)) => {
            envelope["id"] = earlier["id"].clone();
            envelope["actor"] = earlier["actor"].clone();
        }
        _ => {}
    }
    envelope
}

/// Returns a batch and its actor. Only the system may let others act.
fn batch(steps: &[Step], at: u64) -> (Value, Value) {
    let is_of_one = steps.iter().all(|step| step.actor() == steps[0].actor());
    let actor = if is_of_one || steps[0].actor >= 240 { steps[0].actor() } else { json!("system") };
    let element = |step: &Step| match (step.actor(), command(step.name(), step.operands, at)) {
        (acting, command) if acting == actor => command,
        (acting, command) => json!({"as":acting,"do":command}),
    };
    let elements: Vec<Value> = steps.iter().map(element).collect();
    (actor, json!({ "all": elements }))
}

/// Creates people, tags and two chats for the steps to act on.
fn beginning() -> [Value; 10] {
    [
        json!({"put_manager":{"manager":1,"name":"Ada","role":"owner"}}),
        json!({"put_manager":{"manager":2,"name":"Grace","role":"member"}}),
        json!({"put_manager":{"manager":3,"name":"Hedy","role":"member"}}),
        json!({"set_operator":{"manager":3,"on":true}}),
        json!({"create_tag":{"path":"a/b"}}),
        json!({"create_tag":{"path":"d"}}),
        json!({"put_customer":{"customer":1,"name":"C"}}),
        json!({"start_chat":{"customer":1}}),
        json!({"put_customer":{"customer":2,"name":"C"}}),
        json!({"start_chat":{"customer":2}}),
    ]
}
