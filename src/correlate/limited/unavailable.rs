//! Addresses of the edge whose requests an origin answers 503 in turns, with those of others passing meanwhile. 503 is nginx's own status for
//! `limit_req` and `limit_conn` (docs: limit_req_status); a server that is down answers all addresses alike, and a dead backend behind a choice by
//! address answers no request of one.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::of_many::{Answered, Limited};
use super::refused::{Answerer, Refused, captured, refused};
use crate::correlate::whole::Whole;
use crate::evidence::limited_addresses::{LimitedShare, standing_out};
use crate::evidence::sample::Seen;
use crate::facts::ranges::EdgeRanges;
use crate::time::Time;

/// Service unavailable (RFC 9110, 15.6.4).
pub(super) const UNAVAILABLE: u16 = 503;

/// So many requests of other addresses have to pass meanwhile, and of so many hardly one may be refused.
const FEWEST_OTHERS: u64 = 20;
const OTHERS_EACH: u64 = 50;

/// A request of an address of the edge.
struct AskedOfServer<'a> {
    /// By its source's clock.
    at: Time,
    address: IpAddr,
    /// The visitor and the target of one that was answered 503; `None` for one that passed.
    refused: Option<(Option<IpAddr>, Option<&'a str>)>,
}

/// The addresses that each answers 503 in turns.
pub(super) fn refused_by_answerer(
    evidence: &Whole,
    ranges: &EdgeRanges,
) -> BTreeMap<(Answerer, IpAddr), Limited> {
    let mut asked = answered_503(evidence, ranges);
    for seen in [Seen::Edge, Seen::Capture, Seen::Access] {
        for request in evidence.samples.of(seen) {
            let answerer = match seen {
                Seen::Edge => Some(Answerer::Origin(request.origin_address)),
                Seen::Capture => request.origin_address.map(Answerer::Captured),
                _ => Some(Answerer::Log(request.input)),
            };
            let address = request.edge_address.filter(|address| ranges.contains(*address));
            let asked = answerer.and_then(|answerer| asked.get_mut(&answerer));
            if let Some((address, asked)) = address.zip(asked) {
                asked.push(AskedOfServer { at: request.time, address, refused: None });
            }
        }
    }
    let limited = asked.into_iter().flat_map(|(answerer, asked)| {
        limited_by_one(&asked).into_iter().map(move |(address, limited)| ((answerer, address), limited))
    });
    limited.collect()
}

/// What each answered 503.
fn answered_503<'a>(evidence: &'a Whole, ranges: &EdgeRanges) -> BTreeMap<Answerer, Vec<AskedOfServer<'a>>> {
    let mut asked: BTreeMap<Answerer, Vec<AskedOfServer<'_>>> = BTreeMap::new();
    let of_edge = |request: &Refused<'_>| request.is_origins && ranges.contains(request.address);
    let refused = refused(evidence, UNAVAILABLE).chain(captured(evidence, UNAVAILABLE));
    for Refused { by, at, address, visitor, target, .. } in refused.filter(of_edge) {
        asked.entry(by).or_default().push(AskedOfServer { at, address, refused: Some((visitor, target)) });
    }
    asked
}

fn limited_by_one(asked: &[AskedOfServer<'_>]) -> BTreeMap<IpAddr, Limited> {
    let refused = || asked.iter().filter(|asked| asked.refused.is_some());
    let (Some(first), Some(last)) =
        (refused().map(|asked| asked.at).min(), refused().map(|asked| asked.at).max())
    else {
        return BTreeMap::new();
    };
    let mut shares: BTreeMap<IpAddr, LimitedShare> = BTreeMap::new();
    let mut answered: BTreeMap<IpAddr, Answered<'_>> = BTreeMap::new();
    let mut spans: BTreeMap<IpAddr, (Time, Time)> = BTreeMap::new();
    for asked in asked.iter().filter(|asked| (first..=last).contains(&asked.at)) {
        shares.entry(asked.address).or_default().add(asked.refused.is_some());
        if let Some((visitor, target)) = asked.refused {
            answered.entry(asked.address).or_default().add(visitor, target);
            let span = spans.entry(asked.address).or_insert((asked.at, asked.at));
            *span = (span.0.min(asked.at), span.1.max(asked.at));
        }
    }
    let is_between = |asked: &AskedOfServer<'_>| {
        spans.get(&asked.address).is_some_and(|(from, to)| *from < asked.at && asked.at < *to)
    };
    let passed = asked.iter().filter(|asked| asked.refused.is_none() && is_between(asked));
    let pass_in_turns: BTreeSet<IpAddr> = passed.map(|asked| asked.address).collect();
    let limited = standing_out(shares).into_iter().filter_map(|(address, (its, others))| {
        let others_pass = others.of >= FEWEST_OTHERS && others.limited * OTHERS_EACH <= others.of;
        let answered = answered.get(&address).filter(|answered| answered.are_of_many())?;
        (others_pass && pass_in_turns.contains(&address)).then(|| (address, answered.limited(its, others)))
    });
    limited.collect()
}
