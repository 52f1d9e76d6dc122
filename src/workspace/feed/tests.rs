use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::record::codec::decode;

fn notice(number: u64, managers: &[u64]) -> Notice {
    Notice {
        at: number,
        kind: NotificationKind::Assigned,
        chat: ChatId(1),
        message: None,
        by: None,
        managers: managers.iter().copied().map(ManagerId).collect(),
    }
}

fn numbers_of(feed: &Feed, manager: u64, since: u64, from: u64) -> Vec<u64> {
    feed.of(ManagerId(manager), since, from).map(|(number, ..)| number).collect()
}

/// The rows of a store, by chunk.
type Rows = BTreeMap<u64, Vec<u8>>;

/// Writes the rows that have changed, as a checkpoint does.
fn write(feed: &mut Feed, rows: &mut Rows) {
    for chunk in feed.take_touched() {
        match feed.row(chunk).unwrap() {
            Some(row) => rows.insert(chunk, row),
            None => rows.remove(&chunk),
        };
    }
}

fn load(rows: &Rows, older: Option<u64>) -> Feed {
    let mut feed = Feed::default();
    for (chunk, row) in rows {
        assert!(feed.load(*chunk, &decode::<Vec<NumberedNotice>>(row).unwrap(), row));
    }
    feed.settle(older);
    feed
}

/// A step in the life of a feed.
#[derive(Clone)]
enum Step {
    Put(Notice),
    Forget(ManagerId),
}

fn apply(feed: &mut Feed, number: u64, step: &Step) {
    match step {
        Step::Put(notice) => feed.put(number, notice.clone()),
        Step::Forget(manager) => feed.forget(*manager),
    }
    feed.stamp(1_000 + number);
}

#[test]
fn feed_keeps_the_newest_notices_of_each_manager() {
    let mut feed = Feed::default();
    feed.put(0, notice(0, &[8]));
    feed.stamp(5);
    for number in 1..=5_000 {
        feed.put(number, notice(number, if number == 3_000 { &[7, 8] } else { &[7] }));
        feed.stamp(5 + number);
    }
    assert_eq!(numbers_of(&feed, 8, 0, 0), [0, 3_000], "a flood for another manager pushes nothing out");
    let kept = NOTICES_PER_MANAGER_MAX as u64;
    assert!(numbers_of(&feed, 7, 0, 0).into_iter().eq(5_001 - kept..=5_000));
    assert!(numbers_of(&feed, 7, 4_995, 0).into_iter().eq(4_991..=5_000));
    assert!(numbers_of(&feed, 7, 4_995, 4_998).into_iter().eq(4_998..=5_000));
    assert!(numbers_of(&feed, 7, u64::MAX, 0).is_empty() && numbers_of(&feed, 7, 0, u64::MAX).is_empty());
    assert!(numbers_of(&feed, 9, 0, 0).is_empty());
    let (lost, manager) = (5 + 5_000 - kept, ManagerId(7));
    assert!(feed.has_dropped(manager, 0) && feed.has_dropped(manager, lost - 1));
    assert!(
        !feed.has_dropped(manager, lost) && !feed.has_dropped(ManagerId(8), 0) && !feed.has_dropped(ManagerId(9), 0)
    );
    assert!(feed.chunks.len() <= KEPT_MAX / NOTICES_PER_CHUNK as usize + 4, "what no manager keeps is gone");
}

#[test]
fn feed_survives_a_restart_with_what_was_lost() {
    let (mut feed, mut rows) = (Feed::default(), Rows::new());
    for number in 0..3_000 {
        feed.put(number, notice(number, if number % 3 == 0 { &[7, 8, 9] } else { &[7] }));
        feed.stamp(number / 3 + 1);
        if number % 700 == 0 {
            write(&mut feed, &mut rows);
        }
    }
    write(&mut feed, &mut rows);
    let mut again = load(&rows, None);
    assert!(again.take_touched().is_empty(), "nothing was left to drop");
    for manager in 7..=9 {
        assert_eq!(numbers_of(&again, manager, 0, 0), numbers_of(&feed, manager, 0, 0));
        for since in [0, 300, 658, 659, 660, 1_000] {
            let of = |feed: &Feed| feed.has_dropped(ManagerId(manager), since);
            assert_eq!(of(&again), of(&feed), "{manager} since {since}");
        }
    }
    assert!(again.has_dropped(ManagerId(7), 0) && !again.has_dropped(ManagerId(8), 0));
}

#[test]
fn feed_forgets_a_manager_who_left() {
    let (mut feed, mut rows) = (Feed::default(), Rows::new());
    (0..300).for_each(|number| apply(&mut feed, number, &Step::Put(notice(number, &[number % 2, 2]))));
    feed.forget(ManagerId(2));
    feed.forget(ManagerId(0));
    feed.put(300, notice(300, &[2]));
    feed.stamp(2_000);
    write(&mut feed, &mut rows);
    for feed in [&feed, &load(&rows, None)] {
        assert_eq!(numbers_of(feed, 2, 0, 0), [300], "a manager who comes back gets none of the old notices");
        assert!(numbers_of(feed, 0, 0, 0).is_empty());
        assert_eq!(numbers_of(feed, 1, 0, 0).len(), 150);
    }
}

