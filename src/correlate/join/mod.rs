//! Builds the cases: every source's word on one failing request, put together by its ray, else by addresses and ports, else by the
//! time and the request line; what fits nowhere with certainty stays apart.

mod asked;
mod by_address;
mod by_ending;
mod by_ray;
mod by_time;
mod claims;
mod joiner;
mod known;
mod message_field;
mod messages;
mod on_connection;
mod refusals;
mod rewriting;
#[cfg(test)]
mod tests;
mod tiers;

use super::case::Case;
use super::clock::Clocks;
use super::whole::Whole;
use crate::facts::ranges::EdgeRanges;
use joiner::Joiner;

pub use asked::asked_for;
pub use joiner::Joined;

/// Joins all rows of `evidence`. `origin_line_limit`: what origins take of one request header line, in bytes.
/// `ranges`: the edge's addresses.
pub fn join(evidence: &Whole, clocks: &Clocks, ranges: &EdgeRanges, origin_line_limit: u64) -> Joined {
    let mut joiner = Joiner::new(evidence, clocks, ranges, origin_line_limit);
    joiner.edge_records();
    joiner.subrequests();
    joiner.har_entries();
    joiner.exchanges_with_ray();
    joiner.refusable_records();
    joiner.access_lines_with_ray();
    joiner.exchanges_without_ray();
    joiner.refusable_exchanges();
    joiner.connections_without_request();
    joiner.certificate_demands();
    joiner.access_lines_without_ray();
    joiner.refusable_lines();
    joiner.messages();
    joiner.settle_refusals();
    joiner.finish()
}

/// Puts cases into the order in which they are listed.
pub(super) fn sort(cases: &mut [Case], evidence: &Whole) {
    joiner::sort(cases, evidence);
}
