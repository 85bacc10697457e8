//! Who has to act, and how sure that is.

use super::probability::Thousandths;
use super::unexplained::Unexplained;
use crate::causes::Who;
use crate::correlate::Incident;

/// Where no cause is as sure as this, the verdict is inconclusive.
const VERDICT_FROM: Thousandths = 500;

/// Who has to act, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The verdict.
    pub kind: VerdictKind,
    /// Its probability.
    pub confidence: Thousandths,
}

/// Who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictKind {
    /// Requests failed, and this party has to act.
    Act(Who),
    /// Nothing failed.
    Healthy,
    /// Requests failed, and the evidence does not name the cause; or none did, and the outcomes could not be seen.
    Inconclusive,
}

/// The verdict on an incident of these ranked causes: who has to act, and how sure each is.
pub fn verdict(incident: &Incident, causes: &[(Who, Thousandths)], unexplained: &Unexplained) -> Verdict {
    let failures = incident.counted.failures();
    if failures == 0 && unexplained.unseen.is_empty() {
        return Verdict { kind: VerdictKind::Healthy, confidence: unexplained.healthy_confidence };
    }
    // Where outcomes were not seen, it means nothing that none was seen to fail.
    let Some(&(who, confidence)) = causes.first() else {
        return Verdict { kind: VerdictKind::Inconclusive, confidence: 0 };
    };
    let mostly_unexplained = unexplained.failures() * 2 > failures;
    let none_likely = causes.iter().all(|(_, confidence)| *confidence < VERDICT_FROM);
    let kind =
        if mostly_unexplained || none_likely { VerdictKind::Inconclusive } else { VerdictKind::Act(who) };
    Verdict { kind, confidence }
}
