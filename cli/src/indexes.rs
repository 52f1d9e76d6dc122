//! Custom indexes from the command line: only those over an attribute of chats.

use std::fmt;
use std::str::FromStr;

use inboxdb::{AttributeIndex, Config, Engine};

use crate::failure::Failure;
use crate::terminal::Progress;

/// The version of these indexes. It never changes: an attribute index always reads the value as it is.
const VERSION: u32 = 1;

/// An index over an attribute, as `--index` names it: `team`, or `squad=team`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AttributeOfIndex {
    name: String,
    attribute: String,
}

impl FromStr for AttributeOfIndex {
    type Err = &'static str;

    /// The engine checks the name.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, attribute) = text.split_once('=').unwrap_or((text, text));
        match (name, attribute) {
            ("", _) | (_, "") => {
                Err("an index is a name, such as team, or a name and an attribute, such as squad=team")
            }
            _ => Ok(Self { name: name.to_owned(), attribute: attribute.to_owned() }),
        }
    }
}

impl fmt::Display for AttributeOfIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name == self.attribute {
            true => f.write_str(&self.name),
            false => write!(f, "{}={}", self.name, self.attribute),
        }
    }
}

impl AttributeOfIndex {
    /// Adds the index to a configuration.
    pub(crate) fn register(&self, config: Config) -> Config {
        config.index(&self.name, VERSION, AttributeIndex::new(&self.attribute))
    }
}

/// Builds the missing indexes of every workspace.
pub(crate) fn build(engine: &Engine) -> Result<(), Failure> {
    let progress = Progress::of_chats("indexing", 0);
    engine.build_indexes(|now| progress.show(now))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_named_alone_or_with_its_attribute() {
        for (text, name, attribute) in
            [("team", "team", "team"), ("squad=team", "squad", "team"), ("a=b=c", "a", "b=c")]
        {
            let index = AttributeOfIndex { name: name.to_owned(), attribute: attribute.to_owned() };
            assert_eq!(text.parse(), Ok(index.clone()));
            assert_eq!(index.to_string(), text);
        }
        for text in ["", "=", "team=", "=team"] {
            assert!(text.parse::<AttributeOfIndex>().is_err(), "{text}");
        }
    }
}
