//! Limits on input. A command that exceeds one of them is refused.

/// The latest time in a command or a snooze: the end of the year 9999, in ms since the Unix epoch.
pub const TIME_MAX_MS: u64 = 253_402_300_799_999;
/// How far ahead of the wall clock a command may be dated, in ms, if the engine runs its own timer.
pub const AHEAD_OF_WALL_MAX_MS: u64 = 5 * 60 * 1_000;
/// Bytes of a command's id.
pub const COMMAND_ID_BYTES_MAX: usize = 64;
/// Tags on one chat.
pub const TAGS_PER_CHAT_MAX: usize = 8;
/// Names in the path of a tag.
pub const TAG_DEPTH_MAX: usize = 8;
/// Characters of one name in the path of a tag.
pub const TAG_NAME_CHARS_MAX: usize = 128;
/// Characters of the name of a manager, a customer or an event.
pub const NAME_CHARS_MAX: usize = 256;
/// Characters of a chat's description.
pub const DESCRIPTION_CHARS_MAX: usize = 4_096;
/// Bytes (UTF-8) of a message's text.
pub const TEXT_BYTES_MAX: usize = 65_536;
/// Files in one message.
pub const FILES_MAX: usize = 16;
/// Characters of each field of a file, and of an event's page.
pub const FIELD_CHARS_MAX: usize = 2_048;
/// Entries of a profile or of an event's properties.
pub const PROPERTIES_MAX: usize = 64;
/// Characters of the key of a profile entry or property.
pub const KEY_CHARS_MAX: usize = 128;
/// Characters of the value of a profile entry or property.
pub const VALUE_CHARS_MAX: usize = 1_024;
/// Entries of a list in a command.
pub const LIST_MAX: usize = 1_024;
/// Entries of one page.
pub const PAGE_MAX: usize = 1_000;
/// Commands in one batch.
pub const BATCH_MAX: usize = 64;
/// Bytes of the commands of one batch, as JSON.
pub const BATCH_BYTES_MAX: usize = 512 << 10;
/// Characters of an external id.
pub const EXTERNAL_CHARS_MAX: usize = 128;
/// How long the id of a command is remembered, on the workspace's clock, in ms.
pub const REMEMBERED_MS: u64 = 86_400_000;
/// Ids of commands that a workspace remembers. The oldest are forgotten first.
pub const REMEMBERED_MAX: u64 = 1 << 20;
/// How long the id of a command is remembered at least, in ms, even if there are too many.
pub const REMEMBERED_AT_LEAST_MS: u64 = 600_000;
/// How long the id that a node of a cluster gave a command without one is remembered, on the workspace's clock, in ms.
pub const INNER_REMEMBERED_MS: u64 = 60_000;
/// Ids of nodes that a workspace remembers. The oldest are forgotten first, however young.
pub const INNER_REMEMBERED_MAX: u64 = 1 << 18;
/// Entries of one page, if the query sets no limit.
pub const PAGE_DEFAULT: usize = 50;
/// Snoozes that fire in one change.
pub const FIRED_PER_CHANGE_MAX: usize = 1_024;
/// Chats that an event of the change feed names.
pub const TOUCHED_CHATS_MAX: usize = 1_000;
/// Views in one filter.
pub const FILTER_VIEWS_MAX: usize = 1_024;
/// Nesting levels of one filter. Each pair of parentheses, each `!` and each object of the JSON form is one level.
pub const FILTER_DEPTH_MAX: usize = 64;
/// Characters of the name of a custom index.
pub const INDEX_NAME_CHARS_MAX: usize = 64;
/// Attributes on one chat.
pub const ATTRIBUTES_PER_CHAT_MAX: usize = 32;
/// Characters of an attribute's value, and of a value in a custom index.
pub const ATTRIBUTE_VALUE_CHARS_MAX: usize = 256;
/// Highest `next_chat` of an export that can be imported. Each id takes 8 bytes of memory, even if its chat is deleted.
pub const IMPORTED_CHAT_MAX: u32 = 1 << 27;
/// Chats that an import writes in one change.
pub const IMPORTED_CHATS_PER_CHANGE: usize = 256;
/// Profile fields of a workspace.
pub const PROFILE_FIELDS_MAX: usize = 64;
/// Chats that a bulk action changes in one change.
pub const BULK_CHATS_PER_CHANGE: usize = 256;
/// `@` signs in an internal message that are checked for mentions.
pub const MENTIONS_MAX: usize = 64;
/// Managers of one workspace. They are all kept in memory, and a sidebar lists each.
pub const MANAGERS_MAX: usize = 65_536;
/// Tags of one workspace. They are all kept in memory, and a sidebar lists each.
pub const TAGS_MAX: usize = 65_536;
/// Keys that a custom index may give one chat. Further keys are dropped.
pub const CUSTOM_KEYS_PER_CHAT_MAX: usize = 64;
/// Notices that are kept for one manager. Older ones are dropped, and readers that ask for them are told.
pub const NOTICES_PER_MANAGER_MAX: usize = 1_024;
/// Assumed capacity, in open chats, of a manager who has none set, when managers are ranked.
pub const CAPACITY_DEFAULT: u32 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_match_the_table_in_the_documentation() {
        let table = include_str!("../../docs/LIMITS.md");
        let source = include_str!("limits.rs");
        let names = source.lines().filter_map(|line| line.strip_prefix("pub const ")?.split(':').next());
        for name in names {
            assert!(table.contains(&format!("| `{name}` | ")), "{name} is not in the table");
        }
        macro_rules! check {
            ($($name:ident)*) => {
                $(assert!(table.contains(&format!("| `{}` | {} |", stringify!($name), grouped($name as u64))));)*
            };
        }
        check!(TIME_MAX_MS AHEAD_OF_WALL_MAX_MS COMMAND_ID_BYTES_MAX TAGS_PER_CHAT_MAX TAG_DEPTH_MAX TAG_NAME_CHARS_MAX);
        check!(NAME_CHARS_MAX DESCRIPTION_CHARS_MAX TEXT_BYTES_MAX FILES_MAX FIELD_CHARS_MAX PROPERTIES_MAX KEY_CHARS_MAX);
        check!(VALUE_CHARS_MAX LIST_MAX PAGE_MAX PAGE_DEFAULT FIRED_PER_CHANGE_MAX FILTER_VIEWS_MAX FILTER_DEPTH_MAX);
        check!(INDEX_NAME_CHARS_MAX ATTRIBUTES_PER_CHAT_MAX ATTRIBUTE_VALUE_CHARS_MAX IMPORTED_CHAT_MAX);
        check!(IMPORTED_CHATS_PER_CHANGE PROFILE_FIELDS_MAX BULK_CHATS_PER_CHANGE MENTIONS_MAX MANAGERS_MAX TAGS_MAX);
        check!(CUSTOM_KEYS_PER_CHAT_MAX NOTICES_PER_MANAGER_MAX CAPACITY_DEFAULT BATCH_MAX BATCH_BYTES_MAX EXTERNAL_CHARS_MAX);
        check!(REMEMBERED_MS REMEMBERED_MAX REMEMBERED_AT_LEAST_MS TOUCHED_CHATS_MAX);
        check!(INNER_REMEMBERED_MS INNER_REMEMBERED_MAX);
    }

    /// Formats a number with a comma before each group of three digits.
    fn grouped(number: u64) -> String {
        let digits = number.to_string();
        let first = digits.len() % 3;
        let groups =
            std::iter::once(&digits[..first]).chain((first..digits.len()).step_by(3).map(|at| &digits[at..at + 3]));
        groups.filter(|group| !group.is_empty()).collect::<Vec<_>>().join(",")
    }
}
