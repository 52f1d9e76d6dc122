//! Lines of input, read and parsed on a thread of their own and handed over in batches.
//!
//! A batch is what is there: a line that somebody types comes alone and at once, a file comes in thousands.
//! Everything is bounded: a batch, the number of batches that wait, and the length of a line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::failure::{Failure, say};

/// A longer line is malformed, and is skipped without being kept.
const LINE_BYTES_MAX: usize = 64 << 20;
/// A batch is handed over when it has reached this much text.
const BATCH_BYTES: usize = 1 << 20;
/// A batch never has more lines than this.
const BATCH_LINES_MAX: usize = 8_192;
/// Batches that may wait while one is being worked on.
const BATCHES_WAITING: usize = 2;
/// The room that is kept for the next line after a long one.
const LINE_BYTES_KEPT: usize = 1 << 20;

/// What a line was read as, or what is wrong with it.
pub(crate) type Parsed<T> = Result<T, String>;

/// Where lines come from. Opened before the store is, so that a missing file changes nothing.
pub(crate) struct Input {
    reader: Box<dyn Read + Send>,
    name: String,
}

impl Input {
    /// Opens a file; `-` or none is standard input. `what` names the lines for somebody who types them.
    pub(crate) fn open(file: Option<&Path>, what: &str) -> Result<Self, Failure> {
        let Some(path) = file.filter(|path| *path != Path::new("-")) else {
            let stdin = io::stdin();
            if stdin.is_terminal() {
                say(format_args!("reading {what} from the terminal, one a line; end with Ctrl-D"));
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

    /// What is read, and what to call it.
    pub(crate) fn into_reader(self) -> (impl BufRead, String) {
        (BufReader::with_capacity(BATCH_BYTES, self.reader), self.name)
    }

    /// Begins to read. Each line is given to `parse`, without its line feed.
    pub(crate) fn start<T: Send + 'static>(self, parse: fn(&[u8]) -> Parsed<T>) -> Batches<T> {
        let (sender, receiver) = sync_channel(BATCHES_WAITING);
        let name = self.name;
        // Nobody waits for this thread: it may be in the middle of a read that never returns.
        let started = thread::Builder::new().name("input".to_owned()).spawn({
            let sender = sender.clone();
            move || {
                if let Err(error) = read_all(self.reader, parse, &sender) {
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
    /// Waits for the next lines; none at the end of the input.
    pub(crate) fn next(&self) -> Result<Option<Vec<Parsed<T>>>, Failure> {
        match self.receiver.recv() {
            Ok(Ok(batch)) => Ok(Some(batch)),
            Ok(Err(error)) => Err(Failure::Broken(format!(
                "cannot read {}: {error}; the lines before are done, go on with the rest",
                self.name
            ))),
            Err(_) => Ok(None),
        }
    }
}

/// Reads to the end, or until nobody listens.
fn read_all<T>(
    input: impl Read,
    parse: fn(&[u8]) -> Parsed<T>,
    batches: &SyncSender<io::Result<Vec<Parsed<T>>>>,
) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(BATCH_BYTES, input);
    let mut line = Vec::new();
    let mut batch = Vec::new();
    let mut batch_bytes = 0;
    while let Some(parsed) = next_line(&mut reader, &mut line, parse)? {
        batch_bytes += line.len();
        batch.push(parsed);
        let full = batch_bytes >= BATCH_BYTES || batch.len() >= BATCH_LINES_MAX;
        // To look for another line could mean to wait for it: what there is goes first.
        if full || !reader.buffer().contains(&b'\n') {
            if batches.send(Ok(std::mem::take(&mut batch))).is_err() {
                return Ok(());
            }
            batch_bytes = 0;
        }
    }
    Ok(())
}

/// Reads one line, also a last one without a line feed; none at the end.
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
