//! When servers cut off what they had taken, by packets, and where there are none by the edge's record. A process that dies lets go of all that it held in one
//! moment: what is cut off at many moments around one death was cut off by something else.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::case::Case;
use super::clock::Clocks;
use super::moments::count_between;
use super::whole::Whole;
use crate::evidence::{ConnectionRow, HostKey};
use crate::time::{Duration, Time};

/// The kernel closes what a process held within so much (Linux: kernel/exit.c, `exit_files`), and several of its children may die one after the other.
const ONE_MOMENT: Duration = Duration::from_milliseconds(100);

/// Whose a request was: the server's that had its connection, or its host's where no packet of it was captured.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum TakenBy {
    Server(SocketAddr),
    Host(HostKey),
}

impl TakenBy {
    fn of(case: &Case, evidence: &Whole) -> Option<TakenBy> {
        match case.connections(evidence).next_back() {
            Some(row) => Some(TakenBy::Server(row.connection.server)),
            None => case.host(evidence).map(|host| TakenBy::Host(HostKey::of(host))),
        }
    }
}

/// The moments, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CutOff(BTreeMap<TakenBy, Vec<Time>>);

impl CutOff {
    /// Those of all cases.
    pub(super) fn of(cases: &[Case], evidence: &Whole, clocks: &Clocks) -> CutOff {
        let mut moments: BTreeMap<TakenBy, Vec<Time>> = BTreeMap::new();
        for case in cases {
            let end = match case.connections(evidence).next_back() {
                Some(row) => end_by_server(row).map(|end| clocks.correct(row.input(), end)),
                None => end_by_record(case, evidence),
            };
            if let Some((taken_by, end)) = TakenBy::of(case, evidence).zip(end) {
                moments.entry(taken_by).or_default().push(end);
            }
        }
        for moments in moments.values_mut() {
            moments.sort_unstable();
            moments.dedup_by(|next, before| next.since(*before) <= ONE_MOMENT);
        }
        CutOff(moments)
    }

    /// At how many moments whoever had a request did so between two instants by the reference clock.
    pub fn moments(&self, case: &Case, evidence: &Whole, (from, to): (Time, Time)) -> usize {
        let moments = TakenBy::of(case, evidence).and_then(|taken_by| self.0.get(&taken_by));
        moments.map_or(0, |moments| count_between(moments, from, to))
    }
}

fn end_by_server(row: &ConnectionRow) -> Option<Time> {
    let was_asked = row.connection.from_client.last_data.is_some();
    row.ended_by_server().filter(|_| was_asked).map(|end| end.time)
}

/// When the edge gave up, as soon as it had nothing that it could use and no status; `None` where its record does not tell.
fn end_by_record(case: &Case, evidence: &Whole) -> Option<Time> {
    let row = case.asked_origin(evidence)?;
    (row.record.was_not_answered() && case.took(evidence).is_some()).then_some(case.end)
}
