//! The golden bytes of every stored form. A line here changes only with a new format version.

mod changes;
mod parts;
mod records;

use std::fmt::Debug;

use super::codec::{Versioned, decode, decode_versioned, encode, encode_versioned};
use super::stored::Stored;
pub(super) use records::properties;

/// Asserts that the value encodes to `body` and decodes from it. The version byte is left out.
#[track_caller]
pub(super) fn check<T: Stored + PartialEq + Debug>(value: T, body: &str) {
    let bytes = encode(&value).unwrap();
    assert_eq!(bytes[0], 1, "the version of {value:?}");
    assert_eq!(hex(&bytes[1..]), body, "{value:?}");
    assert_eq!(decode::<T>(&bytes), Ok(value));
}

/// The same for a versioned form, including the version byte.
#[track_caller]
fn check_versioned<T: Versioned + PartialEq + Debug>(value: T, bytes: &str) {
    let encoded = encode_versioned(&value).unwrap();
    assert_eq!(hex(&encoded), bytes, "{value:?}");
    assert_eq!(decode_versioned::<T>(&encoded), Ok(value));
}

/// Asserts that the generated text matches.
#[track_caller]
fn check_text(found: &str, expected: &str) {
    assert_eq!(found, expected);
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
