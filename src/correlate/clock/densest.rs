//! Where, of pairs in the order of how far the reference is ahead, the most lies within so much.

use std::ops::Range;

use super::sight::BothSaw;
use crate::time::Duration;

/// What the pairs that lie together amount to.
pub(super) trait Amount: Default {
    /// One more lies with them.
    fn add(&mut self, pair: &BothSaw);
    /// One lies with them no longer.
    fn remove(&mut self, pair: &BothSaw);
    /// How much they are.
    fn amount(&self) -> f64;
}

/// How likely they are one request each, in sum.
#[derive(Default)]
pub(super) struct Weight(f64);

impl Amount for Weight {
    fn add(&mut self, pair: &BothSaw) {
        self.0 += pair.weight;
    }

    fn remove(&mut self, pair: &BothSaw) {
        self.0 -= pair.weight;
    }

    fn amount(&self) -> f64 {
        self.0
    }
}

/// How many they are.
#[derive(Default)]
pub(super) struct Number(f64);

impl Amount for Number {
    fn add(&mut self, _: &BothSaw) {
        self.0 += 1.0;
    }

    fn remove(&mut self, _: &BothSaw) {
        self.0 -= 1.0;
    }

    fn amount(&self) -> f64 {
        self.0
    }
}

/// Where the most lies within so much, of equal places the first; and how much.
pub(super) fn densest<A: Amount>(sorted: &[(Duration, &BothSaw)], within: Duration) -> (Range<usize>, f64) {
    let (mut best, mut most) = (0..0, 0.0);
    let (mut low, mut inside) = (0, A::default());
    for (high, (ahead, pair)) in sorted.iter().enumerate() {
        inside.add(pair);
        while let Some((_, passed)) = sorted.get(low).filter(|(first, _)| *ahead - *first > within) {
            inside.remove(passed);
            low += 1;
        }
        // Sums of fractions differ in their last digits; a real difference is larger.
        if inside.amount() > most + 1e-6 {
            (best, most) = (low..high + 1, inside.amount());
        }
    }
    (best, most)
}
