//! Scales at round numbers.

/// The least step of 1, 2 or 5 times a power of ten of which at most `most` fit into a range; never 0.
pub fn round_step(range: u64, most: u64) -> u64 {
    let tens = (0..20).map(|exponent| 10_u64.saturating_pow(exponent));
    let mut steps = tens.flat_map(|ten| [1, 2, 5].map(|digit| ten.saturating_mul(digit)));
    steps.find(|step| range / step <= most).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A scale of 8 and 4, or of 85 and 42, is read slower than one of tens.
    #[test]
    fn steps_are_round_and_few() {
        assert_eq!([0, 1, 4, 8, 85, 1_700].map(|range| round_step(range, 4)), [1, 1, 1, 2, 20, 500]);
        assert_eq!([2_316_603, 66_000_000].map(|range| round_step(range, 6)), [500_000, 10_000_000]);
        assert_eq!(u64::MAX / round_step(u64::MAX, 4), 3);
        assert_eq!(round_step(u64::MAX, 0), u64::MAX);
    }
}
