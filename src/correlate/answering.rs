//! Servers that cannot be reached for a while, whoever asks: captures show that nobody's attempt to connect completes, or the edge says of others that there is
//! no way.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::case::Case;
use super::clock::Clocks;
use super::moments::{count_between, count_near};
use super::whole::Whole;
use crate::evidence::sample::Seen;
use crate::time::{Duration, Time};

/// So many attempts that nobody answers are no chance.
const ENOUGH: u64 = 5;
/// The edge's word for attempts that a router refuses.
const NO_WAY: u16 = 523;
/// So many such words around a moment, and how near.
const ENOUGH_WORDS: usize = 3;
const AROUND: Duration = Duration::from_seconds(3);

/// The attempts to connect to a server in one second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct InSecond {
    established: u64,
    unanswered: u64,
    /// From how many addresses those come that nobody answered.
    from: u64,
}

/// When servers answered nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answering {
    attempts: BTreeMap<IpAddr, BTreeMap<i64, InSecond>>,
    no_way: BTreeMap<IpAddr, Vec<Time>>,
    /// When requests began that went well at each origin, by the edge's log, as far as they are sampled.
    well: BTreeMap<IpAddr, Vec<Time>>,
    /// When answers of each server met an edge that knew of no such connection any more.
    met_nobody: BTreeMap<IpAddr, Vec<Time>>,
}

impl Answering {
    pub(super) fn of(cases: &[Case], evidence: &Whole, clocks: &Clocks) -> Answering {
        let mut answering = Answering::default();
        for (reaching, reached) in &evidence.tallies.reached {
            let of_server = answering.attempts.entry(reaching.server).or_default();
            let second = of_server.entry(reaching.second).or_default();
            second.established += u64::from(reached.established);
            second.unanswered += u64::from(reached.unanswered);
            second.from += u64::from(reached.unanswered > 0);
        }
        for row in cases.iter().filter_map(|case| case.asked_origin(evidence)) {
            if let Some(origin) = row.record.origin_address.filter(|_| row.record.edge_status == Some(NO_WAY))
            {
                let time = clocks.correct(row.place.input(), row.record.start);
                answering.no_way.entry(origin).or_default().push(time);
            }
        }
        for request in evidence.samples.of(Seen::Edge) {
            if let Some(origin) = request.origin_address {
                let time = clocks.correct(request.input, request.time);
                answering.well.entry(origin).or_default().push(time);
            }
        }
        for row in evidence.connections.iter().filter(|row| row.connection.client_was_gone()) {
            let time = clocks.correct(row.input(), row.connection.last.time);
            answering.met_nobody.entry(row.connection.server.ip()).or_default().push(time);
        }
        let times = answering.no_way.values_mut().chain(answering.well.values_mut());
        times.chain(answering.met_nobody.values_mut()).for_each(|times| times.sort_unstable());
        answering
    }

    /// How many attempts of several addresses nobody answered at a server, and none was answered, in the whole seconds between two moments of a capture;
    /// `None` where that is not so, or too few tried.
    pub fn nobody_answered(&self, server: IpAddr, from: Time, to: Time) -> Option<u64> {
        let seconds =
            self.attempts.get(&server)?.range(from.second() + 1..to.second().max(from.second() + 1));
        let (mut all, mut from) = (InSecond::default(), 0);
        for (_, second) in seconds {
            all.established += second.established;
            all.unanswered += second.unanswered;
            from = from.max(second.from);
        }
        (all.established == 0 && all.unanswered >= ENOUGH && from >= 2).then_some(all.unanswered)
    }

    /// How many requests that began between two moments, by the reference clock, went well at an origin, by the edge's log: over connections that were open.
    pub fn well_between(&self, origin: IpAddr, from: Time, to: Time) -> usize {
        let times = self.well.get(&origin).map_or(&[][..], Vec::as_slice);
        count_between(times, from, to)
    }

    /// Whether answers of a server met nobody on several connections around a moment, by the reference clock: the way was gone for all of them.
    pub fn met_nobody_near(&self, server: IpAddr, time: Time) -> bool {
        let times = self.met_nobody.get(&server).map_or(&[][..], Vec::as_slice);
        count_near(times, time, AROUND) >= ENOUGH_WORDS
    }

    /// How often the edge says around a moment, by the reference clock, that there is no way to an origin, where it does so more than now and then.
    pub fn said_no_way(&self, origin: IpAddr, time: Time) -> Option<usize> {
        let times = self.no_way.get(&origin)?;
        Some(count_near(times, time, AROUND)).filter(|said| *said >= ENOUGH_WORDS)
    }
}
