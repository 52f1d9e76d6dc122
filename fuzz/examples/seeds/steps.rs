//! Seeds of `index_consistency`. They continue the setup in `../crates/harness/src/targets/script.rs`: three managers,
//! two customers, and a chat of each.

use inboxdb_fuzz::targets::COMMANDS;
use inboxdb_fuzz::targets::script::Step;

/// Actors.
const SYSTEM: u8 = 0;
const ADA: u8 = 1;
const GRACE: u8 = 2;
const HEDY: u8 = 3;
const CUSTOMER: u8 = 5;

/// Times: how long after the previous command, and what follows.
const NOW: u8 = 0;
const TEN_MS: u8 = 9;
const A_SECOND: u8 = 11;
const FAR: u8 = 14;
const LOOK: u8 = 13 << 4;
const CHECKPOINT: u8 = 14 << 4;
const REOPEN: u8 = 15 << 4;

/// Two chats of a bulk action, as bits.
const BOTH: u8 = 0b1000_0011;

/// What an envelope has.
const WITH_ID: u8 = 4;
const RETRY: u8 = 6;
const TAKEN: u8 = 7;
const IF: u8 = 3 << 3;
const AND: u8 = 5 << 5;

/// Last operands. An external id, also instead of a number.
const U1: u8 = 2;
const U2: u8 = 3;
const ONLY_U1: u8 = 10;
const QUIET: u8 = 2 << 3;

/// Conditions: no message, open and unassigned; only assigned to Ada; and one that does not hold.
const UNTOUCHED: u8 = 0;
const OF_ADA: u8 = 1 << 6 | 0b011;
const SNOOZED_EMPTY: u8 = 1 << 4;

/// The chat that the batch has started, and the customer that it has put.
const STARTED: u8 = 6;
const PUT: u8 = 7;

const fn step(name: &str, actor: u8, when: u8, [first, second, third]: [u8; 3]) -> Step {
    with(name, actor, when, 0, [first, second, third, 0])
}

/// A step with an envelope of its own, and optional fields.
const fn with(name: &str, actor: u8, when: u8, envelope: u8, operands: [u8; 4]) -> Step {
    let mut command = 0;
    while !same(COMMANDS[command].as_bytes(), name.as_bytes()) {
        command += 1;
    }
    Step { command: command as u8, actor, when, envelope, operands }
}

const fn same(left: &[u8], right: &[u8]) -> bool {
    let mut at = 0;
    while at < left.len() && at < right.len() && left[at] == right[at] {
        at += 1;
    }
    at == left.len() && at == right.len()
}

/// A customer writes, two managers answer in turn, and the customer returns after the chat is closed. This is the most
/// frequent pattern in a real trace.
pub const A_DAY_OF_SUPPORT: &[Step] = &[
    step("set_operator", ADA, NOW, [1, 1, 0]),
    step("put_customer", SYSTEM, NOW, [2, 0, 0]),
    step("start_chat", SYSTEM, A_SECOND, [2, 0, 0]),
    step("send_message", CUSTOMER, A_SECOND, [0, 0, 0]),
    step("send_message", CUSTOMER, A_SECOND, [1, 2, 0]),
    step("assign", GRACE, A_SECOND | LOOK, [0, 1, 0]),
    step("tag", GRACE, NOW, [0, 0b010, 0]),
    step("send_message", GRACE, A_SECOND, [0, 0, 0]),
    step("send_message", HEDY, A_SECOND, [0, 2, 1]),
    step("mark_read", GRACE, NOW, [0, 0, 0]),
    step("close", GRACE, A_SECOND | CHECKPOINT, [0, 0, 0]),
    step("send_message", CUSTOMER, A_SECOND | LOOK, [0, 4, 0]),
    step("snooze", GRACE, NOW, [0, 3, 0]),
    step("favorite", ADA, NOW, [0, 0, 0]),
    step("set_description", ADA, NOW, [0, 3, 0]),
    step("tick", SYSTEM, A_SECOND | LOOK, [0, 0, 0]),
    step("close", HEDY, A_SECOND, [1, 0, 0]),
];

