//! Long answers, written by a thread that blocks and sent as they are made.

use std::io::{self, Write};
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use crate::app::App;
use crate::error::Failure;

/// Pieces that may wait for a client that reads slowly.
const PIECES_WAITING: usize = 8;
/// A piece is sent once it has this many bytes.
const PIECE_BYTES: usize = 64 << 10;

/// A piece of an answer, or why there is no more.
type Piece = Result<Bytes, Failure>;

/// Where the thread writes. Writing fails once the client is gone.
pub(crate) struct Pieces {
    sender: Sender<Piece>,
    piece: Vec<u8>,
}

impl Pieces {
    fn send(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE_BYTES));
        self.sender.blocking_send(Ok(piece.into())).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE_BYTES {
            self.send()?;
        }
        Ok(bytes.len())
    }

    /// Sends nothing early: what is left goes at the end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Answers with what `work` writes. A failure before the first piece is the answer; one after it breaks the connection,
/// so that no part is taken for the whole.
pub(crate) async fn streamed(
    app: &Arc<App>,
    media_type: &'static str,
    work: impl FnOnce(&App, &mut Pieces) -> Result<(), Failure> + Send + 'static,
) -> Result<Response, Failure> {
    let (sender, mut receiver) = channel(PIECES_WAITING);
    let (app, span) = (Arc::clone(app), tracing::Span::current());
    let failed = sender.clone();
    let thread = tokio::task::spawn_blocking(move || {
        span.in_scope(|| {
            let mut pieces = Pieces { sender, piece: Vec::new() };
            let done = work(&app, &mut pieces);
            let sent = pieces.send();
            match done {
                Err(failure) => {
                    let _client_is_gone = failed.blocking_send(Err(failure));
                }
                Ok(()) => tracing::debug!(complete = sent.is_ok(), "a long answer has ended"),
            }
        });
    });
    let first = first(&mut receiver).await?;
    let rest = ReceiverStream::new(receiver);
    // A panic of the thread drops the sender as an end does, but is none.
    let end = async move { thread.await.err().map(|_| Err(Failure::internal())) };
    let end = futures_util::stream::once(end).filter_map(|end| end);
    let stream = tokio_stream::iter(first.map(Ok)).chain(rest).chain(end).map(|piece| {
        piece.map_err(|failure| {
            tracing::warn!(code = failure.code(), message = failure.message(), "a long answer broke off");
            io::Error::other("broken off")
        })
    });
    let mut response = Response::new(Body::from_stream(stream));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    Ok(response)
}

async fn first(receiver: &mut Receiver<Piece>) -> Result<Option<Bytes>, Failure> {
    receiver.recv().await.transpose()
}
