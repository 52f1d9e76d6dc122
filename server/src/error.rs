//! Every failure of a request: a status and the body `{"error":{"code","message"}}`.

use std::borrow::Cow;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use inboxdb::{Actual, Code, Error, Refusal};
use serde::Serialize;

use crate::executor::ExecuteError;

/// After how many seconds a client may try again what was unavailable.
const RETRY_AFTER_S: u64 = 1;

/// Why a request failed.
#[derive(Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    body: ErrorBody,
}

/// The JSON of a failure.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorBody {
    error: Told,
}

#[derive(Debug, Serialize)]
struct Told {
    code: Cow<'static, str>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actual: Option<Actual>,
}

impl ErrorBody {
    fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { error: Told { code: code.into(), message: message.into(), at: None, actual: None } }
    }
}

impl Failure {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, body: ErrorBody::new(code, message) }
    }

    /// 400: not a command, query or parameter.
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Refusal::new(Code::Malformed, message).into()
    }

    /// 401: no token, or one that does not count.
    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    /// 403: known, but not allowed.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Refusal::new(Code::Forbidden, message).into()
    }

    /// 404: no such route.
    pub(crate) fn no_route(path: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("there is nothing at {path}; see /openapi.json"))
    }

    /// 404: what a customer's token does not read, whether it exists or not.
    pub(crate) fn not_for_customers() -> Self {
        let message = "a customer's token reads the customer's own chats, and nothing else";
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 405: the route takes other methods.
    pub(crate) fn method(method: &http::Method, path: &str) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", format!("{path} does not take {method}"))
    }

    /// 408: the body did not arrive in time.
    pub(crate) fn too_slow(seconds: u64) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "timeout", format!("the body did not arrive within {seconds} s"))
    }

    /// 413: the body is too large.
    pub(crate) fn body_too_large(bytes_max: u64) -> Self {
        let message = format!("the body is larger than {bytes_max} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, Code::TooLarge.name(), message)
    }

    /// 415: the body is of another type.
    pub(crate) fn media_type(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message)
    }

    /// 429: more requests or watchers than the token may have.
    pub(crate) fn too_many(message: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message)
    }

    /// 500: a fault of the server; it ends this request and no other.
    pub(crate) fn internal() -> Self {
        let message = "the server failed at this request; its log says more under the request's id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
    }

    /// 503: not now.
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Refusal::new(Code::Unavailable, message).into()
    }

    /// The code.
    pub(crate) fn code(&self) -> &str {
        &self.body.error.code
    }

    /// What was wrong.
    pub(crate) fn message(&self) -> &str {
        &self.body.error.message
    }

    /// The body.
    pub(crate) fn body(&self) -> &ErrorBody {
        &self.body
    }

    /// What is in the body, for a line of a batch.
    pub(crate) fn told(&self) -> &impl Serialize {
        &self.body.error
    }
}

/// The status of a refusal.
pub(crate) fn status_of(code: Code) -> StatusCode {
    match code {
        Code::UnknownManager
        | Code::UnknownCustomer
        | Code::UnknownChat
        | Code::UnknownTag
        | Code::UnknownIndex
        | Code::UnknownMessage => StatusCode::NOT_FOUND,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::ConditionFailed | Code::IdReused | Code::ExternalTaken | Code::TagExists => StatusCode::CONFLICT,
        Code::IndexBuilding | Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let status = status_of(refusal.code);
        let Refusal { code, message, at, actual, .. } = refusal;
        Self { status, body: ErrorBody { error: Told { code: code.name().into(), message, at, actual } } }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            failed => {
                tracing::warn!(error = %failed, "the store failed at a request");
                Refusal::new(failed.code(), failed.to_string()).into()
            }
        }
    }
}

impl From<ExecuteError> for Failure {
    fn from(error: ExecuteError) -> Self {
        match error {
            ExecuteError::Engine(error) => error.into(),
            ExecuteError::Unavailable(why) | ExecuteError::Unknown(why) => Self::unavailable(why),
            ExecuteError::Panicked => Self::internal(),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self { status, body } = self;
        let json = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = Response::new(Body::from(json));
        *response.status_mut() = status;
        response.extensions_mut().insert(RefusedWith(body.error.code));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        match status {
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S));
            }
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            // What is left of the body would be taken for the next request.
            StatusCode::REQUEST_TIMEOUT => {
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
            }
            _ => {}
        }
        response
    }
}

/// The code of a failure, for the metrics.
#[derive(Debug, Clone)]
pub(crate) struct RefusedWith(pub(crate) Cow<'static, str>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_follow_the_contract() {
        for (code, status) in [
            (Code::Malformed, 400),
            (Code::TooManyTags, 400),
            (Code::InvalidSnooze, 400),
            (Code::Forbidden, 403),
            (Code::UnknownChat, 404),
            (Code::UnknownMessage, 404),
            (Code::ConditionFailed, 409),
            (Code::IdReused, 409),
            (Code::ExternalTaken, 409),
            (Code::TagExists, 409),
            (Code::IndexBuilding, 503),
            (Code::Unavailable, 503),
        ] {
            assert_eq!(status_of(code).as_u16(), status, "{code}");
        }
        let response = Failure::unavailable("later").into_response();
        assert_eq!(response.headers()[RETRY_AFTER], "1");
    }
}