/// Snoozes that end at once, are moved, are cancelled by a message, and survive a restart.
const SNOOZES_END: &[Step] = &[
    step("snooze", ADA, NOW, [0, 1, 0]),
    step("snooze", ADA, NOW | REOPEN, [1, 1, 0]),
    step("tick", SYSTEM, TEN_MS | LOOK, [0, 0, 0]),
    step("snooze", ADA, NOW, [0, 1, 0]),
    step("snooze", ADA, NOW, [0, 3, 0]),
    step("snooze", GRACE, NOW, [1, 5, 0]),
    step("send_message", CUSTOMER, TEN_MS | CHECKPOINT, [1, 0, 0]),
    step("close", ADA, NOW | REOPEN, [0, 0, 0]),
    step("tick", SYSTEM, A_SECOND | LOOK, [0, 0, 0]),
    step("snooze", ADA, NOW, [0, 0, 0]),
    step("delete_chat", SYSTEM, NOW, [0, 0, 0]),
    step("tick", SYSTEM, TEN_MS, [0, 0, 0]),
];

/// Tags and subtags with chats are moved, followed, deleted and recreated.
const TAGS_MOVE: &[Step] = &[
    step("create_tag", ADA, NOW, [2, 0, 0]),
    step("tag", ADA, NOW, [0, 0b111, 0]),
    step("tag", ADA, NOW, [1, 25, 0]),
    step("follow_tag", GRACE, NOW | LOOK, [1, 1, 0]),
    step("move_tag", ADA, NOW | LOOK, [0, 4, 0]),
    step("untag", ADA, NOW, [0, 25, 0]),
    step("move_tag", ADA, NOW | REOPEN, [4, 5, 0]),
    step("unfollow_tag", GRACE, NOW, [5, 1, 0]),
    step("delete_tag", ADA, NOW | LOOK, [5, 0, 0]),
    step("create_tag", ADA, NOW, [1, 0, 0]),
    step("tag", ADA, NOW | CHECKPOINT, [0, 0b010, 0]),
    step("delete_tag", ADA, NOW, [0, 0, 0]),
];

/// Unread counts while recipients come and go.
const UNREAD: &[Step] = &[
    step("send_message", CUSTOMER, NOW, [0, 0, 0]),
    step("set_operator", GRACE, NOW, [1, 1, 0]),
    step("send_message", CUSTOMER, NOW | LOOK, [0, 0, 0]),
    step("follow", ADA, NOW, [0, 0b011, 0]),
    step("assign", ADA, NOW | LOOK, [0, 0, 0]),
    step("send_message", CUSTOMER, NOW, [0, 0, 0]),
    step("unfollow", ADA, NOW, [0, 0b010, 0]),
    step("mark_read", ADA, NOW | CHECKPOINT, [0, 0, 0]),
    step("send_message", GRACE, NOW, [0, 0, 1]),
    step("unassign", ADA, NOW | LOOK, [0, 0, 0]),
    step("send_message", CUSTOMER, NOW, [0, 0, 0]),
    step("leave", ADA, NOW, [0, 0, 0]),
    step("set_operator", HEDY, NOW | REOPEN, [2, 0, 0]),
    step("assign_recommended", ADA, NOW, [1, 0, 0]),
];

/// Every bulk action, by ids and by filters.
const BULK: &[Step] = &[
    step("bulk", ADA, NOW, [BOTH, 4, 0b010]),
    step("bulk", ADA, NOW, [0, 0, 1]),
    step("bulk", ADA, NOW, [BOTH, 6, 0]),
    step("bulk", ADA, NOW | LOOK, [7, 8, 3]),
    step("bulk", ADA, NOW, [BOTH, 2, 0b101]),
    step("bulk", ADA, NOW, [6, 10, 0]),
    step("bulk", GRACE, NOW, [11, 9, 0]),
    step("bulk", ADA, NOW | REOPEN, [BOTH, 7, 0]),
    step("bulk", ADA, NOW, [1, 3, 0b100]),
    step("bulk", ADA, NOW | LOOK, [BOTH, 5, 0b010]),
    step("bulk", GRACE, NOW, [BOTH, 11, 0]),
    step("bulk", ADA, NOW, [BOTH, 1, 0]),
    step("bulk", ADA, NOW, [255, 0, 3]),
];

