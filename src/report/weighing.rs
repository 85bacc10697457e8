//! What speaks for a cause, what against it, and what could not be seen: three lists, read off its signs.

use std::cmp::Reverse;

use super::model::{Candidate, CertaintyStep, Share, Sign, SignState};

/// Less than this, in thousandths of log-odds, is not worth a line.
const LEAST_TOLD: i64 = 300;
/// From this much on it is worth looking for what nothing at hand shows.
const WORTH_LOOKING: u64 = 1000;

/// Less likely than this it is not worth telling beside others.
const LEAST_LIKELY: u16 = 100;
/// At most this many of them are told.
const MOST_LIKELY: usize = 5;

/// Those of some causes, the likeliest first, that are worth telling, in words. One that stands among the steps to the named cause is meant
/// without anything behind it.
pub fn worth_telling<'a>(
    likely: &'a [Candidate],
    steps: &'a [CertaintyStep],
) -> impl Iterator<Item = (&'a str, Share)> {
    let title = |candidate: &'a Candidate| match steps.iter().any(|step| step.node == candidate.slug) {
        true => "none of the known causes behind it",
        false => candidate.title.as_str(),
    };
    let is_likely = |candidate: &&Candidate| candidate.confidence.thousandths() >= LEAST_LIKELY;
    likely
        .iter()
        .filter(is_likely)
        .take(MOST_LIKELY)
        .map(move |candidate| (title(candidate), candidate.confidence))
}

/// The same for causes that lie behind something of this probability, or may have been something: with what none of those told accounts for.
pub fn within(whole: Share, likely: &[Candidate]) -> Vec<(&str, Share)> {
    let mut told: Vec<(&str, Share)> = worth_telling(likely, &[]).collect();
    let sum: u16 = told.iter().map(|(_, share)| share.thousandths()).sum();
    if !told.is_empty() {
        let rest = Share::from_thousandths(whole.thousandths().saturating_sub(sum));
        told.push(("none of these, or nothing that the evidence tells", rest));
    }
    told
}

/// The signs of a cause as people weigh them.
#[derive(Debug, Default, PartialEq)]
pub struct WeighedSigns<'a> {
    /// What speaks for it, the strongest first.
    pub speaks_for: Vec<&'a Sign>,
    /// What speaks against it, the strongest first.
    pub speaks_against: Vec<&'a Sign>,
    /// What could not be seen and would weigh, under the reason why; what would weigh most first.
    pub not_at_hand: Vec<(&'a str, Vec<&'a Sign>)>,
}

impl<'a> WeighedSigns<'a> {
    /// Of the signs of a cause.
    pub fn of(signs: &'a [Sign]) -> WeighedSigns<'a> {
        let counting = || signs.iter().filter(|sign| sign.counts);
        let visible = || counting().filter(|sign| sign.state != SignState::NotVisible);
        let mut speaks_for: Vec<&Sign> = visible().filter(|sign| sign.weight >= LEAST_TOLD).collect();
        speaks_for.sort_by_key(|sign| Reverse(sign.weight));
        let mut speaks_against: Vec<&Sign> = visible().filter(|sign| sign.weight <= -LEAST_TOLD).collect();
        speaks_against.sort_by_key(|sign| sign.weight);
        let would_weigh = |sign: &Sign| sign.if_seen.unsigned_abs().max(sign.if_not_seen.unsigned_abs());
        let mut unseen: Vec<&Sign> = counting()
            .filter(|sign| sign.state == SignState::NotVisible && would_weigh(sign) >= WORTH_LOOKING)
            .collect();
        unseen.sort_by_key(|sign| Reverse(would_weigh(sign)));
        let mut not_at_hand: Vec<(&str, Vec<&Sign>)> = Vec::new();
        for sign in unseen {
            let why = sign.why.as_deref().unwrap_or_default();
            match not_at_hand.iter_mut().find(|(known, _)| *known == why) {
                Some((_, signs)) => signs.push(sign),
                None => not_at_hand.push((why, vec![sign])),
            }
        }
        WeighedSigns { speaks_for, speaks_against, not_at_hand }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::redaction::ReportText;

    fn sign(name: &'static str, state: SignState, weight: i64, why: Option<&'static str>) -> Sign {
        let why = why.map(ReportText::from);
        Sign {
            sign: name.into(),
            state,
            weight,
            why,
            if_seen: 2000,
            if_not_seen: -200,
            counts: true,
            ..Sign::default()
        }
    }

    #[test]
    fn signs_part_into_for_against_and_what_could_not_be_seen_by_why() {
        let signs = [
            sign("little", SignState::Seen, 200, None),
            sign("some", SignState::Seen, 900, None),
            sign("much", SignState::Seen, 5000, None),
            sign("against", SignState::NotSeen, -1500, None),
            sign("a", SignState::NotVisible, 0, Some("no packets")),
            sign("b", SignState::NotVisible, 0, Some("no log")),
            Sign { if_seen: 5000, ..sign("c", SignState::NotVisible, 0, Some("no packets")) },
            Sign { if_seen: 500, ..sign("hardly", SignState::NotVisible, 0, Some("no log")) },
            Sign { counts: false, ..sign("twice", SignState::Seen, 5000, None) },
        ];
        let weighing = WeighedSigns::of(&signs);
        let names = |signs: &[&Sign]| signs.iter().map(|sign| sign.sign.clone()).collect::<Vec<_>>();
        assert_eq!(names(&weighing.speaks_for), ["much", "some"]);
        assert_eq!(names(&weighing.speaks_against), ["against"]);
        let groups: Vec<(&str, Vec<ReportText>)> =
            weighing.not_at_hand.iter().map(|(why, signs)| (*why, names(signs))).collect();
        assert_eq!(groups, [("no packets", vec!["c".into(), "a".into()]), ("no log", vec!["b".into()])]);
    }
}
