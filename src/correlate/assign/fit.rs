//! How well a request, as the edge or a capture has it, and what it left in the origin's logs go together: a line of an access log here, a
//! message of an error log in `message`.

use std::net::IpAddr;

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

/// What the origin answered, by the side that asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginAnswer {
    /// This status.
    Status(u16),
    /// None.
    Nothing,
    /// It is not known.
    Unknown,
}

/// What a request may have left in a log.
pub trait LogTrace {
    /// Whether nearly every request leaves one.
    const EACH_HAS_ONE: bool;

    /// The moment by which it is looked for; `None` where it tells none.
    fn moment(&self) -> Option<Moment>;

    /// How far its moment can lie from the request's.
    fn reach(&self) -> Duration;

    /// How well a request and it go together: 1 at best, 0 where they cannot be one.
    fn fit(&self, asked: &Claimant<'_>) -> f64;

    /// How likely it is that it belongs to a request that is not known.
    fn unclaimed(&self) -> f64;

    /// Whether one request cannot have left both.
    fn excludes(&self, other: &Self) -> bool;
}

/// A moment of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Its start.
    Start(Time),
    /// Its end.
    End(Time),
    /// Any while it was under way.
    Within(Time),
}

/// A request that may have left a trace.
#[derive(Clone, Debug)]
pub struct Claimant<'e> {
    /// When it began, by the reference clock.
    pub start: Time,
    /// When it was over.
    pub end: Option<Time>,
    /// The resolution of both.
    pub resolution: Duration,
    /// What the origin answered.
    pub answer: OriginAnswer,
    /// Host.
    pub host: Option<&'e str>,
    /// Addresses that the origin may have logged: the edge's and the visitor's, and those that its access lines name.
    pub addresses: [Option<IpAddr>; 4],
    /// Its connection, where the origin's server has told its number.
    pub connection: Option<ServerConnection>,
    /// How likely it is that it left no trace.
    pub alone: f64,
}

/// A connection by the number that a server gave to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerConnection {
    /// Which machine, in any numbering.
    pub machine: usize,
    /// The server's own number.
    pub number: u64,
}

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
    pub address: Option<IpAddr>,
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

    fn fit(&self, asked: &Claimant<'_>) -> f64 {
        if asked.may_be_at(self.host, self.address) {
            fit_in_status(asked.answer, self.status) * fit_in_time(asked, self)
        } else {
            0.0
        }
    }

    fn unclaimed(&self) -> f64 {
        self.unclaimed
    }

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

impl Claimant<'_> {
    /// Whether a trace of this host and peer may be its own, as far as both are known.
    pub(super) fn may_be_at(&self, host: Option<&str>, address: Option<IpAddr>) -> bool {
        let same_host = match (self.host, host) {
            (Some(asked), Some(told)) => asked.eq_ignore_ascii_case(told),
            _ => true,
        };
        let knows_address = self.addresses.iter().any(Option::is_some);
        same_host && (!knows_address || address.is_none() || self.addresses.contains(&address))
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
    use super::*;

    fn asked(answer: OriginAnswer) -> Claimant<'static> {
        Claimant {
            start: Time::from_seconds(100, 0),
            end: Some(Time::from_seconds(110, 0)),
            resolution: Duration::NANOSECOND,
            answer,
            host: Some("shop.example"),
            addresses: ["172.68.10.9".parse().ok(), "198.51.100.7".parse().ok(), None, None],
            connection: None,
            alone: 0.02,
        }
    }

    fn told(second: i64) -> LoggedTrace<'static> {
        LoggedTrace {
            start: None,
            end: Some(Time::from_seconds(second, 0)),
            resolution: Duration::SECOND,
            status: Some(504),
            host: None,
            address: None,
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
        let of = |address: &str| LoggedTrace { address: address.parse().ok(), ..told(110) };
        assert!(of("198.51.100.7").fit(&asked(OriginAnswer::Nothing)) > 0.0);
        assert!(of("172.68.10.9").fit(&asked(OriginAnswer::Nothing)) > 0.0);
        assert!(of("198.51.100.8").fit(&asked(OriginAnswer::Nothing)) <= 0.0);
    }

    #[test]
    fn an_answer_of_another_status_is_another_requests() {
        let line = LoggedTrace { status: Some(200), ..told(110) };
        assert!(line.fit(&asked(OriginAnswer::Status(504))) <= 0.0);
        assert!(line.fit(&asked(OriginAnswer::Nothing)) > 0.0);
    }
}
