//! Whether of what servers answered, by their logs, only large answers never reached the edge: a link that drops packets of full size loses each of those, and no
//! small one.

use std::collections::BTreeMap;

use super::case::Case;
use super::clock::Clocks;
use super::whole::Whole;
use crate::evidence::exact_test::chance_of_more;
use crate::evidence::sample::Seen;
use crate::evidence::{AccessRow, InputId};

/// An answer with so many bytes of body fills a packet of any link (RFC 8200, 5: 1280 bytes with the headers of IPv6 and TCP).
const LARGE: u64 = 1_200;
/// Fewer lost answers may all be large by chance.
const FEWEST: u64 = 3;
/// So seldom are by chance all of those large that were lost.
const BY_CHANCE: f64 = 0.001;

/// How many answers of a log are large, and of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Large {
    /// Those.
    pub large: u64,
    /// All whose size the log tells.
    pub all: u64,
}

impl Large {
    fn count(&mut self, bytes: u64) {
        self.large += u64::from(bytes >= LARGE);
        self.all += 1;
    }
}

/// The answers of each log of which only large ones were lost: those that the edge waited for in vain, and all others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undelivered(BTreeMap<InputId, (Large, Large)>);

impl Undelivered {
    /// By the edge's word on what the logs have as answered, and by samples of what went well.
    pub(super) fn of(cases: &[Case], evidence: &Whole, clocks: &Clocks) -> Undelivered {
        let mut logs: BTreeMap<InputId, (Large, Large)> = BTreeMap::new();
        for case in cases.iter().filter(|case| case.status_at_origin(evidence) == Some(524)) {
            for (row, bytes) in answers_of(case, evidence, clocks) {
                logs.entry(row.place.input()).or_default().0.count(bytes);
            }
        }
        if !logs.is_empty() {
            for request in evidence.samples.of(Seen::Access) {
                if let Some(((_, others), bytes)) = logs.get_mut(&request.input).zip(request.answer_bytes) {
                    others.count(bytes);
                }
            }
        }
        logs.retain(|_, (lost, others)| {
            let by_chance = || chance_of_more((lost.large, lost.all), (others.large, others.all));
            lost.all >= FEWEST && lost.large == lost.all && by_chance() <= BY_CHANCE
        });
        Undelivered(logs)
    }

    /// The log's line of the answer to a case that was lost, with what was lost and what was not of that log; `None` where small ones were lost, too, or it may
    /// be chance that none was.
    pub fn large_alone<'e>(
        &self,
        case: &Case,
        evidence: &'e Whole,
        clocks: &Clocks,
    ) -> Option<(&'e AccessRow, Large, Large)> {
        answers_of(case, evidence, clocks).find_map(|(row, _)| {
            let (lost, others) = self.0.get(&row.place.input())?;
            Some((row, *lost, *others))
        })
    }
}

/// The lines that say that a request was answered, by its ray and while the edge still waited, each with the size of its body. What was answered later met nobody,
/// be it large or small.
fn answers_of<'e>(
    case: &Case,
    evidence: &'e Whole,
    clocks: &Clocks,
) -> impl Iterator<Item = (&'e AccessRow, u64)> {
    let is_in_time = |row: &&AccessRow| {
        let doubt = clocks.doubt(row.place.input(), row.line.resolution);
        let end = row.line.end().map(|end| clocks.at(row.place, end));
        end.is_none_or(|end| end <= case.end.plus(doubt))
    };
    let answered = case.lines_of_ray(evidence).filter(|row| row.line.is_answered()).filter(is_in_time);
    answered.filter_map(|row| Some((row, row.line.answer_bytes()?)))
}
