//! The input of `import_lines`: a file made of an export and a few changes, or any text.

use std::collections::BTreeMap;

use arbitrary::{Arbitrary, Unstructured};
use serde_json::{Value, json};

use super::import_lines::parsed;
use super::script::{START_MS, Script};

/// Every manager, customer and chat gets an external id, and messages do.
const NAMED: u8 = 1;
/// Numbers are left out, and external ids are used instead.
const WITHOUT_NUMBERS: u8 = 2;
/// The counts of events, messages and lines are right, whatever was changed.
const COUNTED: u8 = 4;
/// The header has only the version.
const BARE_HEADER: u8 = 8;

/// Changes in a file.
const EDITS_MAX: u8 = 16;

/// One change in four bytes: the line, the field, its new value, and what is done. Each byte is taken modulo the number
/// of choices.
type Edit = [u8; 4];

/// Fields that a line may lack.
const FIELDS: [&str; 16] = [
    "external",
    "removed",
    "apart",
    "clock_epoch",
    "snoozed_by",
    "edited_at",
    "redacted",
    "id",
    "chat",
    "customer",
    "manager",
    "message",
    "event",
    "events_before",
    "done",
    "surprise",
];

/// A file to import.
pub enum ImportFile {
    /// These bytes.
    Text(Vec<u8>),
    /// What an export has after these commands, with some changes.
    Edited {
        /// The commands, in workspace 1.
        script: Script,
        /// What is done with the whole file: the bits above.
        mode: u8,
        /// The changes.
        edits: Vec<Edit>,
    },
}

impl ImportFile {
    /// Makes a file of any bytes: those that begin like JSON are the file. Others are the mode, the number of edits, the
    /// edits, and a script.
    pub fn new(data: &[u8]) -> Self {
        if data.first() == Some(&b'{') {
            return Self::Text(data.to_vec());
        }
        let mut u = Unstructured::new(data);
        let [mode, count]: [u8; 2] = u.arbitrary().unwrap_or_default();
        let edits = (0..count % EDITS_MAX).map(|_| u.arbitrary().unwrap_or_default()).collect();
        Self::Edited { script: Script::arbitrary_take_rest(u).unwrap(), mode, edits }
    }

    /// Returns the commands that make the inbox to be exported, in a workspace.
    pub fn commands(&self, workspace: u64) -> Vec<Vec<u8>> {
        let empty = Script::new(&[]);
        let script = match self {
            Self::Text(_) => &empty,
            Self::Edited { script, .. } => script,
        };
        let there = |line: &[u8]| {
            let mut line: Value = serde_json::from_slice(line).unwrap();
            line["workspace"] = workspace.into();
            line.to_string().into_bytes()
        };
        script.lines.iter().map(|(line, _)| there(line)).collect()
    }

    /// Returns the file, made of an export.
    pub fn file(&self, export: &[u8]) -> Vec<u8> {
        let (mode, edits) = match self {
            Self::Text(text) => return text.clone(),
            Self::Edited { mode, edits, .. } => (*mode, edits),
        };
        let mut lines = parsed(export);
        if mode & NAMED != 0 {
            lines.iter_mut().for_each(name);
        }
        if mode & WITHOUT_NUMBERS != 0 {
            leave_out_numbers(&mut lines);
        }
        if mode & BARE_HEADER != 0 {
            lines[0] = json!({"inboxdb_export":{"version":2}});
        }
        edits.iter().for_each(|edit| apply(*edit, &mut lines));
        if mode & COUNTED != 0 {
            count(&mut lines);
        }
        lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes()
    }
}

/// What a line is about, and its fields.
fn parts(line: &mut Value) -> Option<(String, &mut Value)> {
    let (kind, fields) = line.as_object_mut()?.iter_mut().next()?;
    Some((kind.clone(), fields))
}

/// Returns where a line has its own number.
fn number_of(kind: &str) -> &str {
    if kind == "chat" { "id" } else { kind }
}

/// Gives a line an external id, if it has none.
fn name(line: &mut Value) {
    let Some((kind, fields)) = parts(line) else { return };
    let number = fields[number_of(&kind)].to_string();
    if ["manager", "customer", "chat", "message"].contains(&kind.as_str()) && fields["external"].is_null() {
        fields["external"] = format!("{kind} {number}").into();
    }
}

