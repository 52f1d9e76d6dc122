//! Fields that a record may be without, and the byte that says which are there.

use std::collections::BTreeMap;

use super::{DecodeError, Decoder, EncodeError, Encoder, Stored};

/// A field that a record may be without: nothing is written of it then but its bit.
pub(in crate::record) trait Later: Sized {
    fn is_there(&self) -> bool;

    /// Writes it, where it is there.
    fn put_value<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError>;

    /// Reads it, where its bit says that it is there.
    fn take_value<D: Decoder<Context = ()>>(there: bool, decoder: &mut D) -> Result<Self, DecodeError>;
}

/// The bit says it all.
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

/// An empty map is as good as none.
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

/// The byte that says which of `N` fields are there, from the lowest bit on.
pub(in crate::record) struct Flags<const N: usize>(u8);

impl<const N: usize> Flags<N> {
    const FIT: () = assert!(N <= 8, "a record has at most eight fields that it may be without");

    pub(in crate::record) fn of(there: [bool; N]) -> Self {
        let () = Self::FIT;
        Self(there.iter().rev().fold(0, |bits, there| bits << 1 | u8::from(*there)))
    }

    pub(in crate::record) fn put<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.put(encoder)
    }

    /// Reads the byte; the bits above the known ones belong to a later version.
    pub(in crate::record) fn take<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let () = Self::FIT;
        let flags = u8::take(decoder)?;
        if u32::from(flags) >> N != 0 {
            return Err(DecodeError::Other("the record has fields of a later version"));
        }
        Ok(Self(flags))
    }

    /// Whether the next field is there.
    pub(in crate::record) fn next(&mut self) -> bool {
        let there = self.0 & 1 == 1;
        self.0 >>= 1;
        there
    }
}
