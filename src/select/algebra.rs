//! Set operations on sets of chats. Counting builds no set, and small lists cost a few lookups.

use std::borrow::Cow;

use roaring::RoaringBitmap;

use crate::model::ChatId;
use crate::sets::ChatSet;

/// A set borrowed from the index, or a computed one.
pub(crate) type SetOfChats<'s> = Cow<'s, ChatSet>;

/// The chats in both sets.
pub(crate) fn intersection<'s>(a: SetOfChats<'s>, b: &ChatSet) -> SetOfChats<'s> {
    match (&*a, b) {
        (ChatSet::List(list), _) => kept(list, |chat| b.contains(chat)),
        (_, ChatSet::List(list)) => kept(list, |chat| a.contains(chat)),
        (_, ChatSet::Bitmap { bits: theirs, .. }) => with_bits(a, |mine| mine & theirs, |mine| mine & theirs),
    }
}

/// The chats of `a` that are not in `b`.
pub(crate) fn difference<'s>(a: SetOfChats<'s>, b: &ChatSet) -> SetOfChats<'s> {
    match (&*a, b) {
        (_, b) if b.is_empty() => a,
        (ChatSet::List(list), _) => kept(list, |chat| !b.contains(chat)),
        (_, ChatSet::Bitmap { bits: theirs, .. }) => with_bits(a, |mine| mine - theirs, |mine| mine - theirs),
        (_, ChatSet::List(list)) => {
            let mut bits = to_bits(a);
            list.iter().for_each(|chat| {
                bits.remove(*chat);
            });
            Cow::Owned(ChatSet::from_bitmap(bits))
        }
    }
}

/// The chats in either set.
pub(crate) fn union<'s>(a: SetOfChats<'s>, b: &ChatSet) -> SetOfChats<'s> {
    match (&*a, b) {
        (_, b) if b.is_empty() => a,
        (ChatSet::Bitmap { .. }, ChatSet::Bitmap { bits: theirs, .. }) => {
            with_bits(a, |mine| mine | theirs, |mine| mine | theirs)
        }
        (ChatSet::List(list), ChatSet::Bitmap { bits, .. }) => Cow::Owned(with_members(bits.clone(), list)),
        (_, ChatSet::List(list)) => Cow::Owned(with_members(to_bits(a), list)),
    }
}

/// The number of chats in both sets.
pub(crate) fn intersection_len(a: &ChatSet, b: &ChatSet) -> u64 {
    match (a, b) {
        (ChatSet::List(list), other) | (other, ChatSet::List(list)) => {
            list.iter().filter(|chat| other.contains(ChatId(**chat))).count() as u64
        }
        (ChatSet::Bitmap { bits: a, .. }, ChatSet::Bitmap { bits: b, .. }) => a.intersection_len(b),
    }
}

/// The number of chats of `a` that are not in `b`.
pub(crate) fn difference_len(a: &ChatSet, b: &ChatSet) -> u64 {
    a.len() - intersection_len(a, b)
}

/// The number of chats in either set.
pub(crate) fn union_len(a: &ChatSet, b: &ChatSet) -> u64 {
    a.len() + difference_len(b, a)
}

/// The members of a list that satisfy `holds`.
pub(crate) fn kept<'s>(list: &[u32], holds: impl Fn(ChatId) -> bool) -> SetOfChats<'s> {
    Cow::Owned(ChatSet::List(list.iter().copied().filter(|chat| holds(ChatId(*chat))).collect()))
}

/// Computes a bitmap: `borrowed` builds a new one, `owned` updates its argument in place.
fn with_bits<'s>(
    set: SetOfChats<'s>,
    borrowed: impl FnOnce(&RoaringBitmap) -> RoaringBitmap,
    owned: impl FnOnce(RoaringBitmap) -> RoaringBitmap,
) -> SetOfChats<'s> {
    let bits = match set {
        Cow::Borrowed(ChatSet::Bitmap { bits, .. }) => borrowed(bits),
        set => owned(to_bits(set)),
    };
    Cow::Owned(ChatSet::from_bitmap(bits))
}

fn to_bits(set: SetOfChats<'_>) -> RoaringBitmap {
    match set {
        Cow::Owned(ChatSet::Bitmap { bits, .. }) => bits,
        set => set.to_bitmap(),
    }
}

fn with_members(mut bits: RoaringBitmap, list: &[u32]) -> ChatSet {
    bits.extend(list.iter().copied());
    ChatSet::from_bitmap(bits)
}
