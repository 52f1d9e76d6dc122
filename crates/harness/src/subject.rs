//! Drives an engine by lines of JSON, and compares it with the naive model.

use std::fmt;
use std::path::{Path, PathBuf};

use inboxdb::{AttributeIndex, Code, Config, Engine, Envelope, Error, IndexedChat, Keys, Query};
use serde_json::{Value, json};
use tempfile::TempDir;

use inboxdb_naive::{Naive, queries};

/// Returns the lines of the real trace, if it is available. Otherwise prints that the test is skipped.
pub fn real_trace() -> Option<Vec<Vec<u8>>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/support.jsonl");
    match std::fs::read(&path) {
        Ok(text) => {
            Some(text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect())
        }
        Err(error) => {
            eprintln!("skipped: the real trace is not available ({}: {error})", path.display());
            None
        }
    }
}

/// Adds the custom indexes that the model knows.
pub fn indexed(config: Config) -> Config {
    config.index("team", 1, AttributeIndex::new("team")).index("words", 1, words)
}

/// Pushes the words of a chat's description.
fn words(chat: &IndexedChat<'_>, keys: &mut Keys) {
    let words = chat.description().unwrap_or_default().split(|c: char| !c.is_alphanumeric());
    words.filter(|word| !word.is_empty()).for_each(|word| keys.push(&word.to_lowercase()));
}

/// Opens an engine.
type Opens = Box<dyn Fn(&Path, Config) -> Engine + Send + Sync>;

