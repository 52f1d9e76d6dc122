//! The form in which names and paths are compared, and the letters of words.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};

/// Composes letters and their marks (NFC).
pub fn composed(text: &str) -> String {
    text.nfc().collect()
}

/// Returns the form in which paths, hashtags and names are compared.
pub fn key(text: &str) -> String {
    composed(&composed(text).to_lowercase())
}

/// Whether a hashtag can start with this character.
pub fn starts_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a hashtag can continue with this character, or a name seems to go on with it.
pub fn continues_word(c: char) -> bool {
    starts_word(c) || is_combining_mark(c)
}

/// Whether the character is Hangul, Kana or Han, where endings follow a name without a space.
pub fn joins_endings(c: char) -> bool {
    matches!(c.script(), Script::Hangul | Script::Hiragana | Script::Katakana | Script::Han)
}
