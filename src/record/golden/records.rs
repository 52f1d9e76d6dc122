//! Golden bytes of every record, with and without its optional fields.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::chat::tests::chat;
use super::super::{
    BulkRecord, ChatRecord, CustomerRecord, EventRecord, IndexRecord, IndexState, ManagerRecord, MessageRecord, Record,
    RecordKey, Setting, SettingKey, TagRecord, decode_record, digest, encode_record,
};
use super::parts::file;
use super::{bytes, check, hex};
use crate::command::Action;
use crate::model::{Actor, ChatId, CustomerId, ManagerId, MessageId, ProfileField, Role, TagId, Visibility};
use crate::sets::ChatSet;

pub(super) fn manager() -> ManagerRecord {
    ManagerRecord {
        name: "Ada".into(),
        role: Role::Owner,
        operator: true,
        online: true,
        followed_tags: [TagId(1), TagId(300)].into_iter().collect(),
        capacity: Some(20),
        last_assigned_at: Some(1_582_652_374_000),
    }
}

pub(crate) fn properties() -> BTreeMap<String, String> {
    [("plan".into(), "pro".into()), ("team".into(), "payments".into())].into()
}

#[test]
fn golden_managers() {
    check(manager(), "034164610007010201fb2c0114fdf0bb6e7d70010000");
    check(ManagerRecord::new("", Role::Member), "0001000000");
    check(ManagerRecord { capacity: Some(0), ..ManagerRecord::new("Bo", Role::Member) }, "02426f0102000000");
    check(ManagerRecord { last_assigned_at: Some(0), ..ManagerRecord::new("Bo", Role::Member) }, "02426f0104000000");
}

#[test]
fn golden_tags() {
    check(TagRecord { parent: None, name: "Billing".into() }, "000742696c6c696e67");
    check(TagRecord { parent: Some(TagId(1)), name: "환불".into() }, "010106ed9998ebb688");
}

#[test]
fn golden_customers_and_events() {
    check(CustomerRecord::default(), "00000000");
    let (name, profile) = (Some("Grace".into()), properties());
    check(
        CustomerRecord { name, profile, events: 2, events_digest: 1 << 40 },
        "010547726163650204706c616e0370726f047465616d087061796d656e747302fd0000000000010000",
    );
    check(EventRecord { at: 5, name: "visit".into(), page: None, properties: BTreeMap::new() }, "050576697369740000");
    let page = Some("https://x.example/".into());
    check(
        EventRecord { at: 5_000, name: "buy".into(), page, properties: properties() },
        "fb881303627579011268747470733a2f2f782e6578616d706c652f0204706c616e0370726f047465616d087061796d65\
         6e7473",
    );
}

#[test]
fn golden_messages() {
    let text = "환불 please".to_owned();
    let message = MessageRecord { at: 1, author: Actor::System, visibility: Visibility::Public, text, files: vec![] };
    check(message, "0100000ded9998ebb68820706c6561736500");
    let files = vec![file(), file()];
    let (author, text) = (Actor::Customer(CustomerId(5)), String::new());
    check(
        MessageRecord { at: 1, author, visibility: Visibility::Internal, text, files },
        "01020501000205612e706e671368747470733a2f2f782e6578616d706c652f6109696d6167652f706e67fc7011010005\
         612e706e671368747470733a2f2f782e6578616d706c652f6109696d6167652f706e67fc70110100",
    );
}

pub(super) fn settings() -> [Setting; 6] {
    let field = ProfileField { key: "plan".into(), label: "Plan".into(), shown: true };
    let bulk = BulkRecord {
        actor: Actor::Manager(ManagerId(7)),
        id: Some("id-1".into()),
        action: Action::Close {},
        listed: Some(vec![ChatId(3), ChatId(1)]),
        total: 2,
        done: 1,
    };
    let index = |state| Setting::Index(IndexRecord { name: "team".into(), version: 2, state });
    [
        Setting::ProfileFields(vec![field]),
        Setting::Bulk(BulkRecord { id: None, listed: None, ..bulk.clone() }),
        Setting::Bulk(bulk),
        Setting::BulkPart([ChatId(1), ChatId(65_535)].into_iter().collect::<ChatSet>()),
        index(IndexState::Building { next: ChatId(257) }),
        index(IndexState::Readable),
    ]
}

