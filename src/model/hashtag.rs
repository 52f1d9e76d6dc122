//! Hashtags in a chat's description.

use std::collections::BTreeSet;

use super::normal_form::{begins_word, continues_word, normal_form};

/// Returns the hashtags of a description in the form by which they are compared, without duplicates. A hashtag is `#`
/// followed by letters, digits, `_` and, behind the first, combining marks.
pub(crate) fn hashtags(description: &str) -> BTreeSet<String> {
    let words = description.split('#').skip(1).map(word);
    words.filter(|word| !word.is_empty()).map(|word| normal_form(word).into_owned()).collect()
}

/// Returns the word that a text begins with.
fn word(text: &str) -> &str {
    if !text.starts_with(begins_word) {
        return "";
    }
    text.split(|c| !continues_word(c)).next().unwrap_or_default()
}

/// Returns the byte offset of the first character that keeps a word from being a hashtag.
pub(crate) fn wrong_in_hashtag(word: &str) -> Option<usize> {
    if !word.starts_with(begins_word) {
        return Some(0);
    }
    word.char_indices().find(|(_, c)| !continues_word(*c)).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_found(description: &str, expected: &[&str]) {
        let found = hashtags(description);
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(found, expected, "{description:?}");
    }

    #[test]
    fn hashtags_end_at_the_first_other_character() {
        assert_found("#VIP a#x ##y #_1-2 # #결제, #vip#Z", &["_1", "vip", "x", "y", "z", "결제"]);
    }

    #[test]
    fn hashtags_keep_their_combining_marks() {
        assert_found("#हिन्दी #ที่นี่ #കവിത", &["हिन्दी", "കവിത", "ที่นี่"]);
        assert_found("#café #cafe\u{301} #CAFE\u{301}", &["café"]);
        assert_found("#\u{1112}\u{116a}\u{11ab} #환", &["환"]);
        assert_found("#x\u{20e3}y", &["x\u{20e3}y"]);
    }

    #[test]
    fn hashtags_do_not_begin_with_a_mark() {
        assert_found("#\u{301}a #\u{20e3} #", &[]);
        assert_found("#_\u{301}", &["_\u{301}"]);
    }

    /// A view asks for the hashtags that were found.
    #[test]
    fn hashtags_are_found_in_the_form_they_are_compared_in() {
        for word in ["İstanbul", "ΟΔΟΣ", "हिन्दी", "e\u{302}\u{323}", "\u{958}"] {
            let found = hashtags(&format!("#{word}"));
            let again: BTreeSet<String> = found.iter().flat_map(|word| hashtags(&format!("#{word}"))).collect();
            assert_eq!(found, again);
            assert_eq!(found.len(), 1);
        }
    }

    #[test]
    fn hashtags_of_a_description_of_marks_take_linear_time() {
        let description: String = "#a".chars().chain(std::iter::repeat_n('\u{301}', 32_000)).collect();
        assert_eq!(hashtags(&description).len(), 1);
        assert_eq!(hashtags(&"#\u{301}".repeat(16_000)).len(), 0);
    }

    #[test]
    fn hashtags_are_the_words_without_a_wrong_character() {
        let cases = [("vip", None), ("_1", None), ("결제", None), ("", Some(0)), ("#vip", Some(0)), ("a-b", Some(1))];
        let marks = [("\u{301}a", Some(0)), ("cafe\u{301}", None)];
        assert!(marks.iter().all(|(word, wrong)| wrong_in_hashtag(word) == *wrong));
        for (word, wrong) in cases.into_iter().chain([("결/제", Some(3)), ("a b", Some(1)), ("vip#", Some(3))]) {
            assert_eq!(wrong_in_hashtag(word), wrong, "{word:?}");
            let is_found = hashtags(&format!("#{word}")).iter().eq([word]);
            assert_eq!(is_found, wrong.is_none(), "{word:?}");
        }
    }
}
