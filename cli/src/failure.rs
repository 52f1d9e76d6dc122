//! How a subcommand fails: one sentence on standard error, and an exit status.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use inboxdb::{Error, Refusal};

/// 128 and the number of SIGPIPE: the exit status that shells show for a program that it ended.
const CLOSED_PIPE: u8 = 141;
/// 128 and the number of SIGINT: the same for a program that Ctrl-C ended.
pub(crate) const INTERRUPTED: u8 = 130;

/// Why a subcommand failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Some lines were refused, and their results say why: exit 1 without a sentence.
    SomeRefused,
    /// The request was refused: exit 1, with the reason.
    Refused(String),
    /// The store, the input or the output failed: exit 2, with the cause and the remedy.
    Broken(String),
    /// The same, after the sentence was printed.
    BrokenAndSaid,
    /// The reader of standard output is gone: exit 141, as if SIGPIPE had ended the program, without a sentence. What
    /// was not read cannot be told from what was not there, so a script must be able to see it.
    OutputClosed,
    /// Ctrl-C or SIGTERM ended it: exit 130 without a sentence.
    Interrupted,
}

impl Failure {
    /// Prints the sentence, if there is one, and returns the exit status.
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
            Failure::OutputClosed => ExitCode::from(CLOSED_PIPE),
            Failure::Interrupted => ExitCode::from(INTERRUPTED),
        }
    }

    /// The failure for an error of standard output.
    pub(crate) fn of_output(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::OutputClosed,
            _ => {
                Failure::Broken(format!("cannot write to standard output: {error}; check the free space of its target"))
            }
        }
    }
}

/// Errors of the lines so far.
#[derive(Default)]
pub(crate) struct Tally {
    /// Some line was refused or malformed.
    refused: bool,
    /// The store failed at some line.
    unavailable: bool,
}

impl Tally {
    /// Counts an error and returns it as an output line shows it. The first failure of the store also goes to standard
    /// error at once: standard output may be a file that is read hours later.
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

    /// The result of the run as far as its lines matter.
    pub(crate) fn verdict(&self) -> Result<(), Failure> {
        match self {
            Tally { unavailable: true, .. } => Err(Failure::BrokenAndSaid),
            Tally { refused: true, .. } => Err(Failure::SomeRefused),
            _ => Ok(()),
        }
    }
}

/// An error of an open engine.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => Failure::Refused(refusal.message),
            other => Failure::Broken(failed_store(&other)),
        }
    }
}

/// An error of writing our own JSON.
impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Failure::Broken(format!("cannot write the answer as JSON: {error}; run it again without --json"))
    }
}

/// The sentence for a store that failed while it was open.
pub(crate) fn failed_store(error: &Error) -> String {
    match error {
        Error::Unreadable(_) => format!("{error}; run it again, and if that fails too, restore a backup"),
        _ => format!("{error}; everything answered before is safe"),
    }
}

/// Writes a sentence to standard error. If that is closed, the exit status must do.
pub(crate) fn say(sentence: impl Display) {
    let _ = writeln!(io::stderr(), "inboxdb: {sentence}");
}
