//! Runs the real binary, each test in its own directory.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

use serde_json::Value;
use tempfile::TempDir;

/// A directory that may contain a store.
pub struct Place {
    directory: PathBuf,
    /// Kept so that the directory is removed after the test.
    _temporary: Option<TempDir>,
}

/// The result of a run of the binary.
pub struct Ran {
    /// The exit status.
    pub code: i32,
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub errors: String,
}

impl Ran {
    /// Parses the output as lines of JSON.
    pub fn json(&self) -> Vec<Value> {
        self.output.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Asserts exit 2, no output, and one sentence on standard error that contains these words.
    #[track_caller]
    pub fn assert_broken(&self, words: &[&str]) {
        assert_eq!(self.code, 2, "{}", self.errors);
        self.assert_sentence(words);
        assert!(self.output.is_empty(), "{}", self.output);
    }

    /// Asserts one sentence on standard error that contains these words.
    #[track_caller]
    pub fn assert_sentence(&self, words: &[&str]) {
        assert!(self.errors.starts_with("inboxdb: "), "{}", self.errors);
        assert_eq!(self.errors.trim_end().lines().count(), 1, "{}", self.errors);
        for word in words {
            assert!(self.errors.contains(word), "{word:?} is missing in {}", self.errors);
        }
    }
}

impl Place {
    /// Creates an empty place.
    pub fn new() -> Self {
        let temporary = TempDir::new().unwrap();
        Self { directory: temporary.path().to_owned(), _temporary: Some(temporary) }
    }

    /// Uses an existing directory.
    pub fn at(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), _temporary: None }
    }

    /// Creates a place with a store that has accepted these lines.
    pub fn with(lines: &str) -> Self {
        let place = Self::new();
        let ran = place.run(["apply", "store"], lines);
        assert_eq!(ran.code, 0, "{}{}", ran.output, ran.errors);
        place
    }

    /// Returns a path in this place.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Returns the sorted names in a directory.
    pub fn names(&self, name: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(name)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Returns a command that runs the binary in this directory.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inboxdb"));
        command.args(arguments).current_dir(&self.directory);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command
    }

    /// Runs the binary to its end with some input.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>, input: impl Into<Vec<u8>>) -> Ran {
        run(self.command(arguments), input.into())
    }

    /// Asks one question.
    pub fn ask(&self, question: &str) -> Value {
        self.run(["query", "store"], question).json().swap_remove(0)
    }

    /// Counts the chats of a view in workspace 1.
    pub fn count(&self, view: &str) -> u64 {
        let question = serde_json::json!({"count": {"workspace": 1, "view": view}});
        self.ask(&question.to_string())["count"].as_u64().unwrap()
    }
}

/// Runs a command to its end. A thread feeds the input, so that neither side blocks on a full pipe.
pub fn run(mut command: Command, input: Vec<u8>) -> Ran {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feeder = thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        output: String::from_utf8(output.stdout).unwrap(),
        errors: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A running process that exchanges lines with the test.
pub struct Dialog {
    /// The process.
    pub child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Dialog {
    /// Starts the process.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, input, output }
    }

    /// Sends a line and waits for the answer.
    pub fn say(&mut self, line: &str) -> Value {
        self.input.write_all(format!("{line}\n").as_bytes()).unwrap();
        let mut answer = String::new();
        self.output.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap()
    }

    /// Closes the input and returns the exit status.
    pub fn end(mut self) -> i32 {
        drop(self.input);
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

/// Returns a line of input: a system command in workspace 1.
pub fn line(at: u64, command: &str) -> String {
    format!(r#"{{"workspace":1,"at":{at},"actor":"system","do":{command}}}"#) + "\n"
}

/// Returns lines that create manager 7, customer 5 and some chats.
pub fn setup(chats: u64) -> String {
    let people = [
        line(1, r#"{"put_manager":{"manager":7,"name":"Ada","role":"owner"}}"#),
        line(1, r#"{"put_customer":{"customer":5,"name":"김민준"}}"#),
    ];
    let chats = (0..chats).map(|chat| line(1_000 + chat, r#"{"start_chat":{"customer":5}}"#));
    people.into_iter().chain(chats).collect()
}

/// Whether a path does not exist.
pub fn is_missing(path: &Path) -> bool {
    !path.exists()
}
