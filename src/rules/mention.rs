//! Mentions of managers in internal messages.

use crate::model::limits::MENTIONS_MAX;
use crate::model::{ManagerId, continues_word, is_cjk, nfc};
use crate::sets::IdSet;
use crate::workspace::{ManagerNames, name_form};

/// Returns the managers mentioned in a text as `@name`, compared in NFC and lower case. If several names match, the
/// longest wins. Only the first 64 places that may be mentions are looked at.
///
/// Words end where letters end, but Korean, Japanese and Chinese put endings and honorifics right behind a name, and
/// write the text before it without a space: see [`is_free`] and [`ends`].
pub(super) fn mentioned(text: &str, names: &ManagerNames) -> IdSet<ManagerId> {
    if !text.contains('@') {
        return IdSet::default();
    }
    let composed = nfc(text);
    // No other character becomes `@`, so both forms have the same ones. Lower case can end a letter in a mark, so what
    // comes before is read from the first form.
    let form = name_form(&composed);
    let places = composed.match_indices('@').zip(form.match_indices('@'));
    let free = places.filter(|((at, _), _)| is_free(&composed[..*at]));
    let named = free.take(MENTIONS_MAX).filter_map(|(_, (at, sign))| longest_name(&form[at + sign.len()..], names));
    named.flat_map(IdSet::iter).collect()
}

/// Whether an `@` can begin a mention after this text: not within a word or an address.
fn is_free(before: &str) -> bool {
    !before.chars().next_back().is_some_and(|c| c.is_alphanumeric() && !is_cjk(c))
}

/// Returns the managers with the longest name that the text starts with and that ends there.
fn longest_name<'n>(text: &'n str, names: &'n ManagerNames) -> Option<&'n IdSet<ManagerId>> {
    names.beginning(text).find(|(name, _)| ends(name, &text[name.len()..])).map(|(_, managers)| managers)
}

/// Whether a name ends before the rest of the text.
fn ends(name: &str, rest: &str) -> bool {
    match rest.chars().next() {
        Some(next) if continues_word(next) => is_cjk(next) || name.chars().next_back().is_some_and(is_cjk),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_mentions(names: &[(u64, &str)], cases: &[(&str, &[u64])]) {
        let mut all = ManagerNames::default();
        names.iter().for_each(|(id, name)| all.insert(name, ManagerId(*id)));
        for (text, expected) in cases {
            let found: Vec<u64> = mentioned(text, &all).iter().map(|id| id.0).collect();
            assert_eq!(found, *expected, "{text}");
        }
    }

    #[test]
    fn mentions_match_whole_names_and_the_longest_wins() {
        let names = [(1, "Ada"), (2, "Ada Lovelace"), (3, "ada"), (4, "İz"), (5, ""), (6, "R2_D2"), (7, "Νίκος")];
        assert_mentions(
            &names,
            &[
                ("@ada", &[1, 3]),
                ("hi @ADA LOVELACE, look", &[2]),
                ("@Ada Love", &[1, 3]),
                ("@adam @ada_ x@ada 7@ada é@ada", &[]),
                ("_@ada", &[1, 3]),
                ("(@ada)@r2_d2!", &[1, 3, 6]),
                ("@@ada", &[1, 3]),
                ("@İz @", &[4]),
                ("ada", &[]),
                ("@ΝΊΚΟΣ", &[7]),
                ("@ΝΊΚΟΣ's @νίκοσ", &[7]),
            ],
        );
        let late = format!("{}@ada", "@x ".repeat(MENTIONS_MAX));
        assert_mentions(&names, &[(&late, &[])]);
    }

    #[test]
    fn mentions_take_korean_and_japanese_endings() {
        let names = [(12, "김민준"), (13, "田中"), (14, "김민"), (15, "Ada"), (16, "サトー")];
        assert_mentions(
            &names,
            &[
                ("@김민준님 확인 부탁드려요", &[12]),
                ("@김민준이 봐 주세요", &[12]),
                ("@田中さん お願いします", &[13]),
                ("@김민준 확인", &[12]),
                ("@김민재", &[14]),
                ("@Ada님 @adaさん @ada様", &[15]),
                ("@サトーa @サトー2", &[16]),
                ("확인은@김민준, x@김민준", &[12]),
                ("감사합니다@ada", &[15]),
                ("@adaé", &[]),
            ],
        );
    }

    #[test]
    fn mentions_match_composed_and_decomposed_names() {
        let decomposed = "\u{1100}\u{1175}\u{11b7}\u{1106}\u{1175}\u{11ab}\u{110c}\u{116e}\u{11ab}";
        assert_mentions(
            &[(1, "김민준"), (2, "Ren\u{e9}")],
            &[(&format!("@{decomposed}님"), &[1]), ("@RENE\u{301}!", &[2])],
        );
        assert_mentions(&[(1, decomposed), (2, "Rene\u{301}")], &[("@김민준님", &[1]), ("@ren\u{e9}", &[2])]);
        // The name ends within a letter, or within a syllable.
        assert_mentions(&[(1, "Rene"), (2, "기")], &[("@rene\u{301} @기\u{11b7}", &[])]);
        // A mark that does not compose, after a name and before the sign.
        assert_mentions(&[(1, "Ada")], &[("@ada\u{20e3}", &[]), ("x\u{20e3}@ada", &[1])]);
        // Lower case ends this letter in a mark; it is a letter all the same.
        assert_mentions(&[(1, "Ada")], &[("İ@ada", &[])]);
    }

    #[test]
    fn mentions_in_64_kb_of_marks_among_600_managers_take_some_ms() {
        let mut names = ManagerNames::default();
        (0..600).for_each(|id| names.insert(&"a".repeat(1 + id as usize % 256), ManagerId(id)));
        let marks: String = "@a".chars().chain(std::iter::repeat_n('\u{301}', 32_000)).collect();
        assert!(mentioned(&marks, &names).is_empty());
        assert!(mentioned(&format!("@{} ", "a".repeat(300)).repeat(200), &names).is_empty());
        let signs = "@".repeat(65_536);
        assert!(mentioned(&signs, &names).is_empty());
    }
}
