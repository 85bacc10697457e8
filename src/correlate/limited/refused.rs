//! Requests that were answered with a status that limits give, as logs tell of them.

use std::net::IpAddr;

use crate::correlate::case::Case;
use crate::correlate::whole::Whole;
use crate::evidence::place::InputId;
use crate::evidence::{AccessRow, EdgeRow};
use crate::time::Time;

/// Whose limit it is: servers count for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answerer {
    /// The origin of an address, as the edge's log has it.
    Origin(Option<IpAddr>),
    /// The server that wrote an access log.
    Log(InputId),
}

impl Answerer {
    /// Those of a case, by each source that tells of it.
    pub(super) fn of_case(case: &Case, evidence: &Whole) -> impl Iterator<Item = Answerer> {
        let by_edge = case.edge(evidence).map(|row| Answerer::Origin(row.record.origin_address));
        by_edge.into_iter().chain(case.access(evidence).map(|row| Answerer::Log(row.place.input())))
    }
}

/// Such a request.
pub(super) struct Refused<'a> {
    pub by: Answerer,
    /// By its source's clock.
    pub at: Time,
    /// The edge's address.
    pub address: IpAddr,
    pub visitor: Option<IpAddr>,
    pub target: Option<&'a str>,
    /// The status is the origin's own, as far as the edge's log tells.
    pub is_origins: bool,
}

/// Those that were answered with a status, of the rows that are kept.
pub(super) fn refused(evidence: &Whole, status: u16) -> impl Iterator<Item = Refused<'_>> {
    let at_edge = evidence.edge.iter().filter(move |row| row.record.edge_status == Some(status));
    let at_origin = evidence.access.iter().filter(move |row| row.line.status == Some(status));
    at_edge.filter_map(at_the_edge).chain(at_origin.filter_map(at_the_origin))
}

fn at_the_edge(EdgeRow { record, .. }: &EdgeRow) -> Option<Refused<'_>> {
    Some(Refused {
        by: Answerer::Origin(record.origin_address),
        at: record.start,
        address: record.edge_address?,
        visitor: record.client_address,
        target: record.target.as_deref(),
        is_origins: record.origin_status == record.edge_status,
    })
}

fn at_the_origin(AccessRow { place, line }: &AccessRow) -> Option<Refused<'_>> {
    Some(Refused {
        by: Answerer::Log(place.input()),
        at: line.start(),
        address: line.real_peer.or(line.remote_address)?,
        visitor: line.real_peer.and(line.remote_address),
        target: line.target.as_deref(),
        is_origins: true,
    })
}
