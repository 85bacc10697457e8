//! Why a cause is the cause of a case: the signs that it lets expect, each with what it speaks, in words; and those that nothing at hand
//! would show.

use std::cmp::Reverse;

use super::odds::LogOdds;
use super::tree::{Expected, Node, SignStates};
use super::worth::Worth;
use crate::causes::Cause;
use crate::evidence::Place;
use crate::signs::{self, Exhibit, Observation, Sign, Viewpoint};
use crate::time::Time;

/// A sign, and what it speaks for the causes on a path.
#[derive(Clone)]
pub struct WeighedSign {
    /// The sign.
    pub sign: &'static Sign,
    /// The cause that lets expect it.
    pub expected_by: &'static Cause,
    /// Whether it is there.
    pub state: Presence,
    /// Log-odds in thousandths; negative speaks against. 0 where nothing shows the sign.
    pub weight: LogOdds,
    /// What it would speak.
    pub worth: Worth,
    /// Whether it counts: of signs that tell the same thing only the strongest does. Of one that nothing shows, whether it would if anything did.
    pub counts: bool,
    /// What is seen, or seen in its place, with its measured figures; what the sign is, where nothing would show it.
    pub text: String,
    /// Where it can be seen.
    pub place: Option<Place>,
    /// When it happened, by its own input's clock.
    pub time: Option<Time>,
    /// Whether it is not there, would not be with this cause either, and nothing is there instead.
    no_news: bool,
}

/// Whether a sign is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// It is.
    Seen,
    /// It is not, and it would be seen if it were.
    NotSeen,
    /// Nothing at hand would show it, and why.
    NotVisible(&'static str),
}

/// The reasons that the nodes of a path let tell, the strongest first. A sign that tells nothing is none.
pub(super) fn reasons(nodes: &[&Node], states: SignStates, look: &Viewpoint<'_>) -> Vec<WeighedSign> {
    let is_reason = |expected: &Expected| expected.weight(states).is_some_and(|weight| weight != 0);
    let mut told = weighed(nodes, states, look, &is_reason);
    told.retain(|sign| !matches!(sign.state, Presence::NotVisible(_)) && !sign.no_news);
    told
}

/// All signs that the nodes of a path let expect, the strongest first; of nodes behind it those that nothing shows.
pub(super) fn signs(
    path: &[&Node],
    behind: &[&Node],
    states: SignStates,
    look: &Viewpoint<'_>,
) -> Vec<WeighedSign> {
    let mut signs = weighed(path, states, look, &|_| true);
    let unseen = weighed(behind, states, look, &|expected| expected.weight(states).is_none());
    for sign in unseen {
        if !signs.iter().any(|known| std::ptr::eq(known.sign, sign.sign)) {
            signs.push(sign);
        }
    }
    signs
}

fn weighed(
    nodes: &[&Node],
    states: SignStates,
    look: &Viewpoint<'_>,
    wanted: &dyn Fn(&Expected) -> bool,
) -> Vec<WeighedSign> {
    let mut told: Vec<(usize, WeighedSign)> = Vec::new();
    for node in nodes {
        for expected in node.expected.iter().filter(|expected| wanted(expected)) {
            if told.iter().all(|(sign, _)| *sign != expected.sign) {
                told.push((expected.sign, in_words(node, expected, states, look)));
            }
        }
    }
    told.sort_by_key(|(sign, told)| (Reverse(told.weight), *sign));
    told.into_iter().map(|(_, told)| told).collect()
}

fn in_words(node: &Node, expected: &Expected, states: SignStates, look: &Viewpoint<'_>) -> WeighedSign {
    let sign = signs::ALL[expected.sign];
    let observed = sign.observe(look);
    let is_moot = matches!(observed, Observation::Moot(_));
    let (state, told) = match observed {
        Observation::Seen(seen) => (Presence::Seen, seen),
        Observation::NotSeen(instead) => (Presence::NotSeen, instead),
        Observation::NotVisible(why) | Observation::Moot(why) => {
            (Presence::NotVisible(why), Exhibit::default())
        }
    };
    let no_news = state == Presence::NotSeen && told.text.is_empty() && expected.worth.unseen > 0;
    let text = match state {
        _ if !told.text.is_empty() => told.text,
        Presence::NotSeen => format!("not seen: {}", sign.about),
        Presence::Seen | Presence::NotVisible(_) => sign.about.to_owned(),
    };
    let weight = expected.weight(states).unwrap_or(0);
    WeighedSign {
        sign,
        expected_by: node.cause(),
        state,
        weight,
        worth: expected.worth_of(states),
        counts: !is_moot && node.counts(expected, states),
        text,
        place: told.place,
        time: told.time,
        no_news,
    }
}

impl Node {
    /// Whether a sign is the strongest of those that tell the same thing, or would be if anything showed it.
    fn counts(&self, expected: &Expected, states: SignStates) -> bool {
        let same = |other: &&Expected| signs::ALL[other.sign].aspect == signs::ALL[expected.sign].aspect;
        let strongest = self.expected.iter().filter(same).filter_map(|other| other.strength(states)).max();
        match expected.strength(states) {
            Some(own) => Some(own) == strongest,
            None => strongest.is_none_or(|strongest| expected.worth.most() > strongest.amount),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::parameters::Parameters;
    use super::super::tree::Tree;
    use super::*;
    use crate::correlate::Outcome;
    use crate::signs::SignSet;

    #[test]
    fn the_signs_that_count_add_up_to_what_speaks_for_a_cause() {
        let never = vec![0.0; signs::ALL.len()];
        let mut seed = 520u128;
        for outcome in [Outcome::Closed, Outcome::Unanswered, Outcome::Status, Outcome::HandshakeClosed] {
            let tree = Tree::of(outcome, &never, Parameters::current());
            for _ in 0..40 {
                seed = seed.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645).wrapping_add(1);
                let some = |shift: usize| -> SignSet {
                    (0..signs::ALL.len()).filter(|sign| seed >> ((sign + shift) % 128) & 1 == 1).collect()
                };
                let (visible, of_visible) = (some(3), some(7));
                let seen: SignSet =
                    (0..signs::ALL.len()).filter(|s| visible.holds(*s) && of_visible.holds(*s)).collect();
                let states = SignStates { visible, seen, own: seen };
                for node in tree.all() {
                    let counting = node.expected.iter().filter(|expected| node.counts(expected, states));
                    let visible = counting.filter_map(|expected| {
                        Some((signs::ALL[expected.sign].aspect, expected.weight(states)?))
                    });
                    let by_aspect: BTreeMap<&str, LogOdds> = visible.collect();
                    assert_eq!(
                        by_aspect.values().sum::<LogOdds>(),
                        node.evidence(states),
                        "{}",
                        node.cause().slug
                    );
                }
            }
        }
    }
}
