//! Requests that were answered with a status that limits give, as logs and packets tell of them.

use std::net::IpAddr;

use crate::correlate::case::Case;
use crate::correlate::whole::Whole;
use crate::evidence::place::InputId;
use crate::evidence::{AccessRow, ConnectionRow, EdgeRow};
use crate::http::exchange::Exchange;
use crate::time::Time;

/// Whose limit it is: servers count for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answerer {
    /// The origin of an address, as the edge's log has it.
    Origin(Option<IpAddr>),
    /// The same, as captures have it.
    Captured(IpAddr),
    /// The server that wrote an access log.
    Log(InputId),
}

impl Answerer {
    /// Those of a case, by each source that tells of it.
    pub(super) fn of_case(case: &Case, evidence: &Whole) -> impl Iterator<Item = Answerer> {
        let by_edge = case.edge(evidence).map(|row| Answerer::Origin(row.record.origin_address));
        let in_packets =
            case.exchanges(evidence).map(|(row, _)| Answerer::Captured(row.connection.server.ip()));
        let logged = case.access(evidence).map(|row| Answerer::Log(row.place.input()));
        by_edge.into_iter().chain(in_packets).chain(logged)
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

/// Those of logs that were answered with a status, of the rows that are kept.
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

/// The same of captures.
pub(super) fn captured(evidence: &Whole, status: u16) -> impl Iterator<Item = Refused<'_>> {
    evidence.connections.iter().flat_map(move |row| in_packets(row, status))
}

fn in_packets(row: &ConnectionRow, status: u16) -> impl Iterator<Item = Refused<'_>> {
    let exchanges = row.exchanges.iter().map(|kept| &kept.exchange);
    let answered = move |exchange: &&Exchange| {
        exchange.response.as_ref().is_some_and(|response| response.status == Some(status))
    };
    exchanges.filter(answered).filter_map(|exchange| {
        let request = exchange.request.as_ref()?;
        Some(Refused {
            by: Answerer::Captured(row.connection.server.ip()),
            at: request.first.time,
            address: row.connection.client.ip(),
            visitor: request.visitor.as_deref().and_then(|visitor| visitor.parse().ok()),
            target: Some(&request.target),
            is_origins: true,
        })
    })
}
