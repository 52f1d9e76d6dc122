//! Answers that are JSON.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue};
use inboxdb::Place;
use serde::Serialize;

use crate::body::JSON;
use crate::error::Failure;

/// Says which place of the log of the workspace's group an answer shows at most.
const PLACE: HeaderName = HeaderName::from_static("inboxdb-place");

/// Adds the place that an answer shows at most, if there is a log.
pub(crate) fn with_place(mut response: Response, place: Option<Place>) -> Response {
    if let Some(Place(place)) = place {
        response.headers_mut().insert(PLACE, HeaderValue::from(place));
    }
    response
}

/// A value that is answered as JSON.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(json) => {
                let mut response = Response::new(Body::from(json));
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
                response
            }
            Err(error) => {
                tracing::error!(%error, "an answer could not be written as JSON");
                Failure::internal().into_response()
            }
        }
    }
}
