//! Golden bytes of the parts of records and changes: ids, enumerations, sets and keys.

use std::sync::Arc;

use super::super::{BulkId, IndexId, RecordKey, SettingKey, Unread};
use super::check;
use crate::command::Action;
use crate::model::{
    Actor, ChatId, CustomerId, File, ManagerId, MessageId, NotificationKind, ProfileField, Role, Status, TagId,
    Visibility, WorkspaceId,
};
use crate::record::{ExternalKey, ExternalSpace, Family, Members, Total};
use crate::sets::{ChatSet, IdSet};

#[test]
fn golden_numbers() {
    check(WorkspaceId(0), "00");
    check(WorkspaceId(250), "fa");
    check(ManagerId(251), "fbfb00");
    check(ManagerId(65_536), "fc00000100");
    check(CustomerId(u64::MAX), "fdffffffffffffffff");
    check(ChatId(65_535), "fbffff");
    check(ChatId(u32::MAX), "fcffffffff");
    check(MessageId(7), "07");
    check(TagId(300), "fb2c01");
    check(BulkId(70_000), "fc70110100");
    check(IndexId(70_000), "fc70110100");
    check(Total { count: 3, digest: u64::MAX - 1 }, "03fdfeffffffffffffff");
}

#[test]
fn golden_rows_of_numbers() {
    check(77_u64, "4d");
    check(vec![0_u64, 7, 300, 5_000_000_000], "040007fb2c01fd00f2052a01000000");
    check(vec![(2_u16, 900_u64), (1_023, 253_402_300_799_999)], "0202fb8403fbff03fdffdb1fd277e60000");
}

#[test]
fn golden_model_enumerations() {
    check(Status::Open, "00");
    check(Status::Snoozed, "01");
    check(Status::Closed, "02");
    check(Role::Owner, "00");
    check(Role::Member, "01");
    check(Visibility::Public, "00");
    check(Visibility::Internal, "01");
    check(NotificationKind::Assigned, "00");
    check(NotificationKind::SnoozeEnded, "01");
    check(NotificationKind::Mentioned, "02");
    check(NotificationKind::Message, "03");
    check(Actor::System, "00");
    check(Actor::Manager(ManagerId(7)), "0107");
    check(Actor::Customer(CustomerId(300)), "02fb2c01");
}

#[test]
fn golden_model_structs() {
    check(file(), "05612e706e671368747470733a2f2f782e6578616d706c652f6109696d6167652f706e67fc70110100");
    check(ProfileField { key: "plan".into(), label: "요금제".into(), shown: true }, "04706c616e09ec9a94eab888eca09c01");
    check(ProfileField { key: String::new(), label: String::new(), shown: false }, "000000");
}

pub(super) fn file() -> File {
    File { name: "a.png".into(), url: "https://x.example/a".into(), media_type: "image/png".into(), bytes: 70_000 }
}

#[test]
fn golden_actions() {
    check(Action::Assign { manager: ManagerId(7) }, "0007");
    check(Action::Unassign {}, "01");
    check(Action::Follow { managers: vec![ManagerId(7), ManagerId(8)] }, "02020708");
    check(Action::Unfollow { managers: vec![] }, "0300");
    check(Action::Tag { tags: vec!["Billing/환불".into()] }, "04010e42696c6c696e672fed9998ebb688");
    check(Action::Untag { tags: vec!["a".into(), "b".into()] }, "050201610162");
    check(Action::SendMessage { visibility: Visibility::Internal, text: "hi".into(), files: None }, "060102686900");
    let files = Some(vec![file()]);
    check(
        Action::SendMessage { visibility: Visibility::Public, text: String::new(), files },
        "060000010105612e706e671368747470733a2f2f782e6578616d706c652f6109696d6167652f706e67fc70110100",
    );
    check(Action::Open {}, "07");
    check(Action::Snooze { until: 1_582_652_374_000.into() }, "08fdf0bb6e7d70010000");
    check(Action::Close {}, "09");
    check(Action::MarkRead {}, "0a");
    check(Action::Leave {}, "0b");
}

#[test]
fn golden_families() {
    check(Family::Managers, "00");
    check(Family::Tags, "01");
    check(Family::Customers, "02");
    check(Family::Events, "03");
    check(Family::Chats, "04");
    check(Family::Messages, "05");
    check(Family::Settings, "06");
    check(Family::Remembered, "07");
    check(Family::Externals, "08");
    assert_eq!(Family::ALL.len(), 9, "a line for each");
}

#[test]
fn golden_record_keys() {
    check(RecordKey::Manager(ManagerId(7)), "0007");
    check(RecordKey::Tag(TagId(9)), "0109");
    check(RecordKey::Customer(CustomerId(5)), "0205");
    check(RecordKey::Event(CustomerId(5), 2), "030502");
    check(RecordKey::Chat(ChatId(300)), "04fb2c01");
    check(RecordKey::Message(ChatId(1), MessageId(256)), "0501fb0001");
    check(RecordKey::Setting(SettingKey::ProfileFields), "0600");
    check(RecordKey::Setting(SettingKey::Bulk(BulkId(1))), "060101");
    check(RecordKey::Setting(SettingKey::BulkPart(BulkId(1), 258)), "060201fb0201");
    check(RecordKey::Setting(SettingKey::Index(IndexId(4))), "060304");
    check(RecordKey::Setting(SettingKey::BulkProgress(BulkId(1))), "060401");
    check(RecordKey::Setting(SettingKey::BulkRefused(BulkId(1), 256)), "060501fb0001");
    check(RecordKey::Setting(SettingKey::MergedTag(TagId(9))), "060609");
    check(RecordKey::Setting(SettingKey::Import), "0607");
    check(RecordKey::Remembered(300), "07fb2c01");
    check(RecordKey::External(ExternalKey::of(ExternalSpace::Managers, "")), "0800fdc294d3380580062d");
}

#[test]
fn golden_sets() {
    let managers: IdSet<ManagerId> = [ManagerId(9), ManagerId(7)].into_iter().collect();
    check(managers, "020709");
    check(IdSet::<TagId>::default(), "00");
    check(chats([3, 70_000]), "000203fc70110100");
    check(
        chats(1..=40),
        "01603a3000000100000000002700100000000100020003000400050006000700080009000a000b000c000d000e000f00\
         10001100120013001400150016001700180019001a001b001c001d001e001f0020002100220023002400250026002700\
         2800",
    );
    check(Members::One(ChatId(300)), "fb2c01");
    check(Members::Many([1, 2].into_iter().collect()), "0000020102");
    check(
        Members::Many((1..=40).collect()),
        "0001603a3000000100000000002700100000000100020003000400050006000700080009000a000b000c000d000e000f\
         0010001100120013001400150016001700180019001a001b001c001d001e001f00200021002200230024002500260027\
         002800",
    );
    check(Unread::default(), "00");
    check(Unread::from_counts([(ManagerId(1), 2), (ManagerId(3), 300), (ManagerId(4), 2)]), "0202020104fb2c010103");
    check(Arc::<str>::from("words"), "05776f726473");
}

fn chats(ids: impl IntoIterator<Item = u32>) -> ChatSet {
    ids.into_iter().map(ChatId).collect()
}