/// Custom indexes and descriptions, and bulk actions that select by them.
const CUSTOM_INDEXES: &[Step] = &[
    step("set_attribute", ADA, NOW, [0, 0, 0]),
    step("set_attribute", ADA, NOW, [1, 1, 0]),
    step("set_description", ADA, NOW | LOOK, [0, 4, 0]),
    step("set_description", ADA, NOW, [1, 0, 0]),
    step("bulk", ADA, NOW | LOOK, [10, 9, 0]),
    step("bulk", ADA, NOW | REOPEN, [12, 4, 25]),
    step("set_attribute", ADA, NOW, [0, 2, 0]),
    step("set_attribute", ADA, NOW, [1, 0, 1]),
    step("delete_chat", ADA, NOW | CHECKPOINT, [1, 0, 0]),
    step("set_description", ADA, NOW, [0, 1, 0]),
];

/// Managers, customers, chats and finally the workspace are deleted; some are recreated.
const PEOPLE_GO: &[Step] = &[
    step("put_manager", ADA, NOW, [3, 0, 6]),
    step("set_online", SYSTEM, NOW, [3, 1, 0]),
    step("set_capacity", ADA, NOW, [2, 2, 0]),
    step("set_profile_fields", SYSTEM, NOW, [0b011, 0, 0]),
    step("track_event", CUSTOMER, NOW, [0, 0, 0]),
    step("send_message", CUSTOMER, NOW, [0, 3, 0]),
    step("assign", ADA, NOW, [0, 3, 0]),
    step("favorite", HEDY, NOW, [0, 0, 0]),
    step("unfavorite", HEDY, NOW, [0, 0, 0]),
    step("remove_manager", ADA, NOW | LOOK, [3, 0, 0]),
    step("remove_manager", SYSTEM, NOW, [2, 0, 0]),
    step("put_manager", SYSTEM, NOW | REOPEN, [2, 1, 7]),
    step("open", ADA, NOW, [0, 0, 0]),
    step("delete_customer", SYSTEM, NOW | LOOK, [0, 0, 0]),
    step("put_customer", SYSTEM, NOW, [0, 6, 0]),
    step("start_chat", CUSTOMER, NOW | CHECKPOINT, [0, 0, 0]),
    step("delete_workspace", SYSTEM, NOW | REOPEN, [0, 0, 0]),
    step("put_manager", SYSTEM, NOW, [0, 1, 0]),
    step("put_customer", SYSTEM, NOW, [0, 0, 0]),
    step("start_chat", SYSTEM, NOW, [0, 0, 0]),
];

/// Messages that say little, are mended and taken away, and what is read of them. Clocks go back and ahead.
pub const SECOND_THOUGHTS: &[Step] = &[
    with("send_message", CUSTOMER, NOW, 0, [0, 0, 0, U1]),
    with("send_message", CUSTOMER, NOW, 0, [0, 4, 0, QUIET]),
    step("follow", ADA, NOW, [0, 0b011, 0]),
    with("send_message", ADA, A_SECOND | LOOK, 0, [0, 2, 1, U2]),
    with("send_message", CUSTOMER, NOW, 0, [0, 0, 0, U1]),
    step("edit_message", ADA, A_SECOND, [0, 3, 6]),
    step("edit_message", SYSTEM, NOW | LOOK, [0, 0, 2]),
    step("mark_read", GRACE, NOW, [0, 3, 0]),
    step("mark_unread", ADA, NOW | CHECKPOINT, [0, 0, 0]),
    step("redact_message", SYSTEM, NOW, [0, 0, 0]),
    step("edit_message", SYSTEM, NOW, [0, 0, 0]),
    step("snooze", ADA, NOW, [0, 3, 0]),
    step("set_clock", SYSTEM, NOW, [4, 0, 0]),
    with("send_message", CUSTOMER, NOW | LOOK, 0, [0, 0, 0, QUIET]),
    step("set_clock", SYSTEM, NOW | REOPEN, [7, 0, 0]),
    step("set_online", ADA, NOW, [0, 1, 0]),
    step("assign_recommended", ADA, NOW | LOOK, [1, 1, 0]),
    step("set_online", ADA, NOW, [0, 0, 0]),
    step("assign_recommended", ADA, NOW, [0, 1, 0]),
];

