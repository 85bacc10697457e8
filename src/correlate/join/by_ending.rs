//! Connections to the requests of a log of the edge that names no address: by when they failed, and by how.

use super::by_address::without_exchange;
use super::joiner::Joiner;
use crate::correlate::case::{Case, Join};
use crate::correlate::rows::ConnectionIndex;
use crate::evidence::{ConnectionRow, Protocol};
use crate::flow::Side;
use crate::time::{Duration, Time};

/// Cases that one connection is held against.
const MOST_NEAR: usize = 64;

/// A connection that failed, or that ended without an answer to what was said last inside.
struct Ending {
    connection: ConnectionIndex,
    /// When the edge met it, by the reference clock.
    time: Time,
    /// What the edge says of such an end, the likeliest first.
    statuses: &'static [u16],
    /// Whether that is how the request began, and not how it ended.
    begins: bool,
    tolerance: Duration,
}

/// What the edge says of a connection that failed in this way (docs/edge.md); `None` where it did not.
fn statuses(row: &ConnectionRow) -> Option<(&'static [u16], bool)> {
    let connection = &row.connection;
    if connection.reset.is_some_and(|reset| reset.refused_syn)
        || connection.icmp.is_some_and(|icmp| icmp.is_rejection())
    {
        return Some((&[521, 520, 523], true));
    }
    if connection.icmp.is_some_and(|icmp| icmp.is_no_route_to(Side::Server)) {
        return Some((&[523, 522, 520], true));
    }
    if connection.is_unanswered() || connection.handshake.is_never_completed() {
        return Some((&[522, 523, 524], true));
    }
    if row.failed_before_request() {
        return Some((&[525, 526, 520], true));
    }
    if row.protocol != Protocol::Tls {
        return row.reset_is_forged().then_some((&[520], false));
    }
    if row.tls.as_ref().is_some_and(|tls| tls.server_refuses().is_some()) {
        return Some((&[520, 525], false));
    }
    row.unanswered_inside()?;
    match connection.closed_first()? {
        (Side::Server, ..) => Some((&[520], false)),
        (Side::Client, ..) => Some((&[524, 522, 520], false)),
    }
}

impl Joiner<'_> {
    /// Brings connections that failed to cases without an address, one to one: each case takes the connection nearest to it in time among those
    /// that failed as the edge says. Gives back those that no case is near to.
    pub fn by_endings<'r>(
        &mut self,
        rows: Vec<(ConnectionIndex, &'r ConnectionRow)>,
    ) -> Vec<(ConnectionIndex, &'r ConnectionRow)> {
        let waiting = self.without_address();
        if waiting.iter().all(Vec::is_empty) {
            return rows;
        }
        let endings: Vec<Ending> = rows.iter().filter_map(|(index, row)| self.ending(*index, row)).collect();
        let mut pairs: Vec<(usize, Duration, usize, usize)> = Vec::new();
        for (number, ending) in endings.iter().enumerate() {
            pairs.extend(self.near(ending, &waiting).map(|(rank, apart, case)| (rank, apart, case, number)));
        }
        // What fits best and is nearest goes first; then whatever is left.
        pairs.sort_unstable();
        let mut taken = vec![false; endings.len()];
        for (_, _, case, number) in pairs {
            if taken[number] || !self.cases[case].attempts.is_empty() {
                continue;
            }
            taken[number] = true;
            self.attach(case, without_exchange(endings[number].connection), Join::Time);
        }
        let joined: Vec<ConnectionIndex> = endings
            .iter()
            .zip(&taken)
            .filter(|(_, taken)| **taken)
            .map(|(ending, _)| ending.connection)
            .collect();
        rows.into_iter().filter(|(index, _)| joined.binary_search(index).is_err()).collect()
    }

    /// Cases by the edge's word that tell no address and have no packets, by when they began and by when they were over.
    fn without_address(&self) -> [Vec<(Time, usize)>; 2] {
        let waiting = |case: &Case| {
            let row = case.edge(self.evidence);
            case.attempts.is_empty()
                && row.is_some_and(|row| row.record.edge_address.is_none() && !row.record.edge_address_logged)
        };
        let cases = || self.cases.iter().enumerate().filter(|(_, case)| waiting(case));
        let mut begun: Vec<(Time, usize)> = cases().map(|(index, case)| (case.time, index)).collect();
        let mut over: Vec<(Time, usize)> = cases().map(|(index, case)| (case.end, index)).collect();
        begun.sort_unstable();
        over.sort_unstable();
        [begun, over]
    }

    fn ending(&self, connection: ConnectionIndex, row: &ConnectionRow) -> Option<Ending> {
        let (statuses, begins) = statuses(row)?;
        let at = if begins { row.connection.first } else { row.connection.closed_first()?.2 };
        let tolerance = self.tolerance(row.place(at), Duration::NANOSECOND);
        let time = self.clocks.correct(row.input(), at.time);
        Some(Ending { connection, time, statuses, begins, tolerance })
    }

    /// The cases near an ending that the edge speaks of as it would of that: how well its word fits, and how far they are apart.
    fn near<'n>(
        &'n self,
        ending: &'n Ending,
        [begun, over]: &'n [Vec<(Time, usize)>; 2],
    ) -> impl Iterator<Item = (usize, Duration, usize)> + 'n {
        let moments = if ending.begins { begun } else { over };
        let from = moments.partition_point(|(time, _)| *time < ending.time.plus(-ending.tolerance));
        let until = ending.time.plus(ending.tolerance);
        let near = moments[from..].iter().take_while(move |(time, _)| *time <= until).take(MOST_NEAR);
        near.filter_map(|(time, case)| {
            let status = self.cases[*case].status_at_origin(self.evidence)?;
            let rank = ending.statuses.iter().position(|said| *said == status)?;
            Some((rank, time.since(ending.time).abs(), *case))
        })
    }
}
