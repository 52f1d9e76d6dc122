//! Optional fields of records, and the flag byte that marks which are present.

use std::collections::BTreeMap;

use super::{DecodeError, Decoder, EncodeError, Encoder, Stored};
use crate::model::Visibility;

/// An optional field. An absent one takes only its flag bit.
pub(in crate::record) trait Later: Sized {
    fn is_there(&self) -> bool;

    /// Writes the field if it is present.
    fn put_value<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError>;

    /// Reads the field if its bit is set.
    fn take_value<D: Decoder<Context = ()>>(there: bool, decoder: &mut D) -> Result<Self, DecodeError>;
}

/// The bit is the value.
impl Later for bool {
    fn is_there(&self) -> bool {
        *self
    }

    fn put_value<E: Encoder>(&self, _encoder: &mut E) -> Result<(), EncodeError> {
        Ok(())
    }

    fn take_value<D: Decoder<Context = ()>>(there: bool, _decoder: &mut D) -> Result<Self, DecodeError> {
        Ok(there)
    }
}

/// The bit is the value: version 1 stored the number of the variant.
impl Later for Visibility {
    fn is_there(&self) -> bool {
        matches!(self, Visibility::Internal)
    }

    fn put_value<E: Encoder>(&self, _encoder: &mut E) -> Result<(), EncodeError> {
        Ok(())
    }

    fn take_value<D: Decoder<Context = ()>>(there: bool, _decoder: &mut D) -> Result<Self, DecodeError> {
        Ok(if there { Visibility::Internal } else { Visibility::Public })
    }
}

/// Zero counts as absent.
impl Later for u32 {
    fn is_there(&self) -> bool {
        *self > 0
    }

    fn put_value<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        if self.is_there() { self.put(encoder) } else { Ok(()) }
    }

    fn take_value<D: Decoder<Context = ()>>(there: bool, decoder: &mut D) -> Result<Self, DecodeError> {
        if there { Self::take(decoder) } else { Ok(0) }
    }
}

impl<T: Stored> Later for Option<T> {
    fn is_there(&self) -> bool {
        self.is_some()
    }

    fn put_value<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.as_ref().map_or(Ok(()), |value| value.put(encoder))
    }

    fn take_value<D: Decoder<Context = ()>>(there: bool, decoder: &mut D) -> Result<Self, DecodeError> {
        if there { T::take(decoder).map(Some) } else { Ok(None) }
    }
}

/// An empty map counts as absent.
impl<K: Stored + Ord, V: Stored> Later for BTreeMap<K, V> {
    fn is_there(&self) -> bool {
        !self.is_empty()
    }

    fn put_value<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        if self.is_there() { self.put(encoder) } else { Ok(()) }
    }

    fn take_value<D: Decoder<Context = ()>>(there: bool, decoder: &mut D) -> Result<Self, DecodeError> {
        if there { Self::take(decoder) } else { Ok(Self::new()) }
    }
}

/// The flag byte for `N` fields, from the lowest bit on.
pub(in crate::record) struct Flags<const N: usize>(u8);

impl<const N: usize> Flags<N> {
    const FIT: () = assert!(N <= 8, "a record has at most eight optional fields");

    pub(in crate::record) fn of(there: [bool; N]) -> Self {
        let () = Self::FIT;
        Self(there.iter().rev().fold(0, |bits, there| bits << 1 | u8::from(*there)))
    }

    pub(in crate::record) fn put<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.put(encoder)
    }

    /// Reads the byte. Unknown bits belong to a later version.
    pub(in crate::record) fn take<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let () = Self::FIT;
        let flags = u8::take(decoder)?;
        if u32::from(flags) >> N != 0 {
            return Err(DecodeError::Other("the record has fields of a later version"));
        }
        Ok(Self(flags))
    }

    /// Whether the next field is present.
    pub(in crate::record) fn next(&mut self) -> bool {
        let there = self.0 & 1 == 1;
        self.0 >>= 1;
        there
    }
}
