//! Golden bytes of changes, notices and counters.

use std::sync::Arc;

use super::super::chat::tests::chat;
use super::super::codec::decode_versioned;
use super::super::{
    Cause, Change, EntryPart, Family, IndexKey, LogPosition, Members, Meta, NewUnreadSum, Next, Notice, PostingDelta,
    Record, RecordKey, SettingKey, Total, Touched, TouchedChat, UnreadSum, Whats, clock_in_change,
};
use super::records::{manager, settings};
use super::{bytes, check, check_versioned};
use crate::model::{
    Actor, ChatId, CustomerId, ManagerId, MessageId, NotificationKind, Place, Status, What, WorkspaceId,
};

fn next() -> Next {
    Next {
        chat: 301,
        position: 70_001,
        tag: 2,
        setting: 3,
        notice: 5,
        manager: 9,
        customer: 6,
        remembered: 4,
        era: 1,
        clock_epoch: 2,
        bulk: 8,
    }
}

/// What older versions say of the same: bulk actions had no counter of their own.
fn older_next() -> Next {
    Next { bulk: 3, ..next() }
}

fn notice() -> Notice {
    let managers = [ManagerId(7), ManagerId(8)].into_iter().collect();
    let (kind, by) = (NotificationKind::Message, Some(Actor::Customer(CustomerId(5))));
    Notice { at: 2_000, kind, chat: ChatId(300), message: Some(MessageId(3)), by, managers }
}

fn touched() -> Touched {
    let mut what = Whats::of(What::Message);
    what.add_all(Whats::of(What::Status));
    let message = TouchedChat { chat: ChatId(300), what, message: Some(MessageId(3)) };
    let deleted = TouchedChat { chat: ChatId(301), what: Whats::of(What::Deleted), message: None };
    Touched { chats: vec![message, deleted], more: true }
}

fn change() -> Change {
    let [fields, ..] = settings();
    Change {
        workspace: WorkspaceId(1),
        cause: Cause::Command { actor: Actor::Customer(CustomerId(5)), id: Some("id-1".into()) },
        clock: 2_000,
        next: next(),
        wipes: true,
        records: vec![
            (RecordKey::Manager(ManagerId(7)), Some(Record::Manager(Arc::new(manager())))),
            (RecordKey::Chat(ChatId(300)), Some(Record::Chat(Arc::new(chat())))),
            (RecordKey::Setting(SettingKey::ProfileFields), Some(Record::Setting(Arc::new(fields)))),
            (RecordKey::Message(ChatId(300), MessageId(2)), None),
        ],
        postings: vec![
            delta(IndexKey::All, Status::Open, false, Members::One(ChatId(300))),
            delta(
                IndexKey::Hashtag("vip".into()),
                Status::Snoozed,
                true,
                Members::Many([1, 300].into_iter().collect()),
            ),
        ],
        unread_messages: vec![
            NewUnreadSum(ManagerId(7), UnreadSum::of_older(0)),
            NewUnreadSum(ManagerId(8), UnreadSum { all: 2, as_operator: None }),
        ],
        totals: vec![(Family::Chats, Total { count: 1, digest: 9 }), (Family::Settings, Total::default())],
        notices: vec![notice()],
        touched: Some(touched()),
        part: Some(EntryPart { place: Place(300), number: 2, ends: true }),
    }
}

fn delta(key: IndexKey, status: Status, gains: bool, chats: Members) -> PostingDelta {
    PostingDelta { key, status, gains, chats }
}

#[test]
fn golden_change() {
    check_versioned(
        change(),
        "0501000205010469642d31fbd007fb2d01fc71110100020305090604010208010400070100034164610007010201fb2c01\
         14fdf0bb6e7d7001000004fb2c010104050101fdf0bb6e7d7001000001070207080101010201080107070b2376697020\
         ed9998ebb688fbe803fbd007fc7011010003fdffffffffffffffff0204706c616e0370726f047465616d087061796d65\
         6e74730406000106000104706c616e04506c616e0105fb2c01020002000000fb2c010a03766970010100000201fb2c01\
         02070001000802000204010906000001fbd00703fb2c010103010205020708\
         0102fb2c01120103fb2d01fb0010000101fb2c010201",
    );
}

#[test]
fn golden_causes() {
    check(Cause::Command { actor: Actor::System, id: None }, "000000");
    check(Cause::Deadline, "01");
    check(Cause::Index, "02");
    check(Cause::Import, "03");
    check(Cause::Repair, "04");
}

#[test]
fn golden_notices() {
    check(notice(), "fbd00703fb2c010103010205020708");
    let unnumbered = Notice { message: None, by: None, kind: NotificationKind::SnoozeEnded, ..notice() };
    check(
        vec![(128_u64, 9_u64, notice()), (129, 10, unnumbered)],
        "028009fbd00703fb2c010103010205020708810afbd00701fb2c010000020708",
    );
}

#[test]
fn golden_counters_of_a_workspace() {
    check(next(), "fb2d01fc71110100020305090604010208");
    let mut position = LogPosition::default();
    position.advance(EntryPart { place: Place(9), number: 1, ends: true });
    position.advance(EntryPart { place: Place(300), number: 0, ends: false });
    let total = |family: Family| Total { count: family.index() as u64, digest: 1_000 };
    check_versioned(
        Meta { seq: 300, clock: 2_000, next: next(), log: position, totals: Family::ALL.map(total) },
        "04fb2c01fbd007fb2d01fc71110100020305090604010208010901fb2c01000000fbe80301fbe80302fbe80303fbe80304fbe80305fbe803\
         06fbe80307fbe80308fbe803",
    );
    check_versioned(Meta::default(), "04000001010101000101000000010000000000000000000000000000000000000000");
}

