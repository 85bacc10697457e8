//! Access lines that hold no request: what a server that speaks plain HTTP makes of a ClientHello. They name their peer alone, and each is of a
//! handshake that failed from there.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::joiner::Joiner;
use crate::correlate::case::Join;
use crate::correlate::rows::AccessIndex;
use crate::evidence::AccessRow;
use crate::facts::handshakes::is_failed_handshake;
use crate::time::Time;

impl Joiner<'_> {
    /// Gives each failed handshake of an address one such line of its moment, in order of time: which of several it is does not matter, for all say
    /// the same. Gives the lines back.
    pub(super) fn lines_of_handshakes(
        &mut self,
        rows: &[(AccessIndex, &AccessRow)],
    ) -> BTreeSet<AccessIndex> {
        let mut lines: BTreeMap<IpAddr, Vec<(Time, AccessIndex, &AccessRow)>> = BTreeMap::new();
        for &(index, row) in rows.iter().filter(|(_, row)| row.line.odd_request_line.is_some()) {
            if let Some(peer) = row.line.real_peer.or(row.line.remote_address) {
                let time = self.clocks.at(row.place, row.line.start());
                lines.entry(peer).or_default().push((time, index, row));
            }
        }
        let mut settled = BTreeSet::new();
        for (peer, mut lines) in lines {
            lines.sort_unstable_by_key(|(time, index, _)| (*time, *index));
            let mut open = self.handshakes_without_line(peer).into_iter().peekable();
            for (time, index, row) in lines {
                let tolerance = self.tolerance(row.place, row.line.resolution);
                while open.next_if(|case| self.cases[*case].end.plus(tolerance) < time).is_some() {}
                if let Some(case) = open.next_if(|case| self.cases[*case].time <= time.plus(tolerance)) {
                    self.cases[case].access.push(index);
                    self.cases[case].join = self.cases[case].join.max(Join::Time);
                    settled.insert(index);
                }
            }
        }
        settled
    }

    /// The failed handshakes from an address, in order of their ends.
    fn handshakes_without_line(&self, peer: IpAddr) -> Vec<usize> {
        self.cases_of_address(peer, |case| {
            let status = case.edge(self.evidence).and_then(|row| row.record.edge_status);
            status.is_some_and(is_failed_handshake) && case.access.is_empty()
        })
    }
}
