//! Texts, names and paths with scripts, letter cases and signs that break careless code.

use unicode_normalization::UnicodeNormalization;

use crate::Rng;
use crate::model::tags::well_formed;
use crate::model::words::key;

pub const TAG_NAMES: &[&str] = &[
    "a",
    "b",
    "c",
    "A",
    "B",
    "a-b",
    "billing",
    "Billing",
    "refund",
    "Refund",
    "VIP",
    "vip",
    "환불",
    "배송",
    "İade",
    "i\u{307}ade",
    "ıade",
    "IADE",
    "Été",
    "ÉTÉ",
    "straße",
    "STRASSE",
    "🎁",
    "👩‍👩‍👧",
    "q&a",
    "a:b",
    "(x)",
    "!",
    "x|y",
    "\"q\"",
    "open",
    "closed",
    "snoozed",
    "a:open",
    "#1",
    "日本",
    "nul\u{0}in",
    "tag:a",
    "+",
    "~",
    "*",
    "{}",
    "Ünal",
    "Ⅷ",
    "ⅷ",
];

/// Names that are invalid for tags. A slash makes an empty name.
pub const BAD_NAMES: &[&str] = &[
    "",
    "a b",
    "v1.2",
    "a\\b",
    "100%",
    "$",
    "tab\there",
    "no\u{a0}break",
    "\u{3000}",
    "new\nline",
    "x//y",
    "/",
    "a.",
    "\u{2028}",
];

const WORDS: &[&str] = &[
    "hello",
    "Refund",
    "please",
    "환불",
    "부탁드립니다",
    "🙏",
    "👍🏽",
    "İstanbul",
    "ısı",
    "order",
    "late",
    "\"quoted\"",
    "back\\slash",
    "\u{0}",
    "\n",
    "<b>",
    "日本語",
    "e\u{301}",
    "ß",
    "🇰🇷",
    "...",
];

const HASHTAGS: &[&str] = &[
    "vip",
    "VIP",
    "Vip_1",
    "환불",
    "İade",
    "iade",
    "Été",
    "ÉTÉ",
    "2024",
    "_",
    "open",
    "closed",
    "ß",
    "i\u{307}ade",
    "a-b",
    "日本",
    "Ⅷ",
    "x",
    "X",
];

const LINKS: &[&str] = &[
    " https://shop.example/orders?id=7&x=y",
    " https://shop.example/orders?id=7&x=y.",
    "(http://a.example/b_(c))",
    " www.no-scheme.example ",
    " ann@shop.example ",
    "\nftp://files.example/a.zip\n",
    " https://예.example/환불#top,",
    " http:// ",
    " \"https://q.example/\"",
];

const NAMES: &[&str] =
    &["Ann", "김민수", "İbrahim", "Zoë", "", "O'Neil \"x\"", "🙂", "tab\tname", "Ann", "Ann Lee", "Anna", "ann@home"];

/// Names in scripts where endings follow without a space, and one that begins with another.
const NAMES_OF_THE_EAST: &[&str] = &["김민", "김민준", "田中", "田中一", "さくら", "José", "नि", "민", "Ann김"];

/// What follows a name: endings, letters, marks and signs.
pub const ENDINGS: &[&str] = &["", "님", "이", "さん", "一", "a", "2", "_", "\u{301}", ",", " ", "\u{94d}", "씨 ", "@"];

pub fn name_of_the_east(rng: &mut Rng) -> String {
    let name = rng.pick(NAMES_OF_THE_EAST);
    if rng.chance(30) { decomposed(name) } else { name.to_owned() }
}

/// Hashtags with marks, in both spellings.
const MARKED_HASHTAGS: &[&str] = &["हिन्दी", "ที่นี่", "കവിത", "café", "cafe\u{301}", "환불", "x\u{20dd}", "Vip\u{301}"];

