//! The cookie that the page has in place of a token.

use http::header::COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue};

/// The cookie's name. Its value is the token.
const NAME: &str = "inboxdb_session";

/// What a page sends along with each write, so that another site's form cannot: a browser asks before it sends this
/// header for another site, and gets no permission.
pub(crate) const COOKIE_HEADER: HeaderName = HeaderName::from_static("x-inboxdb");

/// The token in a request's cookie.
pub(crate) fn cookie_of(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).map(|(_, token)| token)
}

/// The header that sets the cookie until the token expires. Behind a proxy that speaks TLS it is for TLS only.
pub(crate) fn set_cookie(token: &str, seconds: u64, headers: &HeaderMap) -> Option<HeaderValue> {
    let secure = if is_secure(headers) { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{NAME}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")).ok()
}

/// The header that removes the cookie.
pub(crate) fn clear_cookie() -> HeaderValue {
    HeaderValue::from_static("inboxdb_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
}

fn is_secure(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookie_is_found_among_others() {
        let headers = |cookie| HeaderMap::from_iter([(COOKIE, HeaderValue::from_static(cookie))]);
        assert_eq!(cookie_of(&headers("a=b; inboxdb_session=x.y.z")), Some("x.y.z"));
        assert_eq!(cookie_of(&headers("inboxdb_session=x.y.z;c")), Some("x.y.z"));
        assert_eq!(cookie_of(&headers("my_inboxdb_session=x")), None);
        assert_eq!(cookie_of(&HeaderMap::new()), None);
    }
}
