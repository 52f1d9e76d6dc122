//! Texts that somebody else wrote, made fit for a terminal: nothing in them can move the cursor, and their width
//! is that of what is shown, also of Korean and emoji.

use std::path::PathBuf;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// One line without control characters, and without those that turn the direction of writing around.
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|c| if is_disruptive(c) { '·' } else { c }).collect()
}

fn is_disruptive(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text that is at most so many columns wide; what is cut off shows as `…`.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut width = 0;
    for c in text.chars() {
        width += c.width().unwrap_or(0);
        if width + 1 > columns {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// One line of a text, and below it a caret under one of its characters or behind its end. Of a long text a part is
/// shown.
pub(crate) fn point_at(text: &str, at: usize) -> String {
    const COLUMNS_MAX: usize = 60;
    let text = clean(text);
    let place = text.char_indices().nth(at).map_or(text.len(), |(place, _)| place);
    let (before, after) = text.split_at(place);
    let before = cut_begin(before, COLUMNS_MAX);
    format!("  {before}{}\n  {}^", cut(after, COLUMNS_MAX), " ".repeat(before.width()))
}

/// The end of a text, at most so many columns wide; what is cut off shows as `…`.
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

/// The lines of a text, none wider than so many columns. It is broken at spaces, and in words that are wider.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    text.lines().flat_map(|line| wrap_line(&clean(line), columns)).collect()
}

fn wrap_line(line: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    for word in line.split(' ') {
        if !current.is_empty() && current.width() + 1 + word.width() > columns {
            lines.push(std::mem::take(&mut current));
        } else if !current.is_empty() {
            current.push(' ');
        }
        for c in word.chars() {
            if current.width() + c.width().unwrap_or(0) > columns && !current.is_empty() {
                lines.push(std::mem::take(&mut current));
            }
            current.push(c);
        }
    }
    lines.push(current);
    lines
}

/// A word as a shell takes it: quoted where it has to be.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | ':' | '+' | ',' | '@' | '%');
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// This program, as it was called: a command to try next should work where it is read.
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
    fn cutting_goes_by_columns() {
        assert_eq!(cut("hello", 5), "hello");
        assert_eq!(cut("hello!", 5), "hell…");
        assert_eq!(cut("김민준", 6), "김민준");
        assert_eq!(cut("김민준", 5), "김민…");
        assert_eq!(cut("김민준", 4), "김…");
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
