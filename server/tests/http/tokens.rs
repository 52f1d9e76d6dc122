//! Tokens: their keys, their ends, and what they must say.

use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac};
use inboxdb::Actor;
use inboxdb_server::{MintError, NewToken, SecretError, Secrets};
use serde_json::{Value, json};

use crate::common::{Running, SECRET, manager};

const PATH: &str = "/v1/workspaces/1/chats/1";

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Signs any claims, as a back end in another language would.
fn signed(header: &Value, claims: &Value) -> String {
    let text = format!("{}.{}", base64(header.to_string().as_bytes()), base64(claims.to_string().as_bytes()));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    format!("{text}.{}", base64(&mac.finalize().into_bytes()))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let letter = |bits: &[u8]| {
        let value = (0..6).fold(0, |value, at| value << 1 | bits.get(at).copied().unwrap_or(0));
        LETTERS[usize::from(value)] as char
    };
    bits.chunks(6).map(letter).collect()
}

/// A token with an id of the test's choice.
pub fn signed_with_id(actor: Actor, id: &str) -> String {
    let claims = json!({"ws": 1, "sub": actor.to_string(), "exp": now() + 600, "jti": id});
    signed(&json!({"alg": "HS256", "typ": "JWT"}), &claims)
}

#[test]
fn claims_are_checked() {
    let server = Running::closed();
    let header = json!({"alg": "HS256", "typ": "JWT"});
    let good = json!({"ws": 1, "sub": "manager:7", "exp": now() + 60});
    let status = |claims: Value| server.get_as(&signed(&header, &claims), PATH).status;
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        status(claims)
    };
    assert_eq!(status(good.clone()), 200);
    for (name, value) in [
        ("exp", json!(now() - 1)),
        ("exp", Value::Null),
        ("exp", json!("soon")),
        ("nbf", json!(now() + 60)),
        ("aud", json!("another service")),
        ("ws", Value::Null),
        ("ws", json!("1")),
        ("ws", json!(9_007_199_254_740_992_u64)),
        ("sub", json!("manager")),
        ("sub", json!("manager:9007199254740992")),
        ("sub", json!("admin")),
        ("sub", Value::Null),
        ("store", json!("yes")),
    ] {
        assert_eq!(with(name, value.clone()), 401, "{name} {value}");
    }
    assert_eq!(with("iss", json!("host")), 200, "claims of the host's own do no harm");
    assert_eq!(with("nbf", json!(now() - 60)), 200);
}

#[test]
fn algorithm_is_that_of_the_key_and_not_of_the_token() {
    let server = Running::closed();
    let claims = json!({"ws": 1, "sub": "system", "exp": now() + 60});
    for algorithm in ["none", "HS384", "HS512", "EdDSA", "RS256", "hs256"] {
        let token = signed(&json!({"alg": algorithm, "typ": "JWT"}), &claims);
        server.get_as(&token, PATH).assert_failed(401, "unauthorized");
    }
}

#[test]
fn revoked_tokens_no_longer_count() {
    let server = Running::closed();
    let token = server.token(manager(7));
    let claims = token.split('.').nth(1).unwrap();
    let id = jti(claims);
    assert_eq!(server.get_as(&token, PATH).status, 200);
    std::fs::write(server.directory.path().join("revoked"), format!("{id}\n")).unwrap();
    server.get_as(&token, PATH).assert_failed(401, "unauthorized");
    assert_eq!(server.get_as(&server.token(manager(7)), PATH).status, 200, "another token of the same manager");
    std::fs::write(server.directory.path().join("revoked"), "").unwrap();
    assert_eq!(server.get_as(&token, PATH).status, 200);
}

/// The `jti` in the claims of a token.
fn jti(claims: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let value = |letter: u8| LETTERS.iter().position(|other| *other == letter).unwrap() as u8;
    let bits: Vec<u8> =
        claims.bytes().flat_map(|letter| (0..6).rev().map(move |bit| value(letter) >> bit & 1)).collect();
    let bytes = bits.chunks_exact(8).map(|bits| bits.iter().fold(0_u8, |byte, bit| byte << 1 | bit)).collect();
    let json: Value = serde_json::from_str(&String::from_utf8(bytes).unwrap()).unwrap();
    json["jti"].as_str().unwrap().to_owned()
}

#[test]
fn secrets_rotate_and_have_a_least_length() {
    let server = Running::start(|server, directory| {
        let (old, new) = (directory.path().join("old"), directory.path().join("secret"));
        std::fs::write(&old, "o".repeat(32)).unwrap();
        std::fs::write(&new, SECRET).unwrap();
        server.secrets(Secrets::read(&[new, old]).unwrap())
    });
    let minted = |file: &str| {
        NewToken::new(1, manager(7), Duration::from_secs(60)).sign(&server.directory.path().join(file)).unwrap()
    };
    assert_eq!(server.get_as(&minted("old"), PATH).status, 200);
    assert_eq!(server.get_as(&minted("secret"), PATH).status, 200);

    let short = server.directory.path().join("short");
    std::fs::write(&short, "s".repeat(31) + "\n").unwrap();
    assert!(matches!(Secrets::read(&[&short]), Err(SecretError::Short { bytes: 31, .. })));
    let three = [server.secret(), server.secret(), server.secret()];
    assert!(matches!(Secrets::read(&three), Err(SecretError::TooMany(3))));
    assert!(matches!(Secrets::read(&["/nowhere"]), Err(SecretError::Read { .. })));
    let of_manager = NewToken::new(1, manager(7), Duration::from_secs(60)).store(true).sign(&server.secret());
    assert!(matches!(of_manager, Err(MintError::StoreOfAnother)));
}

#[test]
fn public_keys_fix_the_algorithm_to_eddsa() {
    let made = Command::new("openssl").args(["genpkey", "-algorithm", "ed25519"]).output();
    let Ok(made) = made.map(|made| made.stdout) else {
        eprintln!("skipped: there is no openssl to make a key");
        return;
    };
    let server = Running::start(|server, directory| {
        let (private, public) = (directory.path().join("secret"), directory.path().join("public"));
        std::fs::write(&private, made).unwrap();
        let printed = Command::new("openssl").args(["pkey", "-pubout", "-in"]).arg(&private).output().unwrap().stdout;
        std::fs::write(&public, printed).unwrap();
        assert!(matches!(Secrets::read(&[&private]), Err(SecretError::Pem { .. })), "a server needs no private key");
        server.secrets(Secrets::read(&[public]).unwrap())
    });
    assert_eq!(server.get_as(&server.token(manager(7)), PATH).status, 200);
    assert_eq!(server.get_as(&server.token(Actor::System), PATH).status, 200);
    // The public key is no secret, so it must not work as one.
    let public = std::fs::read(server.directory.path().join("public")).unwrap();
    let text = format!(
        "{}.{}",
        base64(br#"{"alg":"HS256","typ":"JWT"}"#),
        base64(json!({"ws": 1, "sub": "system", "exp": now() + 60}).to_string().as_bytes())
    );
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&public).unwrap();
    mac.update(text.as_bytes());
    let forged = format!("{text}.{}", base64(&mac.finalize().into_bytes()));
    server.get_as(&forged, PATH).assert_failed(401, "unauthorized");
}
