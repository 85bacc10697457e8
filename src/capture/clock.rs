//! Time stamps of captures as nanoseconds since the epoch.

use serde::{Deserialize, Serialize};

use crate::time::{Duration, Time};

/// What one unit of an interface's clock is (pcapng option `if_tsresol`; its high bit chooses powers of two).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resolution {
    /// 10 to the minus n seconds.
    Decimal(u8),
    /// 2 to the minus n seconds.
    Binary(u8),
}

impl Resolution {
    /// Reads the option's byte.
    pub fn from_option(byte: u8) -> Resolution {
        if byte & 0x80 == 0 { Resolution::Decimal(byte) } else { Resolution::Binary(byte & 0x7f) }
    }

    /// So many units as nanoseconds, rounded down.
    fn nanoseconds(self, units: u64) -> i128 {
        let units = i128::from(units);
        match self {
            Resolution::Decimal(digits @ 0..=9) => units * 10i128.pow(9 - u32::from(digits)),
            // 2^64 units of less than 10^-30 seconds are less than a nanosecond.
            Resolution::Decimal(digits @ 10..=38) => units / 10i128.pow(u32::from(digits) - 9),
            Resolution::Decimal(_) => 0,
            // 2^64 * 10^9 is less than 2^94, so the product fits and larger shifts leave nothing.
            Resolution::Binary(bits) => (units * i128::from(Duration::SECOND.nanoseconds())) >> bits.min(127),
        }
    }

    /// The instant of a time stamp on a clock whose zero lies `offset` seconds after the epoch (`if_tsoffset`, may be
    /// negative). Saturates at the ends of what [`Time`] can hold.
    #[inline]
    pub fn instant(self, units: u64, offset: i64) -> Time {
        // What nearly all captures are, without 128-bit arithmetic; too large stamps fall through.
        let factor = match self {
            Resolution::Decimal(6) => 1_000,
            Resolution::Decimal(9) => 1,
            _ => 0,
        };
        if factor != 0
            && let Some(nanoseconds) = i64::try_from(units).ok().and_then(|units| units.checked_mul(factor))
            && let Some(offset) = offset.checked_mul(Duration::SECOND.nanoseconds())
            && let Some(sum) = nanoseconds.checked_add(offset)
        {
            return Time(sum);
        }
        self.exact_instant(units, offset)
    }

    fn exact_instant(self, units: u64, offset: i64) -> Time {
        let nanoseconds =
            self.nanoseconds(units) + i128::from(offset) * i128::from(Duration::SECOND.nanoseconds());
        let bounded = nanoseconds.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        Time(i64::try_from(bounded).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resolution_gives_the_same_instant_so_that_joins_across_captures_hold() {
        let second = 1_700_000_000u64;
        let want = Time::from_seconds(1_700_000_000, 500_000_000);
        assert_eq!(Resolution::from_option(0).instant(second, 0), Time::from_seconds(1_700_000_000, 0));
        assert_eq!(Resolution::from_option(3).instant(second * 1_000 + 500, 0), want);
        assert_eq!(Resolution::from_option(6).instant(second * 1_000_000 + 500_000, 0), want);
        assert_eq!(Resolution::from_option(9).instant(second * 1_000_000_000 + 500_000_000, 0), want);
        assert_eq!(Resolution::from_option(10).instant(second * 10_000_000_000 + 5_000_000_000, 0), want);
        // 0x94: 2^-20, 0xA0: 2^-32; both are read as nothing by a common parser.
        assert_eq!(Resolution::from_option(0x94).instant((second << 20) + (1 << 19), 0), want);
        assert_eq!(Resolution::from_option(0xA0).instant((second << 32) + (1 << 31), 0), want);
    }

    #[test]
    fn the_short_way_gives_what_the_exact_one_gives() {
        for units in [0, 1, 1_700_000_000_000_000, 9_223_372_036_854_775, 9_223_372_036_854_776, u64::MAX] {
            for offset in [0, 3_600, -3_600, i64::MAX, i64::MIN] {
                for resolution in [Resolution::Decimal(6), Resolution::Decimal(9)] {
                    assert_eq!(resolution.instant(units, offset), resolution.exact_instant(units, offset));
                }
            }
        }
    }

    #[test]
    fn clock_offsets_of_either_sign_move_the_instant() {
        assert_eq!(Resolution::Decimal(6).instant(0, 3_600), Time::from_seconds(3_600, 0));
        assert_eq!(Resolution::Decimal(6).instant(1, -3_600), Time::from_seconds(-3_600, 1_000));
    }

    #[test]
    fn absurd_stamps_saturate_instead_of_ending_the_run() {
        assert_eq!(Resolution::from_option(0).instant(u64::MAX, i64::MAX), Time(i64::MAX));
        assert_eq!(Resolution::from_option(6).instant(0, i64::MIN), Time(i64::MIN));
        for option in 0..=u8::MAX {
            Resolution::from_option(option).instant(u64::MAX, 0);
        }
    }
}
