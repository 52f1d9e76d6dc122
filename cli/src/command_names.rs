//! The names of all commands, taken from the library, so that a help text never misses one.

use inboxdb::Command;
use serde::de::value::Error;
use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;

/// Returns the names of all commands, in the order of the library.
pub(crate) fn command_names() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // Always an error: there is no command to read, only a type that says which variants it has.
    let _ = Command::deserialize(Variants(&mut names));
    names
}

/// Notes the variants of an enum.
struct Variants<'n>(&'n mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Variants<'_> {
    type Error = Error;

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        *self.0 = variants;
        self.deserialize_any(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("there is nothing to read"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_json() {
        let names = command_names();
        assert_eq!(names.first(), Some(&"put_manager"));
        assert!(names.contains(&"close") && names.contains(&"tick"), "{names:?}");
    }
}