/// An engine on its own store, which can be closed and reopened.
pub struct Subject {
    config: Config,
    path: PathBuf,
    opens: Opens,
    engine: Option<Engine>,
    /// Deleted when the subject is dropped.
    _directory: Option<TempDir>,
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Subject {
    /// Opens an engine on a temporary directory.
    pub fn new(config: Config) -> Self {
        Self::owning(tempfile::tempdir().unwrap(), config)
    }

    /// Opens an engine on a directory that is deleted with the subject.
    pub fn owning(directory: TempDir, config: Config) -> Self {
        let mut subject = Self::at(directory.path(), config);
        subject._directory = Some(directory);
        subject
    }

    /// Opens an engine on a directory that outlives the subject.
    pub fn at(path: &Path, config: Config) -> Self {
        Self::opened_by(path, config, |path, config| Engine::open(path, config).unwrap())
    }

    /// Opens an engine with a function, which needs no directory.
    pub fn opened_by(
        path: &Path,
        config: Config,
        opens: impl Fn(&Path, Config) -> Engine + Send + Sync + 'static,
    ) -> Self {
        let (config, path, opens) = (indexed(config), path.to_owned(), Box::new(opens));
        let mut subject = Self { config, path, opens, engine: None, _directory: None };
        subject.open();
        subject
    }

    /// Returns the open engine.
    pub fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    /// Returns the directory of the store.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Scrubs and closes the engine, and opens it again.
    pub fn reopen(&mut self) {
        self.close();
        self.open();
    }

    /// Opens the closed engine.
    pub fn open(&mut self) {
        self.engine = Some((self.opens)(&self.path, self.config.clone()));
    }

    /// Scrubs and closes the engine.
    pub fn close(&mut self) {
        let engine = self.engine.take().unwrap();
        assert_clean(&engine);
        engine.close().unwrap();
    }

    /// Executes some lines of commands with one wait. Returns replies like the model's: without `seq` and messages.
    pub fn apply(&self, lines: &[Vec<u8>]) -> Vec<Value> {
        let parsed: Vec<Option<Envelope>> = lines.iter().map(|line| serde_json::from_slice(line).ok()).collect();
        let mut pipeline = self.engine().pipeline();
        parsed.iter().flatten().for_each(|envelope| pipeline.push(envelope));
        let mut results = pipeline.finish().into_iter();
        let answer = |envelope: &Option<Envelope>| match envelope {
            None => json!({"error":{"code":"malformed"}}),
            Some(_) => match results.next().unwrap() {
                Ok(outcome) => json!({ "ok": outcome.reply }),
                Err(error) => refusal(&error),
            },
        };
        parsed.iter().map(answer).collect()
    }

    /// Answers a line of queries.
    pub fn ask(&self, line: &str) -> Value {
        let Ok(query) = serde_json::from_str::<Query>(line) else {
            return json!({"error":{"code":"malformed"}});
        };
        self.ask_parsed(&query)
    }

    fn ask_parsed(&self, query: &Query) -> Value {
        match self.engine().query(query) {
            Ok(answer) => serde_json::to_value(answer).unwrap(),
            Err(error) => refusal(&error),
        }
    }

    /// Answers like the model: without seqs, and without the texts of reasons.
    pub fn query(&self, line: &str) -> Value {
        like_the_model(self.ask(line))
    }

    /// Answers a query like the model.
    pub fn answer(&self, query: &Query) -> Value {
        like_the_model(self.ask_parsed(query))
    }

    /// Asserts that every question has the same answer in the engine and in the model, with all pages.
    pub fn assert_equals(&self, naive: &Naive, seed: u64, full: bool) {
        queries(naive, seed, full).iter().for_each(|query| self.assert_same_pages(naive, query));
    }

    /// Like [`assert_equals`](Self::assert_equals), without the notifications.
    pub fn assert_equals_but_for_notifications(&self, naive: &Naive, seed: u64) {
        let queries = queries(naive, seed, true);
        let others = queries.iter().filter(|query| !query.starts_with(r#"{"notifications""#));
        others.for_each(|query| self.assert_same_pages(naive, query));
    }

    /// Returns the first question whose answers differ, with both answers.
    pub fn difference(&self, naive: &Naive, seed: u64) -> Option<String> {
        queries(naive, seed, true).iter().find_map(|query| self.different_pages(naive, query))
    }

    fn assert_same_pages(&self, naive: &Naive, query: &str) {
        let different = self.different_pages(naive, query);
        assert!(different.is_none(), "{}", different.unwrap_or_default());
    }

    fn different_pages(&self, naive: &Naive, query: &str) -> Option<String> {
        let (mut here, mut there) = (query.to_owned(), query.to_owned());
        loop {
            let (mut mine, mut theirs) = (self.query(&here), naive.query(&there));
            let (next, next_there) = (take_next(&mut mine), take_next(&mut theirs));
            if mine != theirs || next.is_some() != next_there.is_some() {
                return Some(format!("{query}, at {here}\n is   {mine}, {next:?}\n not  {theirs}, {next_there:?}"));
            }
            let (Some(next), Some(next_there)) = (next, next_there) else { return None };
            here = continued(query, &next);
            there = continued(query, &next_there);
        }
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        if let Some(engine) = self.engine.take()
            && !std::thread::panicking()
        {
            assert_clean(&engine);
            engine.close().unwrap();
        }
    }
}

/// Asserts that the index agrees with the records.
pub fn assert_clean(engine: &Engine) {
    let report = engine.scrub().unwrap();
    assert!(report.is_clean(), "{:#?}", report.faults);
}

fn like_the_model(mut answer: Value) -> Value {
    forget_fields(&mut answer, &["seq", "reason"]);
    answer
}

/// Removes fields with these names at any depth.
fn forget_fields(answer: &mut Value, names: &[&str]) {
    match answer {
        Value::Object(fields) => {
            fields.retain(|name, _| !names.contains(&name.as_str()));
            fields.values_mut().for_each(|value| forget_fields(value, names));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| forget_fields(value, names)),
        _ => {}
    }
}

/// Shows a refusal as the model does: everything but the message, and nothing that is null. Where a malformed command
/// is at fault does not count: a line may be refused before it is understood.
pub fn refusal(error: &Error) -> Value {
    if error.code() == Code::Malformed {
        return json!({"error":{"code":"malformed"}});
    }
    let mut shown = match error {
        Error::Refused(refusal) => serde_json::to_value(refusal).unwrap(),
        other => json!({"code":other.code()}),
    };
    let fields = shown.as_object_mut().unwrap();
    fields.retain(|name, value| name != "message" && !value.is_null());
    json!({ "error": shown })
}

fn take_next(answer: &mut Value) -> Option<Value> {
    answer.as_object_mut()?.remove("next").filter(|next| !next.is_null())
}

/// Returns the same query, from a cursor on.
fn continued(query: &str, next: &Value) -> String {
    let mut query: Value = serde_json::from_str(query).unwrap();
    let (query_name, fields) = query.as_object_mut().unwrap().iter_mut().next().unwrap();
    let is_after = ["notifications", "customers"].contains(&query_name.as_str());
    let cursor = if is_after { "after" } else { "before" };
    fields[cursor] = next.clone();
    query.to_string()
}
