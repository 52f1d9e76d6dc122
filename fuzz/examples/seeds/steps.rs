//! Seeds of `index_consistency`. The script starts them with three managers, two customers and a chat of each: see
//! `crates/harness/src/targets/script.rs`.

use inboxdb_fuzz::targets::COMMANDS;
use inboxdb_fuzz::targets::script::Step;

/// Actors.
const SYSTEM: u8 = 0;
const ADA: u8 = 1;
const GRACE: u8 = 2;
const HEDY: u8 = 3;
const CUSTOMER: u8 = 5;

/// The pause before a step, and the action after it.
const NOW: u8 = 0;
const TEN_MS: u8 = 9;
const A_SECOND: u8 = 11;
const LOOK: u8 = 13 << 4;
const CHECKPOINT: u8 = 14 << 4;
const REOPEN: u8 = 15 << 4;

/// Two chats of a bulk action, one bit each.
const BOTH: u8 = 0b1000_0011;

const fn step(name: &str, actor: u8, when: u8, operands: [u8; 3]) -> Step {
    let mut command = 0;
    while !same(COMMANDS[command].as_bytes(), name.as_bytes()) {
        command += 1;
    }
    Step { command: command as u8, actor, when, operands }
}

const fn same(left: &[u8], right: &[u8]) -> bool {
    let mut at = 0;
    while at < left.len() && at < right.len() && left[at] == right[at] {
        at += 1;
    }
    at == left.len() && at == right.len()
}

/// A customer writes, two managers answer in turn, and the customer returns after the chat is closed: the most common
/// sequence in a real trace.
const A_DAY_OF_SUPPORT: &[Step] = &[
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

/// Snoozes that end at once, are moved, are canceled by a message, and outlast a restart.
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

/// Tags with chats in them and below them are moved, followed, deleted and created again.
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

/// Unread counts, as recipients come and go.
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

/// Managers, customers, chats and finally the workspace are deleted; some are created again.
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

/// Their names in the corpus.
pub const CASES: [(&str, &[Step]); 7] = [
    ("a-day-of-support", A_DAY_OF_SUPPORT),
    ("snoozes-end", SNOOZES_END),
    ("tags-move", TAGS_MOVE),
    ("unread", UNREAD),
    ("bulk", BULK),
    ("custom-indexes", CUSTOM_INDEXES),
    ("people-go", PEOPLE_GO),
];

/// A step that the canary's model gets wrong.
pub const CANARY: &[Step] = &[
    step("send_message", CUSTOMER, NOW, [0, 0, 0]),
    step("snooze", HEDY, NOW, [0, 4, 0]),
    step("mark_read", HEDY, NOW, [0, 0, 0]),
];
