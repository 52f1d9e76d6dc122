//! Golden bytes of every record, with and without its optional fields.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::chat::tests::chat;
use super::super::{
    BulkProgressRecord, BulkRecord, ChatRecord, CustomerRecord, EventRecord, ExternalRecord, IndexRecord, IndexState,
    ManagerRecord, MessageRecord, Record, RecordKey, RememberedRecord, Setting, SettingKey, TagRecord, decode_record,
    digest, encode_record,
};
use super::parts::file;
use super::{bytes, check, hex};
use crate::command::{Action, BulkReport, RefusedChat, Reply};
use crate::error::Code;
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
        ..ManagerRecord::new("", Role::Owner)
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
    let external = Some("u_7".into());
    check(
        ManagerRecord {
            external,
            removed: true,
            operator_era: 1,
            removed_era: 2,
            ..ManagerRecord::new("Bo", Role::Member)
        },
        "02426f0178000003755f370102",
    );
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
        CustomerRecord { name, profile, events: 2, events_digest: 1 << 40, external: None },
        "010547726163650204706c616e0370726f047465616d087061796d656e747302fd0000000000010000",
    );
    check(CustomerRecord { external: Some("u_5".into()), ..CustomerRecord::default() }, "0200000003755f35");
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
    let message = MessageRecord::new(1, Actor::System, Visibility::Public, &text, &[]);
    check(message, "0100000ded9998ebb68820706c6561736500");
    let edited = MessageRecord::new(1, Actor::System, Visibility::Internal, "hi", &[]);
    let external = Some("m_1".into());
    check(MessageRecord { external, edited_at: Some(300), ..edited.clone() }, "01000702686900036d5f31fb2c01");
    check(MessageRecord { redacted: true, text: String::new(), ..edited }, "0100090000");
    let files = vec![file(), file()];
    let (author, text) = (Actor::Customer(CustomerId(5)), String::new());
    check(
        MessageRecord::new(1, author, Visibility::Internal, &text, &files),
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
    let message = MessageRecord::new(1, author, Visibility::Public, &text, &[]);
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
    let message = MessageRecord::new(1, author, Visibility::Public, &text, &[]);
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
    // Managers have seven flag bits.
    assert!(super::decode::<ManagerRecord>(&bytes("010342696e01810000")).is_err());
}

#[test]
fn golden_remembered_ids() {
    let remembered =
        |reply| RememberedRecord { actor: Actor::Manager(ManagerId(7)), id: "id-1".into(), digest: 9, at: 300, reply };
    check(remembered(Reply::Done {}), "01070469642d3109fb2c0105");
    check(remembered(Reply::Chat { chat: ChatId(300) }), "01070469642d3109fb2c0100fb2c01");
    check(remembered(Reply::Message { message: MessageId(2) }), "01070469642d3109fb2c010102");
    check(remembered(Reply::Manager { manager: ManagerId(7) }), "01070469642d3109fb2c010207");
    check(remembered(Reply::Customer { customer: CustomerId(5) }), "01070469642d3109fb2c010305");
    let refused = vec![RefusedChat { chat: ChatId(3), code: Code::TooManyTags }];
    let report = BulkReport { changed: 1, unchanged: 2, refused };
    check(remembered(Reply::Bulk(report)), "01070469642d3109fb2c01040102010309");
    let all = vec![Reply::Done {}, Reply::Chat { chat: ChatId(1) }];
    check(remembered(Reply::All { all }), "01070469642d3109fb2c010602050001");
}

#[test]
fn replies_do_not_nest() {
    assert!(super::decode::<Reply>(&bytes("01060106010500")).is_err());
}

#[test]
fn golden_codes() {
    let codes = [
        Code::Malformed,
        Code::UnknownManager,
        Code::UnknownCustomer,
        Code::UnknownChat,
        Code::UnknownTag,
        Code::UnknownIndex,
        Code::IndexBuilding,
        Code::TagExists,
        Code::InvalidTag,
        Code::TooManyTags,
        Code::InvalidSnooze,
        Code::AssigneeMustFollow,
        Code::NotFollowing,
        Code::NobodyAvailable,
        Code::EmptyMessage,
        Code::TextTooLong,
        Code::TooLarge,
        Code::Forbidden,
        Code::Unavailable,
        Code::UnknownMessage,
        Code::ExternalTaken,
        Code::IdReused,
        Code::ConditionFailed,
    ];
    for (number, code) in codes.into_iter().enumerate() {
        check(code, &hex(&[number as u8]));
    }
}

#[test]
fn golden_external_ids() {
    let mut record = ExternalRecord::default();
    record.put("u_81f", 17);
    record.put("a", 300);
    check(record, "020161fb2c0105755f38316611");
}

#[test]
fn golden_progress_of_bulk_actions() {
    check(Setting::BulkProgress(BulkProgressRecord { digest: 9, changed: 1, unchanged: 300 }), "040901fb2c01");
    let refused = vec![RefusedChat { chat: ChatId(3), code: Code::Forbidden }];
    check(Setting::BulkRefused(refused), "05010311");
    check(Setting::MergedTag(TagId(9)), "0609");
    check(Setting::Import(ChatId(9)), "0709");
}
