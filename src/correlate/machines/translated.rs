//! Servers that the edge calls otherwise than packets do: a load balancer or a router in front of them translates their addresses.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::Machines;
use crate::correlate::case::Case;
use crate::correlate::whole::Whole;

impl Machines {
    /// Who serves an address that the edge names serves those, too, at which packets of the same requests arrived, where none arrived at that one.
    pub(super) fn serve_translated(&mut self, cases: &[Case], evidence: &Whole) {
        let met: BTreeSet<IpAddr> = evidence.tallies.reached.keys().map(|reaching| reaching.server).collect();
        let both = |case: &Case| {
            let named = case.edge(evidence)?.record.origin_address.filter(|named| !met.contains(named))?;
            Some((named, case.connections(evidence).next_back()?.connection.server.ip()))
        };
        let translated: BTreeSet<(IpAddr, IpAddr)> = cases.iter().filter_map(both).collect();
        for serves in self.serves.values_mut() {
            let of_named = translated.iter().filter(|(named, _)| serves.contains(named));
            let more: Vec<IpAddr> = of_named.map(|(_, met)| *met).collect();
            serves.extend(more);
        }
    }
}
