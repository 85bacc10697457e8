//! Decides: turns weights into probabilities, ranks the causes, finds the verdict and what sets the failures apart, and tells what stays
//! unexplained and what to collect next. The same evidence always gives the same diagnosis.

mod appearance;
mod certainty;
mod chance;
pub(crate) mod contrast;
mod group;
pub(crate) mod judge;
mod odds;
mod parameters;
mod probability;
mod reason;
mod support;
mod tree;
pub(crate) mod unexplained;
mod unseen;
mod verdict;
mod weighing;
mod worth;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::causes::{Cause, CauseForm};
use crate::correlate::{Case, CountedIn, Incident, edge_seen};
use crate::signs::{self, Frequency, Viewpoint};
use support::Support;

pub use appearance::Appearance;
pub use certainty::{Certainty, Likely};
pub use contrast::Contrast;
pub use judge::{Account, Judge, Judgement};
pub use parameters::Parameters;
pub use probability::Thousandths;
pub use reason::{Presence, WeighedSign};
pub use tree::SignStates;
pub use unexplained::Unexplained;
pub use unseen::refused;
pub use verdict::{Verdict, VerdictKind};
pub use weighing::{CaseKind, Weighing};

/// The shares that a level of frequency stands for: where the cause is at work, and otherwise.
pub(crate) fn shares(frequency: Frequency) -> (f64, f64) {
    let parameters = Parameters::current();
    (parameters.with_cause.of(frequency), parameters.otherwise.of(frequency))
}

/// Fewer failures beside those that count are in most captures, and no cause is named for them.
const TELLING_BESIDE: usize = 3;

/// An incident and what was decided about it.
pub struct Diagnosis {
    /// The joined evidence.
    pub incident: Incident,
    /// What judged the cases, and tells why.
    pub judge: Judge,
    /// One judgement a case, in the order of `Incident::cases`.
    pub judgements: Vec<Judgement>,
    /// The causes that explain anything, ranked.
    pub causes: Vec<RankedCause>,
    /// Who has to act.
    pub verdict: Verdict,
    /// What no cause explains.
    pub unexplained: Unexplained,
    /// Cases that do not count and belong to no ranked cause.
    pub beside: Vec<usize>,
}

/// A cause and the cases attributed to it.
pub struct RankedCause {
    /// The cause.
    pub cause: &'static Cause,
    /// Its cases, by their index in `Incident::cases`.
    pub cases: Vec<usize>,
    /// How many of them count; none where it befell only what failed beside these.
    pub failures: u64,
    /// How many of them failed beside these: connections of which no log at hand could tell what request wanted them, since a sample of the edge's log leaves most out, or,
    /// where connections are counted, requests that share one or that only logs tell of.
    pub beside: usize,
    /// The case that shows it best, by its index: the strongest evidence, then the most sources joined, then the earliest.
    pub telling: usize,
    /// The probability that it is the true cause of its cases.
    pub confidence: Thousandths,
    /// How sure it is at each depth of the tree, and what else may be.
    pub certainty: Certainty,
    /// Which of its forms it has here, where a sign tells.
    pub form: Option<&'static str>,
    /// What sets its cases apart from healthy requests.
    pub contrast: Vec<Contrast>,
}

impl Diagnosis {
    /// All signs that a ranked cause lets expect, and those behind its candidates that nothing shows, as its clearest case has them.
    pub fn signs(&self, ranked: &RankedCause) -> Vec<WeighedSign> {
        let behind: Vec<&Cause> = ranked.certainty.candidates.iter().map(|likely| likely.cause).collect();
        self.judge.signs(ranked.cause, &behind, ranked.telling, &self.incident)
    }

    /// Where the unexplained cases stand beside the causes: before the cause of this rank, which is counted from 1. That no cause is named
    /// for them is certain, so they count in full.
    pub fn unexplained_rank(&self) -> usize {
        let weight = self.unexplained.failures() * 1000;
        1 + self.causes.iter().take_while(|cause| cause.weight() >= weight).count()
    }

    /// Why the cause of a case is its cause, the strongest reason first; the case by its index in `Incident::cases`.
    pub fn reasons(&self, case: usize) -> Vec<WeighedSign> {
        let cause = self.judgements[case].cause;
        cause.map(|cause| self.judge.reasons(cause, case, &self.incident)).unwrap_or_default()
    }
}

/// Diagnoses an incident.
pub fn diagnose(incident: Incident) -> Diagnosis {
    let judge = Judge::of(&incident);
    let judgements = judge.judge();
    let healthy = contrast::Occurrences::healthy(&incident);
    let causes = rank(&incident, &judge, &judgements, &healthy);
    let unexplained =
        unexplained::unexplained(&incident, &judge, &judgements, &healthy, most_certain(&incident));
    let of_failures = causes.iter().filter(|ranked| ranked.failures > 0);
    let acting: Vec<_> = of_failures.map(|ranked| (ranked.cause.who, ranked.confidence)).collect();
    let verdict = verdict::verdict(&incident, &acting, &unexplained);
    let beside = beside(&incident, &judgements, &causes);
    Diagnosis { incident, judge, judgements, causes, verdict, unexplained, beside }
}

