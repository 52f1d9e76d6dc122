//! The keys of the secondary index. Each kind is described once, in the table below.
//!
//! A line gives the number of the kind, its parts, whether its postings are resident (loaded with the workspace) or
//! loaded on demand, their owner, and the words for a key. The bytes of keys in rows and in the journal, the loading of
//! a workspace, the words of a scrub, and the samples of tests and fuzz targets are all generated from it.

use std::fmt;

use super::IndexId;
use super::key_bytes::{FreeText, KeyPart, KeyReader, Word};
#[cfg(any(test, feature = "fuzzing"))]
use super::sample::{Draw, Order};
use super::stored::stored_enum;
use crate::model::{CustomerId, ManagerId, TagId};

macro_rules! is_on_demand {
    (resident) => {
        false
    };
    (on_demand) => {
        true
    };
}

/// Expands to its body for the kinds owned by a manager.
macro_rules! if_of_manager {
    (manager, $key:expr) => {
        Some($key)
    };
    (workspace, $key:expr) => {
        None
    };
    (tag, $key:expr) => {
        None
    };
    (customer, $key:expr) => {
        None
    };
    (custom_index, $key:expr) => {
        None
    };
}

/// Returns the index id of the kinds owned by a custom index.
macro_rules! id_of_custom_index {
    (custom_index, $id:ident $(, $other:ident)*) => {{
        $(let _ = $other;)*
        Some(*$id)
    }};
    ($owner:ident $(, $other:ident)*) => {{
        $(let _ = $other;)*
        None
    }};
}

/// Generates the keys, their kinds, and everything that depends on the table below: bytes, loading, words, samples.
macro_rules! index_keys {
    ($(
        $(#[$doc:meta])*
        $number:literal $name:ident $(($($part:ident: $type:ident),+))?: $residency:ident, $owner:ident, $words:literal;
    )+) => {
        /// A key of the secondary index. Each key has one set of chats per status.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum IndexKey {
            $($(#[$doc])* $name $(($($type),+))?),+
        }

        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum IndexKind {
            $($name),+
        }

        impl IndexKind {
            /// Every kind, by number.
            pub(crate) const ALL: [IndexKind; [$($number),+].len()] = [$(IndexKind::$name),+];

            /// The number of the kind in rows and in the journal. It never changes.
            pub(crate) const fn number(self) -> u8 {
                match self {
                    $(IndexKind::$name => $number),+
                }
            }

            /// Whether postings of this kind are loaded on demand. These are many and small.
            #[inline]
            pub(crate) const fn is_on_demand(self) -> bool {
                match self {
                    $(IndexKind::$name => is_on_demand!($residency)),+
                }
            }

            /// Draws a sample key of this kind.
            #[cfg(any(test, feature = "fuzzing"))]
            pub(crate) fn draw(self, from: &mut dyn Draw) -> IndexKey {
                match self {
                    $(IndexKind::$name => IndexKey::$name $(($($type::draw(from)),+))?),+
                }
            }
        }

        impl IndexKey {
            #[inline]
            pub(crate) const fn kind(&self) -> IndexKind {
                match self {
                    $(IndexKey::$name { .. } => IndexKind::$name),+
                }
            }

            /// Appends the key's bytes to the key of a row.
            pub(crate) fn push(&self, bytes: &mut Vec<u8>) {
                bytes.push(self.kind().number());
                match self {
                    $(IndexKey::$name $(($($part),+))? => { $($($part.push(bytes);)+)? })+
                }
            }

            /// Decodes a key from the key of a row.
            pub(crate) fn read(bytes: &mut KeyReader<'_>) -> Option<Self> {
                match bytes.u8()? {
                    $($number => Some(IndexKey::$name $(($($type::read(bytes)?),+))?),)+
                    _ => None,
                }
            }

            /// All keys owned by a manager.
            pub(crate) fn of_manager(manager: ManagerId) -> Vec<IndexKey> {
                let of_kinds = [$(if_of_manager!($owner, IndexKey::$name(manager))),+];
                of_kinds.into_iter().flatten().collect()
            }

            /// The custom index that owns the key, if any.
            pub(crate) fn custom_index(&self) -> Option<IndexId> {
                match self {
                    $(IndexKey::$name $(($($part),+))? => id_of_custom_index!($owner $(, $($part),+)?)),+
                }
            }

            /// The values that the key's bytes must sort by.
            #[cfg(any(test, feature = "fuzzing"))]
            pub(crate) fn order(&self) -> Vec<Order> {
                let mut order = vec![Order::Number(self.kind().number().into())];
                match self {
                    $(IndexKey::$name $(($($part),+))? => { $($(order.extend($part.order());)+)? })+
                }
                order
            }
        }

        stored_enum!(IndexKey { $($number => $name $(($($part),+))?),+ });

        /// Shows the key as a view names it, if there is such a view.
        impl fmt::Display for IndexKey {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(IndexKey::$name $(($($part),+))? => write!(f, $words)),+
                }
            }
        }
    };
}

