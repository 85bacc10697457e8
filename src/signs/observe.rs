//! Looks for a sign, in the way that is its own.

use super::sign::{How, Observation, Sign, Viewpoint};
use super::{lines, state};

impl Sign {
    /// Looks for it.
    pub fn observe(&self, look: &Viewpoint<'_>) -> Observation {
        match &self.how {
            How::Inspect(observe) => observe(look),
            How::Lines(scope, signatures) => lines::observe(look, *scope, signatures, self.about),
            How::State(signatures) => state::observe(look, signatures),
        }
    }
}
