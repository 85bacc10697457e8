//! How well a request, as the edge or a capture has it, and what it left in the origin's logs go together: a line of an access log here, a
//! message of an error log in `message`.

use super::claimant::{Claimant, NamedPeer, OriginAnswer};
use super::trace::{LogTrace, Moment, SaidByLine, Saying};
use crate::evidence::InputId;
use crate::logs::AccessLine;
use crate::time::{Duration, Time};

/// Beyond resolution and the usual lag, what may lie between an event at the edge and its trace at the origin: a new connection, a retry.
pub(super) const TRANSIT: Duration = Duration::SECOND;
/// How likely a lag is that is no usual one: one in ten, spread evenly over what may lie between; and never less than this.
const UNUSUAL: f64 = 0.1;
const LEAST_UNUSUAL: f64 = 0.002;
/// What is known of a lag at best: queues in either program.
const LEAST_SCALE: Duration = Duration::from_milliseconds(10);
/// Of an even spread over the resolution, eight of ten lie within this many tenths of it to either side of the middle.
const EIGHT_OF_TEN: i64 = 4;

/// A line that a request may have left.
#[derive(Clone, Debug)]
pub struct LoggedTrace<'e> {
    /// When its request began, by the reference clock; `None` where it tells only the end.
    pub start: Option<Time>,
    /// When its request was over.
    pub end: Option<Time>,
    /// The resolution of both.
    pub resolution: Duration,
    /// Status.
    pub status: Option<u16>,
    /// The host, where this log's hosts are those that the edge knows.
    pub host: Option<&'e str>,
    /// The peer, where this log's peers are addresses that the edge knows: not behind a balancer or a tunnel.
    pub peer: Option<NamedPeer>,
    /// The line itself and its log, for what it says of how its request ended; `None` where no other line can say the same.
    pub line: Option<(InputId, &'e AccessLine)>,
    /// How its log's clock lags.
    pub lags: Lags,
    /// How likely it is that it belongs to a request that is not known.
    pub unclaimed: f64,
}

/// How far a log's starts and ends lie behind the edge's once the clocks are corrected, and by how much that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lags {
    /// Of starts: the middle, and half the width of eight in ten.
    pub start: (Duration, Duration),
    /// Of ends.
    pub end: (Duration, Duration),
}

impl Default for Lags {
    /// Of a clock of which nothing is known.
    fn default() -> Lags {
        let unknown = (Duration::ZERO, Duration::from_milliseconds(250));
        Lags { start: unknown, end: unknown }
    }
}

impl LogTrace for LoggedTrace<'_> {
    const EACH_HAS_ONE: bool = true;

    fn moment(&self) -> Option<Moment> {
        self.start.map(Moment::Start).or(self.end.map(Moment::End))
    }

    fn reach(&self) -> Duration {
        self.lags.reach(self.resolution, TRANSIT)
    }

    fn may_be_of(&self, asked: &Claimant<'_>) -> bool {
        asked.may_be_at(self.host, self.peer)
    }

    fn fit(&self, asked: &Claimant<'_>) -> f64 {
        if self.may_be_of(asked) {
            fit_in_status(asked.answer, self.status) * fit_in_time(asked, self)
        } else {
            0.0
        }
    }

    fn unclaimed(&self) -> f64 {
        self.unclaimed
    }

    fn said(&self) -> Option<Saying<'_>> {
        let (log, line) = self.line?;
        SaidByLine::of(log, line).map(Saying::Line)
    }

    /// Nearly every request leaves a line, whatever becomes of it.
    fn is_left_by_healthy(&mut self, _: f64) {}

    fn is_from_peer_of(&mut self, _: f64) {}

    fn excludes(&self, _: &Self) -> bool {
        true
    }
}

impl Lags {
    /// The furthest that a moment of a line can lie from the request's, beyond which `transit` may lie between.
    pub(super) fn reach(&self, resolution: Duration, transit: Duration) -> Duration {
        let (start, end) = (self.start, self.end);
        transit + resolution + start.0.abs().max(end.0.abs()) + start.1.max(end.1)
    }
}

/// What the origin answered is what it logs. Of a request that got no answer it may log anything: that the edge left, its own failure, or
/// an answer that it thinks went well.
fn fit_in_status(answer: OriginAnswer, logged: Option<u16>) -> f64 {
    match (answer, logged) {
        (_, None) => 0.5,
        (OriginAnswer::Unknown, Some(_)) => 0.3,
        (OriginAnswer::Status(answered), Some(logged)) if answered == logged => 1.0,
        // The server in front made another status of it, or the log's own word for a client that left.
        (OriginAnswer::Status(500..), Some(444 | 499 | 500..)) => 0.02,
        (OriginAnswer::Status(_), Some(444 | 499)) => 0.002,
        (OriginAnswer::Status(_), Some(_)) => 0.0,
        (OriginAnswer::Nothing, Some(0 | 408 | 444 | 499 | 500..)) => 0.5,
        (OriginAnswer::Nothing, Some(_)) => 0.2,
    }
}

