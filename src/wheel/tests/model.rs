//! The wheel against the reference: long random runs of both, compared after every step.

use super::*;
use crate::wheel::reference::Reference;

/// Compares all results. Queries that fill the cache of earliest deadlines run only sometimes.
fn compare(wheel: &Wheel, model: &Reference, random: &mut Random) {
    assert_eq!(wheel.len(), model.deadlines.len());
    assert_eq!(wheel.is_empty(), model.deadlines.is_empty());
    assert!(wheel.ready().eq(model.ready()));
    let chat = ChatId(random.below(1_000) as u32);
    assert_eq!(wheel.deadline(chat), model.deadlines.get(&chat).copied());
    if random.below(3) == 0 {
        let next = model.next_deadline();
        assert_eq!(wheel.next_deadline(), next);
        for now in [model.elapsed, model.elapsed + random.span()] {
            assert_eq!(wheel.is_due(now), next.is_some_and(|next| next <= now));
        }
        if let Some(next) = next {
            assert!(wheel.is_due(next));
            assert!(next == 0 || !wheel.is_due(next - 1));
        }
    }
    if random.below(16) == 0 {
        let deadlines = model.deadlines.iter().map(|(&chat, &deadline)| (chat, deadline));
        assert!(wheel.iter().eq(deadlines));
        assert_eq!(wheel.audit(), Ok(()));
    }
}

/// A random deadline that favours edge cases.
fn any_deadline(model: &Reference, far: u64, random: &mut Random) -> u64 {
    let elapsed = model.elapsed;
    match random.below(12) {
        0 => elapsed + random.below(64),
        1 | 2 => random.boundary(elapsed),
        3 | 4 => elapsed + random.span(),
        5 | 6 => *model.deadlines.values().next().unwrap_or(&elapsed),
        7 => elapsed.saturating_sub(random.below(100)),
        8 => YEAR_9999 - random.below(3),
        9 => u64::MAX >> random.below(20),
        _ => far + random.below(500),
    }
}

/// A random moment to advance to: near, far, and sometimes in the past.
fn any_moment(model: &Reference, random: &mut Random) -> u64 {
    let elapsed = model.elapsed;
    let next = model.next_deadline().unwrap_or(elapsed);
    match random.below(64) {
        0..16 => elapsed + random.below(3),
        16..24 => elapsed + random.below(5_000),
        24..32 => random.boundary(elapsed),
        32..40 => elapsed.saturating_sub(random.below(1_000)),
        40..60 => (next + random.below(3)).saturating_sub(1),
        60..62 => elapsed + random.span() % (50 * 365 * DAY),
        62 => elapsed + 50 * 365 * DAY,
        _ => elapsed + random.span() % (1_000 * 365 * DAY),
    }
}

/// Removes at most `limit` due entries from both, in order.
fn take_ready(wheel: &mut Wheel, model: &mut Reference, limit: usize) {
    let due: Vec<_> = wheel.ready().take(limit).collect();
    assert!(due.is_sorted() && due.iter().all(|due| due.0 <= model.elapsed));
    for (deadline, chat) in due {
        assert_eq!(wheel.remove(chat), Some(deadline));
        assert_eq!(model.remove(chat), Some(deadline));
    }
}

#[test]
fn wheel_matches_the_reference() {
    for seed in 0..24 {
        let random = &mut Random(seed);
        let elapsed = [0, 63, NOW, random.next() >> 17][seed as usize % 4];
        let mut wheel = Wheel::new(elapsed);
        let mut model = Reference::at(elapsed);
        // Few chats collide often. Many chats in one distant slot exceed what one scan caches.
        let chats = [8, 100, 1_000][seed as usize % 3];
        let mut far = elapsed + random.span();
        for _ in 0..6_000 {
            let chat = ChatId(random.below(chats) as u32);
            match random.below(16) {
                0..9 => {
                    let deadline = any_deadline(&model, far, random);
                    wheel.insert(chat, deadline);
                    model.insert(chat, deadline);
                }
                9..12 => assert_eq!(wheel.remove(chat), model.remove(chat)),
                12 => {
                    // The earliest entry, which the cache holds.
                    if let Some(&(_, chat)) = model.order.first() {
                        assert_eq!(wheel.remove(chat), model.remove(chat));
                    }
                }
                13 | 14 => {
                    let moment = any_moment(&model, random);
                    wheel.advance(moment);
                    model.advance(moment);
                    far = far.max(model.elapsed);
                }
                _ => take_ready(&mut wheel, &mut model, random.below(8) as usize),
            }
            compare(&wheel, &model, random);
        }
        wheel.advance(u64::MAX);
        model.elapsed = TIME_MAX;
        compare(&wheel, &model, random);
        take_ready(&mut wheel, &mut model, usize::MAX);
        assert!(wheel.is_empty() && model.order.is_empty());
    }
}
