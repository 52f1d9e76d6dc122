//! The two custom indexes: the team of a chat, and the words of its description.

use std::collections::BTreeSet;

use crate::model::rules::longer;
use crate::model::state::Chat;

pub const INDEXES: [&str; 2] = ["team", "words"];

impl Chat {
    /// Returns the words of the description in lower case, deduplicated.
    pub fn words(&self) -> BTreeSet<String> {
        let text = self.description.as_deref().unwrap_or("");
        let words = text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
        words.filter(|word| !word.is_empty() && !longer(word, 256)).collect()
    }

    /// Returns the keys of this chat in an index.
    fn keys(&self, index: &str) -> BTreeSet<String> {
        match index {
            "team" => self.attributes.get("team").into_iter().cloned().collect(),
            "words" => self.words(),
            _ => BTreeSet::new(),
        }
    }

    pub fn has_key(&self, index: &str, value: &str) -> bool {
        self.keys(index).contains(value)
    }
}

/// Whether a name is valid for an index.
pub fn well_formed(name: &str) -> bool {
    let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-');
    (1..=64).contains(&name.len()) && name.chars().all(allowed)
}
