//! Untrusted text made safe for a terminal: it cannot move the cursor, and its width counts columns, also for Korean
//! and emoji.

use std::borrow::Cow;
use std::path::PathBuf;

use console::truncate_str;
use textwrap::{Options, WordSplitter};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Marks that may be stacked on one character. No language has so many; Unicode's stream-safe format has this limit.
const MARKS_MAX: usize = 30;

/// One line without control characters and without characters that change the direction of writing. Marks are cut where
/// they pile up: they take no column, so no width would end them, and a terminal is busy drawing them for seconds.
pub(crate) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        let c = if is_disruptive(c) { '·' } else { c };
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        match marks {
            0..=MARKS_MAX => cleaned.push(c),
            _ if marks == MARKS_MAX + 1 => cleaned.push('…'),
            _ => {}
        }
    }
    cleaned
}

fn is_disruptive(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text, and a caret below one of its characters or behind its end. A long text is cut around the caret.
pub(crate) fn point_at(text: &str, at: usize) -> String {
    const COLUMNS_MAX: usize = 60;
    let text = clean(text);
    let place = text.char_indices().nth(at).map_or(text.len(), |(place, _)| place);
    let (before, after) = text.split_at(place);
    let before = cut_begin(before, COLUMNS_MAX);
    format!("  {before}{}\n  {}^", truncate_str(after, COLUMNS_MAX, "…"), " ".repeat(before.width()))
}

/// The end of a text, at most so many columns wide. The rest shows as `…`.
fn cut_begin(text: &str, columns: usize) -> String {
    let mut width = 1;
    let mut fits = |c: char| {
        width += c.width().unwrap_or(0);
        width <= columns
    };
    if text.width() <= columns {
        return text.to_owned();
    }
    let kept = text.chars().rev().take_while(|c| fits(*c)).map(char::len_utf8).sum::<usize>();
    format!("…{}", &text[text.len() - kept..])
}

/// Wraps a text at spaces, and inside words that are too wide.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let options = Options::new(columns).word_splitter(WordSplitter::NoHyphenation);
    let wrapped =
        |line: &str| textwrap::wrap(&clean(line), &options).into_iter().map(Cow::into_owned).collect::<Vec<_>>();
    text.lines().flat_map(wrapped).collect()
}

/// A word for a shell, quoted if needed.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | ':' | '+' | ',' | '@' | '%');
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The program as it was called, so that a printed command can be pasted.
pub(crate) fn program() -> String {
    let called = std::env::args_os().next().map(PathBuf::from);
    let called = called.filter(|path| path.components().count() > 1);
    called.map_or_else(|| "inboxdb".to_owned(), |path| quoted(&path.to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(clean("a\x1b[2Jb\r\n\u{202e}c\u{7f}"), "a·[2Jb···c·");
        assert_eq!(clean("김민준 👩‍💻"), "김민준 👩‍💻");
    }

    #[test]
    fn marks_that_pile_up_are_cut() {
        let zalgo = format!("a{}b", "\u{301}".repeat(32_000));
        assert_eq!(clean(&zalgo), format!("a{}…b", "\u{301}".repeat(30)));
        for text in ["각", "한글", "क्षि", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩‍👩‍👧‍👦"] {
            assert_eq!(clean(text), text);
        }
        assert_eq!(clean(&"\u{200b}".repeat(100)).chars().count(), 31);
    }

    #[test]
    fn the_caret_is_below_its_character() {
        assert_eq!(point_at("tag:결제 & al", 9), "  tag:결제 & al\n             ^");
        assert_eq!(point_at("all &", 5), "  all &\n       ^");
        let long = point_at(&"환".repeat(1_000), 500);
        let (shown, caret) = long.split_once('\n').unwrap();
        assert!(shown.starts_with("  …환") && shown.ends_with('…') && shown.width() < 130);
        assert_eq!(caret.width(), 2 + 59 + 1);
    }

    #[test]
    fn wrapping_breaks_at_spaces_and_in_long_words() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("a\n\nb", 8), ["a", "", "b"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("재입고 알림이 오지 않아요", 10), ["재입고", "알림이", "오지", "않아요"]);
        assert!(wrap("", 8).is_empty());
    }

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        assert_eq!(quoted("inboxdb-demo"), "inboxdb-demo");
        assert_eq!(quoted("my shop"), "'my shop'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
