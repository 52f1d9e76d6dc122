//! Seeds of the targets that read their choices byte by byte. The sources in `../src/testing/fuzzing/` and
//! `../src/journal/fuzzing.rs` define the meaning of the bytes.

/// The first three bytes are the starting time of the wheel. A time is a level, a number of slots, and their origin. A
/// step is a chat, an action, and sometimes a time.
const WHEEL: [(&str, &[u8]); 4] = [
    // Three deadlines in one slot and one on a higher level come due in turn.
    (
        "due-in-order",
        &[
            0, 0, 4, 1, 0, 0, 5, 4, 2, 0, 0, 5, 4, 3, 1, 0, 7, 4, 4, 2, 2, 1, 4, 0, 4, 0, 5, 4, 7, 5, 0, 7, 0, 0, 4, 0,
            4, 2, 2, 4, 9, 5, 0, 7, 1, 1, 4,
        ],
    ),
    // The start and the end of a slot on each level, and beyond the range of the wheel.
    (
        "edges-of-slots",
        &[
            0, 7, 4, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1, 2, 0, 1, 1, 0, 3, 0, 1, 1, 1, 4, 0, 5, 3, 0, 5, 0, 5, 3, 1, 6, 0, 7,
            255, 1, 0, 4, 1, 1, 1, 0, 4, 5, 3, 1, 63, 5, 0, 4, 7, 255, 1, 63, 5,
        ],
    ),
    // Deadlines are moved, removed, or already past when added.
    (
        "moved-and-past",
        &[
            2, 9, 4, 1, 0, 3, 9, 4, 1, 0, 0, 9, 4, 1, 3, 2, 0, 2, 3, 2, 2, 0, 0, 0, 2, 5, 5, 6, 6, 0, 7, 0, 0, 2, 2, 3,
            0, 4, 0, 0, 4, 7, 5,
        ],
    ),
    // The clock is set back, which the wheel must ignore.
    ("time-goes-back", &[3, 200, 4, 1, 0, 1, 9, 4, 0, 4, 3, 100, 2, 1, 7, 2, 1, 4, 0, 4, 2, 255, 4, 1, 5]),
];

/// The first byte selects one of three: any bytes, valid parts in any order, or a damaged journal.
const JOURNAL_FRAMES: [(&str, &[u8]); 6] = [
    ("rubbish", &[0, 1, 73, 66, 74, 76, 0, 0, 0, 1, 255, 255, 255, 255]),
    // Batches of groups of one and two changes, all in order.
    ("parts-in-order", &[1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1]),
    // A frame is missing, and a later batch says that it was durable.
    ("a-safe-frame-is-missing", &[1, 1, 0, 0, 1, 1, 1, 0, 2, 1, 1, 1, 1, 0, 1, 1, 1, 1]),
    // Groups of one to four changes, written, waited for, closed and opened.
    ("whole", &[2, 6, 0, 2, 1, 5, 2, 0, 3, 4, 0, 7, 1, 3, 0]),
    // The last bytes are cut off; a byte is flipped; the first segment is missing.
    ("torn", &[2, 3, 0, 2, 1, 2, 3, 6, 1, 0, 90, 3, 0]),
    ("flipped", &[2, 8, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 2, 1, 0, 80, 1, 7, 4, 0, 0, 9, 6]),
];

/// The first byte selects one of four: a stored value, a key, a record to write, or keys to write.
const CODEC: [(&str, &[u8]); 6] = [
    // The table, then the bytes of the key.
    ("a-key-of-a-chat", &[1, 9, 0, 0, 1, 2]),
    ("a-key-of-a-message", &[1, 10, 0, 0, 1, 2, 0, 0, 0, 3]),
    ("a-key-of-a-posting", &[1, 6, 7, 0, 0, 0, 2, 1, 0, 0]),
    ("a-customer", &[2, 1, 1, 2, b'p', b'l', b'a', b'n', b'g', b'o', b'l', b'd', 1, 0, 0, 0, 9, 9, 9, 9, 4, 4, 5]),
    ("a-set-of-chats", &[2, 4, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 1, 0, 255, 255, 255, 255, 16]),
    // For each of some neighboring keys: workspace, table, two numbers, and what else the table needs.
    (
        "keys-of-neighbors",
        &[
            1, 0, 9, 1, 0, 255, 0, 3, 1, 0, 9, 1, 0, 0, 1, 3, 1, 0, 6, 7, 0, 1, 0, 0, 2, 0, 7, 255, 1, 6, 7, 0, 255, 0,
            1, 3, 0, 8, 1, 1, 11, 5, 0, 0, 6, 1, 0, 7, 0, 2, 1, 0, 2, 3,
        ],
    ),
];

