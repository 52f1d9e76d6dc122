//! Encodes values field by field.
//!
//! The trait is private, so no public type promises a stored form. A host serialises our ids through serde. The bytes
//! are bincode's: numbers take 1 to 9 bytes, texts and lists follow their length, and the variants of an enumeration
//! are numbered.

mod basic;
mod later;
mod model;
mod reply;
mod sets;

use bincode::de::read::Reader;

pub(crate) use bincode::de::Decoder;
pub(crate) use bincode::enc::Encoder;
pub(crate) use bincode::error::{DecodeError, EncodeError};

pub(super) use later::{Flags, Later};

/// A value with a stored form.
pub(crate) trait Stored: Sized {
    /// Encodes the value.
    fn put<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError>;

    /// Decodes a value.
    fn take<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError>;
}

/// Stores a struct as its fields, in this order. All fields must be named.
macro_rules! stored_struct {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::record::stored::Stored for $name {
            fn put<E: $crate::record::stored::Encoder>(&self, encoder: &mut E) -> Result<(), $crate::record::stored::EncodeError> {
                let Self { $($field),+ } = self;
                $($crate::record::stored::Stored::put($field, encoder)?;)+
                Ok(())
            }

            fn take<D: $crate::record::stored::Decoder<Context = ()>>(
                decoder: &mut D,
            ) -> Result<Self, $crate::record::stored::DecodeError> {
                $(let $field = $crate::record::stored::Stored::take(decoder)?;)+
                Ok(Self { $($field),+ })
            }
        }
    };
}

/// Stores a newtype as its inner value.
macro_rules! stored_newtype {
    ($name:ident) => {
        impl $crate::record::stored::Stored for $name {
            #[inline]
            fn put<E: $crate::record::stored::Encoder>(
                &self,
                encoder: &mut E,
            ) -> Result<(), $crate::record::stored::EncodeError> {
                $crate::record::stored::Stored::put(&self.0, encoder)
            }

            #[inline]
            fn take<D: $crate::record::stored::Decoder<Context = ()>>(
                decoder: &mut D,
            ) -> Result<Self, $crate::record::stored::DecodeError> {
                $crate::record::stored::Stored::take(decoder).map(Self)
            }
        }
    };
}

/// Stores an enumeration as the number of the variant, then its fields. A number in use never changes.
macro_rules! stored_enum {
    ($name:ident { $($number:literal => $variant:ident $(($($part:ident),*))? $({ $($field:ident),* })?),+ $(,)? }) => {
        impl $crate::record::stored::Stored for $name {
            fn put<E: $crate::record::stored::Encoder>(&self, encoder: &mut E) -> Result<(), $crate::record::stored::EncodeError> {
                match self {
                    $(Self::$variant $(($($part),*))? $({ $($field),* })? => {
                        $crate::record::stored::Stored::put(&($number as u32), encoder)?;
                        $($($crate::record::stored::Stored::put($part, encoder)?;)*)?
                        $($($crate::record::stored::Stored::put($field, encoder)?;)*)?
                    })+
                }
                Ok(())
            }

            fn take<D: $crate::record::stored::Decoder<Context = ()>>(
                decoder: &mut D,
            ) -> Result<Self, $crate::record::stored::DecodeError> {
                match <u32 as $crate::record::stored::Stored>::take(decoder)? {
                    $($number => {
                        $($(let $part = $crate::record::stored::Stored::take(decoder)?;)*)?
                        $($(let $field = $crate::record::stored::Stored::take(decoder)?;)*)?
                        Ok(Self::$variant $(($($part),*))? $({ $($field),* })?)
                    })+
                    found => Err($crate::record::stored::unknown_variant(
                        stringify!($name),
                        &[$($number),+],
                        found,
                    )),
                }
            }
        }
    };
}

/// Stores a record that gained fields later, leaving the bytes of older records as they are.
///
/// Version 1 had a byte in the middle that was 0 or 1. It held the first optional field, or told if that field follows.
/// Its other bits now tell which later fields follow at the end. A record without them keeps its bytes, and so its
/// digest.
///
/// A new optional field goes to the end of the last list.
macro_rules! flagged_record {
    ($name:ident { $($early:ident),*; $first:ident; $($middle:ident),+; $($later:ident),+ $(,)? }) => {
        impl $crate::record::stored::Stored for $name {
            fn put<E: $crate::record::stored::Encoder>(&self, encoder: &mut E) -> Result<(), $crate::record::stored::EncodeError> {
                use $crate::record::stored::{Flags, Later, Stored};
                let Self { $($early,)* $first, $($middle,)+ $($later),+ } = self;
                $(Stored::put($early, encoder)?;)*
                Flags::of([Later::is_there($first), $(Later::is_there($later)),+]).put(encoder)?;
                Later::put_value($first, encoder)?;
                $(Stored::put($middle, encoder)?;)+
                $(Later::put_value($later, encoder)?;)+
                Ok(())
            }

            fn take<D: $crate::record::stored::Decoder<Context = ()>>(
                decoder: &mut D,
            ) -> Result<Self, $crate::record::stored::DecodeError> {
                use $crate::record::stored::{Flags, Later, Stored};
                const FLAGS: usize = [stringify!($first), $(stringify!($later)),+].len();
                $(let $early = Stored::take(decoder)?;)*
                let mut flags = Flags::<FLAGS>::take(decoder)?;
                let $first = Later::take_value(flags.next(), decoder)?;
                $(let $middle = Stored::take(decoder)?;)+
                $(let $later = Later::take_value(flags.next(), decoder)?;)+
                Ok(Self { $($early,)* $first, $($middle,)+ $($later),+ })
            }
        }
    };
}

pub(crate) use {flagged_record, stored_enum, stored_newtype, stored_struct};

/// Whether all bytes are read.
pub(in crate::record) fn is_at_end<D: Decoder<Context = ()>>(decoder: &mut D) -> bool {
    decoder.reader().peek_read(1).is_none()
}

/// The error for an unknown variant.
#[cold]
pub(super) fn unknown_variant(type_name: &'static str, allowed: &'static [u32], found: u32) -> DecodeError {
    DecodeError::OtherString(format!("{type_name} has no variant {found}, only {allowed:?}"))
}
