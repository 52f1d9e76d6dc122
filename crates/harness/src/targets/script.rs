//! The input of `index_consistency`: a list of commands made from arbitrary bytes. The commands are well-formed, and
//! use few people, chats and tags, so that they interact.

use std::fmt;

use arbitrary::{Arbitrary, Result, Unstructured};
use serde_json::{Value, json};

use super::words::{COMMANDS, command, customer};

/// Steps per script.
const STEPS_MAX: usize = 64;

/// The time at which every script starts, in ms.
const START_MS: u64 = 1_582_652_374_000;

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

/// One command in six bytes. Each byte is taken modulo the number of choices. So any byte is valid, a changed byte
/// changes one thing, and seeds can be written by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// An index into `COMMANDS`.
    pub command: u8,
    /// The actor: `system`, a manager from 1 to 4, or a customer. The customer has the number of the first operand, so
    /// it is mostly the chat's own.
    pub actor: u8,
    /// The low four bits are an index into `PAUSES_MS`, the high four into `THEN`.
    pub when: u8,
    /// The operands of the command, in the order of its fields.
    pub operands: [u8; 3],
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
}

impl<'a> Arbitrary<'a> for Step {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let [command, actor, when, operands @ ..] = u.arbitrary::<[u8; 6]>()?;
        Ok(Self { command, actor, when, operands })
    }

    fn size_hint(_depth: usize) -> (usize, Option<usize>) {
        (6, Some(6))
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
        let mut lines: Vec<_> =
            beginning().into_iter().map(|command| (line(at, json!("system"), command), Then::GoOn)).collect();
        for step in steps {
            at = at.saturating_add_signed(step.pause_ms());
            lines.push((line(at, step.actor(), command(step.name(), step.operands, at)), step.then()));
        }
        Self { lines }
    }
}

impl<'a> Arbitrary<'a> for Script {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut steps = Vec::new();
        while steps.len() < STEPS_MAX && u.len() >= 6 {
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

fn line(at: u64, actor: Value, command: Value) -> Vec<u8> {
    json!({"workspace":1,"at":at,"actor":actor,"do":command}).to_string().into_bytes()
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
