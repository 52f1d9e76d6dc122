//! Fuzz target that compares the timer wheel with a sorted set.

use arbitrary::{Result, Unstructured};

use crate::model::ChatId;
use crate::wheel::Wheel;
use crate::wheel::reference::Reference;

/// Steps per run.
const STEPS_MAX: usize = 256;

/// Bits resolved by one level of the wheel.
const LEVEL_BITS: u32 = 6;

/// The levels of the wheel.
const LEVELS: u32 = 8;

impl Reference {
    fn compare(&self, wheel: &Wheel) {
        assert_eq!(wheel.len(), self.deadlines.len());
        assert!(wheel.ready().eq(self.ready()), "what is due differs");
        assert!(wheel.iter().eq(self.deadlines.iter().map(|(chat, deadline)| (*chat, *deadline))));
    }

    /// Compares the earliest deadline, which the wheel computes and then caches.
    fn compare_next(&self, wheel: &Wheel, now: u64) {
        let next = self.next_deadline();
        assert_eq!(wheel.next_deadline(), next);
        assert_eq!(wheel.is_due(now), next.is_some_and(|next| next <= now));
    }
}

/// Applies the bytes to a wheel and a sorted set, and compares them after every step.
pub fn wheel(data: &[u8]) {
    // The run ends when the bytes do.
    let _ = run(&mut Unstructured::new(data));
}

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let elapsed = moment(u, 0)?;
    let mut wheel = Wheel::new(elapsed);
    let mut reference = Reference::at(elapsed);
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
                reference.advance(now);
            }
            5 => {
                let due: Vec<_> = wheel.ready().take(1 + chat.0 as usize % 8).collect();
                for (deadline, chat) in due {
                    assert_eq!(wheel.remove(chat), Some(deadline));
                    assert_eq!(reference.remove(chat), Some(deadline));
                }
            }
            6 => {
                // The earliest deadline is the one the wheel caches.
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

/// A moment at any distance from `elapsed`: near the start of a slot, ahead, or in the past.
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
