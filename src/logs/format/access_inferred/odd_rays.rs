//! What may be a ray in a line whose columns are only guessed: which of several is the line's, the parser alone can say.

use crate::logs::access::field::AccessField;
use crate::logs::access::guess::{SeenRay, ray_in};
use crate::logs::glance::access::GlanceDraft;
use crate::ray::Ray;

/// Bytes of a ray without a data centre, and with the longest name of one.
pub(super) const SHORTEST_RAY: usize = 16;
/// See [`SHORTEST_RAY`].
pub(super) const LONGEST_RAY: usize = 22;

/// Values that have the form of a ray, in pieces that no column makes one.
#[derive(Default)]
pub(super) struct OddRays {
    /// The first turn of a value that is surely a ray.
    sure: Option<usize>,
    /// What may be one. The parser knows which of two is meant.
    possible: Option<Ray>,
    /// The turn of the ray's own column.
    column: Option<usize>,
    /// Whether a column has what may be a ray.
    possible_column: bool,
}

impl OddRays {
    /// Takes note of the column that a value was taken for.
    pub(super) fn column(&mut self, field: AccessField, turn: usize) {
        match field {
            AccessField::Ray => self.column = Some(turn),
            AccessField::PossibleRay => self.possible_column = true,
            _ => {}
        }
    }

    /// Takes note of a value that is in no field. `None` where there are too many to tell.
    #[inline]
    pub(super) fn odd(&mut self, value: &[u8], turn: usize, has_key: bool) -> Option<()> {
        if !(SHORTEST_RAY..=LONGEST_RAY).contains(&value.len()) {
            return Some(());
        }
        match ray_in(value) {
            Some(SeenRay::Sure(_)) => self.sure = Some(self.sure.map_or(turn, |known| known.min(turn))),
            // Which of two possible rays counts, the parser knows.
            Some(SeenRay::Possible(_)) if !has_key && self.possible.is_some() => return None,
            Some(SeenRay::Possible(ray)) if !has_key => self.possible = Some(ray),
            _ => {}
        }
        Some(())
    }

    /// What may be a ray and stands in no column; `None` where only the parser can tell which ray is the line's.
    pub(super) fn decide(self, draft: &GlanceDraft<'_>) -> Option<Option<Ray>> {
        let by_column =
            draft.ray.is_some() && self.column.zip(self.sure).is_some_and(|(column, sure)| column < sure);
        let sure = self.sure.is_none() || by_column;
        (sure && !(self.possible_column && self.possible.is_some())).then_some(self.possible)
    }
}
