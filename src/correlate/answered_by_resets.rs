//! Ranges of the edge to which, by packets, resets alone answer: those who connect are refused, those who ask over an open connection are cut off, and others are answered
//! meanwhile. A server that goes does both to everybody, one that stops listening lets what is open live, and a worker that dies refuses nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::case::Case;
use super::clock::Clocks;
use super::only_failing::{AskedFromRange, shut_out};
use super::whole::Whole;
use crate::evidence::ConnectionRow;
use crate::evidence::failure::Failure;
use crate::evidence::sample::Seen;
use crate::facts::ranges::EdgeRanges;
use crate::flow::Arrival;

/// Failures and answers fall apart by range by chance, where fewer orders than this are possible: fewer than of connections that only fail, since no server that comes and goes does both to one
/// range and neither to others.
const ENOUGH: u64 = 100;

/// A server, and a range that only resets answer there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AnsweredByResets(BTreeSet<(IpAddr, IpNet)>);

/// What a server has of the connections from a range.
#[derive(Default)]
struct OfRange {
    asked: AskedFromRange,
    refused: bool,
    cut_off: bool,
}

impl AnsweredByResets {
    pub(super) fn of(evidence: &Whole, ranges: &EdgeRanges, clocks: &Clocks) -> AnsweredByResets {
        let mut by_server: BTreeMap<IpAddr, BTreeMap<IpNet, OfRange>> = BTreeMap::new();
        for row in &evidence.connections {
            let Some(range) = ranges.find(row.connection.client.ip()) else { continue };
            let refused = row.connection.refused_at();
            let Some(at) = refused.or_else(|| cut_off(row)) else { continue };
            let server = by_server.entry(row.connection.server.ip()).or_default();
            let of_range = server.entry(range).or_default();
            of_range.asked.failed.push(clocks.correct(row.input(), at.time));
            of_range.refused |= refused.is_some();
            of_range.cut_off |= refused.is_none();
        }
        by_server.retain(|_, by_range| by_range.values().any(|range| range.refused && range.cut_off));
        if by_server.is_empty() {
            return AnsweredByResets::default();
        }
        for request in evidence.samples.of(Seen::Capture) {
            let range = request.edge_address.and_then(|address| ranges.find(address));
            let server = request.origin_address.and_then(|server| by_server.get_mut(&server));
            if let Some((range, by_range)) = range.zip(server) {
                let at = clocks.correct(request.input, request.time);
                by_range.entry(range).or_default().asked.well.push(at);
            }
        }
        let alone = by_server.into_iter().flat_map(|(server, by_range)| {
            let both: BTreeSet<IpNet> =
                by_range.iter().filter(|(_, of)| of.refused && of.cut_off).map(|(range, _)| *range).collect();
            let asked = by_range.into_iter().map(|(range, of)| (range, of.asked)).collect();
            let alone =
                shut_out(&asked, ENOUGH, |_| true).into_iter().filter(move |range| both.contains(range));
            alone.map(move |range| (server, range))
        });
        AnsweredByResets(alone.collect())
    }

    /// The one of a case.
    pub(super) fn range_of(&self, case: &Case, evidence: &Whole, ranges: &EdgeRanges) -> Option<IpNet> {
        let range = case.edge_address(evidence).and_then(|address| ranges.find(address))?;
        self.0.contains(&(case.server_address(evidence)?, range)).then_some(range)
    }
}

/// The reset that took the place of an answer, on a connection that was open.
fn cut_off(row: &ConnectionRow) -> Option<Arrival> {
    let unanswered = row.exchanges.iter().any(|kept| kept.failure == Some(Failure::NoResponse));
    row.connection.reset_by_server().filter(|_| unanswered).map(|reset| reset.at)
}
