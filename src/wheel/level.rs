//! One level of the wheel: 64 slots, the list head of each, and a bitmap of the occupied ones.

use crate::heap;
use crate::model::ChatId;

pub(super) const LEVELS: usize = 8;

/// The number of slots in a level.
pub(super) const SLOTS: usize = 1 << BITS;

/// The last moment that the levels can represent.
pub(super) const TIME_MAX: u64 = (1 << (BITS * LEVELS as u32)) - 1;

/// The number of deadline bits per level.
const BITS: u32 = 6;

/// The level of `deadline` while the wheel stands at `elapsed`: that of the highest digit in which the two differ.
///
/// The level stays the same as `elapsed` grows, until that digit is equal too. Then `elapsed` has reached the slot,
/// and the slot is emptied.
#[inline]
pub(super) fn level_of(elapsed: u64, deadline: u64) -> usize {
    // The lowest bit belongs to level 0 anyway. Setting it gives equal times a level too.
    let differs = (elapsed ^ deadline) | 1;
    ((u64::BITS - 1 - differs.leading_zeros()) / BITS) as usize
}

/// The slot of `deadline` in `level`: its digit there.
#[inline]
pub(super) fn slot_of(deadline: u64, level: usize) -> usize {
    (deadline >> shift(level)) as usize % SLOTS
}

/// The first moment of a slot while the wheel stands at `elapsed`.
pub(super) fn start_of(elapsed: u64, level: usize, slot: usize) -> u64 {
    let above = shift(level + 1);
    (elapsed >> above << above) | (slot as u64) << shift(level)
}

/// The number of bits below the digit of `level`.
fn shift(level: usize) -> u32 {
    BITS * level as u32
}

/// 64 slots of equal span.
#[derive(Debug, Default, Clone)]
pub(super) struct Level {
    /// Bit `i` is set if slot `i` is not empty.
    occupied: u64,
    /// The head of each slot's list, meaningless if the slot is empty.
    ///
    /// Allocated on first use, because most workspaces need two or three levels and a store may have thousands of
    /// workspaces.
    heads: Vec<ChatId>,
}

impl Level {
    pub(super) fn heap_bytes(&self) -> usize {
        heap::of_vec::<ChatId>(self.heads.capacity())
    }

    /// The first occupied slot.
    pub(super) fn first(&self) -> Option<usize> {
        let slot = self.occupied.trailing_zeros() as usize;
        (slot < SLOTS).then_some(slot)
    }

    /// The head of `slot`, if it is occupied.
    #[inline]
    pub(super) fn head(&self, slot: usize) -> Option<ChatId> {
        let occupied = self.occupied >> slot & 1 == 1;
        self.heads.get(slot).filter(|_| occupied).copied()
    }

    /// Sets the head of `slot`. `None` empties it.
    #[inline]
    pub(super) fn set_head(&mut self, slot: usize, head: Option<ChatId>) {
        let bit = 1 << slot;
        let Some(head) = head else {
            self.occupied &= !bit;
            return;
        };
        if self.heads.is_empty() {
            self.heads.resize(SLOTS, head);
        }
        self.heads[slot] = head;
        self.occupied |= bit;
    }

    /// Empties the first occupied slot, if it is no later than `last`, and returns its head.
    pub(super) fn take_first(&mut self, last: usize) -> Option<ChatId> {
        let slot = self.first().filter(|&slot| slot <= last)?;
        let head = self.head(slot);
        debug_assert!(head.is_some());
        self.set_head(slot, None);
        head
    }
}
