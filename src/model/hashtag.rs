//! Hashtags in a chat's description.

use std::collections::BTreeSet;

fn is_hashtag_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The hashtags of a description, in lower case, each once: every `#` followed by letters, digits or `_`.
pub(crate) fn hashtags(description: &str) -> BTreeSet<String> {
    let words = description.split('#').skip(1);
    words
        .map(|rest| rest.split(|c| !is_hashtag_char(c)).next().unwrap_or_default())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follow_anything_and_end_at_the_first_other_character() {
        let found = hashtags("#VIP a#x ##y #_1-2 # #결제, #vip#Z");
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(found, ["_1", "vip", "x", "y", "z", "결제"]);
    }
}
