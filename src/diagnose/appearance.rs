//! What a case looks like: all that its judgement stands on.

use super::tree::SignStates;
use crate::correlate::{Case, Happened, Incident};
use crate::signs::{self, Observation, SignSet, Viewpoint};

/// All that a judgement stands on: cases of one group that are alike in this are judged alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Appearance {
    /// What happened.
    pub happened: Happened,
    /// The edge's status for what went to the origin.
    pub status: Option<u16>,
    /// Which signs are there.
    pub states: SignStates,
}

impl Appearance {
    /// Looks for the signs that are wanted.
    pub fn of(case: &Case, happened: Happened, wanted: SignSet, incident: &Incident) -> Appearance {
        let look = Viewpoint::of(case, incident);
        let mut states = SignStates::default();
        for (number, sign) in signs::ALL.iter().enumerate().filter(|(number, _)| wanted.holds(*number)) {
            let observed = sign.observe(&look);
            if observed.state().is_some() {
                states.visible.add(number);
            }
            if let Observation::Seen(exhibit) = &observed {
                states.seen.add(number);
                if exhibit.is_own {
                    states.own.add(number);
                }
            }
        }
        Appearance { happened, status: case.status_at_origin(&incident.evidence), states }
    }
}
