//! Random numbers that are the same on every machine and in every version: SplitMix64 over whole numbers alone.

/// A source of random numbers; the same state gives the same ones.
#[derive(Clone)]
pub(super) struct Random(u64);

impl Random {
    /// For the thing with this number, of one kind. Chats, customers and hours have sources of their own, so that
    /// they can be made one by one and in any order.
    pub(super) fn of(kind: u64, number: u64) -> Self {
        let mut mixed = Self(kind.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number);
        Self(mixed.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to below `end`, which is not 0. The bias is far below what a demo could show.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    /// From `first` to below `end`.
    pub(super) fn between(&mut self, first: u64, end: u64) -> u64 {
        first + self.below(end - first)
    }

    /// Whether something happens that does so `times` in a thousand.
    pub(super) fn chance(&mut self, times: u64) -> bool {
        self.below(1_000) < times
    }

    /// One of some; there is at least one.
    pub(super) fn pick<'t, T: ?Sized>(&mut self, some: &[&'t T]) -> &'t T {
        some[self.below(some.len() as u64) as usize]
    }

    /// The index of one of some, each as likely as its weight says.
    pub(super) fn weighted(&mut self, weights: impl Iterator<Item = u64> + Clone) -> usize {
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
        let mut random = Random(0);
        assert_eq!([random.next(), random.next()], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
        let mut random = Random(7);
        assert!((0..1_000).all(|_| (3..9).contains(&random.between(3, 9))));
        let ones = (0..10_000).filter(|_| random.weighted([1, 3].into_iter()) == 1).count();
        assert!((7_200..7_800).contains(&ones), "{ones}");
    }
}
