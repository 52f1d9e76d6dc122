//! Lines of input, read and parsed on their own thread and handed over in batches.
//!
//! A batch is whatever has arrived: a typed line comes alone and at once, a file comes by the thousand. Everything is
//! bounded: the batch, the number of waiting batches, and the length of a line.

mod mend;

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use mend::Mended;

use crate::failure::{Failure, say};
use crate::terminal::is_quiet;

/// A longer line is malformed. It is skipped without being held in memory.
const LINE_BYTES_MAX: usize = 64 << 20;
/// A batch is handed over once it holds this much text.
const BATCH_BYTES: usize = 1 << 20;
/// A batch never has more lines.
const BATCH_LINES_MAX: usize = 8_192;
/// Batches that may wait while one is in work.
const BATCHES_WAITING: usize = 2;
/// The buffer kept for the next line after a long one.
const LINE_BYTES_KEPT: usize = 1 << 20;

/// A parsed line, or what is wrong with it.
pub(crate) type Parsed<T> = Result<T, String>;

/// An open input. It is opened before the store, so that a missing file changes nothing.
pub(crate) struct Input {
    reader: Box<dyn Read + Send>,
    name: String,
}

impl Input {
    /// Opens a file, or standard input for `-` and `None`. `what` names the lines in messages.
    pub(crate) fn open(file: Option<&Path>, what: &str) -> Result<Self, Failure> {
        let Some(path) = file.filter(|path| *path != Path::new("-")) else {
            let stdin = io::stdin();
            if stdin.is_terminal() && !is_quiet() {
                let end = if cfg!(windows) { "Ctrl-Z and Enter" } else { "Ctrl-D" };
                say(format_args!("reading {what} from the terminal, one per line; end with {end}"));
            }
            return Ok(Self { reader: Box::new(stdin), name: "standard input".to_owned() });
        };
        let opened = File::open(path).and_then(|file| match file.metadata()?.is_dir() {
            true => Err(io::ErrorKind::IsADirectory.into()),
            false => Ok(file),
        });
        match opened {
            Ok(file) => Ok(Self { reader: Box::new(file), name: path.display().to_string() }),
            Err(error) => Err(Failure::Broken(format!(
                "cannot read {}: {error}; name a file with {what}, or `-` for standard input",
                path.display()
            ))),
        }
    }

    /// The reader and its name.
    pub(crate) fn into_reader(self) -> (BufReader<impl Read>, String) {
        let reader = Mended::new(self.reader, self.name.clone(), BATCH_BYTES);
        (BufReader::with_capacity(BATCH_BYTES, reader), self.name)
    }

    /// Starts reading. `parse` gets each line without its line feed.
    pub(crate) fn start<T: Send + 'static>(self, parse: fn(&[u8]) -> Parsed<T>) -> Batches<T> {
        let (sender, receiver) = sync_channel(BATCHES_WAITING);
        let (reader, name) = self.into_reader();
        // The thread is never joined: it may sit in a read that never returns.
        let started = thread::Builder::new().name("input".to_owned()).spawn({
            let sender = sender.clone();
            move || {
                if let Err(error) = read_all(reader, parse, &sender) {
                    let _ = sender.send(Err(error));
                }
            }
        });
        if let Err(error) = started {
            let _ = sender.try_send(Err(error));
        }
        Batches { receiver, name }
    }
}

/// The batches of an input, in order.
pub(crate) struct Batches<T> {
    receiver: Receiver<io::Result<Vec<Parsed<T>>>>,
    name: String,
}

impl<T> Batches<T> {
    /// Waits for the next lines. `None` at the end of the input.
    pub(crate) fn next(&self) -> Result<Option<Vec<Parsed<T>>>, Failure> {
        match self.receiver.recv() {
            Ok(Ok(batch)) => Ok(Some(batch)),
            Ok(Err(error)) => Err(Failure::Broken(format!(
                "cannot read {}: {error}; the lines before are done, continue with the rest",
                self.name
            ))),
            Err(_) => Ok(None),
        }
    }
}

/// Reads to the end, or until the receiver is gone.
fn read_all<T>(
    mut reader: BufReader<impl Read>,
    parse: fn(&[u8]) -> Parsed<T>,
    batches: &SyncSender<io::Result<Vec<Parsed<T>>>>,
) -> io::Result<()> {
    let mut line = Vec::new();
    let mut batch = Vec::new();
    let mut batch_bytes = 0;
    while let Some(parsed) = next_line(&mut reader, &mut line, parse)? {
        batch_bytes += line.len();
        batch.push(parsed);
        let full = batch_bytes >= BATCH_BYTES || batch.len() >= BATCH_LINES_MAX;
        // Looking for another line may block, so the finished ones go first.
        if full || !reader.buffer().contains(&b'\n') {
            if batches.send(Ok(std::mem::take(&mut batch))).is_err() {
                return Ok(());
            }
            batch_bytes = 0;
        }
    }
    Ok(())
}

/// Reads one line, also a last one without a line feed. `None` at the end.
fn next_line<T>(
    reader: &mut impl BufRead,
    line: &mut Vec<u8>,
    parse: fn(&[u8]) -> Parsed<T>,
) -> io::Result<Option<Parsed<T>>> {
    line.clear();
    line.shrink_to(LINE_BYTES_KEPT);
    reader.by_ref().take(LINE_BYTES_MAX as u64 + 1).read_until(b'\n', line)?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() > LINE_BYTES_MAX {
        reader.skip_until(b'\n')?;
        return Ok(Some(Err(format!("the line is longer than {} MiB", LINE_BYTES_MAX >> 20))));
    }
    Ok(Some(parse(line)))
}
