//! Random numbers that are the same on every machine and in every version: SplitMix64, and whole numbers only.

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// A source of random numbers. The same seed gives the same numbers.
#[derive(Clone)]
pub(crate) struct Random(SplitMix64);

impl Random {
    /// The source for one thing of a kind. Each chat, customer and hour has its own, so that they can be made one by
    /// one and in any order.
    pub(crate) fn of(kind: u64, number: u64) -> Self {
        let mut mixer = SplitMix64::seed_from_u64(kind.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number);
        Self(SplitMix64::seed_from_u64(mixer.next_u64()))
    }

    /// A number in `0..end`; `end` is not 0. The bias is far too small to show.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(end)) >> 64) as u64
    }

    /// A number in `first..end`.
    pub(crate) fn between(&mut self, first: u64, end: u64) -> u64 {
        first + self.below(end - first)
    }

    /// True `times` in a thousand.
    pub(crate) fn chance(&mut self, times: u64) -> bool {
        self.below(1_000) < times
    }

    /// One of `some`, which is not empty.
    pub(crate) fn pick<'t, T: ?Sized>(&mut self, some: &[&'t T]) -> &'t T {
        some[self.below(some.len() as u64) as usize]
    }

    /// An index, as likely as its weight.
    pub(crate) fn weighted(&mut self, weights: impl Iterator<Item = u64> + Clone) -> usize {
        let mut left = self.below(weights.clone().sum());
        for (index, weight) in weights.enumerate() {
            if left < weight {
                return index;
            }
            left -= weight;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_never_change() {
        let mut random = Random(SplitMix64::seed_from_u64(0));
        let two = [random.0.next_u64(), random.0.next_u64()];
        assert_eq!(two, [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
        let mut random = Random(SplitMix64::seed_from_u64(7));
        assert!((0..1_000).all(|_| (3..9).contains(&random.between(3, 9))));
        let ones = (0..10_000).filter(|_| random.weighted([1, 3].into_iter()) == 1).count();
        assert!((7_200..7_800).contains(&ones), "{ones}");
    }
}