index_keys! {
    0 All: resident, workspace, "all";
    1 Unassigned: resident, workspace, "unassigned";
    2 Assignee(manager: ManagerId): resident, manager, "assigned:{manager}";
    3 Following(manager: ManagerId): resident, manager, "following:{manager}";
    /// Followed and without an assignee: the overlap that `sessions` must not count twice.
    4 FollowingUnassigned(manager: ManagerId): resident, manager, "following:{manager} & unassigned";
    5 Unread(manager: ManagerId): resident, manager, "unread:{manager}";
    6 Favorite(manager: ManagerId): resident, manager, "favorites:{manager}";
    /// Chats with the tag or one of its descendants.
    7 Tag(tag: TagId): resident, tag, "tag number {tag}";
    /// Chats with the tag itself: what the parent keeps when the tag moves away.
    8 OwnTag(tag: TagId): resident, tag, "tag number {tag} itself";
    9 Customer(customer: CustomerId): on_demand, customer, "customer:{customer}";
    10 Hashtag(word: Word): on_demand, workspace, "hashtag:{word}";
    /// Chats with a value in a custom index.
    11 Custom(index: IndexId, value: FreeText): on_demand, custom_index, "custom index {index}, {value}";
}

const _: () = {
    let mut place = 1;
    while place < IndexKind::ALL.len() {
        let (before, this) = (IndexKind::ALL[place - 1], IndexKind::ALL[place]);
        assert!(before.number() < this.number(), "the order of keys is that of their bytes");
        place += 1;
    }
};

impl IndexKind {
    /// The kinds whose postings are loaded with the workspace.
    pub(crate) fn resident() -> impl Iterator<Item = IndexKind> {
        Self::ALL.into_iter().filter(|kind| !kind.is_on_demand())
    }
}

impl IndexKey {
    /// Whether the posting of this key is loaded on demand.
    #[inline]
    pub(crate) const fn is_on_demand(&self) -> bool {
        self.kind().is_on_demand()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::codec::{decode, encode};
    use crate::record::golden::check;
    use crate::record::sample::Fixed;

    #[test]
    fn index_keys_of_every_kind_round_trip() {
        for kind in IndexKind::ALL {
            let key = kind.draw(&mut Fixed);
            assert_eq!(key.kind(), kind);
            let stored = encode(&key).unwrap();
            assert_eq!(stored[1], kind.number(), "{key}");
            assert_eq!(decode::<IndexKey>(&stored).as_ref(), Ok(&key));
            let mut bytes = Vec::new();
            key.push(&mut bytes);
            assert_eq!(bytes[0], kind.number(), "{key}");
            let mut reader = KeyReader(&bytes);
            assert_eq!(IndexKey::read(&mut reader), Some(key));
            assert!(reader.0.is_empty());
        }
    }

    #[test]
    fn index_keys_of_a_manager_name_that_manager() {
        let manager = ManagerId(77);
        let keys = IndexKey::of_manager(manager);
        let expected = [
            IndexKey::Assignee(manager),
            IndexKey::Following(manager),
            IndexKey::FollowingUnassigned(manager),
            IndexKey::Unread(manager),
            IndexKey::Favorite(manager),
        ];
        assert_eq!(keys, expected);
    }

    #[test]
    fn index_keys_are_shown_as_views_name_them() {
        let words: Vec<String> = IndexKind::ALL.iter().map(|kind| kind.draw(&mut Fixed).to_string()).collect();
        assert_eq!(words[..2], ["all", "unassigned"]);
        assert_eq!(words[2], format!("assigned:{}", u64::MAX - 1));
        assert_eq!(words[10], "hashtag:결제_1b");
    }

    #[test]
    fn golden_index_keys() {
        assert_eq!(IndexKind::ALL.len(), 12, "a line for each");
        check(IndexKey::All, "00");
        check(IndexKey::Unassigned, "01");
        check(IndexKey::Assignee(ManagerId(7)), "0207");
        check(IndexKey::Following(ManagerId(300)), "03fb2c01");
        check(IndexKey::FollowingUnassigned(ManagerId(7)), "0407");
        check(IndexKey::Unread(ManagerId(u64::MAX)), "05fdffffffffffffffff");
        check(IndexKey::Favorite(ManagerId(7)), "0607");
        check(IndexKey::Tag(TagId(9)), "0709");
        check(IndexKey::OwnTag(TagId(9)), "0809");
        check(IndexKey::Customer(CustomerId(5)), "0905");
        check(IndexKey::Hashtag("결제_1".into()), "0a08eab2b0eca09c5f31");
        check(IndexKey::Custom(IndexId(3), "a\0b".into()), "0b0303610062");
    }
}
