//! When servers cut off what they had taken, by packets. A process that dies lets go of all that it held in one moment: what is cut off at many moments around
//! one death was cut off by something else.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::case::Case;
use super::clock::Clocks;
use super::moments::count_between;
use super::whole::Whole;
use crate::evidence::ConnectionRow;
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
        let was_asked = |row: &&ConnectionRow| row.connection.from_client.last_data.is_some();
        let last = cases.iter().filter_map(|case| case.connections(evidence).next_back());
        for row in last.filter(was_asked) {
            if let Some(end) = row.ended_by_server() {
                moments.entry(row.connection.server).or_default().push(clocks.correct(row.input(), end.time));
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
        self.0.get(&server).map_or(0, |moments| count_between(moments, from, to))
    }
}