#[test]
fn golden_settings() {
    let [fields, bulk, listed_bulk, part, building, readable] = settings();
    check(fields, "000104706c616e04506c616e01");
    check(bulk, "0101070009000201");
    check(listed_bulk, "010107010469642d3109010203010201");
    check(part, "02000201fbffff");
    check(building, "03047465616d0200fb0101");
    check(readable, "03047465616d0201");
}

#[test]
fn golden_records_in_changes() {
    let [_, _, _, part, ..] = settings();
    check(Record::Manager(Arc::new(ManagerRecord::new("Bo", Role::Member))), "0002426f01000000");
    check(Record::Tag(Arc::new(TagRecord { parent: None, name: "a".into() })), "01000161");
    check(Record::Customer(Arc::default()), "0200000000");
    let event = EventRecord { at: 5, name: "visit".into(), page: None, properties: BTreeMap::new() };
    check(Record::Event(Arc::new(event)), "03050576697369740000");
    check(
        Record::Chat(Arc::new(ChatRecord::new(CustomerId(5), 0, 1_000, 1))),
        "04050000000000000004fbe803fbe80301000000",
    );
    let (author, text) = (Actor::System, "hi".to_owned());
    let message = MessageRecord { at: 1, author, visibility: Visibility::Public, text, files: vec![] };
    check(Record::Message(Arc::new(message)), "0501000002686900");
    check(Record::Setting(Arc::new(part)), "0602000201fbffff");
}

#[test]
fn golden_digests_of_records() {
    let of = |key, record: Record| {
        assert_eq!(decode_record(key, &encode_record(&record).unwrap()).as_ref(), Ok(&record));
        digest(key, &record).unwrap()
    };
    let tag = TagRecord { parent: None, name: "a".into() };
    let event = EventRecord { at: 5, name: "visit".into(), page: None, properties: BTreeMap::new() };
    let (author, text) = (Actor::System, "hi".to_owned());
    let message = MessageRecord { at: 1, author, visibility: Visibility::Public, text, files: vec![] };
    let [fields, ..] = settings();
    let digests = [
        of(RecordKey::Manager(ManagerId(7)), Record::Manager(Arc::new(manager()))),
        of(RecordKey::Tag(TagId(1)), Record::Tag(Arc::new(tag))),
        of(RecordKey::Customer(CustomerId(5)), Record::Customer(Arc::default())),
        of(RecordKey::Event(CustomerId(5), 1), Record::Event(Arc::new(event))),
        of(RecordKey::Chat(ChatId(300)), Record::Chat(Arc::new(chat()))),
        of(RecordKey::Message(ChatId(1), MessageId(1)), Record::Message(Arc::new(message))),
        of(RecordKey::Setting(SettingKey::ProfileFields), Record::Setting(Arc::new(fields))),
    ];
    let all: Vec<String> = digests.iter().map(|digest| hex(&digest.to_be_bytes())).collect();
    super::check_text(
        &all.join(" "),
        "c026e5bb9f168e6b d42eb23e01559f05 4582e956f4ca760c 6467c398b63cc59d 940d28f9126f95cf 8121b9fc664\
1db84 e924d9edcfa4818a",
    );
}

#[test]
fn golden_records_version_1_are_read() {
    // In version 1 the byte after the role was `operator` alone.
    let read: ManagerRecord = super::decode(&bytes("010342696e01010000")).unwrap();
    assert_eq!(read, ManagerRecord { operator: true, ..ManagerRecord::new("Bin", Role::Member) });
}

#[test]
fn records_with_fields_of_a_later_version_are_refused() {
    // Managers have three flag bits.
    assert!(super::decode::<ManagerRecord>(&bytes("010342696e01090000")).is_err());
}
