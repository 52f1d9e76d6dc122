//! Seeds of `import_lines`: whole files, and exports of the inboxes in [`steps`](super::steps) with some changes. The
//! format is defined by `../crates/harness/src/targets/import_file.rs`.

use inboxdb_fuzz::targets::script::Step;

use super::steps;

/// What is done with a whole file.
const AS_EXPORTED: u8 = 0;
const NAMED: u8 = 1;
const WITHOUT_NUMBERS: u8 = 2;
const COUNTED: u8 = 4;
const BARE_HEADER: u8 = 8;

/// Changes of a line.
const REMOVE: u8 = 0;
const REPEAT: u8 = 1;
const SWAP: u8 = 2;
const ADD: u8 = 3;
const REMOVE_FIELD: u8 = 4;
const REPLACE_FIELD: u8 = 5;

/// Each is a line, a field, a value and what is done.
type Edits = &'static [[u8; 4]];

const EDITED: [(&str, u8, Edits, &[Step]); 14] = [
    ("exported", AS_EXPORTED, &[], steps::A_DAY_OF_SUPPORT),
    ("named", NAMED, &[], steps::A_DAY_OF_SUPPORT),
    ("names-alone", NAMED | WITHOUT_NUMBERS, &[], steps::A_DAY_OF_SUPPORT),
    ("names-alone-after-batches", NAMED | WITHOUT_NUMBERS | BARE_HEADER, &[], steps::BATCHES),
    ("remembered-ids", AS_EXPORTED, &[], steps::REMEMBERED),
    ("remembered-ids-of-named", NAMED | COUNTED, &[], steps::REMEMBERED),
    ("second-thoughts", NAMED, &[], steps::SECOND_THOUGHTS),
    ("snoozed", NAMED, &[], steps::SNOOZED),
    ("own-external-ids", NAMED | WITHOUT_NUMBERS, &[], steps::EXTERNAL_IDS),
    ("lines-removed", NAMED | COUNTED, &[[14, 0, 0, REMOVE], [7, 0, 0, REMOVE]], steps::A_DAY_OF_SUPPORT),
    ("lines-repeated", NAMED | COUNTED, &[[14, 0, 0, REPEAT], [12, 0, 0, REPEAT]], steps::A_DAY_OF_SUPPORT),
    ("lines-swapped", NAMED | COUNTED, &[[12, 0, 13, SWAP]], steps::A_DAY_OF_SUPPORT),
    ("fields-removed", NAMED, &[[5, 1, 0, REMOVE_FIELD], [12, 3, 0, REMOVE_FIELD]], steps::A_DAY_OF_SUPPORT),
    ("fields-changed", NAMED, &[[4, 0, 12, ADD], [9, 2, 5, REPLACE_FIELD], [0, 3, 2, ADD]], steps::A_DAY_OF_SUPPORT),
];

const TEXTS: [(&str, &str); 3] = [
    (
        "by-external-id",
        r#"{"inboxdb_export":{"version":2}}
{"tag":{"path":"ops"}}
{"manager":{"external":"lin","name":"Lin","role":"member","operator":true,"online":true,"followed_tags":["ops"]}}
{"customer":{"external":"u1","name":"Grace","profile":{},"events":1}}
{"event":{"customer":{"external":"u1"},"at":5,"name":"visited","properties":{}}}
{"chat":{"external":"t9","customer":{"external":"u1"},"status":"snoozed","snoozed_until":900,"snoozed_by":{"external":"lin"},"assignee":{"external":"lin"},"followers":[{"external":"lin"}],"tags":["Ops"],"unread":[{"manager":{"external":"lin"},"count":1}],"favorited_by":[],"created_at":10,"last_activity_at":20,"messages":2,"attributes":{}}}
{"message":{"chat":{"external":"t9"},"external":"m1","at":10,"author":{"customer":{"external":"u1"}},"visibility":"public","text":"Where is my parcel?","files":[]}}
{"message":{"chat":{"external":"t9"},"at":20,"author":"system","visibility":"internal","text":"","files":[],"redacted":true}}
{"end":{"managers":1,"tags":1,"customers":1,"events":1,"chats":1,"messages":2}}
"#,
    ),
    (
        "of-version-1",
        r#"{"inboxdb_export":{"version":1,"workspace":1,"clock":1582652470000,"next_chat":2}}
{"manager":{"manager":9,"name":"Lin","role":"member","operator":false,"online":true,"followed_tags":[],"capacity":null,"last_assigned_at":null}}
{"customer":{"customer":5,"name":"Grace","profile":{"plan":"pro"},"events":0}}
{"chat":{"id":1,"customer":5,"status":"open","snoozed_until":null,"assignee":9,"followers":[9],"tags":[],"unread":{"9":1},"favorited_by":[9],"description":"waits #VIP","created_at":1582652390000,"last_activity_at":1582652390000,"messages":1,"attributes":{"team":"red"},"events_before":null}}
{"message":{"chat":1,"message":1,"at":1582652390000,"author":{"customer":5},"visibility":"public","text":"Where is my parcel?","files":[]}}
{"end":{"managers":1,"tags":0,"customers":1,"events":0,"chats":1,"messages":1}}
"#,
    ),
    ("cut-off", "{\"inboxdb_export\":{\"version\":2}}\n{\"customer\":{\"external\":\"u1\",\"name\":null,\"pro"),
];

/// The names and bytes of the seeds.
pub fn cases() -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    let edited = EDITED.iter().map(|(name, mode, edits, steps)| {
        let mut seed = vec![*mode, edits.len() as u8];
        seed.extend(edits.iter().flatten());
        seed.extend(super::bytes_of(steps));
        (*name, seed)
    });
    edited.chain(TEXTS.iter().map(|(name, text)| (*name, text.as_bytes().to_vec())))
}