#[test]
fn golden_touched_chats() {
    check(touched(), "02fb2c01120103fb2d01fb00100001");
    let all = What::ALL.map(Whats::of);
    all.iter().zip(What::ALL).for_each(|(bits, what)| assert_eq!(bits.iter().collect::<Vec<_>>(), [what]));
    check(all.to_vec(), "0d0102040810204080fb0001fb0002fb0004fb0008fb0010");
}

/// Version 4 of a change names no log entry.
#[test]
fn golden_change_version_4_is_read() {
    let old = bytes(
        "0401000205010469642d31fbd007fb2d01fc711101000203050906040102010400070100034164610007010201fb2c01\
         14fdf0bb6e7d7001000004fb2c010104050101fdf0bb6e7d7001000001070207080101010201080107070b2376697020\
         ed9998ebb688fbe803fbd007fc7011010003fdffffffffffffffff0204706c616e0370726f047465616d087061796d65\
         6e74730406000106000104706c616e04506c616e0105fb2c01020002000000fb2c010a03766970010100000201fb2c01\
         02070001000802000204010906000001fbd00703fb2c010103010205020708\
         0102fb2c01120103fb2d01fb00100001",
    );
    let read: Change = decode_versioned(&old).unwrap();
    assert_eq!(read, Change { next: older_next(), part: None, ..change() });
}

/// Version 3 of the counters knows no replicated log.
#[test]
fn golden_counters_version_3_are_read() {
    let old = bytes(&format!("03fb2c01fbd007fb2d01fc711101000203050906040102{}", "0102".repeat(9)));
    let read: Meta = decode_versioned(&old).unwrap();
    let totals = [Total { count: 1, digest: 2 }; Family::ALL.len()];
    assert_eq!(read, Meta { seq: 300, clock: 2_000, next: older_next(), log: LogPosition::default(), totals });
}

/// Version 3 of a change does not say what happened to the chats.
#[test]
fn golden_change_version_3_is_read() {
    let old = bytes(
        "0301000205010469642d31fbd007fb2d01fc711101000203050906040102010400070100034164610007010201fb2c01\
         14fdf0bb6e7d7001000004fb2c010104050101fdf0bb6e7d7001000001070207080101010201080107070b2376697020\
         ed9998ebb688fbe803fbd007fc7011010003fdffffffffffffffff0204706c616e0370726f047465616d087061796d65\
         6e74730406000106000104706c616e04506c616e0105fb2c01020002000000fb2c010a03766970010100000201fb2c01\
         02070001000802000204010906000001fbd00703fb2c010103010205020708",
    );
    let read: Change = decode_versioned(&old).unwrap();
    assert_eq!(read, Change { next: older_next(), touched: None, part: None, ..change() });
}

/// Version 1 of a change has no settings, notices or deletion of a workspace.
#[test]
fn golden_change_version_1_is_read() {
    // Workspace 1, a command of the system, clock 9, next ids 2, 3, 4, one deleted tag, one posting, one sum, one total.
    let old = bytes("01010000000902030401010500010100010801070201040309");
    assert_eq!(clock_in_change(&old), Ok(9));
    let read: Change = decode_versioned(&old).unwrap();
    let expected = Change {
        workspace: WorkspaceId(1),
        cause: Cause::Command { actor: Actor::System, id: None },
        clock: 9,
        next: Next { chat: 2, position: 3, tag: 4, ..Next::default() },
        wipes: false,
        records: vec![(RecordKey::Tag(crate::model::TagId(5)), None)],
        postings: vec![delta(IndexKey::Unassigned, Status::Open, true, Members::One(ChatId(8)))],
        unread_messages: vec![NewUnreadSum(ManagerId(7), UnreadSum { all: 2, as_operator: None })],
        totals: vec![(Family::Chats, Total { count: 3, digest: 9 })],
        notices: vec![],
        touched: None,
        part: None,
    };
    assert_eq!(read, expected);
}

/// Version 1 of the counters has six families.
#[test]
fn golden_counters_version_1_are_read() {
    let old = bytes(&format!("010509020304{}", "0102".repeat(6)));
    let read: Meta = decode_versioned(&old).unwrap();
    let mut totals = [Total { count: 1, digest: 2 }; Family::ALL.len()];
    totals[Family::Settings.index()..].fill(Total::default());
    let next = Next { chat: 2, position: 3, tag: 4, ..Next::default() };
    assert_eq!(read, Meta { seq: 5, clock: 9, next, log: LogPosition::default(), totals });
}

/// Versions before 3 do not count the numbers of managers, customers, remembered ids and eras.
#[test]
fn golden_version_2_is_read() {
    let old_next = Next { chat: 301, position: 70_001, tag: 2, setting: 3, notice: 5, bulk: 3, ..Next::default() };
    let old = bytes(&format!("02fb2c01fbd007fb2d01fc71110100020305{}", "0102".repeat(7)));
    let mut totals = [Total { count: 1, digest: 2 }; Family::ALL.len()];
    totals[Family::Remembered.index()..].fill(Total::default());
    let read: Meta = decode_versioned(&old).unwrap();
    assert_eq!(read, Meta { seq: 300, clock: 2_000, next: old_next, log: LogPosition::default(), totals });

    // Workspace 1, a deadline, clock 9, nothing but one deleted chat.
    let old = bytes("020101090203040506000104080000000000");
    assert_eq!(clock_in_change(&old), Ok(9));
    let read: Change = decode_versioned(&old).unwrap();
    assert_eq!(read.next, Next { chat: 2, position: 3, tag: 4, setting: 5, notice: 6, bulk: 5, ..Next::default() });
    assert_eq!(read.records, [(RecordKey::Chat(ChatId(8)), None)]);
    assert_eq!((read.wipes, read.cause), (false, Cause::Deadline));
}