/// One of three stores, then the number of damages. Each damage: root, rows or journal (0 to 3), the file, whether it
/// is removed (0), or else the other file, the kind of damage, the position, the length, and from which end.
const OPEN_DAMAGED: [(&str, &[u8]); 8] = [
    ("crashed-before-a-checkpoint", &[0, 0]),
    ("crashed", &[1, 0]),
    ("closed", &[2, 0]),
    ("no-checkpoint", &[1, 1, 0, 0]),
    ("checkpoint-flipped", &[2, 1, 0, 1, 7, 3, 0, 0, 1, 1]),
    ("a-row-is-gone", &[2, 1, 1, 9, 0]),
    ("a-row-is-cut", &[2, 1, 1, 12, 1, 3, 0, 5, 0, 0, 0]),
    ("the-end-of-the-journal-is-cut", &[0, 1, 2, 1, 1, 0, 0, 20, 0, 1, 0]),
];

/// JSON and text whose first number or word selects among several forms.
const JSON: [(&str, &[u8]); 10] = [
    (
        "command",
        br#"{"workspace":1,"at":1582652374000,"actor":{"customer":5},"do":{"send_message":{"chat":1,"visibility":"public","text":"hello","files":[{"name":"a","url":"b","media_type":"c","bytes":1}]}},"id":"x"}"#,
    ),
    (
        "bulk",
        br#"{"workspace":1,"at":2,"actor":"system","do":{"bulk":{"select":{"filter":{"and":["tag:a:open",{"not":"assigned:7"}]}},"do":{"assign":{"manager":7}}}}}"#,
    ),
    (
        "bulk-of-ids",
        br#"{"workspace":18446744073709551615,"at":253402300799999,"actor":{"manager":0},"do":{"bulk":{"select":{"chats":[1,4294967295]},"do":{"close":{}}}}}"#,
    ),
    (
        "profile",
        br#"{"workspace":1,"at":0,"actor":"system","do":{"put_customer":{"customer":5,"name":null,"profile":{"plan":"\u0000\ud55c"}}},"id":null}"#,
    ),
    ("tick", br#"{"workspace":1,"at":0,"actor":"system","do":"tick"}"#),
    ("list", br#"{"list":{"workspace":1,"view":"all:open & !tag:\"q&a\"","limit":50,"before":null}}"#),
    (
        "notifications",
        br#"{"notifications":{"workspace":1,"manager":7,"since":3,"limit":9,"after":"1.2"}}"#,
    ),
    ("filter", br#"(all:open | tag:"a b") & !(hashtag:vip | custom:team="x:y")"#),
    ("filter-object", br#"{"or":["all",{"and":["unread:1",{"not":{"or":[]}}]}]}"#),
    ("view", br#"tag:"open":closed"#),
];

/// Returns every seed, with the name of its target and its own name.
pub fn cases() -> impl Iterator<Item = (&'static str, &'static str, &'static [u8])> {
    let of = |target, cases: &'static [(&'static str, &'static [u8])]| {
        cases.iter().map(move |(name, seed)| (target, *name, *seed))
    };
    of("wheel", &WHEEL)
        .chain(of("journal_frames", &JOURNAL_FRAMES))
        .chain(of("codec", &CODEC))
        .chain(of("json", &JSON))
        .chain(of("open_damaged", &OPEN_DAMAGED))
}
