//! Builds the cases: every source's word on one failing request, put together by its ray, else by addresses and ports, else by the
//! time and the request line; what fits nowhere with certainty stays apart.

mod asked;
mod by_address;
mod by_browser;
mod by_ending;
mod by_ray;
mod by_tcp_proxy;
mod by_time;
mod claims;
mod contradicted;
mod cut_by_handler;
mod ends;
mod given_up_inside;
mod going_on;
mod handshakes;
mod healed;
mod healed_in_logs;
mod in_turn;
mod joiner;
mod known;
mod message_field;
mod messages;
mod on_connection;
mod proxy_headers;
mod refusals;
mod rewriting;
mod same_page;
#[cfg(test)]
mod tests;
mod through_tunnel;
mod tiers;
mod told_alone;
mod told_at_end;
mod within_lives;

use super::bystander::Bystanders;
use super::case::Case;
use super::clock::Clocks;
use super::limited::LimitedAddresses;
#[cfg(test)]
use super::vantage::SameTraffic;
use super::whole::Whole;
use crate::facts::limits::Profile;
#[cfg(test)]
use crate::facts::ranges::EdgeRanges;
use joiner::Joiner;

pub use asked::asked_for;
pub(super) use going_on::going_on;
pub use joiner::Joined;

/// Joins all rows of `evidence`, by the limits of `profile`.
/// `bystanders`: who asks past the edge. `limited`: addresses of the edge that a limit counts as one client.
pub fn join(
    evidence: &Whole,
    clocks: &Clocks,
    bystanders: &Bystanders<'_>,
    limited: &LimitedAddresses,
    profile: &Profile,
) -> Joined {
    let mut joiner = Joiner::new(evidence, clocks, bystanders, profile);
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
    joiner.ends_by_packets();
    joiner.messages();
    joiner.told_alone();
    joiner.settle_refusals(limited);
    joiner.heal_by_lines();
    joiner.part_contradicted();
    joiner.finish()
}

/// Joins evidence as it is joined where no addresses of the edge are known beyond the published ones.
#[cfg(test)]
pub(super) fn joined(evidence: &Whole, same_traffic: &[SameTraffic]) -> Joined {
    let ranges = EdgeRanges::with(&[]);
    let limited = LimitedAddresses::of(evidence, &ranges);
    let profile = Profile::cloudflare();
    join(
        evidence,
        &Clocks::of(evidence, same_traffic),
        &Bystanders::of(evidence, &ranges),
        &limited,
        &profile,
    )
}

/// Puts cases into the order in which they are listed.
pub(super) fn sort(cases: &mut [Case], evidence: &Whole) {
    joiner::sort(cases, evidence);
}
