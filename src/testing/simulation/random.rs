//! Reproducible random numbers.

/// A seeded generator. The same seed gives the same numbers with the same version of `fastrand`.
#[derive(Debug, Clone)]
pub(crate) struct Random(fastrand::Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0.u64(..)
    }

    /// A number below `bound`, which must not be 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0.usize(..bound)
    }

    /// True once in `times`.
    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// Which of many small things survive a crash: all, none, the first few, or any.
pub(crate) struct Luck {
    random: Random,
    kind: Kind,
}

enum Kind {
    All,
    None,
    /// The first few survive.
    First(usize),
    Any,
}

impl Luck {
    /// Draws the luck for this many things.
    pub(crate) fn new(random: &mut Random, things: usize) -> Self {
        let kind = match random.below(4) {
            0 => Kind::All,
            1 => Kind::None,
            2 => Kind::First(random.below(things + 1)),
            _ => Kind::Any,
        };
        Self { random: Random::new(random.next()), kind }
    }

    /// Whether the next thing survives.
    pub(crate) fn keeps(&mut self) -> bool {
        match &mut self.kind {
            Kind::All => true,
            Kind::None => false,
            Kind::First(left) => {
                let keeps = *left > 0;
                *left = left.saturating_sub(1);
                keeps
            }
            Kind::Any => self.random.one_in(2),
        }
    }
}
