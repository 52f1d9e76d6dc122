//! Fields that a record gained later, in a form that leaves older records as they are.
//!
//! The first version had a byte there that was 0 or 1. Its further bits say which of the later fields follow at the
//! end of the record. A record without them has the bytes, and so the digest, that it always had.

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};

/// The byte: its lowest bit is what it was in the first version.
#[derive(Clone, Copy)]
pub(super) struct Flags(u8);

impl Flags {
    pub(super) fn new(first: bool) -> Self {
        Self(u8::from(first))
    }

    /// Says whether a later field is there.
    pub(super) fn with(self, bit: u8, there: bool) -> Self {
        Self(self.0 | u8::from(there) << bit)
    }

    pub(super) fn has(self, bit: u8) -> bool {
        self.0 >> bit & 1 == 1
    }

    pub(super) fn encode<E: Encoder>(self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.encode(encoder)
    }

    /// Reads the byte; bits from `bits` on belong to a later version.
    pub(super) fn decode<C, D: Decoder<Context = C>>(decoder: &mut D, bits: u8) -> Result<Self, DecodeError> {
        let flags = u8::decode(decoder)?;
        if flags >> bits != 0 {
            return Err(DecodeError::Other("the record has fields of a later version"));
        }
        Ok(Self(flags))
    }

    /// Reads a later field, where it is there.
    pub(super) fn decode_field<C, D: Decoder<Context = C>, T: Decode<C>>(
        self,
        bit: u8,
        decoder: &mut D,
    ) -> Result<Option<T>, DecodeError> {
        if self.has(bit) { T::decode(decoder).map(Some) } else { Ok(None) }
    }
}
