use super::*;
use crate::kv::MemoryBackend;
use crate::model::Status;
use crate::model::{CustomerId, ManagerId, NotificationKind};
use crate::record::codec::encode_versioned;
use crate::record::sample::Fixed;
use crate::record::{ChatRecord, Family, Meta, Next, Notice, encode_record};
use crate::store::load_members_of;
use crate::workspace::NumberedNotice;
use std::sync::Arc;

const WORKSPACE: WorkspaceId = WorkspaceId(3);

fn put(store: &Store, rows: Vec<RowWrite>) {
    store.write(WORKSPACE, rows).unwrap();
}

/// Stores a chat with its hashtags, as an older version found them.
fn put_chat(store: &Store, id: u32, status: Status, description: &str, older: &[&str]) {
    let mut record = ChatRecord::new(CustomerId(5), 0, 1_000, u64::from(id));
    (record.status, record.description) = (status, Some(description.to_owned()));
    let record = encode_record(&Record::Chat(Arc::new(record))).unwrap();
    put(store, vec![(RowKey::Record(RecordKey::Chat(ChatId(id))), Some(record))]);
    for word in older {
        let key = IndexKey::Hashtag((*word).into());
        let mut members = load_members_of(store, WORKSPACE, &key).unwrap();
        members.insert(ChatId(id));
        let chunk = (id >> 16) as u16;
        let members = encode(&members.chunk(chunk)).unwrap();
        put(store, vec![(RowKey::Members(key, chunk), Some(members))]);
    }
}

fn older_store() -> Store {
    let store = Store::new(Box::new(MemoryBackend::default()));
    put_chat(&store, 1, Status::Open, "#cafe\u{301} #VIP", &["cafe", "vip"]);
    put_chat(&store, 2, Status::Open, "#café #cafe", &["café", "cafe"]);
    put_chat(&store, 3, Status::Closed, "#हिन्दी", &["हिन"]);
    put_chat(&store, 70_000, Status::Open, "#\u{1112}\u{116a}\u{11ab}불", &["\u{1112}\u{116a}\u{11ab}불"]);
    put_chat(&store, 70_001, Status::Open, "#환불", &["환불"]);
    store
}

/// The chats of each hashtag, by number.
fn found(store: &Store) -> Vec<(String, Vec<u32>)> {
    let mut found: Vec<(String, Vec<u32>)> = Vec::new();
    store
        .scan_kind(WORKSPACE, IndexKind::Hashtag, &mut |row, bytes| {
            let RowKey::Members(IndexKey::Hashtag(word), _) = &row else { return Ok(()) };
            let members: ChatSet = decode_row(&row, bytes)?;
            found.push((word.to_string(), members.to_bitmap().iter().collect()));
            Ok(())
        })
        .unwrap();
    found
}

fn expected() -> Vec<(String, Vec<u32>)> {
    let mut expected = vec![
        ("cafe".to_owned(), vec![2]),
        ("café".to_owned(), vec![1, 2]),
        ("vip".to_owned(), vec![1]),
        ("हिन्दी".to_owned(), vec![3]),
        ("환불".to_owned(), vec![70_000, 70_001]),
    ];
    expected.sort();
    expected
}

#[test]
fn older_hashtags_are_rewritten_once() {
    let store = older_store();
    assert_eq!(store.forms().unwrap(), 0);
    rewrite_older_hashtags(&store).unwrap();
    assert_eq!(found(&store), expected());
    assert_eq!(store.forms().unwrap(), FORMS);
    // Afterwards it looks at nothing.
    put_chat(&store, 9, Status::Open, "#x", &["old"]);
    rewrite_older_hashtags(&store).unwrap();
    assert!(found(&store).iter().any(|(word, ..)| word == "old"));
}

/// A crash may keep any part of what was written since the last flush.
#[test]
fn older_hashtags_are_rewritten_whole_after_a_crash_at_any_point() {
    let (old, new) = (read(&older_store()), expected_postings());
    let (gaining, losing) = rows_between(&old, &new).unwrap();
    assert!(gaining.len() > 2 && losing.len() > 2);
    for kept in 0..1 << gaining.len() {
        let store = older_store();
        put(&store, chosen(&gaining, kept));
        rewrite_hashtags(&store, WORKSPACE).unwrap();
        assert_eq!(found(&store), expected(), "gaining {kept:b}");
    }
    for kept in 0..1 << losing.len() {
        let store = older_store();
        put(&store, gaining.clone());
        put(&store, chosen(&losing, kept));
        rewrite_hashtags(&store, WORKSPACE).unwrap();
        assert_eq!(found(&store), expected(), "losing {kept:b}");
    }
}

