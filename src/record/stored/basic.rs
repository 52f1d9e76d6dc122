//! The stored forms of numbers, texts and collections.

use std::collections::BTreeMap;
use std::sync::Arc;

use bincode::{Decode, Encode};

use super::{DecodeError, Decoder, EncodeError, Encoder, Stored};

macro_rules! as_bincode {
    ($($name:ty),+) => {
        $(impl Stored for $name {
            #[inline]
            fn put<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
                self.encode(encoder)
            }

            #[inline]
            fn take<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
                Self::decode(decoder)
            }
        })+
    };
}

as_bincode!(bool, u8, u16, u32, u64, String, Arc<str>);

impl<T: Stored> Stored for Arc<T> {
    fn put<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        T::put(self, encoder)
    }

    fn take<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
        T::take(decoder).map(Arc::new)
    }
}

impl<T: Stored> Stored for Option<T> {
    fn put<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.is_some().put(encoder)?;
        self.as_ref().map_or(Ok(()), |value| value.put(encoder))
    }

    fn take<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
        if bool::take(decoder)? { T::take(decoder).map(Some) } else { Ok(None) }
    }
}

impl<A: Stored, B: Stored> Stored for (A, B) {
    fn put<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.put(encoder)?;
        self.1.put(encoder)
    }

    fn take<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
        Ok((A::take(decoder)?, B::take(decoder)?))
    }
}

impl<A: Stored, B: Stored, C: Stored> Stored for (A, B, C) {
    fn put<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.put(encoder)?;
        self.1.put(encoder)?;
        self.2.put(encoder)
    }

    fn take<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
        Ok((A::take(decoder)?, B::take(decoder)?, C::take(decoder)?))
    }
}

impl<T: Stored> Stored for Vec<T> {
    fn put<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        put_all(self, encoder)
    }

    fn take<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let len = take_len::<T, _>(decoder)?;
        let mut list = Vec::with_capacity(len);
        for _ in 0..len {
            list.push(take_element(decoder)?);
        }
        Ok(list)
    }
}

impl<K: Stored + Ord, V: Stored> Stored for BTreeMap<K, V> {
    fn put<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        (self.len() as u64).put(encoder)?;
        self.iter().try_for_each(|(key, value)| {
            key.put(encoder)?;
            value.put(encoder)
        })
    }

    fn take<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let len = take_len::<(K, V), _>(decoder)?;
        let mut map = BTreeMap::new();
        for _ in 0..len {
            let (key, value) = take_element::<(K, V), _>(decoder)?;
            map.insert(key, value);
        }
        Ok(map)
    }
}

/// Writes the length of a list, then its elements.
pub(super) fn put_all<T: Stored, E: Encoder>(list: &[T], encoder: &mut E) -> Result<(), EncodeError> {
    (list.len() as u64).put(encoder)?;
    list.iter().try_for_each(|element| element.put(encoder))
}

/// Reads the length of a list, and claims memory for it. An absurd length is refused before anything is allocated.
fn take_len<T, D: Decoder<Context = ()>>(decoder: &mut D) -> Result<usize, DecodeError> {
    let len = u64::take(decoder)?;
    let len = usize::try_from(len).map_err(|_| DecodeError::OutsideUsizeRange(len))?;
    decoder.claim_container_read::<T>(len)?;
    Ok(len)
}

/// Reads an element. The list has claimed memory for all of them, and each element claims its own.
fn take_element<T: Stored, D: Decoder<Context = ()>>(decoder: &mut D) -> Result<T, DecodeError> {
    decoder.unclaim_bytes_read(size_of::<T>());
    T::take(decoder)
}