/// The cases that do not count and that no ranked cause explains, by their index.
fn beside(incident: &Incident, judgements: &[Judgement], causes: &[RankedCause]) -> Vec<usize> {
    let ranked = |cause: &Cause| causes.iter().any(|ranked| ranked.cause.slug == cause.slug);
    let cases = judgements
        .iter()
        .enumerate()
        .filter(|(index, judgement)| !incident.counted.holds(*index) && !judgement.cause.is_some_and(ranked));
    cases.map(|(index, _)| index).collect()
}

fn rank(
    incident: &Incident,
    judge: &Judge,
    judgements: &[Judgement],
    healthy: &contrast::Occurrences<'_>,
) -> Vec<RankedCause> {
    let mut by_slug: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, cause) in
        judgements.iter().enumerate().filter_map(|(index, judgement)| Some((index, judgement.cause?)))
    {
        by_slug.entry(&cause.slug).or_default().push(index);
    }
    let most = most_certain(incident);
    let mut ranked: Vec<RankedCause> = by_slug
        .into_values()
        .filter_map(|cases| {
            let cause = judgements[*cases.first()?].cause?;
            // Where a record tells of every request, what befell only connections explains no failure; nor do requests without a connection where these are counted.
            let failures = incident.counted.among(&cases);
            let beside = incident.counted.beside_among(&cases);
            // A connection that failed beside requests may be anybody's; a request that failed beside connections is one.
            let fewest = if incident.counted.unit == CountedIn::Connections { 1 } else { TELLING_BESIDE };
            let is_beside = beside >= fewest;
            (failures > 0 || is_beside).then_some(())?;
            let sum: u64 = cases.iter().map(|&index| u64::from(judgements[index].confidence)).sum();
            let telling = telling(&cases, incident, judgements);
            let affected: Vec<&Case> = cases.iter().map(|&index| &incident.cases[index]).collect();
            let contrast = contrast::contrast(&affected, incident, healthy);
            // The mean of values up to 1000 is not above 1000.
            let mean = u16::try_from(sum / cases.len() as u64).unwrap_or(999);
            let support = Support { cases: cases.len(), all: judgements.len() };
            let certainty = judge.certainty(Some(cause), &cases);
            let confidence = support.borne_out(mean, certainty.strongest_rival()).min(most);
            let certainty = certainty.means(confidence, support, most);
            let form = form(cause, &incident.cases[telling], incident);
            Some(RankedCause {
                cause,
                telling,
                confidence,
                certainty,
                form,
                contrast,
                cases,
                failures,
                beside,
            })
        })
        .collect();
    ranked.sort_by_key(|ranked| (Reverse((ranked.weight(), ranked.cases.len())), &ranked.cause.slug));
    ranked
}

impl RankedCause {
    /// What it is ranked by: how many failures it explains, with connections that are likely to be others', weighed by its confidence. What explains no failure comes last.
    fn weight(&self) -> u64 {
        let borne = if self.failures > 0 { self.failures + self.beside as u64 } else { 0 };
        borne * u64::from(self.confidence)
    }
}

/// The form of a cause that a sign of its clearest case tells.
fn form(cause: &'static Cause, case: &Case, incident: &Incident) -> Option<&'static str> {
    let look = Viewpoint::of(case, incident);
    let is_seen = |form: &&CauseForm| {
        signs::number_of(&form.sign).is_some_and(|sign| signs::ALL[sign].observe(&look).state() == Some(true))
    };
    cause.forms.iter().find(is_seen).map(|form| form.form.as_str())
}

/// The most that anything of an incident can be certain: where no address of the edge was seen, it is a guess which side is the origin.
fn most_certain(incident: &Incident) -> Thousandths {
    const ROLES_GUESSED: Thousandths = 900;
    if edge_seen(&incident.evidence, &incident.ranges) { 999 } else { ROLES_GUESSED }
}

/// The case that shows a cause best: the strongest evidence, then the most sources joined, then the earliest.
fn telling(cases: &[usize], incident: &Incident, judgements: &[Judgement]) -> usize {
    let clarity = |&index: &usize| {
        let case = &incident.cases[index];
        let sources =
            [case.edge.is_some(), case.har.is_some(), !case.attempts.is_empty(), !case.access.is_empty()];
        let joined = sources.iter().filter(|joined| **joined).count();
        (judgements[index].total, joined, Reverse(index))
    };
    cases.iter().copied().max_by_key(clarity).unwrap_or_default()
}
