//! CSV cells: neutralises formulas in user text, and formats moments as dates.

use crate::model::Timestamp;

/// A user text as a cell. A text that a spreadsheet could take for a formula gets a leading `'`.
///
/// Spreadsheets skip white space before a formula, and some accept the full-width characters too.
pub(super) fn defused(text: &str) -> String {
    if is_dangerous(text) { format!("'{text}") } else { text.to_owned() }
}

fn is_dangerous(text: &str) -> bool {
    let first_seen = text.chars().find(|c| !is_unseen(*c));
    let begins_formula = |c| matches!(c, '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}');
    first_seen.is_some_and(begins_formula) || text.starts_with(['\t', '\r'])
}

/// White space, control characters and zero-width characters.
fn is_unseen(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// A moment in ms as RFC 3339 in UTC: `2020-02-25T17:39:34.000Z`. Moments past the year 9999, which commands cannot
/// name, stay numbers.
pub(super) fn moment(ms: u64) -> String {
    Timestamp::from_millis(ms).to_string()
}

/// Joins a list into one cell.
pub(super) fn list(items: impl IntoIterator<Item = impl ToString>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    items.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_cells_that_could_be_formulas_are_defused() {
        for text in [
            "=1+1",
            "=cmd|' /C calc'!A0",
            "+1",
            "-1",
            "@SUM(A1)",
            " =1",
            "\u{a0}=1",
            "\u{3000}＝1",
            "\n=1",
            "\u{feff}=1",
            "\u{200b}\u{200b}-1",
            "\t1",
            "\tabc",
            "\rabc",
            "\0=1",
            "＝1",
            "＋1",
            "－1",
            "＠SUM(A1)",
            "-",
            "--",
            "=",
        ] {
            assert_eq!(defused(text), format!("'{text}"), "{text:?}");
        }
    }

    #[test]
    fn csv_cells_of_plain_text_are_unchanged() {
        for text in
            ["", "a", "a=1", "1-1", " ", "\n", "'=1", "\"=1\"", "a@b.example", "환불", "#vip", "(=1)", "\u{200b}"]
        {
            assert_eq!(defused(text), text);
        }
    }

    #[test]
    fn csv_moments_are_rfc_3339_until_the_year_9999() {
        for (ms, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1, "1970-01-01T00:00:00.001Z"),
            (1_582_652_374_000, "2020-02-25T17:39:34.000Z"),
            (1_582_652_374_120, "2020-02-25T17:39:34.120Z"),
            (crate::limits::TIME_MAX_MS, "9999-12-31T23:59:59.999Z"),
            (crate::limits::TIME_MAX_MS + 1, "253402300800000"),
            (u64::MAX, "18446744073709551615"),
        ] {
            assert_eq!(moment(ms), expected);
        }
    }
}
