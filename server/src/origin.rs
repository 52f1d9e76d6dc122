//! Which web pages may talk to the server: those that it serves itself.
//!
//! Without a secret anything that reaches the server may use it, and a browser on the same machine reaches it for any
//! site: by a request to another origin, or under a name that the site has pointed at this machine. The headers `Origin`
//! and `Host` tell.

use std::net::IpAddr;

use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::uri::Authority;

use crate::error::Failure;

/// Refuses requests of foreign pages, for a server that has no secret.
pub(crate) fn check_local(parts: &Parts) -> Result<(), Failure> {
    match authority(parts) {
        Some(host) if is_local(&host) => {}
        _ => {
            let message = "without a secret the server answers to the names of this machine only: localhost, 127.0.0.1";
            return Err(Failure::forbidden(message));
        }
    }
    match same_origin(parts) {
        true => Ok(()),
        false => Err(Failure::forbidden("without a secret the server does not answer to pages of other sites")),
    }
}

/// Whether a request comes from a page of this server, or from no page.
pub(crate) fn same_origin(parts: &Parts) -> bool {
    let mut origins = parts.headers.get_all(ORIGIN).iter().peekable();
    if origins.peek().is_none() {
        return true;
    }
    let Some(host) = authority(parts) else { return false };
    let same = |origin: &str| {
        let origin = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        origin.is_some_and(|origin| origin.eq_ignore_ascii_case(host.as_str()))
    };
    origins.all(|origin| origin.to_str().is_ok_and(same))
}

/// Where the request was sent to, in the words of the client. The one in the target counts before the header.
fn authority(parts: &Parts) -> Option<Authority> {
    let mut headers = parts.headers.get_all(HOST).iter();
    let (header, more) = (headers.next(), headers.next());
    if more.is_some() {
        return None;
    }
    let of_header = header.and_then(|host| Authority::try_from(host.as_bytes()).ok());
    match (parts.uri.authority(), of_header) {
        (Some(target), Some(header)) if *target != header => None,
        (Some(target), _) => Some(target.clone()),
        (None, of_header) => of_header,
    }
}

fn is_local(host: &Authority) -> bool {
    if host.as_str().contains('@') {
        return false;
    }
    let name = host.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn parts(uri: &str, headers: &[(&str, &str)]) -> Parts {
        let request = headers.iter().fold(Request::get(uri), |request, (name, value)| request.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn names_of_this_machine_are_local_and_others_are_not() {
        for host in ["localhost:7878", "127.0.0.1", "127.9.9.9:1", "[::1]:7878", "LocalHost"] {
            assert!(check_local(&parts("/", &[("host", host)])).is_ok(), "{host}");
        }
        for host in
            ["evil.example", "localhost.evil.example:7878", "10.0.0.1:7878", "0.0.0.0", "", "a@localhost", "::1"]
        {
            assert!(check_local(&parts("/", &[("host", host)])).is_err(), "{host}");
        }
        assert!(check_local(&parts("/", &[])).is_err(), "no host at all");
        assert!(check_local(&parts("/", &[("host", "localhost"), ("host", "evil.example")])).is_err());
        assert!(check_local(&parts("http://evil.example/", &[("host", "localhost")])).is_err());
    }

    #[test]
    fn pages_of_other_origins_are_foreign() {
        let from = |origin| check_local(&parts("/", &[("host", "localhost:7878"), ("origin", origin)]));
        assert!(from("http://localhost:7878").is_ok());
        for origin in ["http://localhost:3000", "http://evil.example", "null", "http://localhost:7878.evil.example", ""]
        {
            assert!(from(origin).is_err(), "{origin}");
        }
    }
}
