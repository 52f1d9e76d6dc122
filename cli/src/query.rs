//! `inboxdb query`: reads questions, one per line, and prints one answer line for each.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use inboxdb::{Code, Engine, Error, Query, Refusal};

use crate::failure::{Failure, Tally};
use crate::input::{Input, Parsed};
use crate::malformed;
use crate::named_filter::what_a_view_is;
use crate::relay::relay;
use crate::store::{Store, close_after};

const QUESTIONS: &str = r#"Each line of input is one question, and gets one line of answer, in order:
  {"count":{"workspace":1,"view":"tag:billing:open"}}
  {"list":{"workspace":1,"view":"all:open","limit":50,"before":null}}
  {"show":{"workspace":1,"chat":7}}
  {"messages":{"workspace":1,"chat":7,"visibility":"public","limit":50,"before":null}}
  {"files":{"workspace":1,"chat":7,"visibility":null,"limit":50,"before":null}}
  {"links":{"workspace":1,"chat":7,"visibility":null,"limit":50,"before":null}}
  {"earlier_chats":{"workspace":1,"chat":7,"limit":50,"before":null}}
  {"recommend":{"workspace":1,"chat":7,"limit":50}}
  {"managers":{"workspace":1}}
  {"tags":{"workspace":1}}
  {"customer":{"workspace":1,"customer":5}}
  {"profile_fields":{"workspace":1}}
  {"events":{"workspace":1,"customer":5,"limit":50,"before":null}}
  {"events_before_chat":{"workspace":1,"chat":7,"limit":50,"before":null}}
  {"notifications":{"workspace":1,"manager":7,"since":0,"limit":50,"after":null}}
  {"bulks":{"workspace":1}}
  {"indexes":{"workspace":1}}
  {"sidebar":{"workspace":1,"manager":7}}

"#;

const AFTER_HELP: &str = r#"Views are joined by & (and), | (or), ! (not) and parentheses; or by an object such as
{"and":["all:open",{"not":"tag:billing"}]}.
Views of custom indexes need --index.

Examples:
  echo '{"count":{"workspace":1,"view":"all:open"}}' | inboxdb query inbox
  echo '{"count":{"workspace":1,"view":"custom:team=payments"}}' | inboxdb query inbox --index team

Exit status: 0 every line was answered; 1 some lines were refused or malformed; 2 the store could not be opened, or
failed; 141 the reader of the answers went away."#;

/// Answer questions, one JSON object per line
///
/// The store must exist. Nothing is changed, except that `--index` builds a custom index that is missing.
#[derive(Args)]
#[command(after_help = format!("{QUESTIONS}{}\n{AFTER_HELP}", what_a_view_is()))]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: Store,
    /// File with questions; standard input if omitted or `-`
    file: Option<PathBuf>,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let input = Input::open(arguments.file.as_deref(), "questions")?;
    if let Some(remote) = arguments.store.remote()? {
        return relay(&remote, "/v1/queries", input);
    }
    let engine = arguments.store.open_existing()?;
    let answered = answer_all(&engine, input);
    close_after(engine, answered)
}

fn answer_all(engine: &Engine, input: Input) -> Result<(), Failure> {
    let batches = input.start(parse);
    let mut output = BufWriter::new(io::stdout().lock());
    let mut tally = Tally::default();
    while let Some(questions) = batches.next()? {
        print(engine, questions, &mut output, &mut tally).map_err(|error| Failure::of_output(&error))?;
    }
    tally.verdict()
}

/// Answers a batch and flushes. One answer at a time is in memory, as it may hold a thousand chats.
fn print(engine: &Engine, questions: Vec<Parsed<Query>>, output: &mut impl Write, tally: &mut Tally) -> io::Result<()> {
    for question in questions {
        let question = question.map_err(|message| Error::from(Refusal::new(Code::Malformed, message)));
        match question.and_then(|question| engine.query(&question)) {
            Ok(answer) => serde_json::to_writer(&mut *output, &answer)?,
            Err(error) => {
                output.write_all(br#"{"error":"#)?;
                serde_json::to_writer(&mut *output, &tally.note(error))?;
                output.write_all(b"}")?;
            }
        }
        output.write_all(b"\n")?;
    }
    output.flush()
}

fn parse(line: &[u8]) -> Parsed<Query> {
    malformed::read(malformed::text(line, "a question")?)
}
