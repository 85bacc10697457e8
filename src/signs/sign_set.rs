//! A set of signs, by their numbers.

/// Room for so many signs; a test holds that the list has no more.
pub const MOST_SIGNS: usize = 256;

/// A set of signs, by their numbers in [`ALL`](super::ALL).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignSet([u128; MOST_SIGNS / 128]);

impl SignSet {
    /// Whether it holds the sign with this number.
    pub fn holds(&self, sign: usize) -> bool {
        self.0.get(sign / 128).is_some_and(|bits| bits & (1 << (sign % 128)) != 0)
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        *self == SignSet::default()
    }

    /// Those that this set and another one hold.
    pub fn both(&self, other: &SignSet) -> SignSet {
        SignSet(std::array::from_fn(|part| self.0[part] & other.0[part]))
    }

    /// Adds the sign with this number.
    pub fn add(&mut self, sign: usize) {
        if let Some(bits) = self.0.get_mut(sign / 128) {
            *bits |= 1 << (sign % 128);
        }
    }
}

impl FromIterator<usize> for SignSet {
    fn from_iter<T: IntoIterator<Item = usize>>(signs: T) -> SignSet {
        let mut set = SignSet::default();
        signs.into_iter().for_each(|sign| set.add(sign));
        set
    }
}