/// By the starts where the line has one, else by the ends.
fn fit_in_time(asked: &Claimant<'_>, told: &LoggedTrace<'_>) -> f64 {
    let (at_edge, at_origin, (middle, width)) = match (told.start, told.end, asked.end) {
        (Some(start), _, _) => (asked.start, start, told.lags.start),
        (None, Some(told_end), Some(end)) => (end, told_end, told.lags.end),
        (None, Some(told_end), None) => (asked.start, told_end, told.lags.start),
        (None, None, _) => return 0.0,
    };
    fit_in_lag((at_edge, asked.resolution), (at_origin, told.resolution), (middle, width), TRANSIT)
}

/// How well two moments of one clock, each with its resolution, go together: one event in two logs.
pub(super) fn fit_in_one_clock((one, finely): (Time, Duration), (two, coarsely): (Time, Duration)) -> f64 {
    // Both cut off what the coarser one cuts off.
    let coarse = finely.max(coarsely);
    let (early, late) = if one <= two { (one, two) } else { (two, one) };
    let cut_off = if finely == coarsely { Duration::ZERO } else { coarse - finely.min(coarsely) };
    let beyond = late.since(early) - cut_off;
    match beyond {
        beyond if beyond <= Duration::ZERO => 1.0,
        beyond if beyond > TRANSIT + coarse => 0.0,
        beyond => {
            let scale = (coarse / 20).max(LEAST_SCALE);
            libm::exp(-beyond.in_units_of(scale)).max(LEAST_UNUSUAL)
        }
    }
}

/// How well the lag between two moments, each with its resolution, fits the usual one, its middle and width; 0 where more than `transit` lies
/// between.
pub(super) fn fit_in_lag(
    (at_edge, asked): (Time, Duration),
    (at_origin, told): (Time, Duration),
    (middle, width): (Duration, Duration),
    transit: Duration,
) -> f64 {
    let lag = at_origin.plus(told / 2).since(at_edge.plus(asked / 2));
    // What is cut off lies anywhere in the resolution.
    let beyond = (lag - middle).abs() - told / 2 - asked / 2;
    let even = told / 10 * EIGHT_OF_TEN;
    let scale = (width - even).max(told / 20).max(LEAST_SCALE);
    match beyond {
        beyond if beyond <= Duration::ZERO => 1.0,
        beyond if beyond > transit + width => 0.0,
        beyond => {
            let unusual = (UNUSUAL * scale.in_units_of(TRANSIT)).clamp(LEAST_UNUSUAL, UNUSUAL);
            libm::exp(-beyond.in_units_of(scale)).max(unusual)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::super::fixtures::failed_at;
    use super::*;

    fn asked(answer: OriginAnswer) -> Claimant<'static> {
        Claimant {
            end: Some(Time::from_seconds(110, 0)),
            answer,
            host: Some("shop.example"),
            peers: ["172.68.10.9".parse().ok(), None, None],
            visitor: "198.51.100.7".parse().ok(),
            ..failed_at(Time::from_seconds(100, 0))
        }
    }

    fn told(second: i64) -> LoggedTrace<'static> {
        LoggedTrace {
            start: None,
            end: Some(Time::from_seconds(second, 0)),
            resolution: Duration::SECOND,
            status: Some(504),
            host: None,
            peer: None,
            line: None,
            lags: Lags::default(),
            unclaimed: 0.001,
        }
    }

    #[test]
    fn a_line_without_a_duration_is_held_against_the_end_of_the_request() {
        assert!(told(110).fit(&asked(OriginAnswer::Status(504))) >= 1.0);
        assert!(told(100).fit(&asked(OriginAnswer::Status(504))) <= 0.0);
    }

    #[test]
    fn the_visitors_address_fits_where_real_ip_is_on_and_a_strangers_does_not() {
        let of = |peer: fn(IpAddr) -> NamedPeer, address: &str| LoggedTrace {
            peer: address.parse().ok().map(peer),
            ..told(110)
        };
        let asked = asked(OriginAnswer::Nothing);
        assert!(of(NamedPeer::Visitor, "198.51.100.7").fit(&asked) > 0.0);
        assert!(of(NamedPeer::Edge, "172.68.10.9").fit(&asked) > 0.0);
        assert!(of(NamedPeer::Visitor, "198.51.100.8").fit(&asked) <= 0.0);
        assert!(of(NamedPeer::Edge, "172.68.10.8").fit(&asked) <= 0.0);
    }

    #[test]
    fn where_the_edge_tells_its_visitor_alone_any_of_its_own_addresses_fits() {
        let asked = Claimant { peers: [None; 3], ..asked(OriginAnswer::Nothing) };
        let of = |peer: NamedPeer| LoggedTrace { peer: Some(peer), ..told(110) };
        assert!(of(NamedPeer::Edge([172, 68, 10, 9].into())).fit(&asked) > 0.0);
        assert!(of(NamedPeer::Visitor([198, 51, 100, 8].into())).fit(&asked) <= 0.0);
    }

    #[test]
    fn an_answer_of_another_status_is_another_requests() {
        let line = LoggedTrace { status: Some(200), ..told(110) };
        assert!(line.fit(&asked(OriginAnswer::Status(504))) <= 0.0);
        assert!(line.fit(&asked(OriginAnswer::Nothing)) > 0.0);
    }
}
