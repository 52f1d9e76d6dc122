//! `apply` and `query` through a server: lines go there in pieces, and the lines of the answers are printed.

use std::io::{self, BufRead, BufWriter, Write};

use serde_json::Value;

use crate::failure::{Failure, say};
use crate::input::{Input, Parsed};
use crate::remote::Remote;

/// Lines that are sent together at most. The server answers while it reads, so what is sent must fit into the buffers
/// between the two: nothing is read here until all of it is sent.
const LINES_MAX: usize = 128;
const BYTES_MAX: usize = 64 << 10;

/// How an answer to a command begins.
const LINE: &str = "{\"line\":";

/// Sends the input, and prints the answers.
pub(crate) fn relay(remote: &Remote, path: &str, input: Input) -> Result<(), Failure> {
    let batches = input.start(whole);
    let mut run =
        Run { remote, path, output: BufWriter::new(io::stdout().lock()), line: 0, refused: false, failed: false };
    while let Some(lines) = batches.next()? {
        let mut piece = Vec::new();
        let mut count = 0;
        for line in lines {
            // A line that is too long, and was skipped, is sent as a blank one: malformed as well.
            let line = line.unwrap_or_default();
            if count == LINES_MAX || count > 0 && piece.len() + line.len() > BYTES_MAX {
                run.send(&std::mem::take(&mut piece), std::mem::take(&mut count))?;
            }
            piece.extend_from_slice(&line);
            piece.push(b'\n');
            count += 1;
        }
        run.send(&piece, count)?;
    }
    match (run.failed, run.refused) {
        (true, _) => Err(Failure::BrokenAndSaid),
        (false, true) => Err(Failure::SomeRefused),
        _ => Ok(()),
    }
}

fn whole(line: &[u8]) -> Parsed<Vec<u8>> {
    Ok(line.to_vec())
}

/// One run over the input.
struct Run<'r, W: Write> {
    remote: &'r Remote,
    path: &'r str,
    output: W,
    /// Lines sent before.
    line: u64,
    refused: bool,
    failed: bool,
}

impl<W: Write> Run<'_, W> {
    fn send(&mut self, piece: &[u8], count: usize) -> Result<(), Failure> {
        if count == 0 {
            return Ok(());
        }
        let mut answered = 0;
        for answer in self.remote.lines(self.path, piece)?.lines() {
            let answer = answer.map_err(|error| self.remote.broken(&error))?;
            self.note(&answer);
            self.print(&answer).map_err(|error| Failure::of_output(&error))?;
            answered += 1;
        }
        self.output.flush().map_err(|error| Failure::of_output(&error))?;
        self.line += answered;
        match answered == count as u64 {
            true => Ok(()),
            false => Err(self.remote.broken(&format_args!("the answer ended after line {}", self.line))),
        }
    }

    fn note(&mut self, answer: &str) {
        let answer: Value = serde_json::from_str(answer).unwrap_or_default();
        let Some(error) = answer.get("error") else { return };
        match error["code"] == "unavailable" {
            true => {
                if !std::mem::replace(&mut self.failed, true) {
                    say(error["message"].as_str().unwrap_or_default());
                }
            }
            false => self.refused = true,
        }
    }

    /// Prints an answer, with the number of the line in the whole input.
    fn print(&mut self, answer: &str) -> io::Result<()> {
        let numbered = answer.strip_prefix(LINE).and_then(|rest| {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, rest) = rest.split_at(digits);
            Some((number.parse::<u64>().ok()?, rest))
        });
        match numbered {
            Some((number, rest)) => writeln!(self.output, "{LINE}{}{rest}", self.line + number),
            None => writeln!(self.output, "{answer}"),
        }
    }
}