/// Replaces numbers by external ids, where there are any.
fn leave_out_numbers(lines: &mut [Value]) {
    let mut names: BTreeMap<(String, u64), Value> = BTreeMap::new();
    for (kind, fields) in lines.iter_mut().filter_map(parts) {
        let number = fields[number_of(&kind)].as_u64();
        let named = fields.get("external").filter(|external| external.is_string()).cloned();
        let (Some(number), Some(named)) = (number, named) else { continue };
        if let Some(fields) = fields.as_object_mut() {
            fields.remove(number_of(&kind));
        }
        names.insert((kind, number), json!({ "external": named }));
    }
    let refer = |kind: &str, value: &mut Value| {
        let named = value.as_u64().and_then(|number| names.get(&(kind.to_owned(), number)));
        if let Some(named) = named {
            *value = named.clone();
        }
    };
    for (_, fields) in lines.iter_mut().filter_map(parts) {
        if let Some(unread) = fields.get_mut("unread").and_then(|unread| unread.as_object().cloned()) {
            let of = |(manager, count): (&String, &Value)| json!({"manager":manager.parse::<u64>().ok(),"count":count});
            fields["unread"] = unread.iter().map(of).collect();
        }
        let Some(fields) = fields.as_object_mut() else { continue };
        for (field, value) in fields.iter_mut() {
            match (field.as_str(), value) {
                ("customer" | "chat", value) => refer(field, value),
                ("assignee" | "snoozed_by", value) => refer("manager", value),
                ("followers" | "favorited_by", Value::Array(managers)) => {
                    managers.iter_mut().for_each(|manager| refer("manager", manager));
                }
                ("unread", Value::Array(unread)) => {
                    unread.iter_mut().for_each(|unread| refer("manager", &mut unread["manager"]));
                }
                ("author", Value::Object(author)) => author.iter_mut().for_each(|(kind, value)| refer(kind, value)),
                _ => {}
            }
        }
    }
}

fn apply([line, field, value, how]: Edit, lines: &mut Vec<Value>) {
    let at = usize::from(line) % lines.len().max(1);
    if at >= lines.len() {
        return;
    }
    match how % 8 {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, lines[at].clone()),
        2 => {
            let to = usize::from(value) % lines.len();
            lines.swap(at, to);
        }
        3 => {
            if let Some((_, fields)) = parts(&mut lines[at])
                && fields.is_object()
            {
                fields[FIELDS[usize::from(field) % FIELDS.len()]] = drawn(value);
            }
        }
        how => {
            let Some((_, Value::Object(fields))) = parts(&mut lines[at]) else { return };
            let Some(name) = fields.keys().nth(usize::from(field) % fields.len().max(1)).cloned() else { return };
            match how {
                4 => drop(fields.remove(&name)),
                _ => drop(fields.insert(name, drawn(value))),
            }
        }
    }
}

/// Returns a value that some field may have.
fn drawn(byte: u8) -> Value {
    let values = [
        json!(null),
        json!(0),
        json!(1),
        json!(2),
        json!(3),
        json!(u64::MAX),
        json!(-1),
        json!(1 << 27),
        json!(START_MS),
        json!(START_MS + 10),
        json!(1_u64 << 41),
        json!(""),
        json!("u1"),
        json!("e\u{301}"),
        json!("a"),
        json!("A/b"),
        json!("no such"),
        json!("system"),
        json!("open"),
        json!("snoozed"),
        json!("internal"),
        json!("owner"),
        json!(true),
        json!({"external":"u1"}),
        json!({"external":"chat 1"}),
        json!({"customer":1}),
        json!({"manager":{"external":"manager 1"}}),
        json!([]),
        json!([1]),
        json!([{"external":"manager 1"}]),
        json!({"1":1}),
        json!(["a", "d"]),
    ];
    values[usize::from(byte) % values.len()].clone()
}

/// Puts the counts right.
fn count(lines: &mut [Value]) {
    let mut totals: BTreeMap<String, u64> = BTreeMap::new();
    let mut owner = None;
    let mut own: BTreeMap<usize, u64> = BTreeMap::new();
    for (at, line) in lines.iter_mut().enumerate() {
        let Some((kind, _)) = parts(line) else { continue };
        match kind.as_str() {
            "customer" | "chat" => owner = Some(at),
            "event" | "message" => *own.entry(owner.unwrap_or(at)).or_default() += 1,
            _ => {}
        }
        *totals.entry(kind).or_default() += 1;
    }
    let total = |kind: &str| totals.get(kind).copied().unwrap_or_default();
    for (at, line) in lines.iter_mut().enumerate() {
        let Some((kind, fields)) = parts(line).filter(|(_, fields)| fields.is_object()) else { continue };
        let own = own.get(&at).copied().unwrap_or_default();
        match kind.as_str() {
            "customer" => fields["events"] = own.into(),
            "chat" => fields["messages"] = own.into(),
            "end" => {
                *fields = json!({"managers":total("manager"),"tags":total("tag"),"customers":total("customer"),
                    "events":total("event"),"chats":total("chat"),"messages":total("message")});
                if total("done") > 0 {
                    fields["done"] = total("done").into();
                }
            }
            _ => {}
        }
    }
}
