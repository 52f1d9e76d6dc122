//! `inboxdb apply`: reads commands, one per line, and prints one result line for each.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use inboxdb::{Code, Engine, Envelope, Error, Outcome, Refusal};

use crate::command_names::command_names;
use crate::failure::{Failure, Tally};
use crate::help::help_columns;
use crate::input::{Input, Parsed};
use crate::malformed;
use crate::relay::relay;
use crate::store::{Store, close_after};
use crate::terminal::wrap;

const RESULTS: &str = r#"Each line of input is one command. Its result is one line of output, printed in order and once it is safe on disk:
  {"line":1,"seq":1,"ok":{}}
  {"line":2,"error":{"code":"unknown_chat","message":"there is no chat 7"}}"#;

const AFTER_HELP: &str = r#"A bulk action does one thing to many chats, and reports how many changed and which were refused:
  {"bulk":{"select":{"filter":"tag:billing:open"},"do":{"assign":{"manager":7}}}}
  {"bulk":{"select":{"chats":[3,5,8]},"do":{"close":{}}}}
  {"line":3,"seq":9,"ok":{"changed":2,"unchanged":0,"refused":[{"chat":8,"code":"unknown_chat"}]}}
It is written as one change per few hundred chats. If a crash interrupts it, the next opening finishes it.

Example:
  echo '{"workspace":1,"at":1582652374000,"actor":"system","do":{"put_manager":{"manager":7,"name":"Ada","role":"owner"}}}' \
    | inboxdb apply inbox

Exit status: 0 every line was accepted; 1 some lines were refused or malformed (the others are applied); 2 the store
could not be opened, or failed; 141 the reader of the results went away."#;

/// Apply commands, one JSON object per line
///
/// Creates the store if the directory is missing or empty. The commands carry their own time.
#[derive(Args)]
#[command(after_help = format!("{RESULTS}\n\n{}\n\n{AFTER_HELP}", commands()))]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: Store,
    /// File with commands; standard input if omitted or `-`
    file: Option<PathBuf>,
}

/// What a command is, for the help text.
fn commands() -> String {
    let names = wrap(&command_names().join(" "), help_columns() - 2).join("\n  ");
    format!("A command names a workspace, a time (ms since 1970), the actor, and one thing to do:\n  {names}")
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    // The input is opened first, so that a missing file changes nothing on disk.
    let input = Input::open(arguments.file.as_deref(), "commands")?;
    if let Some(remote) = arguments.store.remote()? {
        return relay(&remote, "/v1/commands", input);
    }
    let engine = arguments.store.open_or_create()?;
    let applied = Apply::new(&engine).all(input);
    close_after(engine, applied)
}

/// One run over the input.
struct Apply<'e> {
    engine: &'e Engine,
    line: u64,
    tally: Tally,
}

impl<'e> Apply<'e> {
    fn new(engine: &'e Engine) -> Self {
        Self { engine, line: 0, tally: Tally::default() }
    }

    fn all(mut self, input: Input) -> Result<(), Failure> {
        let batches = input.start(parse);
        let mut output = BufWriter::new(io::stdout().lock());
        while let Some(lines) = batches.next()? {
            let results = self.batch(&lines);
            self.print(&mut output, results).map_err(|error| Failure::of_output(&error))?;
        }
        self.tally.verdict()
    }

    /// Applies the well-formed lines of a batch and waits for the disk once. Returns one result per line.
    fn batch(&self, lines: &[Parsed<Envelope>]) -> Vec<Result<Outcome, Error>> {
        let mut pipeline = self.engine.pipeline();
        lines.iter().flatten().for_each(|envelope| pipeline.push(envelope));
        let mut outcomes = pipeline.finish().into_iter();
        let result = |line: &Parsed<Envelope>| match line {
            Ok(_) => outcomes.next().unwrap_or_else(|| Err(Error::Unavailable("it gave no answer".to_owned().into()))),
            Err(message) => Err(Refusal::new(Code::Malformed, message.clone()).into()),
        };
        lines.iter().map(result).collect()
    }

    /// Prints the results of a batch and flushes, so that a reader sees them at once.
    fn print(&mut self, output: &mut impl Write, results: Vec<Result<Outcome, Error>>) -> io::Result<()> {
        for result in results {
            self.line += 1;
            match result {
                Ok(outcome) => print_accepted(output, self.line, outcome)?,
                Err(error) => {
                    write!(output, r#"{{"line":{},"error":"#, self.line)?;
                    serde_json::to_writer(&mut *output, &self.tally.note(error))?;
                    output.write_all(b"}\n")?;
                }
            }
        }
        output.flush()
    }
}

fn print_accepted(output: &mut impl Write, line: u64, outcome: Outcome) -> io::Result<()> {
    write!(output, r#"{{"line":{line},"seq":{},"ok":"#, outcome.seq)?;
    serde_json::to_writer(&mut *output, &outcome.reply)?;
    output.write_all(b"}\n")
}

fn parse(line: &[u8]) -> Parsed<Envelope> {
    malformed::read(malformed::text(line, "a command")?)
}
