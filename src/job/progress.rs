//! How far a job is.

use crate::extract::Round;

/// The rounds that are whole, and the one that is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// In their order, up to the first that is not whole.
    pub rounds: Vec<(Round, RoundState)>,
}

/// How far a round is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoundState {
    /// All of it is there.
    Whole {
        /// The inputs that were gone over.
        inputs: usize,
    },
    /// Some or nothing of it is there.
    Begun {
        /// The units to go over: so many processes can share the round.
        units: usize,
        /// The inputs to go over.
        inputs: usize,
        /// The names of those that no chunk covers.
        missing: Vec<String>,
    },
}

impl Standing {
    /// Whether every round is whole, so that a report can be made.
    pub fn is_finished(&self) -> bool {
        let whole = self.rounds.iter().filter(|(_, state)| matches!(state, RoundState::Whole { .. }));
        whole.count() == Round::ALL.len()
    }
}
