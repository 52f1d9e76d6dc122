//! What Excel needs to read a CSV file without changing it: a byte order mark, and numbers that it would round, as text.

use std::borrow::Cow;

/// Excel takes a file without it for one in the code page of the computer.
pub(super) const BYTE_ORDER_MARK: &str = "\u{feff}";
/// Excel keeps this many digits of a number and makes the rest zero.
const DIGITS_KEPT: usize = 15;

/// A cell as Excel shows it. A number with too many digits, or with zeros in front, becomes `="…"`, which is a text.
pub(super) fn kept_as_written(cell: &str) -> Cow<'_, str> {
    if is_number(cell) && (has_too_many_digits(cell) || begins_with_zero(cell)) {
        Cow::Owned(format!("=\"{}\"", cell.trim()))
    } else {
        Cow::Borrowed(cell)
    }
}

/// Whether Excel could read a number: in some country, with some currency. A sign in front is defused already.
fn is_number(cell: &str) -> bool {
    let in_numbers = |c: char| {
        is_digit(c)
            || c.is_whitespace()
            || matches!(c, '.' | ',' | '\'' | '+' | '-' | 'e' | 'E' | '%' | '$' | '€' | '£' | '¥' | '₩')
    };
    cell.contains(is_digit) && !cell.starts_with('\'') && cell.chars().all(in_numbers)
}

/// ASCII digits, and the full-width ones of East Asia.
fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '\u{ff10}'..='\u{ff19}')
}

fn has_too_many_digits(cell: &str) -> bool {
    cell.chars().filter(|c| is_digit(*c)).count() > DIGITS_KEPT
}

/// Such as a phone number, whose zero Excel would drop. `0` and `0.5` stay numbers.
fn begins_with_zero(cell: &str) -> bool {
    let mut chars = cell.trim_start().chars();
    matches!(chars.next(), Some('0' | '\u{ff10}')) && chars.next().is_some_and(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excel_gets_numbers_that_it_would_change_as_text() {
        for (cell, expected) in [
            ("1234567890123456", "=\"1234567890123456\""),
            ("18446744073709551615", "=\"18446744073709551615\""),
            (" 1234567890123456\n", "=\"1234567890123456\""),
            ("1,234,567,890,123,456", "=\"1,234,567,890,123,456\""),
            ("12345678901234.56", "=\"12345678901234.56\""),
            ("1234 5678 9012 3456", "=\"1234 5678 9012 3456\""),
            ("₩1234567890123456", "=\"₩1234567890123456\""),
            ("１２３４５６７８９０１２３４５６", "=\"１２３４５６７８９０１２３４５６\""),
            ("01012345678", "=\"01012345678\""),
            ("00", "=\"00\""),
        ] {
            assert_eq!(kept_as_written(cell), expected, "{cell:?}");
        }
    }

    #[test]
    fn excel_gets_everything_else_as_it_is() {
        for cell in [
            "",
            "0",
            "0.5",
            "123456789012345",
            "'-1234567890123456",
            "manager 18446744073709551615",
            "1234567890123456 won",
            "2026-09-21T14:13:20.000Z",
            "1234567890123456; 5",
            "결제",
            ",",
        ] {
            assert_eq!(kept_as_written(cell), cell, "{cell:?}");
        }
    }
}
