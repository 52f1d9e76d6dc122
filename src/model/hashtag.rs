//! Hashtags in a chat's description.

use std::collections::BTreeSet;

fn is_hashtag_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns the hashtags of a description in lower case, without duplicates. A hashtag is `#` followed by letters,
/// digits or `_`.
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
    fn hashtags_end_at_the_first_other_character() {
        let found = hashtags("#VIP a#x ##y #_1-2 # #결제, #vip#Z");
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(found, ["_1", "vip", "x", "y", "z", "결제"]);
    }
}