/// A tag with chats, followers and subtags becomes another one.
const TAGS_MERGE: &[Step] = &[
    step("create_tag", ADA, NOW, [2, 0, 0]),
    step("tag", ADA, NOW, [0, 0b010, 0]),
    step("tag", ADA, NOW, [1, 25, 0]),
    step("follow_tag", GRACE, NOW | LOOK, [1, 1, 0]),
    step("merge_tag", ADA, NOW | LOOK, [0, 3, 0]),
    step("merge_tag", ADA, NOW, [3, 3, 0]),
    step("create_tag", ADA, NOW, [1, 0, 0]),
    step("tag", ADA, NOW | REOPEN, [0, 1, 0]),
    step("merge_tag", SYSTEM, NOW | CHECKPOINT, [3, 0, 0]),
    step("untag", ADA, NOW, [0, 1, 0]),
];

/// People and chats of another system: put again, renamed, gone and back.
pub const EXTERNAL_IDS: &[Step] = &[
    with("put_manager", ADA, NOW, 0, [1, 0, 6, U1]),
    with("put_manager", ADA, NOW, 0, [0, 0, 7, ONLY_U1]),
    with("put_customer", SYSTEM, NOW, 0, [0, 0, 0, ONLY_U1]),
    with("put_customer", SYSTEM, NOW, 0, [0, 6, 0, U1]),
    with("start_chat", SYSTEM, NOW | LOOK, 0, [0, 0, 0, U1]),
    with("put_customer", SYSTEM, NOW, 0, [0, 6, 0, U2]),
    with("start_chat", CUSTOMER, NOW, 0, [0, 0, 0, U1]),
    with("start_chat", CUSTOMER, NOW | CHECKPOINT, 0, [0, 0, 0, U1]),
    with("start_chat", CUSTOMER, NOW, 0, [1, 0, 0, U1]),
    step("remove_manager", SYSTEM, NOW, [1, 0, 0]),
    with("put_manager", SYSTEM, NOW | REOPEN, 0, [0, 1, 6, ONLY_U1]),
    step("delete_chat", SYSTEM, NOW, [4, 0, 0]),
    with("start_chat", CUSTOMER, NOW | LOOK, 0, [1, 0, 0, U1]),
    step("delete_customer", SYSTEM, NOW, [0, 0, 0]),
    with("put_customer", SYSTEM, NOW, 0, [5, 0, 0, U2]),
];

/// Commands that come again at once, later, after a restart and after a deletion, and others under their ids.
const RETRIES: &[Step] = &[
    with("send_message", CUSTOMER, NOW, WITH_ID, [0, 0, 0, 0]),
    with("tick", SYSTEM, NOW | LOOK, RETRY, [0, 0, 0, 0]),
    with("close", GRACE, A_SECOND, WITH_ID | IF, [1, 0, 0, UNTOUCHED]),
    with("open", GRACE, NOW | REOPEN, TAKEN, [1, 0, 0, 1]),
    with("tick", SYSTEM, A_SECOND, RETRY, [0, 0, 0, 1]),
    with("snooze", ADA, NOW, IF, [1, 3, 0, SNOOZED_EMPTY]),
    step("assign", ADA, NOW, [0, 0, 0]),
    with("open", ADA, NOW, IF, [0, 0, 0, OF_ADA]),
    with("bulk", ADA, NOW, WITH_ID, [BOTH, 8, 3, 0]),
    with("tick", SYSTEM, A_SECOND | LOOK, RETRY, [0, 0, 0, 2]),
    with("set_clock", SYSTEM, NOW, WITH_ID, [6, 0, 0, 0]),
    with("tick", SYSTEM, NOW | CHECKPOINT, RETRY, [0, 0, 0, 3]),
    with("tick", SYSTEM, NOW, RETRY, [0, 0, 0, 0]),
    step("tick", SYSTEM, FAR, [0, 0, 0]),
    with("tick", SYSTEM, NOW | LOOK, RETRY, [0, 0, 0, 0]),
    step("delete_workspace", SYSTEM, NOW, [0, 0, 0]),
    with("tick", SYSTEM, NOW, RETRY, [0, 0, 0, 1]),
];

