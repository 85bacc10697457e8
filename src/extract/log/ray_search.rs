//! Which lines hold the digits of one of many rays, found without looking at the lines one by one.
//!
//! Wherever sixteen digits begin, they hold six bytes that begin at a multiple of eleven. So of a text only each eleventh place is looked at:
//! whether the six bytes there are among the eleven times six that stand in a ray. A bitmap says no to nearly all, whatever the number of rays.

use foldhash::fast::FixedState;
use hashbrown::HashSet;

use crate::ray::Ray;

/// Digits of a ray.
const DIGITS: usize = 16;
/// Bytes that are looked at, and how far one look is from the next: the first of them lies in the ray wherever the ray begins.
const PIECE: usize = 6;
const STEP: usize = DIGITS - PIECE + 1;
/// The bytes of a word that are looked at, and in each the bit that tells a small letter from a capital one; all digits have it.
const LOOKED_AT: u64 = u64::from_le_bytes([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0]);
const SMALL: u64 = u64::from_le_bytes([0x20; 8]);
/// Spreads pieces over the bitmap: the fraction of the golden ratio (Knuth, The Art of Computer Programming 3, 6.4).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// Bits of the bitmap for each piece that is sought, and the fewest in all: so few others get through that their lines cost nothing.
const BITS_A_PIECE: usize = 64;
const FEWEST_BITS: usize = 1 << 17;

/// Rays that are sought by their digits, of either case. Digits that JSON would let stand there as escapes are not found: nothing writes them so.
pub struct RaySearch {
    pieces: HashSet<u64, FixedState>,
    bitmap: Vec<u64>,
    /// By how much a spread piece is shifted to give its bit.
    shift: u32,
}

/// So many rays at most are sought by their digits: of more nearly all blocks hold one, and the pieces of each take memory.
const MOST_RAYS: usize = 1 << 16;

impl RaySearch {
    /// A search for these rays; `None` where it would not pay, so many are they.
    pub fn of(rays: impl ExactSizeIterator<Item = Ray>) -> Option<RaySearch> {
        if rays.len() > MOST_RAYS {
            return None;
        }
        let mut pieces: HashSet<u64, FixedState> = HashSet::default();
        for ray in rays {
            let digits = format!("{:016x}", ray.0);
            pieces.extend(digits.as_bytes().windows(PIECE).map(|digits| piece(&word(digits))));
        }
        let bits = pieces.len().saturating_mul(BITS_A_PIECE).next_power_of_two().max(FEWEST_BITS);
        let mut search =
            RaySearch { pieces, bitmap: vec![0; bits / 64], shift: u64::BITS - bits.trailing_zeros() };
        let places: Vec<(usize, u64)> = search.pieces.iter().map(|piece| search.place(*piece)).collect();
        for (at, bit) in places {
            if let Some(bits) = search.bitmap.get_mut(at) {
                *bits |= bit;
            }
        }
        Some(search)
    }

    /// A place within the first sixteen digits in `text` that may be those of a ray that is sought; `None` where none of these rays stands there.
    pub fn find(&self, text: &[u8]) -> Option<usize> {
        let steps = text.chunks_exact(STEP);
        let last = word(steps.remainder());
        let mut words = steps.filter_map(|bytes| bytes.first_chunk()).chain([&last]);
        let is_one = |piece: u64| self.may_be_one(piece) && self.pieces.contains(&piece);
        words.position(|word| is_one(piece(word))).map(|step| step * STEP)
    }

    #[inline(always)]
    fn may_be_one(&self, piece: u64) -> bool {
        let (at, bit) = self.place(piece);
        self.bitmap.get(at).is_some_and(|bits| bits & bit != 0)
    }

    /// In which number of the bitmap the bit of a piece stands, and the bit.
    #[inline(always)]
    fn place(&self, piece: u64) -> (usize, u64) {
        let spread = piece.wrapping_mul(SPREAD) >> self.shift;
        ((spread / 64) as usize, 1 << (spread % 64))
    }
}

/// The piece with which a word begins, its letters small.
#[inline(always)]
fn piece(word: &[u8; 8]) -> u64 {
    (u64::from_le_bytes(*word) | SMALL) & LOOKED_AT
}

/// The first bytes of a text, with blanks behind one that is short.
fn word(text: &[u8]) -> [u8; 8] {
    std::array::from_fn(|at| text.get(at).copied().unwrap_or(b' '))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Otherwise the second look overlooks the lines of a failure that only packets showed.
        #[test]
        fn a_ray_is_found_wherever_it_begins(before in "[ -~]{0,70}", ray: u64, capital: bool, behind in "[ -~]{0,70}") {
            let search = RaySearch::of([Ray(!ray), Ray(ray)].into_iter()).unwrap();
            let digits = if capital { format!("{ray:016X}") } else { format!("{ray:016x}") };
            let text = format!("{before}{digits}{behind}");
            let found = search.find(text.as_bytes());
            prop_assert!(found.is_some_and(|at| at < before.len() + DIGITS), "{found:?}");
        }

        #[test]
        fn where_no_digits_of_a_ray_stand_nothing_is_found(text in "[g-z ,:\"]{0,200}", rays: [u64; 4]) {
            prop_assert_eq!(RaySearch::of(rays.into_iter().map(Ray)).unwrap().find(text.as_bytes()), None);
        }
    }
}
