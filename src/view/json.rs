//! Filters in JSON: a text, or an object with one of the keys `and`, `or`, `not`.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, SerializeMap};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Filter;
use super::filter::LIMITS;
use super::node::{Node, Operator};
use super::parse::{Used, parse};
use crate::model::limits::FILTER_DEPTH_MAX;

impl Serialize for Filter {
    /// Writes an object of operators with the texts of views as leaves, or the plain text of a single view. A filter
    /// whose object would be too deep to parse is written as one text.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            None => Err(S::Error::custom(LIMITS)),
            Some(node) if levels(node) > FILTER_DEPTH_MAX => serializer.collect_str(node),
            Some(node) => node.serialize(serializer),
        }
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Node::View(view) = self {
            return serializer.collect_str(view);
        }
        let mut object = serializer.serialize_map(Some(1))?;
        match self {
            Node::View(_) => {}
            Node::Not(node) => object.serialize_entry("not", node)?,
            Node::Joined(operator, members) => object.serialize_entry(operator.name(), members)?,
        }
        object.end()
    }
}

/// Returns the number of levels of the JSON object.
fn levels(node: &Node) -> usize {
    match node {
        Node::View(_) => 0,
        Node::Not(node) => 1 + levels(node),
        Node::Joined(_, members) => 1 + members.iter().map(levels).max().unwrap_or(0),
    }
}

impl<'de> Deserialize<'de> for Filter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Reader(&mut Used::default()).deserialize(deserializer)?;
        match Filter::within_limits(node) {
            Filter(None) => Err(D::Error::custom(LIMITS)),
            filter => Ok(filter),
        }
    }
}

/// Reads a filter. It recurses once per level, and levels are limited.
struct Reader<'u>(&'u mut Used);

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a filter: a text, or an object with one of the keys `and`, `or`, `not`")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Node, E> {
        parse(text, self.0).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Node, A::Error> {
        self.0.enter().map_err(A::Error::custom)?;
        let Some(key) = object.next_key::<String>()? else {
            return Err(A::Error::custom(
                "an empty object is not a filter; it needs one of the keys `and`, `or`, `not`",
            ));
        };
        let node = match key.as_str() {
            "not" => object.next_value_seed(Reader(&mut *self.0))?.negated(),
            "and" => object.next_value_seed(ListReader(Operator::And, &mut *self.0))?,
            "or" => object.next_value_seed(ListReader(Operator::Or, &mut *self.0))?,
            _ => return Err(A::Error::unknown_field(&key, &["and", "or", "not"])),
        };
        if let Some(second) = object.next_key::<String>()? {
            let reason = format_args!("a filter has one key, and after `{key}` there is {second:?}");
            return Err(A::Error::custom(reason));
        }
        self.0.leave(1);
        Ok(node)
    }
}

/// Reads the members of an operator.
struct ListReader<'u>(Operator, &'u mut Used);

impl<'de> DeserializeSeed<'de> for ListReader<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ListReader<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of filters in `{}`", self.0.name())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let Self(operator, used) = self;
        let mut members = Vec::new();
        while let Some(member) = list.next_element_seed(Reader(&mut *used))? {
            members.push(member);
        }
        if members.is_empty() {
            used.view().map_err(A::Error::custom)?;
            return Ok(Node::of_none(operator));
        }
        Ok(Node::joined(operator, members))
    }
}
