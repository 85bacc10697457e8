//! How strongly the evidence of a case speaks for a cause: a sum of terms, each with what it stands on.

use crate::evidence::Place;
use crate::time::Time;

/// Log-odds in thousandths. The values are the table of docs/weights.md, checked on the lab.
pub mod strength {
    /// Bytes or lines that leave no room: wrong about once in fifty.
    pub const PROOF: i32 = 4000;
    /// A fingerprint that look-alikes rarely show: about once in twenty.
    pub const STRONG: i32 = 3000;
    /// Typical for it, seen with others too: about once in eight.
    pub const LIKELY: i32 = 2000;
    /// More often with it than without.
    pub const HINT: i32 = 1000;
    /// A slight push.
    pub const SLIGHT: i32 = 500;
}

/// One reason for or against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Log-odds in thousandths; negative speaks against.
    pub weight: i32,
    /// The reason, with its measured figures.
    pub text: String,
    /// Where it can be seen.
    pub place: Option<Place>,
    /// When it happened, by its own input's clock.
    pub time: Option<Time>,
}

/// What a cause makes of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// Its reasons.
    pub terms: Vec<Term>,
    /// Whether the cause has evidence of its own (a line, a counter, bytes, a fingerprint), beyond a status that fits many.
    pub positive: bool,
}

impl Weight {
    /// Nothing yet.
    pub fn new() -> Weight {
        Weight::default()
    }

    /// Evidence of the cause's own.
    pub fn shown(mut self, weight: i32, text: impl Into<String>, place: Place, time: Option<Time>) -> Weight {
        self.positive = true;
        self.terms.push(Term { weight, text: text.into(), place: Some(place), time });
        self
    }

    /// A reason that alone would prove nothing, or one against.
    pub fn supported(mut self, weight: i32, text: impl Into<String>, place: Option<Place>) -> Weight {
        self.terms.push(Term { weight, text: text.into(), place, time: None });
        self
    }

    /// With another weight's reasons besides.
    pub fn and(mut self, other: Weight) -> Weight {
        self.positive |= other.positive;
        self.terms.extend(other.terms);
        self
    }

    /// The sum in thousandths.
    pub fn total(&self) -> i32 {
        self.terms.iter().map(|term| term.weight).fold(0, i32::saturating_add)
    }

    /// Itself where it has any reason, else nothing.
    pub fn some(self) -> Option<Weight> {
        (!self.terms.is_empty()).then_some(self)
    }
}
