//! The page and its files.

use crate::common::Running;

#[test]
fn page_is_served_with_a_strict_policy_and_without_a_token() {
    for server in [Running::open(), Running::closed()] {
        let page = server.get("/?workspace=1&manager=7");
        assert_eq!(page.status, 200);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        let etag = page.header("etag").unwrap();
        let known = server.request("GET", "/", &[("if-none-match", etag)], "");
        assert_eq!((known.status, known.body.len()), (304, 0));
        let packed = server.request("GET", "/", &[("accept-encoding", "br, gzip;q=0.8")], "");
        assert_eq!(packed.header("content-encoding"), Some("gzip"));
        assert!(packed.body.len() < page.body.len() && packed.body.starts_with(&[0x1f, 0x8b]));
        assert_eq!(server.request("GET", "/", &[("accept-encoding", "gzip;q=0")], "").body, page.body);
        let head = server.request("HEAD", "/", &[], "");
        assert_eq!((head.status, head.body.len()), (200, 0));
    }
}