/// After a crash, each row may be of any moment since the newest checkpoint. Replay must give the rows of a healthy feed.
#[test]
fn feed_replayed_on_rows_of_any_moment_gives_the_rows_of_a_healthy_one() {
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..3 {
        let count = 3_000;
        let steps: Vec<Step> = (0..count)
            .map(|number| match random.u32(0..1_500) {
                0 => Step::Forget(ManagerId(random.u64(0..4))),
                1..900 => Step::Put(notice(number, &[0])),
                900..1_300 => Step::Put(notice(number, &[0, 1, 2])),
                _ => Step::Put(notice(number, &[random.u64(1..6)])),
            })
            .collect();
        // Rows at some moments, the first of which is the checkpoint.
        let checkpoint = random.u64(0..count);
        let (mut feed, mut rows, mut moments) = (Feed::default(), Rows::new(), Vec::new());
        for (number, step) in (0..).zip(&steps) {
            if number == checkpoint || (number > checkpoint && random.u32(0..400) == 0) {
                write(&mut feed, &mut rows);
                moments.push(rows.clone());
            }
            apply(&mut feed, number, step);
        }
        write(&mut feed, &mut rows);
        moments.push(rows.clone());

        let chunks: BTreeSet<u64> = moments.iter().flat_map(|rows| rows.keys().copied()).collect();
        let mut mixed = Rows::new();
        for chunk in chunks {
            mixed.extend(moments[random.usize(0..moments.len())].get(&chunk).map(|row| (chunk, row.clone())));
        }
        let mut again = load(&mixed, None);
        for (number, step) in (0..).zip(&steps).skip(checkpoint as usize) {
            apply(&mut again, number, step);
            if random.u32(0..500) == 0 {
                write(&mut again, &mut mixed);
            }
        }
        write(&mut again, &mut mixed);
        let decoded = |rows: &Rows| -> BTreeMap<u64, Vec<NumberedNotice>> {
            rows.iter().map(|(chunk, row)| (*chunk, decode(row).unwrap())).collect()
        };
        assert_eq!(decoded(&mixed), decoded(&rows));
        assert_eq!(mixed, rows, "byte for byte");
    }
}

#[test]
fn feed_of_an_older_version_does_not_know_whose_notices_it_dropped() {
    let first = 10_000;
    let old: Vec<NumberedNotice> =
        (first..first + 100).map(|number| (number, number / 2, notice(number, &[7]))).collect();
    let mut rows = Rows::new();
    for chunk in old.chunk_by(|(a, ..), (b, ..)| chunk_of(*a) == chunk_of(*b)) {
        rows.insert(chunk_of(chunk[0].0), encode(&chunk.to_vec()).unwrap());
    }
    for (next, dropped) in [(first + OLDER_NOTICES_MAX, true), (first + OLDER_NOTICES_MAX - 1, false)] {
        let feed = load(&rows, Some(next));
        for manager in [7, 8].map(ManagerId) {
            assert_eq!(feed.has_dropped(manager, first / 2 - 1), dropped);
            assert!(!feed.has_dropped(manager, first / 2));
        }
        assert_eq!(numbers_of(&feed, 7, 0, 0).len(), 100);
    }
    // It stays so, also when the rows are written in the new form and all of the older notices are gone.
    let mut feed = load(&rows, Some(first + OLDER_NOTICES_MAX));
    write(&mut feed, &mut rows);
    for number in 80_000..85_000 {
        apply(&mut feed, number, &Step::Put(notice(number, &[7])));
    }
    write(&mut feed, &mut rows);
    assert!(rows.contains_key(&UNKNOWN_CHUNK) && !rows.contains_key(&chunk_of(first)));
    for feed in [&feed, &load(&rows, None), &load(&rows, Some(85_000))] {
        assert!(feed.has_dropped(ManagerId(8), first / 2 - 1) && !feed.has_dropped(ManagerId(8), first / 2));
        assert_eq!(numbers_of(feed, 7, 0, 0).len(), NOTICES_PER_MANAGER_MAX);
    }
}

#[test]
fn feed_of_an_older_version_drops_notices_for_no_manager() {
    let mut rows = Rows::from([(0, encode(&vec![(3u64, 1u64, notice(3, &[]))]).unwrap())]);
    rows.insert(1, encode(&vec![(130u64, 1u64, notice(130, &[])), (131, 2, notice(131, &[7]))]).unwrap());
    let mut feed = load(&rows, Some(132));
    write(&mut feed, &mut rows);
    assert_eq!(rows.keys().copied().collect::<Vec<u64>>(), [1]);
    assert_eq!(numbers_of(&feed, 7, 0, 0), [131]);
    assert!(!feed.has_dropped(ManagerId(7), 0));
}

#[test]
fn feed_refuses_rows_that_no_version_writes() {
    let row = |numbers: &[u64]| -> Vec<NumberedNotice> {
        numbers.iter().map(|number| (*number, 1, notice(*number, &[7]))).collect()
    };
    let mut feed = Feed::default();
    assert!(!feed.load(0, &row(&[128]), &[]), "of another row");
    assert!(!feed.load(0, &row(&[5, 5]), &[]) && !feed.load(0, &row(&[6, 5]), &[]), "not in order");
    assert!(feed.load(1, &row(&[128, 255]), &[]));
    assert!(!feed.load(1, &row(&[129]), &[]) && !feed.load(0, &row(&[1]), &[]), "rows come in order");
}

/// As many as 600 operators are told of a message in an unassigned chat.
#[test]
fn feed_of_600_operators_holds_each_notice_once() {
    let operators: Vec<u64> = (0..600).collect();
    let mut feed = Feed::default();
    for number in 0..1_200 {
        feed.put(number, notice(number, &operators));
        feed.stamp(number + 1);
    }
    assert_eq!(feed.chunks.iter().map(|chunk| chunk.pairs).sum::<usize>(), 600 * KEPT_MAX);
    assert!(feed.chunks.len() <= KEPT_MAX / NOTICES_PER_CHUNK as usize + 2);
}