fn chosen(rows: &[RowWrite], which: usize) -> Vec<RowWrite> {
    let numbered = rows.iter().enumerate();
    numbered.filter(|(place, _)| which >> place & 1 == 1).map(|(_, row)| row.clone()).collect()
}

fn read(store: &Store) -> Hashtags {
    let keys = store.on_demand_posting_keys(WORKSPACE).unwrap();
    let load = |key: IndexKey| (key.clone(), load_members_of(store, WORKSPACE, &key).unwrap().to_bitmap());
    keys.into_iter().map(load).collect()
}

fn expected_postings() -> Hashtags {
    let store = older_store();
    rewrite_older_hashtags(&store).unwrap();
    read(&store)
}

#[test]
fn older_hashtags_of_a_damaged_chat_stay_as_they_are() {
    let store = older_store();
    put(&store, vec![(RowKey::Record(RecordKey::Chat(ChatId(3))), Some(vec![255]))]);
    rewrite_older_hashtags(&store).unwrap();
    assert!(found(&store).contains(&("हिन".to_owned(), vec![3])));
}

#[test]
fn older_stores_without_hashtags_and_notices_keep_their_rows() {
    let store = Store::new(Box::new(MemoryBackend::default()));
    let record = RowKey::Record(Family::Managers.draw(&mut Fixed));
    put(&store, vec![(record.clone(), Some(vec![1, 2, 3]))]);
    rewrite_older_hashtags(&store).unwrap();
    assert_eq!(store.row(WORKSPACE, &record).unwrap(), Some(vec![1, 2, 3]));
    assert_eq!(store.forms().unwrap(), FORMS);
}

/// Two managers, one of whom got nearly all of what the older version kept.
fn put_older_notices(store: &Store, first: u64, next: u64) {
    let notice = |number: u64| Notice {
        at: number,
        kind: NotificationKind::Assigned,
        chat: ChatId(1),
        message: None,
        by: None,
        managers: [ManagerId(if number == first + 5 { 8 } else { 7 })].into_iter().collect(),
    };
    let numbers: Vec<u64> = (first..next).collect();
    for row in numbers.chunk_by(|a, b| a / 128 == b / 128) {
        let notices: Vec<NumberedNotice> = row.iter().map(|number| (*number, number / 2, notice(*number))).collect();
        put(store, vec![(RowKey::Notices(row[0] / 128), Some(encode(&notices).unwrap()))]);
    }
    let meta = Meta { next: Next { notice: next, ..Next::default() }, ..Meta::default() };
    put(store, vec![(RowKey::Meta, Some(encode_versioned(&meta).unwrap()))]);
}

#[test]
fn older_notices_are_rewritten_to_those_of_each_manager() {
    for (first, dropped) in [(1_000, true), (0, false)] {
        let store = Store::new(Box::new(MemoryBackend::default()));
        put_older_notices(&store, first, if dropped { first + 65_536 } else { 60_000 });
        // A crash in the middle leaves some of the new rows; beginning again gives the same.
        for _ in 0..2 {
            rewrite_older_rows(&store).unwrap();
            let notices = load_notices(&store, WORKSPACE, &store.meta(WORKSPACE).unwrap().unwrap_or_default()).unwrap();
            assert_eq!(notices.of(ManagerId(7), 0, 0).count(), 1_024);
            assert_eq!(notices.of(ManagerId(8), 0, 0).count(), 1);
            assert!(notices.has_dropped(ManagerId(7), first / 2));
            assert_eq!(notices.has_dropped(ManagerId(8), 0), dropped);
            assert!(!notices.has_dropped(ManagerId(8), first / 2));
        }
        let mut rows = 0;
        store
            .scan_table(WORKSPACE, Table::Notices, &mut |_, _| {
                rows += 1;
                Ok(())
            })
            .unwrap();
        assert!(rows < 15, "{rows} rows");
    }
}