pub fn marked_description(rng: &mut Rng) -> String {
    let tags = (0..1 + rng.index(4)).map(|_| {
        let tag = rng.pick(MARKED_HASHTAGS);
        let tag = if rng.chance(40) { decomposed(tag) } else { tag.to_owned() };
        format!("{}#{tag}{}", rng.pick(&["", " ", "x"]), rng.pick(&["", " ", "!", "\u{301}", "-"]))
    });
    tags.collect()
}

pub fn name(rng: &mut Rng) -> String {
    rng.pick(NAMES).to_owned()
}

/// Returns a text of a few words, never empty.
pub fn text(rng: &mut Rng) -> String {
    let count = 1 + rng.index(5);
    let words: Vec<&str> = (0..count).map(|_| rng.pick(WORDS)).collect();
    words.join(" ")
}

/// Returns a text with links, and with parts that only look like links.
pub fn text_with_links(rng: &mut Rng) -> String {
    let count = 1 + rng.index(4);
    let parts = (0..count).map(|_| format!("{}{}", text(rng), rng.pick(LINKS)));
    parts.collect()
}

/// Returns a text with hashtags in all allowed places.
pub fn description(rng: &mut Rng) -> String {
    let mut text = String::new();
    for _ in 0..rng.index(5) {
        text.push_str(rng.pick(&["", " ", "x", "#", "# ", "##", "!", "\n"]));
        if rng.chance(70) {
            text.push('#');
            text.push_str(rng.pick(HASHTAGS));
        } else {
            text.push_str(rng.pick(WORDS));
        }
    }
    text
}

pub fn tag_name(rng: &mut Rng) -> String {
    // Some names come often, so that paths overlap.
    if rng.chance(35) {
        return rng.pick(&TAG_NAMES[..10]).to_owned();
    }
    rng.pick(TAG_NAMES).to_owned()
}

pub fn path(rng: &mut Rng, names: usize) -> String {
    let names: Vec<String> = (0..names).map(|_| tag_name(rng)).collect();
    names.join("/")
}

/// Returns a path that is invalid for a tag.
pub fn bad_path(rng: &mut Rng) -> String {
    let bad = match rng.below(8) {
        0 => path(rng, 9),
        1 => "x".repeat(129),
        2 => "환".repeat(129),
        3 => path(rng, 2) + "/",
        4 => format!("/{}", path(rng, 1)),
        5 => format!("{}/{}", path(rng, 1), rng.pick(BAD_NAMES)),
        _ => rng.pick(BAD_NAMES).to_owned(),
    };
    assert!(!well_formed(&bad), "{bad:?} could be a tag");
    bad
}

/// Returns the same path in another letter case, if one with the same meaning exists.
pub fn recase(rng: &mut Rng, path: &str) -> String {
    let other = match rng.below(4) {
        0 => path.to_uppercase(),
        1 => path.to_lowercase(),
        2 => capitals(path),
        _ => path.to_owned(),
    };
    let same = key(&other) == key(path) && well_formed(&other);
    if same { other } else { path.to_owned() }
}

/// Returns the same text in composed or in decomposed letters.
pub fn respelled(rng: &mut Rng, text: &str) -> String {
    if rng.chance(70) { decomposed(text) } else { text.nfc().collect() }
}

pub fn decomposed(text: &str) -> String {
    text.nfd().collect()
}

/// Puts every second letter in upper case.
fn capitals(path: &str) -> String {
    let letters = path.chars().enumerate();
    let changed = letters.map(|(i, c)| match i % 2 {
        0 => c.to_uppercase().to_string(),
        _ => c.to_string(),
    });
    changed.collect()
}

pub fn profile(rng: &mut Rng) -> serde_json::Value {
    let mut map = serde_json::Map::new();
    for _ in 0..rng.index(4) {
        let key = rng.pick(&["plan", "도시", "", "lang", "Plan"]);
        map.insert(key.to_owned(), text(rng).into());
    }
    map.into()
}
