//! Encodes and decodes stored forms: a version byte, then bincode.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use bincode::enc::write::Writer;
use bincode::{Decode, Encode};

use super::stored::{DecodeError, Decoder, EncodeError, Encoder, Stored};
use crate::error::Error;
use crate::kv::BackendError;

/// The version of all values that have only had one.
const VERSION: u8 = 1;

/// A value whose stored form has had several versions. Older versions stay readable.
pub(crate) trait Versioned: Stored {
    /// The version that is written.
    const VERSION: u8;

    /// Decodes the body of an older version. Fails if `version` is unknown.
    fn decode_older(version: u8, body: &[u8]) -> Result<Self, CodecError>;
}

/// Decoding limit for large values.
const BYTES_MAX: usize = 4 << 30;
/// The size of a small value, which gets a tighter limit.
const SMALL_BYTES: usize = 64 << 10;
/// Decoding limit for small values. An element takes at least one byte, and less than 1,000 in memory.
const SMALL_BYTES_MAX: usize = SMALL_BYTES << 10;

/// The limit refuses an absurd length in damaged bytes before anything of that size is allocated.
const fn config<const MAX: usize>() -> Configuration<LittleEndian, Varint, Limit<MAX>> {
    bincode::config::standard().with_limit::<MAX>()
}

/// Why a value could not be encoded or decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CodecError {
    #[error("it has version {found}; this program reads up to {known}")]
    Version { found: u8, known: u8 },
    #[error("it is empty")]
    Empty,
    #[error("{0} bytes follow its end")]
    Trailing(usize),
    #[error("{0}")]
    Content(String),
}

impl From<CodecError> for Error {
    fn from(error: CodecError) -> Self {
        Error::unavailable(format!("a change could not be encoded: {error}"))
    }
}

impl From<CodecError> for BackendError {
    fn from(error: CodecError) -> Self {
        BackendError::Damaged(format!("a value cannot be encoded: {error}"))
    }
}

pub(crate) fn encode<T: Stored>(value: &T) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::with_capacity(128);
    encode_into(value, &mut bytes)?;
    Ok(bytes)
}

/// Encodes a value and appends it to `bytes`.
pub(crate) fn encode_into<T: Stored>(value: &T, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
    bytes.push(VERSION);
    encode_body(value, bytes)
}

/// Encodes a versioned value.
pub(crate) fn encode_versioned<T: Versioned>(value: &T) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::with_capacity(512);
    bytes.push(T::VERSION);
    encode_body(value, &mut bytes)?;
    Ok(bytes)
}

fn encode_body<T: Stored>(value: &T, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
    bincode::encode_into_writer(Written(value), Appended(bytes), config::<BYTES_MAX>())
        .map_err(|error| CodecError::Content(error.to_string()))
}

/// Appends what bincode writes. Through `io::Write` each number, of a byte mostly, would be a call that copies any length.
struct Appended<'b>(&'b mut Vec<u8>);

impl Writer for Appended<'_> {
    #[inline(always)]
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// Decodes a value from all of `bytes`.
pub(crate) fn decode<T: Stored>(bytes: &[u8]) -> Result<T, CodecError> {
    match bytes.split_first() {
        None => Err(CodecError::Empty),
        Some((&VERSION, body)) => decode_body(body),
        Some((version, _)) => Err(CodecError::Version { found: *version, known: VERSION }),
    }
}

/// Decodes a versioned value of any known version.
pub(crate) fn decode_versioned<T: Versioned>(bytes: &[u8]) -> Result<T, CodecError> {
    match bytes.split_first() {
        None => Err(CodecError::Empty),
        Some((version, body)) if *version == T::VERSION => decode_body(body),
        Some((version, body)) => T::decode_older(*version, body),
    }
}

/// Decodes a value from all bytes after the version.
pub(crate) fn decode_body<T: Stored>(body: &[u8]) -> Result<T, CodecError> {
    let (value, read) = decode_some(body)?;
    if read < body.len() {
        return Err(CodecError::Trailing(body.len() - read));
    }
    Ok(value)
}

/// Decodes a value from the first bytes after the version, ignoring the rest.
pub(crate) fn decode_beginning<T: Stored>(body: &[u8]) -> Result<T, CodecError> {
    decode_some(body).map(|(value, _)| value)
}

fn decode_some<T: Stored>(body: &[u8]) -> Result<(T, usize), CodecError> {
    let decoded = if body.len() <= SMALL_BYTES {
        bincode::decode_from_slice(body, config::<SMALL_BYTES_MAX>())
    } else {
        bincode::decode_from_slice(body, config::<BYTES_MAX>())
    };
    let (Read(value), len) = decoded.map_err(|error| CodecError::Content(error.to_string()))?;
    Ok((value, len))
}

/// Adapts a value to bincode's `Encode`.
struct Written<'v, T>(&'v T);

impl<T: Stored> Encode for Written<'_, T> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.put(encoder)
    }
}

/// Adapts a value to bincode's `Decode`.
struct Read<T>(T);

impl<T: Stored> Decode<()> for Read<T> {
    fn decode<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
        T::take(decoder).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ManagerId;

    #[test]
    fn codec_refuses_invalid_bytes_without_a_panic() {
        let bytes = encode(&vec![ManagerId(1), ManagerId(u64::MAX)]).unwrap();
        assert_eq!(decode::<Vec<ManagerId>>(&bytes), Ok(vec![ManagerId(1), ManagerId(u64::MAX)]));
        for len in 0..bytes.len() {
            assert!(decode::<Vec<ManagerId>>(&bytes[..len]).is_err());
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(decode::<Vec<ManagerId>>(&longer), Err(CodecError::Trailing(1)));
        assert_eq!(decode::<u8>(&[9, 1]), Err(CodecError::Version { found: 9, known: 1 }));
        let absurd_length = [VERSION, 253, 255, 255, 255, 255, 255, 255, 255, 255];
        assert!(decode::<Vec<ManagerId>>(&absurd_length).is_err());
        assert!(decode::<String>(&absurd_length).is_err());
    }
}
