//! How sure a share is, and the difference of two.

use serde::Serialize;

/// Of the normal distribution: 95 of 100 lie within.
const Z: f64 = 1.959_964;

/// So many of so many, with the interval in which the share lies with 95 % (Wilson's score interval).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// How many failed.
    pub failures: u64,
    /// Of how many.
    pub of: u64,
    /// Their share, 0 to 1.
    pub rate: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

impl Measured {
    /// So many of so many; of none nothing is known.
    pub fn of(failures: u64, of: u64) -> Measured {
        if of == 0 {
            return Measured { failures, of, rate: 0.0, low: 0.0, high: 1.0 };
        }
        let (n, rate) = (of as f64, failures as f64 / of as f64);
        let middle = rate + Z * Z / (2.0 * n);
        let around = Z * (rate * (1.0 - rate) / n + Z * Z / (4.0 * n * n)).sqrt();
        let by = 1.0 + Z * Z / n;
        let low = if failures == 0 { 0.0 } else { ((middle - around) / by).max(0.0) };
        let high = if failures == of { 1.0 } else { ((middle + around) / by).min(1.0) };
        Measured { failures, of, rate, low, high }
    }

    /// Of how many later requests none must fail for chance not to explain it, as [`Measured::less`] judges: where Wilson's upper end of none of n,
    /// z² / (n + z²), gets below what the difference may be wrong by.
    pub fn gone_from(&self) -> u64 {
        let below = (self.low * (2.0 * self.rate - self.low)).sqrt();
        let least = Z * Z / below.max(1e-15) - Z * Z;
        least.max(0.0).floor() as u64 + 1
    }

    /// The interval of this share less an earlier one (Newcombe's, of both score intervals). Where it does not hold 0, chance does not explain the
    /// difference.
    pub fn less(&self, earlier: &Measured) -> (f64, f64) {
        let difference = self.rate - earlier.rate;
        let root = |a: f64, b: f64| (a * a + b * b).sqrt();
        (
            difference - root(self.rate - self.low, earlier.high - earlier.rate),
            difference + root(self.high - self.rate, earlier.rate - earlier.low),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_intervals_are_those_of_the_literature() {
        // Newcombe 1998: 81 of 263, and 15 of 148; 0 of 20; differences of 56/70 and 48/80, and of 10/10 and 0/20.
        let near = |value: f64, wanted: f64| assert!((value - wanted).abs() < 0.00006, "{value} {wanted}");
        let of = |failures, of| Measured::of(failures, of);
        near(of(81, 263).low, 0.2553);
        near(of(81, 263).high, 0.3662);
        near(of(15, 148).low, 0.0624);
        near(of(15, 148).high, 0.1605);
        near(of(0, 20).high, 0.1611);
        let (low, high) = of(56, 70).less(&of(48, 80));
        near(low, 0.0524);
        near(high, 0.3339);
        let (low, high) = of(10, 10).less(&of(0, 20));
        near(low, 0.6791);
        near(high, 1.0);
    }

    #[test]
    fn of_nothing_nothing_is_known() {
        let nothing = Measured::of(0, 0);
        assert_eq!((nothing.low, nothing.high), (0.0, 1.0));
        let (low, high) = nothing.less(&Measured::of(5, 10));
        assert!(low < 0.0 && high > 0.0);
    }
}
