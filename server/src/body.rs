//! Reading the bodies of requests: of the right type, within their limits, in time.

use axum::body::Body;
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use crate::error::Failure;
use crate::options::Limits;

/// The form of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// One JSON object.
    Json,
    /// One JSON object per line.
    Lines,
}

/// One JSON object.
pub(crate) const JSON: &str = "application/json";
/// One JSON object per line.
pub(crate) const NDJSON: &str = "application/x-ndjson";

impl Form {
    /// The form that a request says its body has. Anything else is refused, also because a web page may send plain
    /// forms to another site without asking.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Failure> {
        if headers.get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
            return Err(Failure::media_type("a body must not be compressed"));
        }
        let expected = || Failure::media_type(format!("send the body as `{JSON}`, or its lines as `{NDJSON}`"));
        let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).ok_or_else(expected)?;
        let mut parts = given.split(';').map(str::trim);
        let form = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            JSON => Form::Json,
            NDJSON => Form::Lines,
            _ => return Err(expected()),
        };
        let charset = |part: &str| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"').to_ascii_lowercase())
        };
        match parts.filter_map(charset).all(|charset| charset == "utf-8" || charset == "utf8") {
            true => Ok(form),
            false => Err(Failure::media_type("JSON is UTF-8")),
        }
    }

    /// Refuses lines where one object is expected.
    pub(crate) fn json_only(headers: &HeaderMap) -> Result<(), Failure> {
        match Form::of(headers)? {
            Form::Json => Ok(()),
            Form::Lines => Err(Failure::media_type(format!("send the body as `{JSON}`"))),
        }
    }
}

/// Reads a body whole.
pub(crate) async fn whole(headers: &HeaderMap, body: Body, limits: &Limits) -> Result<Bytes, Failure> {
    let bytes_max = limits.body_bytes_max;
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > bytes_max) {
        return Err(Failure::body_too_large(bytes_max));
    }
    let limited = Limited::new(body, usize::try_from(bytes_max).unwrap_or(usize::MAX));
    match timeout(limits.body_timeout, limited.collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Failure::body_too_large(bytes_max)),
        Ok(Err(error)) => Err(Failure::malformed(format!("the body ended early: {error}"))),
        Err(_) => Err(Failure::too_slow(limits.body_timeout.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn form(value: &'static str) -> Result<Form, Failure> {
        Form::of(&HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]))
    }

    #[test]
    fn only_the_two_forms_of_json_are_read() {
        for json in ["application/json", "Application/JSON; charset=utf-8", "application/json;charset=\"UTF-8\""] {
            assert_eq!(form(json).unwrap(), Form::Json, "{json}");
        }
        assert_eq!(form("application/x-ndjson").unwrap(), Form::Lines);
        for other in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "",
            "application/jsonx",
            "application/json; charset=latin1",
        ] {
            assert!(form(other).is_err(), "{other}");
        }
        assert!(Form::of(&HeaderMap::new()).is_err());
    }
}
