//! When servers cut off what they had taken, by packets. A process that dies lets go of all that it held in one moment: what is cut off at many moments around
//! one death was cut off by something else.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::case::Case;
use super::clock::Clocks;
use super::whole::Whole;
use crate::evidence::ConnectionRow;
use crate::flow::Side;
use crate::time::{Duration, Time};

/// The kernel closes what a process held within so much (Linux: kernel/exit.c, `exit_files`), and several of its children may die one after the other.
const ONE_MOMENT: Duration = Duration::from_milliseconds(100);

/// The moments, by the server and in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CutOff(BTreeMap<SocketAddr, Vec<Time>>);

impl CutOff {
    /// Those of all cases.
    pub(super) fn of(cases: &[Case], evidence: &Whole, clocks: &Clocks) -> CutOff {
        let mut moments: BTreeMap<SocketAddr, Vec<Time>> = BTreeMap::new();
        for row in cases.iter().filter_map(|case| case.connections(evidence).next_back()) {
            if let Some(end) = end_by_server(row) {
                moments.entry(row.connection.server).or_default().push(clocks.correct(row.input(), end));
            }
        }
        for moments in moments.values_mut() {
            moments.sort_unstable();
            moments.dedup_by(|next, before| next.since(*before) <= ONE_MOMENT);
        }
        CutOff(moments)
    }

    /// At how many moments a server did so between two instants by the reference clock.
    pub fn moments(&self, server: SocketAddr, (from, to): (Time, Time)) -> usize {
        let moments = self.0.get(&server).map_or(&[][..], Vec::as_slice);
        let first = moments.partition_point(|at| *at < from);
        moments.partition_point(|at| *at <= to).saturating_sub(first)
    }
}

/// When the server ended a connection on which it had been asked; `None` where it did not.
fn end_by_server(ConnectionRow { connection, .. }: &ConnectionRow) -> Option<Time> {
    connection.from_client.last_data?;
    let reset = connection.reset.filter(|reset| reset.by == Side::Server && !reset.refused_syn);
    let fin = connection.from_server.fin;
    [fin, reset.map(|reset| reset.at)].into_iter().flatten().map(|at| at.time).min()
}
