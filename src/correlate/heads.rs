//! Whether a server leaves requests without an answer from a size of their heads on, as those do that have no words for it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::case::Case;
use super::whole::Whole;
use crate::evidence::ConnectionRow;
use crate::evidence::exact_test::chance_of_more;
use crate::evidence::failure::Failure;
use crate::evidence::server_tally::AnsweredHeads;
use crate::http::exchange::Request;

/// Fewer answers show no border, and fewer failures either.
const ENOUGH_ANSWERED: u64 = 10;
const ENOUGH_FAILING: u64 = 3;
/// So seldom are the largest heads of all by chance those that fail.
const BY_CHANCE: f64 = 0.001;

/// The heads of requests to one server, as far as they were captured whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heads {
    /// The bytes of those that got no answer, sorted.
    unanswered: Vec<u64>,
    /// Those that were answered.
    answered: AnsweredHeads,
}

/// What a head is beside those that were answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Others as large, or larger, were answered.
    Answered,
    /// It is larger, as are so many others that failed, of so many bytes and more; so many of up to so many bytes were answered.
    Outgrown {
        /// How many failed.
        failing: u64,
        /// The smallest of them.
        least: u64,
        /// Those that were answered.
        answered: AnsweredHeads,
    },
}

impl Heads {
    /// What a head of so many bytes is beside the others; `None` where they are too few to tell.
    pub fn size(&self, bytes: u64) -> Option<Size> {
        let answered = self.answered;
        if answered.count < ENOUGH_ANSWERED {
            return None;
        }
        if bytes <= answered.largest {
            return Some(Size::Answered);
        }
        let larger = &self.unanswered[self.unanswered.partition_point(|head| *head <= answered.largest)..];
        let (failing, all) = (larger.len() as u64, self.unanswered.len() as u64);
        let is_chance = chance_of_more((failing, all), (0, answered.count)) >= BY_CHANCE;
        let least = larger.first().filter(|_| failing >= ENOUGH_FAILING && !is_chance)?;
        Some(Size::Outgrown { failing, least: *least, answered })
    }
}

/// The request that a case is about, where it was captured whole and got no answer, and the connection that carried it.
pub fn unanswered_request<'a>(case: &Case, evidence: &'a Whole) -> Option<(&'a ConnectionRow, &'a Request)> {
    let (row, kept) = case.exchanges(evidence).next_back()?;
    let request = kept.exchange.request.as_ref().filter(|request| request.is_head_whole())?;
    (kept.failure == Some(Failure::NoResponse)).then_some((row, request))
}

/// Those of each server.
pub(super) fn heads(cases: &[Case], evidence: &Whole) -> BTreeMap<IpAddr, Heads> {
    let mut of: BTreeMap<IpAddr, Heads> = BTreeMap::new();
    for (row, request) in cases.iter().filter_map(|case| unanswered_request(case, evidence)) {
        of.entry(row.connection.server.ip()).or_default().unanswered.push(request.head.bytes);
    }
    for (server, heads) in &mut of {
        heads.unanswered.sort_unstable();
        heads.answered =
            evidence.tallies.servers.get(server).map(|tally| tally.answered_heads).unwrap_or_default();
    }
    of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_larger_than_all_that_was_answered_has_outgrown_a_limit() {
        let heads = |unanswered: &[u64], count| Heads {
            unanswered: unanswered.to_vec(),
            answered: AnsweredHeads { count, largest: 1900 },
        };
        let answered = AnsweredHeads { count: 40, largest: 1900 };
        let outgrown = Some(Size::Outgrown { failing: 3, least: 5000, answered });
        assert_eq!(heads(&[600, 5000, 6000, 7000], 40).size(6000), outgrown);
        assert_eq!(heads(&[600, 5000, 6000, 7000], 40).size(600), Some(Size::Answered));
        assert_eq!(heads(&[600, 700, 800, 900, 5000, 6000, 7000], 10).size(5000), None, "chance may do so");
        assert_eq!(heads(&[5000, 6000, 7000], 9).size(6000), None, "too few answers");
    }
}
