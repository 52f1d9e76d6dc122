//! `at_least` of a query: a place that its answer has to include. The field stands beside those of any query.

use std::fmt;

use inboxdb::Query;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, MapAccess, VariantAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};

const FIELD: &str = "at_least";

/// A query, and the place that its answer has to include.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) query: Query,
    pub(crate) at_least: Option<u64>,
}

impl<'de> Deserialize<'de> for Asked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut at_least = None;
        let query = Query::deserialize(Without { inner: deserializer, at_least: &mut at_least })?;
        Ok(Self { query, at_least })
    }
}

/// Something that is read without the field, which is noted.
struct Without<'a, T> {
    inner: T,
    at_least: &'a mut Option<u64>,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Without<'_, D> {
    type Error = D::Error;

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_enum(name, variants, Without { inner: visitor, at_least: self.at_least })
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq
        tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Without<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        self.inner.visit_enum(Without { inner: access, at_least: self.at_least })
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(Without { inner: access, at_least: self.at_least })
    }
}

impl<'a, 'de, A: EnumAccess<'de>> EnumAccess<'de> for Without<'a, A> {
    type Error = A::Error;
    type Variant = Without<'a, A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), A::Error> {
        let (value, variant) = self.inner.variant_seed(seed)?;
        Ok((value, Without { inner: variant, at_least: self.at_least }))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Without<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.newtype_variant_seed(Without { inner: seed, at_least: self.at_least })
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.inner.tuple_variant(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner.struct_variant(fields, Without { inner: visitor, at_least: self.at_least })
    }
}

/// What a variant holds, if it is a type of its own.
impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Without<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        struct Fields<'a, S> {
            seed: S,
            at_least: &'a mut Option<u64>,
        }
        impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Fields<'_, S> {
            type Value = S::Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<S::Value, A::Error> {
                let fields = Without { inner: access, at_least: self.at_least };
                self.seed.deserialize(MapAccessDeserializer::new(fields))
            }
        }
        deserializer.deserialize_map(Fields { seed: self.inner, at_least: self.at_least })
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Without<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.inner.next_key::<String>()? {
            if key != FIELD {
                return seed.deserialize(StrDeserializer::new(&key)).map(Some);
            }
            if self.at_least.is_some() {
                return Err(serde::de::Error::duplicate_field(FIELD));
            }
            *self.at_least = self.inner.next_value()?;
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(json: &str) -> Result<Asked, String> {
        crate::json::read(json.as_bytes(), "a query").map_err(|failure| failure.message().to_owned())
    }

    #[test]
    fn field_stands_beside_those_of_any_query() {
        for (json, place) in [
            (r#"{"count":{"workspace":1,"view":"all","at_least":7}}"#, Some(7)),
            (r#"{"count":{"at_least":7,"workspace":1,"view":{"and":["all","tag:a"]}}}"#, Some(7)),
            (r#"{"tags":{"workspace":1,"at_least":null}}"#, None),
            (r#"{"tags":{"workspace":1}}"#, None),
            (r#"{"find":{"workspace":1,"at_least":0,"customer":"a"}}"#, Some(0)),
            (r#"{"find":{"workspace":1,"chat":7,"message":"m","at_least":3}}"#, Some(3)),
            (r#"{"workspaces":{}}"#, None),
        ] {
            let found = asked(json).unwrap();
            assert_eq!(found.at_least, place, "{json}");
            let plain = json.replace(r#","at_least":7"#, "").replace(r#""at_least":7,"#, "");
            if !plain.contains(FIELD) {
                assert_eq!(found.query, serde_json::from_str(&plain).unwrap());
            }
        }
    }

    #[test]
    fn what_is_wrong_is_told_as_ever() {
        for (json, told) in [
            (r#"{"count":{"workspace":1,"at_least":7}}"#, "missing field `view`"),
            (r#"{"count":{"workspace":1,"view":"all","x":7}}"#, "unknown field `x`"),
            (r#"{"count":{"workspace":1,"view":"all","at_least":-7}}"#, "invalid value"),
            (r#"{"count":{"workspace":1,"view":"all","at_least":"a"}}"#, "invalid type"),
            (r#"{"tags":{"workspace":1,"at_least":1,"at_least":2}}"#, "duplicate field `at_least`"),
            (r#"{"fly":{"workspace":1}}"#, "unknown variant `fly`"),
            (r#"{"tags":[1]}"#, ""),
            (r#"{"tags":{"workspace":1},"at_least":1}"#, ""),
            ("7", ""),
        ] {
            let failure = asked(json).unwrap_err();
            assert!(failure.contains(told), "{json}: {failure}");
        }
    }
}
