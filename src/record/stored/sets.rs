//! The stored forms of sets of ids.

use bincode::{Decode, Encode};
use roaring::RoaringBitmap;

use super::basic::put_all;
use super::{DecodeError, Decoder, EncodeError, Encoder, Stored};
use crate::model::ChatId;
use crate::sets::{ChatSet, IdSet};

/// Stored as a list of the members in order.
impl<T: Stored + Copy + Ord> Stored for IdSet<T> {
    fn put<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        put_all(self.as_slice(), encoder)
    }

    fn take<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
        Vec::take(decoder).map(Self::from_sorted)
    }
}

const LIST: u8 = 0;
const BITMAP: u8 = 1;

/// Stored as a list of ids or as a bitmap. The first byte tells which.
impl Stored for ChatSet {
    fn put<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        match self {
            ChatSet::List(list) => {
                LIST.put(encoder)?;
                list.put(encoder)
            }
            ChatSet::Bitmap { bits, .. } => {
                BITMAP.put(encoder)?;
                let mut bytes = Vec::with_capacity(bits.serialized_size());
                bits.serialize_into(&mut bytes).map_err(|inner| EncodeError::Io { inner, index: 0 })?;
                // Encoded as one byte string, with bincode's own encoding.
                bytes.encode(encoder)
            }
        }
    }

    fn take<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
        match u8::take(decoder)? {
            LIST => Ok(Vec::<u32>::take(decoder)?.into_iter().map(ChatId).collect()),
            BITMAP => {
                let bytes = Vec::<u8>::decode(decoder)?;
                let bits = RoaringBitmap::deserialize_from(bytes.as_slice());
                bits.map(Self::from_bitmap).map_err(|error| DecodeError::OtherString(error.to_string()))
            }
            _ => Err(DecodeError::Other("a set of chats is a list or a bitmap")),
        }
    }
}
