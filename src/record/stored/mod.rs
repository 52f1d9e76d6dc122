//! How values become bytes, field by field.
//!
//! The trait is private, so that no public type promises a stored form: a host that serialises an id of ours does it
//! through serde. The bytes are those of bincode: numbers take 1 to 9 bytes, texts and lists follow their length, the
//! variants of an enumeration are numbered.

mod basic;
mod later;
mod model;
mod sets;

use bincode::de::read::Reader;

pub(crate) use bincode::de::Decoder;
pub(crate) use bincode::enc::Encoder;
pub(crate) use bincode::error::{DecodeError, EncodeError};

pub(super) use later::{Flags, Later};

/// A value with a stored form.
pub(crate) trait Stored: Sized {
    /// Writes it.
    fn put<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError>;

    /// Reads it back.
    fn take<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError>;
}

/// The stored form of a struct: its fields in this order. All of them have to be named.
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

/// The stored form of a struct around one value: that of the value.
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

/// The stored form of an enumeration: the number of the variant, then its fields. A number that is in use never
/// changes.
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

/// The stored form of a record that gained fields later, in a form that leaves older records as they are.
///
/// The first version had a byte in the middle that was 0 or 1: it was the first of the fields that may be absent, or
/// said whether that one follows. Its further bits say which of the later fields follow at the end. A record without
/// them has the bytes, and so the digest, that it always had.
///
/// A further field that may be absent goes to the end of the last list.
macro_rules! flagged_record {
    ($name:ident { $($early:ident),+; $first:ident; $($middle:ident),+; $($later:ident),+ $(,)? }) => {
        impl $crate::record::stored::Stored for $name {
            fn put<E: $crate::record::stored::Encoder>(&self, encoder: &mut E) -> Result<(), $crate::record::stored::EncodeError> {
                use $crate::record::stored::{Flags, Later, Stored};
                let Self { $($early,)+ $first, $($middle,)+ $($later),+ } = self;
                $(Stored::put($early, encoder)?;)+
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
                $(let $early = Stored::take(decoder)?;)+
                let mut flags = Flags::<FLAGS>::take(decoder)?;
                let $first = Later::take_value(flags.next(), decoder)?;
                $(let $middle = Stored::take(decoder)?;)+
                $(let $later = Later::take_value(flags.next(), decoder)?;)+
                Ok(Self { $($early,)+ $first, $($middle,)+ $($later),+ })
            }
        }
    };
}

pub(crate) use {flagged_record, stored_enum, stored_newtype, stored_struct};

/// Whether all bytes are read.
pub(super) fn is_at_end<D: Decoder<Context = ()>>(decoder: &mut D) -> bool {
    decoder.reader().peek_read(1).is_none()
}

/// No variant has this number.
#[cold]
pub(super) fn unknown_variant(type_name: &'static str, allowed: &'static [u32], found: u32) -> DecodeError {
    DecodeError::OtherString(format!("{type_name} has no variant {found}, only {allowed:?}"))
}
