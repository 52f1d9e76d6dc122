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

fn numbers_of(notices: &Notices, manager: u64, since: u64, from: u64) -> Vec<u64> {
    notices.of(ManagerId(manager), since, from).map(|(number, ..)| number).collect()
}

/// The rows of a store, by chunk.
type Rows = BTreeMap<u64, Vec<u8>>;

/// Writes the rows that have changed, as a checkpoint does.
fn write(notices: &mut Notices, rows: &mut Rows) {
    for chunk in notices.take_touched() {
        match notices.row(chunk).unwrap() {
            Some(row) => rows.insert(chunk, row),
            None => rows.remove(&chunk),
        };
    }
}

fn load(rows: &Rows, older: Option<u64>) -> Notices {
    let mut notices = Notices::default();
    for (chunk, row) in rows {
        assert!(notices.load(*chunk, &decode::<Vec<NumberedNotice>>(row).unwrap(), row));
    }
    notices.settle(older);
    notices
}

/// A step in the life of a notices.
#[derive(Clone)]
enum Step {
    Put(Notice),
    Forget(ManagerId),
}

fn apply(notices: &mut Notices, number: u64, step: &Step) {
    match step {
        Step::Put(notice) => notices.put(number, notice.clone()),
        Step::Forget(manager) => notices.forget(*manager),
    }
    notices.stamp(1_000 + number);
}

#[test]
fn notices_keeps_the_newest_notices_of_each_manager() {
    let mut notices = Notices::default();
    notices.put(0, notice(0, &[8]));
    notices.stamp(5);
    for number in 1..=5_000 {
        notices.put(number, notice(number, if number == 3_000 { &[7, 8] } else { &[7] }));
        notices.stamp(5 + number);
    }
    assert_eq!(numbers_of(&notices, 8, 0, 0), [0, 3_000], "a flood for another manager pushes nothing out");
    let kept = NOTICES_PER_MANAGER_MAX as u64;
    assert!(numbers_of(&notices, 7, 0, 0).into_iter().eq(5_001 - kept..=5_000));
    assert!(numbers_of(&notices, 7, 4_995, 0).into_iter().eq(4_991..=5_000));
    assert!(numbers_of(&notices, 7, 4_995, 4_998).into_iter().eq(4_998..=5_000));
    assert!(numbers_of(&notices, 7, u64::MAX, 0).is_empty() && numbers_of(&notices, 7, 0, u64::MAX).is_empty());
    assert!(numbers_of(&notices, 9, 0, 0).is_empty());
    let (lost, manager) = (5 + 5_000 - kept, ManagerId(7));
    assert!(notices.has_dropped(manager, 0) && notices.has_dropped(manager, lost - 1));
    assert!(
        !notices.has_dropped(manager, lost)
            && !notices.has_dropped(ManagerId(8), 0)
            && !notices.has_dropped(ManagerId(9), 0)
    );
    assert!(notices.chunks.len() <= KEPT_MAX / NOTICES_PER_CHUNK as usize + 4, "what no manager keeps is gone");
}

#[test]
fn notices_survives_a_restart_with_what_was_lost() {
    let (mut notices, mut rows) = (Notices::default(), Rows::new());
    for number in 0..3_000 {
        notices.put(number, notice(number, if number % 3 == 0 { &[7, 8, 9] } else { &[7] }));
        notices.stamp(number / 3 + 1);
        if number % 700 == 0 {
            write(&mut notices, &mut rows);
        }
    }
    write(&mut notices, &mut rows);
    let mut again = load(&rows, None);
    assert!(again.take_touched().is_empty(), "nothing was left to drop");
    for manager in 7..=9 {
        assert_eq!(numbers_of(&again, manager, 0, 0), numbers_of(&notices, manager, 0, 0));
        for since in [0, 300, 658, 659, 660, 1_000] {
            let of = |notices: &Notices| notices.has_dropped(ManagerId(manager), since);
            assert_eq!(of(&again), of(&notices), "{manager} since {since}");
        }
    }
    assert!(again.has_dropped(ManagerId(7), 0) && !again.has_dropped(ManagerId(8), 0));
}

#[test]
fn notices_forgets_a_manager_who_left() {
    let (mut notices, mut rows) = (Notices::default(), Rows::new());
    (0..300).for_each(|number| apply(&mut notices, number, &Step::Put(notice(number, &[number % 2, 2]))));
    notices.forget(ManagerId(2));
    notices.forget(ManagerId(0));
    notices.put(300, notice(300, &[2]));
    notices.stamp(2_000);
    write(&mut notices, &mut rows);
    for notices in [&notices, &load(&rows, None)] {
        assert_eq!(numbers_of(notices, 2, 0, 0), [300], "a manager who comes back gets none of the old notices");
        assert!(numbers_of(notices, 0, 0, 0).is_empty());
        assert_eq!(numbers_of(notices, 1, 0, 0).len(), 150);
    }
}

