//! What is left of a body when the answer does not wait for it.
//!
//! A connection is closed when its request was answered before the body came. A client that is still sending then gets an
//! error from its system, and never reads why it was refused. So a short rest is read and dropped.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt, Limited};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// A longer rest is not read.
const BYTES_MAX: usize = 64 << 10;
/// It is not waited for longer than this.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// Reads what is left of a request's body, once no other part wants it.
pub(crate) async fn read_rest(request: Request, next: Next) -> Response {
    next.run(request.map(|body| Body::new(Rest(body)))).await
}

/// A body whose rest is read when it is dropped.
struct Rest(Body);

impl HttpBody for Rest {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

impl Drop for Rest {
    fn drop(&mut self) {
        if self.0.is_end_stream() || self.0.size_hint().lower() > BYTES_MAX as u64 {
            return;
        }
        let Ok(runtime) = Handle::try_current() else { return };
        let rest = Limited::new(std::mem::take(&mut self.0), BYTES_MAX);
        runtime.spawn(timeout(WAIT_MAX, rest.collect()));
    }
}
