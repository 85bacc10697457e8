//! How well a request, as the edge or a capture has it, and a line of the origin go together.

use std::net::IpAddr;

use crate::time::{Duration, Time};

/// Beyond resolution and the usual lag, what may lie between an event at the edge and its trace at the origin: a new connection, a retry.
const TRANSIT: Duration = Duration::SECOND;
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

/// A request that may have left a line.
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
    /// Addresses that the origin may have logged: the edge's and the visitor's.
    pub addresses: [Option<IpAddr>; 2],
    /// How likely it is that it left no line.
    pub alone: f64,
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

impl LoggedTrace<'_> {
    /// The furthest that its moment can lie from the request's.
    pub fn reach(&self) -> Duration {
        let (start, end) = (self.lags.start, self.lags.end);
        TRANSIT + self.resolution + start.0.abs().max(end.0.abs()) + start.1.max(end.1)
    }
}

/// How well a request and a line go together: 1 at best, 0 where they cannot be one.
pub fn fit(asked: &Claimant<'_>, told: &LoggedTrace<'_>) -> f64 {
    let same_host = match (asked.host, told.host) {
        (Some(asked), Some(told)) => asked.eq_ignore_ascii_case(told),
        _ => true,
    };
    let knows_address = asked.addresses.iter().any(Option::is_some);
    let same_address = !knows_address || told.address.is_none() || asked.addresses.contains(&told.address);
    if same_host && same_address {
        fit_in_status(asked.answer, told.status) * fit_in_time(asked, told)
    } else {
        0.0
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
    let half = |resolution: Duration| resolution / 2;
    let lag = at_origin.plus(half(told.resolution)).since(at_edge.plus(half(asked.resolution)));
    // What is cut off lies anywhere in the resolution.
    let beyond = (lag - middle).abs() - half(told.resolution) - half(asked.resolution);
    let even = told.resolution / 10 * EIGHT_OF_TEN;
    let scale = (width - even).max(told.resolution / 20).max(LEAST_SCALE);
    match beyond {
        beyond if beyond <= Duration::ZERO => 1.0,
        beyond if beyond > TRANSIT + width => 0.0,
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
            addresses: ["172.68.10.9".parse().ok(), "198.51.100.7".parse().ok()],
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
        }
    }

    #[test]
    fn a_line_without_a_duration_is_held_against_the_end_of_the_request() {
        assert!(fit(&asked(OriginAnswer::Status(504)), &told(110)) >= 1.0);
        assert!(fit(&asked(OriginAnswer::Status(504)), &told(100)) <= 0.0);
    }

    #[test]
    fn the_visitors_address_fits_where_real_ip_is_on_and_a_strangers_does_not() {
        let of = |address: &str| LoggedTrace { address: address.parse().ok(), ..told(110) };
        assert!(fit(&asked(OriginAnswer::Nothing), &of("198.51.100.7")) > 0.0);
        assert!(fit(&asked(OriginAnswer::Nothing), &of("172.68.10.9")) > 0.0);
        assert!(fit(&asked(OriginAnswer::Nothing), &of("198.51.100.8")) <= 0.0);
    }

    #[test]
    fn an_answer_of_another_status_is_another_requests() {
        let line = LoggedTrace { status: Some(200), ..told(110) };
        assert!(fit(&asked(OriginAnswer::Status(504)), &line) <= 0.0);
        assert!(fit(&asked(OriginAnswer::Nothing), &line) > 0.0);
    }
}
