//! Why a cause is the cause of a case: the signs that it lets expect, each with what it speaks, in words.

use super::odds::LogOdds;
use super::tree::{Node, SignStates};
use crate::evidence::Place;
use crate::signs::{self, Exhibit, Observation, Viewpoint};
use crate::time::Time;

/// One reason for or against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeighedSign {
    /// Log-odds in thousandths; negative speaks against.
    pub weight: LogOdds,
    /// The reason, with its measured figures.
    pub text: String,
    /// Where it can be seen.
    pub place: Option<Place>,
    /// When it happened, by its own input's clock.
    pub time: Option<Time>,
}

/// The reasons that the nodes of a path let tell, the strongest first. A sign that tells nothing is none.
pub(super) fn reasons<'t>(
    nodes: impl Iterator<Item = &'t Node>,
    states: SignStates,
    look: &Viewpoint<'_>,
) -> Vec<WeighedSign> {
    let mut told: Vec<(usize, WeighedSign)> = Vec::new();
    for expected in nodes.flat_map(|node| &node.expected) {
        let Some(weight) = expected.weight(states).filter(|weight| *weight != 0) else { continue };
        if told.iter().any(|(sign, _)| *sign == expected.sign) {
            continue;
        }
        let sign = signs::ALL[expected.sign];
        let (there, seen) = match sign.observe(look) {
            Observation::Seen(seen) => (true, seen),
            Observation::NotSeen(instead) => (false, instead),
            Observation::NotVisible(_) => continue,
        };
        if !there && seen.text.is_empty() && weight > 0 {
            // What is not there and would not be with this cause either is no news.
            continue;
        }
        told.push((expected.sign, in_words(weight, there, sign.about, seen)));
    }
    told.sort_by_key(|(sign, reason)| (std::cmp::Reverse(reason.weight), *sign));
    told.into_iter().map(|(_, reason)| reason).collect()
}

fn in_words(weight: LogOdds, there: bool, about: &str, told: Exhibit) -> WeighedSign {
    let text = match (there, told.text.is_empty()) {
        (_, false) => told.text,
        (true, true) => about.to_owned(),
        (false, true) => format!("not seen: {about}"),
    };
    WeighedSign { weight, text, place: told.place, time: told.time }
}