/// After a crash, each row may be of any moment since the newest checkpoint. Replay must give the rows of a healthy notices.
#[test]
fn notices_replayed_on_rows_of_any_moment_gives_the_rows_of_a_healthy_one() {
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
        let (mut notices, mut rows, mut moments) = (Notices::default(), Rows::new(), Vec::new());
        for (number, step) in (0..).zip(&steps) {
            if number == checkpoint || (number > checkpoint && random.u32(0..400) == 0) {
                write(&mut notices, &mut rows);
                moments.push(rows.clone());
            }
            apply(&mut notices, number, step);
        }
        write(&mut notices, &mut rows);
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
fn notices_of_an_older_version_does_not_know_whose_notices_it_dropped() {
    let first = 10_000;
    let old: Vec<NumberedNotice> =
        (first..first + 100).map(|number| (number, number / 2, notice(number, &[7]))).collect();
    let mut rows = Rows::new();
    for chunk in old.chunk_by(|(a, ..), (b, ..)| chunk_of(*a) == chunk_of(*b)) {
        rows.insert(chunk_of(chunk[0].0), encode(&chunk.to_vec()).unwrap());
    }
    for (next, dropped) in [(first + OLDER_NOTICES_MAX, true), (first + OLDER_NOTICES_MAX - 1, false)] {
        let notices = load(&rows, Some(next));
        for manager in [7, 8].map(ManagerId) {
            assert_eq!(notices.has_dropped(manager, first / 2 - 1), dropped);
            assert!(!notices.has_dropped(manager, first / 2));
        }
        assert_eq!(numbers_of(&notices, 7, 0, 0).len(), 100);
    }
    // It stays so, also when the rows are written in the new form and all of the older notices are gone.
    let mut notices = load(&rows, Some(first + OLDER_NOTICES_MAX));
    write(&mut notices, &mut rows);
    for number in 80_000..85_000 {
        apply(&mut notices, number, &Step::Put(notice(number, &[7])));
    }
    write(&mut notices, &mut rows);
    assert!(rows.contains_key(&UNKNOWN_CHUNK) && !rows.contains_key(&chunk_of(first)));
    for notices in [&notices, &load(&rows, None), &load(&rows, Some(85_000))] {
        assert!(notices.has_dropped(ManagerId(8), first / 2 - 1) && !notices.has_dropped(ManagerId(8), first / 2));
        assert_eq!(numbers_of(notices, 7, 0, 0).len(), NOTICES_PER_MANAGER_MAX);
    }
}

#[test]
fn notices_of_an_older_version_drops_notices_for_no_manager() {
    let mut rows = Rows::from([(0, encode(&vec![(3u64, 1u64, notice(3, &[]))]).unwrap())]);
    rows.insert(1, encode(&vec![(130u64, 1u64, notice(130, &[])), (131, 2, notice(131, &[7]))]).unwrap());
    let mut notices = load(&rows, Some(132));
    write(&mut notices, &mut rows);
    assert_eq!(rows.keys().copied().collect::<Vec<u64>>(), [1]);
    assert_eq!(numbers_of(&notices, 7, 0, 0), [131]);
    assert!(!notices.has_dropped(ManagerId(7), 0));
}

#[test]
fn notices_refuses_rows_that_no_version_writes() {
    let row = |numbers: &[u64]| -> Vec<NumberedNotice> {
        numbers.iter().map(|number| (*number, 1, notice(*number, &[7]))).collect()
    };
    let mut notices = Notices::default();
    assert!(!notices.load(0, &row(&[128]), &[]), "of another row");
    assert!(!notices.load(0, &row(&[5, 5]), &[]) && !notices.load(0, &row(&[6, 5]), &[]), "not in order");
    assert!(notices.load(1, &row(&[128, 255]), &[]));
    assert!(!notices.load(1, &row(&[129]), &[]) && !notices.load(0, &row(&[1]), &[]), "rows come in order");
}

/// As many as 600 operators are told of a message in an unassigned chat.
#[test]
fn notices_of_600_operators_holds_each_notice_once() {
    let operators: Vec<u64> = (0..600).collect();
    let mut notices = Notices::default();
    for number in 0..1_200 {
        notices.put(number, notice(number, &operators));
        notices.stamp(number + 1);
    }
    assert_eq!(notices.chunks.iter().map(|chunk| chunk.pairs).sum::<usize>(), 600 * KEPT_MAX);
    assert!(notices.chunks.len() <= KEPT_MAX / NOTICES_PER_CHUNK as usize + 2);
}
