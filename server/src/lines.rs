//! Batches: lines in, and for each a line out, while more lines may still be on their way.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use http_body_util::BodyExt;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tracing::Instrument;

use crate::access::Caller;
use crate::app::App;
use crate::body::NDJSON;
use crate::error::Failure;

/// Lines that are answered together at most.
const BATCH_LINES_MAX: usize = 1_024;
/// Answers that may wait for a client that reads slowly.
const ANSWERS_WAITING: usize = 4;

/// A line of a request, or that it is too long.
pub(crate) type Line = Result<Bytes, TooLong>;

/// A line above the limit. It was skipped without being held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLong;

/// Answers some lines: one line of JSON for each.
pub(crate) trait Answer: Send + Sync + 'static {
    /// What is left to wait for.
    type Begun: Send + 'static;

    /// Does the work, which may block.
    fn begin(&self, app: &App, lines: Vec<Line>) -> Self::Begun;

    /// Waits for the answers. The number is that of the first line.
    fn finish(&self, app: &App, first: u64, begun: Self::Begun) -> impl Future<Output = Vec<u8>> + Send;

    /// The line for one that could not be read.
    fn refused(&self, line: u64, failure: &Failure) -> Vec<u8>;
}

/// Answers the lines of a body one by one, in order.
pub(crate) fn answer_lines(app: &Arc<App>, caller: Caller, body: Body, answers: impl Answer) -> Response {
    let (sender, receiver) = mpsc::channel::<Bytes>(ANSWERS_WAITING);
    let batch = Batch { app: Arc::clone(app), caller, answers: Arc::new(answers), sender, line: 0 };
    tokio::spawn(batch.run(body).in_current_span());
    let stream = ReceiverStream::new(receiver).map(Ok::<_, std::convert::Infallible>);
    let mut response = Response::new(Body::from_stream(stream));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(NDJSON));
    response
}

/// A batch under way.
struct Batch<A> {
    app: Arc<App>,
    caller: Caller,
    answers: Arc<A>,
    sender: mpsc::Sender<Bytes>,
    /// The lines answered so far.
    line: u64,
}

/// The client is gone, or was told why its batch ends here.
struct Ended;

impl<A: Answer> Batch<A> {
    async fn run(mut self, body: Body) {
        let _ended = self.all(body).await;
    }

    async fn all(&mut self, mut body: Body) -> Result<(), Ended> {
        let limits = self.app.limits.clone();
        let mut splitter = Splitter::new(limits.body_bytes_max);
        let mut left = limits.batch_bytes_max;
        loop {
            let stopping = self.app.stopping.clone();
            let frame = tokio::select! {
                frame = timeout(limits.body_timeout, body.frame()) => frame,
                () = stopping.cancelled() => {
                    let message = "the server is stopping; send the lines from here on again";
                    return self.end(&Failure::unavailable(message)).await;
                }
            };
            let bytes = match frame {
                Ok(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
                Ok(None) => break,
                // The client is gone, and half a line is none.
                Ok(Some(Err(_))) => return Err(Ended),
                Err(_) => return self.end(&Failure::too_slow(limits.body_timeout.as_secs())).await,
            };
            left = match left.checked_sub(bytes.len() as u64) {
                Some(left) => left,
                None => return self.end(&Failure::body_too_large(limits.batch_bytes_max)).await,
            };
            let lines = splitter.push(&bytes);
            self.answer(lines).await?;
        }
        let last = splitter.finish();
        self.answer(last.into_iter().collect()).await
    }

    async fn answer(&mut self, lines: Vec<Line>) -> Result<(), Ended> {
        let mut lines = lines.into_iter().peekable();
        while lines.peek().is_some() {
            // A batch may outlast its token.
            if let Some(token) = self.caller.token()
                && let Err(failure) = self.app.check_still_valid(token)
            {
                return self.end(&failure).await;
            }
            let some: Vec<Line> = lines.by_ref().take(BATCH_LINES_MAX).collect();
            let (first, count) = (self.line + 1, some.len() as u64);
            let answers = Arc::clone(&self.answers);
            let answered = match self.app.blocking(move |app| answers.begin(app, some)).await {
                Ok(begun) => self.answers.finish(&self.app, first, begun).await,
                Err(failure) => return self.end(&failure).await,
            };
            self.line += count;
            self.sender.send(answered.into()).await.map_err(|_| Ended)?;
        }
        Ok(())
    }

    /// Says at the next line why no further one is answered.
    async fn end(&mut self, failure: &Failure) -> Result<(), Ended> {
        let line = self.answers.refused(self.line + 1, failure);
        let _client_is_gone = self.sender.send(line.into()).await;
        Err(Ended)
    }
}

/// Appends a value as a line of JSON.
pub(crate) fn push_line(out: &mut Vec<u8>, value: &impl Serialize) {
    let begin = out.len();
    if let Err(error) = serde_json::to_writer(&mut *out, value) {
        tracing::error!(%error, "an answer could not be written as JSON");
        out.truncate(begin);
        out.extend_from_slice(br#"{"error":{"code":"internal","message":"the answer could not be written"}}"#);
    }
    out.push(b'\n');
}

/// Cuts what arrives into lines.
struct Splitter {
    /// A line that has not ended yet.
    begun: BytesMut,
    /// Whether the line under way is too long, and the rest of it is passed over.
    skips: bool,
    bytes_max: usize,
}

impl Splitter {
    fn new(bytes_max: u64) -> Self {
        Self { begun: BytesMut::new(), skips: false, bytes_max: usize::try_from(bytes_max).unwrap_or(usize::MAX) }
    }

    /// Takes what arrived, and returns the lines that have ended.
    fn push(&mut self, mut bytes: &[u8]) -> Vec<Line> {
        let mut lines = Vec::new();
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.add(&bytes[..end]);
            lines.push(self.take());
            bytes = &bytes[end + 1..];
        }
        self.add(bytes);
        lines
    }

    fn add(&mut self, bytes: &[u8]) {
        self.skips |= self.begun.len() + bytes.len() > self.bytes_max;
        if self.skips {
            self.begun.clear();
        } else {
            self.begun.extend_from_slice(bytes);
        }
    }

    fn take(&mut self) -> Line {
        let line = self.begun.split().freeze();
        if std::mem::take(&mut self.skips) { Err(TooLong) } else { Ok(line) }
    }

    /// The last line, if it has no line feed.
    fn finish(mut self) -> Option<Line> {
        (self.skips || !self.begun.is_empty()).then(|| self.take())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_wherever_the_pieces_end() {
        let text = b"one\n\ntwo is longer than most\r\nlast";
        let whole = |line: &[u8]| Ok(Bytes::copy_from_slice(line));
        for size in 1..=text.len() {
            let mut splitter = Splitter::new(1_000);
            let mut lines: Vec<Line> = text.chunks(size).flat_map(|piece| splitter.push(piece)).collect();
            lines.extend(splitter.finish());
            assert_eq!(lines, [whole(b"one"), whole(b""), whole(b"two is longer than most\r"), whole(b"last")]);
        }
    }

    #[test]
    fn long_lines_are_passed_over_without_being_held() {
        let mut splitter = Splitter::new(4);
        let mut lines = Vec::new();
        for piece in [&b"four\nto"[..], b"o long", b" by far\nok\n", b"fives"] {
            lines.extend(splitter.push(piece));
            assert!(splitter.begun.len() <= 4);
        }
        lines.extend(splitter.finish());
        assert_eq!(lines, [Ok(Bytes::from("four")), Err(TooLong), Ok(Bytes::from("ok")), Err(TooLong)]);
    }
}
