//! One cause for each case. Every cause weighs the case, and the deepest one with evidence of its own is named; the others compete with it
//! or are its consequences.

use crate::causes::{self, Cause, Level, Weight};
use crate::correlate::{Case, Incident};
use crate::evidence::InputKind;

/// A probability in thousandths.
pub type Thousandths = u16;

/// Below this confidence a cause would be a guess, so the case stays unexplained.
const NAMED_FROM: Thousandths = 300;

/// The decision about a case. The reasons are not kept: [`Judgement::reasons`] gives them again where they are told.
#[derive(Clone)]
pub struct Judgement {
    /// The cause; `None` where the evidence names none.
    pub cause: Option<&'static Cause>,
    /// The probability that it is the true one; for an unexplained case, that none of the causes is.
    pub confidence: Thousandths,
    /// The sum of its reasons in thousandths.
    pub total: i32,
    /// What followed from the cause: causes with evidence of their own that it wins over, or that lie at a lower level.
    pub consequences: Vec<&'static Cause>,
}

impl Judgement {
    /// The cause's reasons in this case, the one that was judged; none where it stays unexplained.
    pub fn reasons(&self, case: &Case, incident: &Incident) -> Weight {
        self.cause.and_then(|cause| cause.weigh(case, incident)).unwrap_or_default()
    }
}

/// Judges a case.
pub fn judge(case: &Case, incident: &Incident) -> Judgement {
    let mut weighed: Vec<(&'static Cause, Weight)> = causes::ALL
        .iter()
        .filter_map(|cause| Some((cause, cause.weigh(case, incident)?)))
        .filter(|(_, weight)| weight.total() > 0)
        .collect();
    // A cause without evidence of its own counts only where no other cause has any either.
    if weighed.iter().any(|(_, weight)| weight.positive) {
        weighed.retain(|(_, weight)| weight.positive);
    }
    let Some(level) = weighed.iter().map(|(cause, _)| cause.level).max() else {
        return unexplained();
    };
    let (deepest, shallower): (Vec<_>, Vec<_>) =
        weighed.into_iter().partition(|(cause, _)| cause.level == level);
    let mut judgement = decide(deepest, shallower);
    judgement.confidence = judgement.confidence.min(ceiling(&judgement, case, incident));
    judgement
}

/// How sure a judgement can be at most. A residual cause only names what was seen. The logs of the origin's processes would show a deeper
/// cause behind it; where these logs are missing, the judgement is less sure.
fn ceiling(judgement: &Judgement, case: &Case, incident: &Incident) -> Thousandths {
    const UNTOLD: Thousandths = 700;
    const GATEWAY: Thousandths = 600;
    let residual = judgement.cause.is_some_and(|cause| cause.level == Level::Residual);
    let told = incident.evidence.has(InputKind::ErrorLog) || incident.evidence.has(InputKind::SystemLog);
    match case.origin_status(&incident.evidence) {
        _ if !residual || told => 1000,
        // With these statuses a gateway reports a failure of the server behind it.
        Some(502..=504) => GATEWAY,
        _ => UNTOLD,
    }
}

fn unexplained() -> Judgement {
    Judgement { cause: None, confidence: 1000, total: 0, consequences: Vec::new() }
}

/// Decides among the deepest causes: those that another one wins over drop out, and the heaviest of the others is the cause.
fn decide(deepest: Vec<(&'static Cause, Weight)>, shallower: Vec<(&'static Cause, Weight)>) -> Judgement {
    let beaten: Vec<&str> =
        deepest.iter().flat_map(|(cause, _)| cause.wins_over.iter().map(String::as_str)).collect();
    let (losers, rivals): (Vec<_>, Vec<_>) =
        deepest.into_iter().partition(|(cause, _)| beaten.contains(&cause.slug.as_str()));
    // Two causes that win over each other would leave none: then all of them stay.
    let (rivals, losers) = if rivals.is_empty() { (losers, rivals) } else { (rivals, losers) };
    let totals: Vec<i32> = rivals.iter().map(|(_, weight)| weight.total()).collect();
    // Of causes with equal weight the first one in the catalogue.
    let Some(best) = (0..rivals.len()).max_by_key(|&index| (totals[index], std::cmp::Reverse(index))) else {
        return unexplained();
    };
    let confidence = posterior(&totals, best);
    if confidence < NAMED_FROM {
        return unexplained();
    }
    let cause = rivals[best].0;
    let mut consequences: Vec<&'static Cause> = losers.iter().map(|(cause, _)| *cause).collect();
    consequences.extend(shallower.iter().filter(|(_, weight)| weight.positive).map(|(cause, _)| *cause));
    // A residual cause only names what was seen: that is no consequence of a deeper cause.
    consequences.retain(|consequence| consequence.level > Level::Residual || cause.level == Level::Residual);
    Judgement { cause: Some(cause), confidence, total: totals[best], consequences }
}

/// The probability of one rival: a softmax over the weights of all rivals and of "none of these", which has weight 0.
fn posterior(totals: &[i32], of: usize) -> Thousandths {
    let odds = |total: i32| libm::exp(f64::from(total.min(20_000)) / 1000.0);
    let all: f64 = 1.0 + totals.iter().map(|total| odds(*total)).sum::<f64>();
    // No diagnosis is certain, so 1.000 is never given.
    ((odds(totals[of]) / all * 1000.0) as u16).min(999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_follows_the_weight_and_is_shared_among_rivals() {
        assert_eq!(posterior(&[4000], 0), 982);
        assert_eq!(posterior(&[3000], 0), 952);
        assert_eq!(posterior(&[1000], 0), 731);
        assert_eq!(posterior(&[3000, 3000], 0), 487);
        assert_eq!(posterior(&[i32::MAX], 0), 999);
    }

    #[test]
    fn a_million_judgements_fit_into_memory() {
        assert!(size_of::<Judgement>() <= 40, "{} bytes", size_of::<Judgement>());
    }
}
