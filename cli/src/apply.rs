//! `inboxdb apply`: commands in, results out, a line for a line.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use inboxdb::{Code, Config, Engine, Envelope, Error, Outcome, Refusal};

use crate::failure::{Failure, Tally};
use crate::input::{Input, Parsed};
use crate::malformed;
use crate::store::{Store, close_after};

const AFTER_HELP: &str = r#"Each line of input is one command, and gets one line of result, in order, printed when it is safe on disk:
  {"line":1,"seq":1,"ok":{}}
  {"line":2,"error":{"code":"unknown_chat","message":"there is no chat 7"}}

A command is who asks, when (ms since 1970), in which workspace, and one of these to do:
  people     put_manager remove_manager set_operator set_online set_capacity
  customers  put_customer delete_customer track_event set_profile_fields
  tags       create_tag delete_tag move_tag follow_tag unfollow_tag
  chats      start_chat send_message set_description set_attribute delete_chat
             assign assign_recommended unassign leave follow unfollow
             tag untag open snooze close mark_read favorite unfavorite
  at large   bulk delete_workspace tick

A bulk action does one thing with many chats, and answers what became of them:
  {"bulk":{"select":{"filter":"tag:billing:open"},"do":{"assign":{"manager":7}}}}
  {"bulk":{"select":{"chats":[3,5,8]},"do":{"close":{}}}}
  {"line":3,"seq":9,"ok":{"changed":2,"unchanged":0,"refused":[{"chat":8,"code":"unknown_chat"}]}}
It is a change for each few hundred chats; one that a crash interrupts is finished by the next opening.

Example:
  echo '{"workspace":1,"at":1582652374000,"actor":"system","do":{"put_manager":{"manager":7,"name":"Ada","role":"owner"}}}' \
    | inboxdb apply inbox

Exit status: 0 all lines were accepted; 1 some were refused or malformed, and the others are applied, or the
results could not all be printed; 2 the store could not be opened, or failed."#;

/// Apply commands, one JSON object a line
///
/// The store is created if the directory is missing or empty. Time is what the commands say.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: Store,
    /// The commands; standard input if absent or `-`
    file: Option<PathBuf>,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    // The input comes first: where it is missing, nothing has changed on disk.
    let input = Input::open(arguments.file.as_deref(), "commands")?;
    let engine = arguments.store.open(Config::default())?;
    let applied = match Apply::new(&engine).all(input) {
        // Not all is known to be accepted.
        Err(Failure::OutputClosed) => Err(Failure::SomeRefused),
        other => other,
    };
    close_after(engine, applied)
}

/// A run over the lines.
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

    /// Applies what is well-formed of a batch, and waits for its durability once. One result for each line.
    fn batch(&self, lines: &[Parsed<Envelope>]) -> Vec<Result<Outcome, Error>> {
        let mut pipeline = self.engine.pipeline();
        lines.iter().flatten().for_each(|envelope| pipeline.push(envelope));
        let mut outcomes = pipeline.finish().into_iter();
        let result = |line: &Parsed<Envelope>| match line {
            Ok(_) => outcomes.next().unwrap_or_else(|| Err(Error::Unavailable("it gave no answer".to_owned()))),
            Err(message) => Err(Refusal::new(Code::Malformed, message.clone()).into()),
        };
        lines.iter().map(result).collect()
    }

    /// Prints the results of a batch, and lets whoever reads have them at once.
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
