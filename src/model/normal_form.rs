//! The form in which names, tag paths and hashtags are compared: NFC(lower(NFC(text))).
//!
//! The same word can be spelled with different code points: `é`, or `e` with a combining accent; a Hangul syllable, or
//! its letters. Keyboards and file systems produce both.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use unicode_script::{Script, UnicodeScript};

/// Returns the text in NFC.
pub(crate) fn nfc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfc().collect())
}

/// Returns the form by which texts are compared: NFC, in lower case, and in NFC again, since a lower-case letter may
/// compose where the upper-case one does not.
pub fn normal_form(text: &str) -> Cow<'_, str> {
    let composed = nfc(text);
    if composed.chars().all(is_lower) {
        return composed;
    }
    let lower = composed.to_lowercase();
    match nfc(&lower) {
        Cow::Borrowed(_) => Cow::Owned(lower),
        Cow::Owned(composed) => Cow::Owned(composed),
    }
}

/// Whether lower case leaves a character as it is.
fn is_lower(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_uppercase();
    }
    let mut lower = c.to_lowercase();
    lower.next() == Some(c) && lower.next().is_none()
}

/// Whether a character is a combining mark (category M).
pub(crate) fn is_mark(c: char) -> bool {
    !c.is_ascii() && unicode_normalization::char::is_combining_mark(c)
}

/// Whether a character may begin a word: a letter, a digit or `_`.
pub(crate) fn begins_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a character may be in a word, behind its first one.
pub(crate) fn continues_word(c: char) -> bool {
    begins_word(c) || is_mark(c)
}

/// Whether a character is Hangul, Kana or Han. Endings and honorifics follow a name in these scripts without a space.
pub(crate) fn is_cjk(c: char) -> bool {
    const SCRIPTS: [Script; 4] = [Script::Hangul, Script::Hiragana, Script::Katakana, Script::Han];
    if c.is_ascii() {
        return false;
    }
    // Some letters, such as the prolonged sound mark of Kana, belong to several scripts. So do many punctuation marks,
    // which are none of these.
    SCRIPTS.contains(&c.script())
        || (c.is_alphanumeric() && SCRIPTS.iter().any(|script| c.script_extension().contains_script(*script)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_form_composes_and_lowers() {
        for (text, expected) in [
            ("", ""),
            ("billing/refund", "billing/refund"),
            ("Billing", "billing"),
            ("환불/배송", "환불/배송"),
            ("\u{1112}\u{116a}\u{11ab}\u{1107}\u{116e}\u{11af}", "환불"),
            ("CAFE\u{301}", "café"),
            ("Café", "café"),
            ("e\u{323}\u{302}", "\u{1ec7}"),
            ("e\u{302}\u{323}", "\u{1ec7}"),
            ("İ", "i\u{307}"),
            ("ΟΔΟΣ", "οδος"),
            // The Kelvin sign, and a letter that NFC takes apart.
            ("\u{212a}", "k"),
            ("\u{958}", "\u{915}\u{93c}"),
            // Only the small letter is there with its mark.
            ("J\u{30c}", "\u{1f0}"),
        ] {
            assert_eq!(normal_form(text), expected, "{text:?}");
            assert_eq!(normal_form(expected), expected, "{text:?} again");
        }
    }

    #[test]
    fn normal_form_of_usual_text_costs_no_copy() {
        for text in ["billing/refund", "환불/배송", "결제_1", "日本語", "हिन्दी"] {
            assert!(matches!(normal_form(text), Cow::Borrowed(_)), "{text}");
        }
    }

    /// The key of a path is made of the keys of its names.
    #[test]
    fn normal_form_does_not_depend_on_what_a_slash_separates() {
        for names in [["ΑΣ", "ΣΑ"], ["a", "\u{338}b"], ["e\u{301}", "\u{301}e"], ["\u{1112}", "\u{116a}"], ["İ", "Σ"]]
        {
            let joined = names.map(|name| normal_form(name).into_owned()).join("/");
            assert_eq!(normal_form(&names.join("/")), joined);
        }
    }

    #[test]
    fn normal_form_of_64_kb_of_marks_takes_linear_time() {
        let marks: String = std::iter::once('a').chain(std::iter::repeat_n('\u{301}', 32_000)).collect();
        assert_eq!(normal_form(&marks).chars().count(), 32_000);
        let mixed: String = ['\u{301}', '\u{323}', '\u{345}', '\u{3099}'].iter().cycle().take(24_000).collect();
        assert_eq!(normal_form(&mixed).chars().count(), 24_000);
    }

    #[test]
    fn scripts_without_spaces_are_told_apart() {
        for c in "김민준가ᄒ田中々〇さンーｶｰㄱ".chars() {
            assert!(is_cjk(c), "{c}");
        }
        for c in "aé1_ д ไ。、・「\u{3099}\u{301}".chars() {
            assert!(!is_cjk(c), "{c}");
        }
        assert!("\u{301}\u{93f}\u{94d}\u{20e3}\u{e35}".chars().all(is_mark));
        assert!(!"a1_#é가".chars().any(is_mark));
    }
}