/// Batches: of one actor, of several, with a condition, refused in the middle, and sent again.
pub const BATCHES: &[Step] = &[
    with("put_customer", SYSTEM, NOW, WITH_ID | AND, [0, 0, 0, ONLY_U1]),
    with("start_chat", SYSTEM, NOW, AND, [PUT, 0, 0, U1]),
    with("send_message", SYSTEM, NOW, AND, [STARTED, 0, 0, U1]),
    with("assign", ADA, NOW | LOOK, 0, [STARTED, 1, 0, 0]),
    with("tick", SYSTEM, NOW | REOPEN, RETRY, [0, 0, 0, 0]),
    with("tag", GRACE, NOW, AND, [0, 0b010, 0, 0]),
    with("snooze", GRACE, NOW, AND, [0, 1, 0, 0]),
    with("favorite", GRACE, NOW | LOOK, 0, [0, 0, 0, 0]),
    with("follow", GRACE, TEN_MS, IF | AND, [1, 0b011, 0, UNTOUCHED]),
    with("close", GRACE, NOW | CHECKPOINT, 0, [1, 0, 0, 0]),
    with("send_message", GRACE, NOW, WITH_ID | AND, [1, 0, 0, 0]),
    with("unfollow", GRACE, NOW, AND, [0, 0b010, 0, 0]),
    with("assign", GRACE, NOW | LOOK, 0, [5, 1, 0, 0]),
    with("tick", SYSTEM, NOW, RETRY, [0, 0, 0, 1]),
    with("delete_chat", ADA, NOW, AND, [4, 0, 0, 0]),
    with("remove_manager", ADA, NOW, AND, [1, 0, 0, 0]),
    with("set_operator", ADA, NOW | LOOK, 0, [0, 1, 0, 0]),
];

/// Snoozes of managers that last, and one whose manager is gone: inboxes to export.
pub const SNOOZED: &[Step] = &[
    step("send_message", CUSTOMER, A_SECOND, [1, 2, 0]),
    step("snooze", ADA, NOW, [0, 4, 0]),
    step("snooze", GRACE, NOW, [1, 5, 0]),
    step("mark_unread", HEDY, NOW, [1, 0, 0]),
    step("remove_manager", SYSTEM, A_SECOND, [1, 0, 0]),
];

/// Ids that an export has.
pub const REMEMBERED: &[Step] = &[
    with("send_message", CUSTOMER, NOW, WITH_ID, [0, 0, 0, 0]),
    with("close", GRACE, A_SECOND, WITH_ID | IF, [1, 0, 0, UNTOUCHED]),
    with("bulk", ADA, NOW, WITH_ID, [BOTH, 8, 3, 0]),
    with("put_customer", SYSTEM, NOW, WITH_ID | AND, [0, 0, 0, ONLY_U1]),
    with("start_chat", SYSTEM, NOW, 0, [PUT, 0, 0, U1]),
];

/// The names of the seeds in the corpus.
pub const CASES: [(&str, &[Step]); 12] = [
    ("a-day-of-support", A_DAY_OF_SUPPORT),
    ("snoozes-end", SNOOZES_END),
    ("tags-move", TAGS_MOVE),
    ("unread", UNREAD),
    ("bulk", BULK),
    ("custom-indexes", CUSTOM_INDEXES),
    ("people-go", PEOPLE_GO),
    ("second-thoughts", SECOND_THOUGHTS),
    ("tags-merge", TAGS_MERGE),
    ("external-ids", EXTERNAL_IDS),
    ("retries", RETRIES),
    ("batches", BATCHES),
];

/// What the canary's model gets wrong.
pub const CANARY: &[Step] = &[
    step("send_message", CUSTOMER, NOW, [0, 0, 0]),
    step("snooze", HEDY, NOW, [0, 4, 0]),
    step("mark_read", HEDY, NOW, [0, 0, 0]),
];
