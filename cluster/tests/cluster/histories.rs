//! Histories of chats, and whether one order explains them.
//!
//! A chat grows by messages, and each answer to one names its number. A read names the newest number. Such a history is
//! linearisable if and only if no operation that ended before another began belongs behind it: the numbers say in which order
//! they must stand, and only pairs can contradict that, because a cycle needs a step back, and a step back is such a pair.

use std::collections::BTreeMap;
use std::time::Instant;

/// What was done to a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    /// Appended the message with this number.
    Append(u32),
    /// Read that the newest message has this number.
    Read(u32),
}

/// One of the things that clients did to a chat, and when.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    pub did: Did,
    pub began: Instant,
    /// None if there was no answer: it may have happened at any time since.
    pub ended: Option<Instant>,
}

impl Operation {
    /// Where it stands: an append of a number before the reads of it, and before the next append.
    fn rank(&self) -> (u32, u8) {
        match self.did {
            Did::Append(number) => (number, 0),
            Did::Read(number) => (number, 1),
        }
    }
}

/// The histories of many chats.
#[derive(Debug, Default)]
pub struct Histories<Chat>(BTreeMap<Chat, Vec<Operation>>);

impl<Chat: Ord + std::fmt::Debug> Histories<Chat> {
    pub fn add(&mut self, chat: Chat, operation: Operation) {
        self.0.entry(chat).or_default().push(operation);
    }

    pub fn extend(&mut self, other: Self) {
        for (chat, operations) in other.0 {
            self.0.entry(chat).or_default().extend(operations);
        }
    }

    /// Returns how many reads there are.
    pub fn reads(&self) -> usize {
        self.0.values().flatten().filter(|operation| matches!(operation.did, Did::Read(_))).count()
    }

    /// Returns two operations on one chat that no order explains.
    pub fn contradiction(&self) -> Option<String> {
        self.0.iter().find_map(|(chat, history)| {
            let (earlier, later) = contradiction(history)?;
            Some(format!("chat {chat:?}: {earlier:?} had ended when {later:?} began"))
        })
    }
}

fn contradiction(history: &[Operation]) -> Option<(Operation, Operation)> {
    let mut by_end: Vec<&Operation> = history.iter().filter(|operation| operation.ended.is_some()).collect();
    by_end.sort_by_key(|operation| operation.ended);
    let mut by_begin: Vec<&Operation> = history.iter().collect();
    by_begin.sort_by_key(|operation| operation.began);
    let (mut ended, mut furthest) = (by_end.into_iter().peekable(), None::<&Operation>);
    for operation in by_begin {
        while let Some(before) = ended.next_if(|before| before.ended < Some(operation.began)) {
            if furthest.is_none_or(|furthest| before.rank() > furthest.rank()) {
                furthest = Some(before);
            }
        }
        if let Some(furthest) = furthest.filter(|furthest| furthest.rank() > operation.rank()) {
            return Some((*furthest, *operation));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn check(operations: &[(Did, u64, Option<u64>)]) -> bool {
        let start = Instant::now();
        let at = |millis: u64| start + Duration::from_millis(millis);
        let mut histories = Histories::default();
        for (did, began, ended) in operations {
            histories.add(1, Operation { did: *did, began: at(*began), ended: ended.map(at) });
        }
        histories.contradiction().is_none()
    }

    #[test]
    fn histories_that_no_order_explains_are_found() {
        use Did::{Append, Read};
        assert!(check(&[]));
        assert!(check(&[
            (Append(1), 0, Some(5)),
            (Append(2), 2, Some(4)),
            (Read(2), 6, Some(7)),
            (Read(2), 8, Some(9))
        ]));
        assert!(check(&[(Append(2), 0, Some(5)), (Append(1), 4, Some(9)), (Read(1), 4, Some(6))]), "at the same time");
        assert!(
            check(&[(Append(1), 0, None), (Read(0), 1, Some(2)), (Read(1), 3, Some(4))]),
            "an answer that was lost"
        );
        let wrong = [
            (&[(Append(1), 0, Some(1)), (Read(0), 2, Some(3))][..], "a read misses what was acknowledged"),
            (&[(Append(1), 0, Some(9)), (Read(1), 1, Some(2)), (Read(0), 3, Some(4))][..], "a read goes back"),
            (&[(Append(2), 0, Some(1)), (Append(1), 2, Some(3))][..], "an append comes before an earlier one"),
            (&[(Read(1), 0, Some(1)), (Append(1), 2, Some(3))][..], "a read sees what was not sent yet"),
            (&[(Read(1), 0, Some(1)), (Append(1), 2, None)][..], "the same without an answer"),
            (&[(Append(1), 0, Some(1)), (Append(1), 2, Some(3)), (Read(0), 2, Some(3))][..], "the second of two"),
        ];
        wrong.iter().for_each(|(operations, what)| assert!(!check(operations), "{what}"));
    }
}
