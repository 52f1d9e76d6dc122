//! Strict JSON parsing, field by field. `None` is `malformed`.

use serde_json::{Map, Value};

use crate::model::command::{LATEST, Pairs};
use crate::model::rules::longer;

/// An object whose fields are removed one by one. Any field left at the end is unknown.
pub struct Fields(Map<String, Value>);

impl Fields {
    pub fn of(value: Value) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Self(map)),
            _ => None,
        }
    }

    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    /// Reads an optional field. Absent and null are both `Some(None)`.
    pub fn maybe<T>(&mut self, name: &str, read: fn(Value) -> Option<T>) -> Option<Option<T>> {
        match self.take(name) {
            None | Some(Value::Null) => Some(None),
            Some(value) => read(value).map(Some),
        }
    }

    pub fn number(&mut self, name: &str) -> Option<u64> {
        number(self.take(name)?)
    }

    pub fn moment(&mut self, name: &str) -> Option<u64> {
        self.number(name).filter(|moment| *moment <= LATEST)
    }

    pub fn chat(&mut self) -> Option<u32> {
        small(self.take("chat")?)
    }

    pub fn text(&mut self, name: &str) -> Option<String> {
        text(self.take(name)?)
    }

    pub fn flag(&mut self, name: &str) -> Option<bool> {
        self.take(name)?.as_bool()
    }

    /// Reads an optional flag, which is off if it is not given.
    pub fn maybe_flag(&mut self, name: &str) -> Option<bool> {
        Some(self.maybe(name, |value| value.as_bool())?.unwrap_or(false))
    }

    /// Reads an optional id of the caller's system.
    pub fn external(&mut self) -> Option<Option<String>> {
        self.maybe("external", external)
    }

    pub fn list<T>(&mut self, name: &str, read: fn(Value) -> Option<T>) -> Option<Vec<T>> {
        list(self.take(name)?, read)
    }

    /// Reads a visibility. `Some(true)` selects only public messages, `Some(false)` only internal ones, `None` all.
    pub fn visibility(&mut self) -> Option<Option<bool>> {
        self.maybe("visibility", |value| either(&text(value)?, "public", "internal"))
    }

    pub fn limit(&mut self) -> Option<usize> {
        let limit = self.maybe("limit", number)?.unwrap_or(50);
        (1..=1000).contains(&limit).then_some(limit as usize)
    }

    pub fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

pub fn number(value: Value) -> Option<u64> {
    value.as_u64()
}

pub fn small(value: Value) -> Option<u32> {
    u32::try_from(number(value)?).ok()
}

/// Reads one of two words. Returns whether it is the first.
pub fn either(word: &str, first: &str, second: &str) -> Option<bool> {
    (word == first || word == second).then_some(word == first)
}

pub fn text(value: Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Reads an id of the caller's system.
pub fn external(value: Value) -> Option<String> {
    text(value).filter(|id| !id.is_empty() && !longer(id, 128))
}

pub fn list<T>(value: Value, read: fn(Value) -> Option<T>) -> Option<Vec<T>> {
    match value {
        Value::Array(items) => items.into_iter().map(read).collect(),
        _ => None,
    }
}

pub fn pairs(value: Value) -> Option<Pairs> {
    let fields = Fields::of(value)?.0.into_iter();
    fields.map(|(key, value)| Some((key, text(value)?))).collect()
}

/// Reads an object with exactly one field: its name and value.
pub fn tagged(value: Value) -> Option<(String, Value)> {
    let mut fields = Fields::of(value)?.0.into_iter();
    fields.next().filter(|_| fields.next().is_none())
}
