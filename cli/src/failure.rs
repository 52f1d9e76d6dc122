//! How a subcommand ends when something went wrong: one sentence on standard error, and an exit status.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use inboxdb::{Error, Refusal};

/// Why a subcommand did not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Some lines were refused, and their results say why: exit 1, in silence.
    SomeRefused,
    /// What was asked for was refused: exit 1, with the reason.
    Refused(String),
    /// The store, the input or the output failed: exit 2, with what happened and what to do.
    Broken(String),
    /// The same, where it has been said already.
    BrokenAndSaid,
    /// The reader of standard output has gone: the end, in silence. It is the usual way to look at the first few
    /// lines of something long, and no error.
    OutputClosed,
}

impl Failure {
    /// Says what is to be said, and answers with the exit status.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Failure::SomeRefused => ExitCode::from(1),
            Failure::Refused(sentence) => {
                say(&sentence);
                ExitCode::from(1)
            }
            Failure::Broken(sentence) => {
                say(&sentence);
                ExitCode::from(2)
            }
            Failure::BrokenAndSaid => ExitCode::from(2),
            Failure::OutputClosed => ExitCode::SUCCESS,
        }
    }

    /// Of writing to standard output.
    pub(crate) fn of_output(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::OutputClosed,
            _ => Failure::Broken(format!("cannot write to standard output: {error}; make room where it leads to")),
        }
    }
}

/// What the lines of a run were worth.
#[derive(Default)]
pub(crate) struct Tally {
    /// Whether one was refused or malformed.
    refused: bool,
    /// Whether the store has failed one.
    unavailable: bool,
}

impl Tally {
    /// Takes note of an error, and makes of it what a line of output shows. The first failure of the store is said
    /// at once: standard output may be a file that nobody looks into for hours.
    pub(crate) fn note(&mut self, error: Error) -> Refusal {
        match error {
            Error::Refused(refusal) => {
                self.refused = true;
                refusal
            }
            failed => {
                if !std::mem::replace(&mut self.unavailable, true) {
                    say(failed_store(&failed));
                }
                Refusal::new(failed.code(), failed.to_string())
            }
        }
    }

    /// How the run ends, as far as its lines go.
    pub(crate) fn verdict(&self) -> Result<(), Failure> {
        match self {
            Tally { unavailable: true, .. } => Err(Failure::BrokenAndSaid),
            Tally { refused: true, .. } => Err(Failure::SomeRefused),
            _ => Ok(()),
        }
    }
}

/// Of an engine that is open.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => Failure::Refused(refusal.message),
            other => Failure::Broken(failed_store(&other)),
        }
    }
}

/// Of writing JSON of our own.
impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Failure::Broken(format!("the answer cannot be written as JSON: {error}; leave out --json"))
    }
}

/// The sentence for a store that failed while it was open.
pub(crate) fn failed_store(error: &Error) -> String {
    match error {
        Error::Unreadable(_) => format!("{error}; run it again, and if that does not help restore a backup"),
        _ => format!("{error}; whatever was answered before is safe"),
    }
}

/// Writes a sentence to standard error. Where that is closed, nobody wants to know.
pub(crate) fn say(sentence: impl Display) {
    let _ = writeln!(io::stderr(), "inboxdb: {sentence}");
}
