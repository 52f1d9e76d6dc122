//! The timer wheel against a sorted set.

use std::collections::{BTreeMap, BTreeSet};

use arbitrary::{Result, Unstructured};

use crate::model::ChatId;
use crate::wheel::Wheel;

/// Steps of one run.
const STEPS_MAX: usize = 256;

/// Bits that one level of the wheel decides.
const LEVEL_BITS: u32 = 6;

/// The levels of the wheel.
const LEVELS: u32 = 8;

/// The last moment that the wheel tells apart.
const TIME_MAX: u64 = (1 << (LEVEL_BITS * LEVELS)) - 1;

/// What the wheel must do, done the slow way.
struct Reference {
    elapsed: u64,
    deadlines: BTreeMap<ChatId, u64>,
    order: BTreeSet<(u64, ChatId)>,
}

impl Reference {
    fn insert(&mut self, chat: ChatId, deadline: u64) {
        self.remove(chat);
        let deadline = deadline.min(TIME_MAX);
        self.deadlines.insert(chat, deadline);
        self.order.insert((deadline, chat));
    }

    fn remove(&mut self, chat: ChatId) -> Option<u64> {
        let deadline = self.deadlines.remove(&chat)?;
        self.order.remove(&(deadline, chat));
        Some(deadline)
    }

    fn ready(&self) -> impl Iterator<Item = (u64, ChatId)> {
        self.order.iter().take_while(|(deadline, _)| *deadline <= self.elapsed).copied()
    }

    fn compare(&self, wheel: &Wheel) {
        assert_eq!(wheel.len(), self.deadlines.len());
        assert!(wheel.ready().eq(self.ready()), "what is due differs");
        assert!(wheel.iter().eq(self.deadlines.iter().map(|(chat, deadline)| (*chat, *deadline))));
    }

    /// Asks for the earliest deadline, which the wheel looks for and then keeps.
    fn compare_next(&self, wheel: &Wheel, now: u64) {
        let next = self.order.first().map(|(deadline, _)| *deadline);
        assert_eq!(wheel.next_deadline(), next);
        assert_eq!(wheel.is_due(now), next.is_some_and(|next| next <= now));
    }
}

/// Does what the bytes say with a wheel and with a sorted set, and compares them after every step.
pub fn wheel(data: &[u8]) {
    // Where the bytes end, so does the run.
    let _ = run(&mut Unstructured::new(data));
}

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let elapsed = moment(u, 0)?;
    let mut wheel = Wheel::new(elapsed);
    let mut reference =
        Reference { elapsed: elapsed.min(TIME_MAX), deadlines: BTreeMap::new(), order: BTreeSet::new() };
    for _ in 0..STEPS_MAX {
        if u.is_empty() {
            break;
        }
        let chat = ChatId(u.int_in_range(0..=63)?);
        match u.int_in_range(0..=7)? {
            0..=2 => {
                let deadline = moment(u, reference.elapsed)?;
                wheel.insert(chat, deadline);
                reference.insert(chat, deadline);
            }
            3 => assert_eq!(wheel.remove(chat), reference.remove(chat)),
            4 => {
                let now = moment(u, reference.elapsed)?;
                wheel.advance(now);
                reference.elapsed = reference.elapsed.max(now.min(TIME_MAX));
            }
            5 => {
                let due: Vec<_> = wheel.ready().take(1 + chat.0 as usize % 8).collect();
                for (deadline, chat) in due {
                    assert_eq!(wheel.remove(chat), Some(deadline));
                    assert_eq!(reference.remove(chat), Some(deadline));
                }
            }
            6 => {
                // The earliest, which is what the wheel knows best.
                if let Some(&(_, chat)) = reference.order.first() {
                    assert_eq!(wheel.remove(chat), reference.remove(chat));
                }
            }
            _ => reference.compare_next(&wheel, moment(u, reference.elapsed)?),
        }
        assert_eq!(wheel.deadline(chat), reference.deadlines.get(&chat).copied());
        reference.compare(&wheel);
    }
    Ok(())
}

/// A moment whose distance to `elapsed` is of any size: beside the beginning of a slot, ahead, or past.
fn moment(u: &mut Unstructured<'_>, elapsed: u64) -> Result<u64> {
    let shift = LEVEL_BITS * u.int_in_range(0..=LEVELS - 1)?;
    let steps = u64::from(u.arbitrary::<u8>()?);
    Ok(match u.int_in_range(0..=5)? {
        0 => ((elapsed >> shift).saturating_add(steps) << shift).saturating_sub(1),
        1 => (elapsed >> shift).saturating_add(steps) << shift,
        2 => elapsed.saturating_sub(steps << shift),
        3 => u.arbitrary()?,
        _ => elapsed.saturating_add(steps << shift),
    })
}
