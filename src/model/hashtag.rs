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

/// Returns the byte offset of the first character that keeps a word from being a hashtag.
pub(crate) fn wrong_in_hashtag(word: &str) -> Option<usize> {
    if word.is_empty() {
        return Some(0);
    }
    word.char_indices().find(|(_, c)| !is_hashtag_char(*c)).map(|(at, _)| at)
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

    #[test]
    fn hashtags_are_the_words_without_a_wrong_character() {
        let cases = [("vip", None), ("_1", None), ("결제", None), ("", Some(0)), ("#vip", Some(0)), ("a-b", Some(1))];
        for (word, wrong) in cases.into_iter().chain([("결/제", Some(3)), ("a b", Some(1)), ("vip#", Some(3))]) {
            assert_eq!(wrong_in_hashtag(word), wrong, "{word:?}");
            let is_found = hashtags(&format!("#{word}")).iter().eq([word]);
            assert_eq!(is_found, wrong.is_none(), "{word:?}");
        }
    }
}
