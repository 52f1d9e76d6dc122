//! The record families, each described once in the table below.
//!
//! A line gives the number of the family, the names of its records, the byte of its table in the store, the word for it
//! in reports, and how its rows are written. The bytes of records and keys, the totals per family, the words of a
//! scrub, and the samples of tests and fuzz targets are all generated from it.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::codec::{CodecError, decode, encode, encode_into};
use super::key_bytes::{KeyPart, KeyReader};
#[cfg(any(test, feature = "fuzzing"))]
use super::sample::{Draw, Order};
use super::stored::{stored_enum, stored_struct};
use super::{
    ChatRecord, CustomerRecord, EventRecord, ExternalKey, ExternalRecord, ManagerRecord, MessageRecord,
    RememberedRecord, Setting, SettingKey, TagRecord,
};
use crate::heap;
use crate::model::{ChatId, CustomerId, ManagerId, MessageId, TagId};

/// Generates the families, their records and keys, and everything that depends on the table.
macro_rules! record_families {
    ($(
        $number:literal $family:ident: $name:ident($($part:ident: $type:ident),+) => $record:ident,
        table $table:literal, $report:literal, $words:literal, $rows:ident;
    )+) => {
        /// A family of records. Each has a materialised count and a digest, so that lost records are noticed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Family {
            $($family),+
        }

        #[derive(Debug, Clone, PartialEq)]
        pub(crate) enum Record {
            $($name(Arc<$record>)),+
        }

        /// Names a record in its workspace.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum RecordKey {
            $($name($($type),+)),+
        }

        stored_enum!(Family { $($number => $family),+ });
        stored_enum!(Record { $($number => $name(record)),+ });
        stored_enum!(RecordKey { $($number => $name($($part),+)),+ });

        impl Family {
            /// Every family, by number.
            pub(crate) const ALL: [Family; [$($number),+].len()] = [$(Family::$family),+];

            /// The byte of the family's table in the store.
            pub(crate) const fn table(self) -> u8 {
                match self {
                    $(Family::$family => $table),+
                }
            }

            /// The word for the family in reports.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Family::$family => $report),+
                }
            }

            /// How its rows are written.
            pub(crate) fn rows(self) -> Rows {
                match self {
                    $(Family::$family => Rows::$rows),+
                }
            }

            /// Draws a sample key of the family.
            #[cfg(any(test, feature = "fuzzing"))]
            pub(crate) fn draw(self, from: &mut dyn Draw) -> RecordKey {
                match self {
                    $(Family::$family => RecordKey::$name($($type::draw(from)),+)),+
                }
            }
        }

        impl RecordKey {
            pub(crate) fn family(self) -> Family {
                match self {
                    $(RecordKey::$name(..) => Family::$family),+
                }
            }

            /// Appends the key's bytes after the table byte of its row.
            pub(crate) fn push(self, bytes: &mut Vec<u8>) {
                match self {
                    $(RecordKey::$name($($part),+) => { $($part.push(bytes);)+ })+
                }
            }

            /// Decodes the key of a record of `family`.
            pub(crate) fn read(family: Family, bytes: &mut KeyReader<'_>) -> Option<Self> {
                match family {
                    $(Family::$family => Some(RecordKey::$name($($type::read(bytes)?),+)),)+
                }
            }

            /// The values that the key's bytes must sort by.
            #[cfg(any(test, feature = "fuzzing"))]
            pub(crate) fn order(self) -> Vec<Order> {
                match self {
                    $(RecordKey::$name($($part),+) => [$($part.order()),+].concat(),)+
                }
            }
        }

        impl Record {
            /// The approximate memory in bytes.
            pub(crate) fn weight(&self) -> usize {
                match self {
                    $(Record::$name(record) => heap::of_value_in_arc(record) + record.weight()),+
                }
            }

            fn encode_into(&self, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
                match self {
                    $(Record::$name(record) => encode_into(record, bytes)),+
                }
            }
        }

        /// Encodes a record for its row.
        pub(crate) fn encode_record(record: &Record) -> Result<Vec<u8>, CodecError> {
            match record {
                $(Record::$name(record) => encode(record)),+
            }
        }

        /// Decodes the record of `key` from its row.
        pub(crate) fn decode_record(key: RecordKey, bytes: &[u8]) -> Result<Record, CodecError> {
            match key {
                $(RecordKey::$name(..) => decode(bytes).map(Record::$name)),+
            }
        }

        impl fmt::Display for RecordKey {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(RecordKey::$name($($part),+) => write!(f, $words)),+
                }
            }
        }
    };
}

record_families! {
    0 Managers: Manager(manager: ManagerId) => ManagerRecord,
        table 1, "managers", "manager {manager}", Rewritten;
    1 Tags: Tag(tag: TagId) => TagRecord,
        table 2, "tags", "tag number {tag}", Small;
    2 Customers: Customer(customer: CustomerId) => CustomerRecord,
        table 7, "customers", "customer {customer}", Rewritten;
    3 Events: Event(customer: CustomerId, number: u32) => EventRecord,
        table 8, "events", "event {number} of customer {customer}", WrittenOnce;
    4 Chats: Chat(chat: ChatId) => ChatRecord,
        table 9, "chats", "chat {chat}", Rewritten;
    5 Messages: Message(chat: ChatId, message: MessageId) => MessageRecord,
        table 10, "messages", "message {message} of chat {chat}", WrittenOnce;
    6 Settings: Setting(key: SettingKey) => Setting,
        table 11, "settings", "setting {key:?}", Rewritten;
    7 Remembered: Remembered(number: u64) => RememberedRecord,
        table 14, "remembered ids", "remembered id number {number}", WrittenOnce;
    8 Externals: External(key: ExternalKey) => ExternalRecord,
        table 15, "external ids", "external ids {key:?}", Rewritten;
}

/// How the rows of a family are written. It decides when stale parts of an older value must be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// A later value may have fewer parts.
    Rewritten,
    /// A value is never replaced, only deleted.
    WrittenOnce,
    /// Every value has one part.
    Small,
}

impl Family {
    /// The position in [`Family::ALL`].
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

thread_local! {
    /// Room for bytes that are only hashed. Each command takes two digests at least.
    static HASHED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The digest of a record's key and bytes. Digests of a family are summed, so their order does not matter.
pub(crate) fn digest(key: RecordKey, record: &Record) -> Result<u64, CodecError> {
    const KEPT_BYTES_MAX: usize = 64 << 10;
    HASHED.with_borrow_mut(|bytes| {
        bytes.clear();
        encode_into(&key, bytes)?;
        record.encode_into(bytes)?;
        let digest = xxh3_64(bytes);
        bytes.shrink_to(KEPT_BYTES_MAX);
        Ok(digest)
    })
}

/// The number of records of a family, and the sum of their digests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) count: u64,
    pub(crate) digest: u64,
}

stored_struct!(Total { count, digest });

impl Total {
    pub(crate) fn add(&mut self, count: u64, digest: u64) {
        self.count = self.count.wrapping_add(count);
        self.digest = self.digest.wrapping_add(digest);
    }

    pub(crate) fn remove(&mut self, count: u64, digest: u64) {
        self.count = self.count.wrapping_sub(count);
        self.digest = self.digest.wrapping_sub(digest);
    }
}
