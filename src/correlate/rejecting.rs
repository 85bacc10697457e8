//! Servers at which a filter rejects connections by ICMP errors: whom it rejects, who gets through meanwhile, and whether it cuts what was open.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::rows::ConnectionIndex;
use super::whole::Whole;
use crate::flow::{Connection, IcmpError, Side};

/// What a filter does at one server, by its ICMP errors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejecting {
    /// The addresses that it rejects.
    addresses: BTreeSet<IpAddr>,
    /// The seconds of the first and of the last rejection.
    seconds: (i64, i64),
    /// Connections that completed within, so that what is rejected for a while to all does not count; none where an address that is rejected
    /// connected in between: then it is no rule on addresses.
    pub established: u64,
    /// The first of its connections that was open as the filter rejected what its client sent.
    pub cut: Option<ConnectionIndex>,
}

impl Rejecting {
    /// Whether it rejects this address.
    pub fn rejects(&self, address: IpAddr) -> bool {
        self.addresses.contains(&address)
    }

    fn adds(&mut self, index: ConnectionIndex, connection: &Connection, icmp: &IcmpError) {
        let second = icmp.at.time.second();
        self.seconds = match self.addresses.is_empty() {
            true => (second, second),
            false => (self.seconds.0.min(second), self.seconds.1.max(second)),
        };
        self.addresses.insert(connection.client.ip());
        if self.cut.is_none() && is_cut(connection, icmp) {
            self.cut = Some(index);
        }
    }
}

/// By server.
pub(super) fn rejecting(evidence: &Whole) -> BTreeMap<IpAddr, Rejecting> {
    let mut rejecting: BTreeMap<IpAddr, Rejecting> = BTreeMap::new();
    for (index, row) in evidence.connections.indexed() {
        let connection = &row.connection;
        if let Some(icmp) = connection.icmp.filter(IcmpError::is_rejection) {
            rejecting.entry(connection.server.ip()).or_default().adds(index, connection, &icmp);
        }
    }
    if rejecting.is_empty() {
        return rejecting;
    }
    let mut of_rejected: BTreeSet<IpAddr> = BTreeSet::new();
    for (reaching, reached) in evidence.tallies.reached.iter().filter(|(_, reached)| reached.established > 0)
    {
        let Some(of_server) = rejecting.get_mut(&reaching.server) else { continue };
        let (first, last) = of_server.seconds;
        if !(first + 1..last).contains(&reaching.second) {
            continue;
        }
        of_server.established += u64::from(reached.established);
        if of_server.rejects(reaching.client) {
            of_rejected.insert(reaching.server);
        }
    }
    for server in of_rejected {
        rejecting.entry(server).or_default().established = 0;
    }
    rejecting
}

/// Whether a connection was open, by either side's word, as what its client sent was rejected, and heard nothing more. What comes late to one that is
/// over is rejected by filters that no longer know it.
pub fn is_cut(connection: &Connection, icmp: &IcmpError) -> bool {
    let was_open = connection.handshake.established.is_some_and(|at| at < icmp.at)
        || connection.from_server.first_data.is_some_and(|at| at < icmp.at);
    let was_over = connection.closed_first().is_some_and(|(_, _, at)| at < icmp.at);
    let answered = connection.from_server.last_data.is_some_and(|at| at > icmp.at);
    icmp.about == Side::Client
        && was_open
        && !was_over
        && !answered
        && !connection.from_client.all_acknowledged
}
