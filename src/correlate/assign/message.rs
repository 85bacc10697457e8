//! How well a request and a message of an error log go together.

use super::claimant::{Claimant, NamedPeer, OriginAnswer, ServerConnection};
use super::fit::{Lags, TRANSIT, fit_in_lag, fit_in_one_clock};
use super::trace::{LogTrace, Moment, SaidByMessage, Saying};
use crate::evidence::InputId;
use crate::facts::failed_requests;
use crate::time::{Duration, Time};

/// Most messages of a request are written as it ends; fewer as it begins, and few between.
const AS_IT_BEGINS: f64 = 0.5;
const BETWEEN: f64 = 0.3;
/// Further from both ends nobody knows who else was under way: the requests near a failing one are known, not all of a long one's time.
const NEAR_AN_END: Duration = Duration::from_seconds(3);
/// How likely a request leaves a message that tells of no failure (a response that was buffered, a notice), whether it fails or not.
const LEAVES_A_NOTE: f64 = 0.05;

/// A message that a request may have left.
#[derive(Clone, Debug)]
pub struct MessageTrace<'e> {
    /// When it was written, by the reference clock.
    pub time: Time,
    /// The resolution of that.
    pub resolution: Duration,
    /// The host, where this log's hosts are those that the edge knows.
    pub host: Option<&'e str>,
    /// The client, where this log's clients are addresses that the edge knows.
    pub peer: Option<NamedPeer>,
    /// The connection, by the server's number.
    pub connection: Option<ServerConnection>,
    /// The clock by which it was written, in any numbering.
    pub clock: Option<usize>,
    /// Whether its program's access log tells when a request began (Apache's `%t`), in lines that look like those of one that tells the end (nginx's `combined`).
    pub logs_starts: bool,
    /// The client's port, which tells connections of one client apart.
    pub port: Option<u16>,
    /// The known message that it is.
    pub signature: Option<&'static str>,
    /// The upstream that it names.
    pub upstream: Option<&'e str>,
    /// Whether its level is that of an error.
    pub tells_of_failure: bool,
    /// Which of the programs on the way wrote it, in any numbering: each has messages of its own on one request.
    pub writer: usize,
    /// Where it is written.
    pub log: InputId,
    /// How likely at most a request that goes well leaves it, if it tells of a failure.
    pub left_by_healthy: f64,
    /// How likely any request comes from the peer that it names.
    pub share_of_peer: f64,
    /// How its log's clock lags.
    pub lags: Lags,
    /// How likely it is that it belongs to a request that is not known.
    pub unclaimed: f64,
}

impl LogTrace for MessageTrace<'_> {
    const EACH_HAS_ONE: bool = false;

    fn moment(&self) -> Option<Moment> {
        Some(Moment::Within(self.time))
    }

    fn reach(&self) -> Duration {
        self.lags.reach(self.resolution, TRANSIT * 2)
    }

    fn may_be_of(&self, asked: &Claimant<'_>) -> bool {
        let is_other_connection = asked
            .connection
            .zip(self.connection)
            .is_some_and(|(asked, told)| asked.machine == told.machine && asked != told);
        !is_other_connection && asked.may_be_at(self.host, self.peer)
    }

    /// A message that tells of a failure is left by what fails; a note by any request.
    fn fit(&self, asked: &Claimant<'_>) -> f64 {
        if !self.may_be_of(asked) {
            return 0.0;
        }
        let leaves = match self.tells_of_failure {
            true if asked.goes_well => self.left_by_healthy.min(1.0 - asked.alone),
            true => 1.0 - asked.alone,
            false => LEAVES_A_NOTE,
        };
        let from_there = if asked.tells_peer(self.peer) { 1.0 } else { self.share_of_peer };
        leaves * from_there * self.fit_in_time(asked) * self.fit_in_answer(asked.answer)
    }

    fn unclaimed(&self) -> f64 {
        self.unclaimed * self.share_of_peer
    }

    fn said(&self) -> Option<Saying<'_>> {
        let MessageTrace { upstream, peer, writer, .. } = *self;
        let said = self.signature.map(|signature| SaidByMessage { signature, upstream, peer, writer });
        said.map(Saying::Message)
    }

    fn is_left_by_healthy(&mut self, rate: f64) {
        self.left_by_healthy = rate;
    }

    fn is_from_peer_of(&mut self, share: f64) {
        self.share_of_peer = share;
    }

    /// Of one program, messages of two connections are two requests'. On one connection, and where none is told, a request leaves each message
    /// once: of each upstream that it tries, where these are named.
    fn excludes(&self, other: &Self) -> bool {
        if self.writer != other.writer {
            return false;
        }
        if let (Some(one), Some(two)) = (self.connection, other.connection) {
            return one != two || self.is_said_again(other);
        }
        if let (Some(one), Some(two)) = (self.port, other.port) {
            return (self.peer, one) != (other.peer, two) || self.is_said_again(other);
        }
        self.signature == other.signature
    }
}

impl MessageTrace<'_> {
    /// Whether the same is said at another time. Of the same moment it is one message that was delivered twice; in one log whose moments are
    /// seconds, what a request leaves as it fails is another request's.
    fn is_said_again(&self, other: &Self) -> bool {
        let Some(signature) = self.signature else { return false };
        let ends_a_request = || failed_requests::answered_with(signature).is_some();
        let is_of_another =
            || self.log == other.log && self.resolution >= Duration::SECOND && ends_a_request();
        self.signature == other.signature
            && self.upstream == other.upstream
            && (self.time != other.time || is_of_another())
    }

    /// What fails in an application is answered with 500. A server in front may make another status of it, and who left meanwhile gets none.
    fn fit_in_answer(&self, answer: OriginAnswer) -> f64 {
        const OF_ANOTHER_STATUS: f64 = 0.02;
        const WITHOUT_ANSWER: f64 = 0.1;
        match answer {
            _ if !self.signature.is_some_and(failed_requests::is_answered_500) => 1.0,
            OriginAnswer::Unknown | OriginAnswer::Status(500) => 1.0,
            OriginAnswer::Status(_) => OF_ANOTHER_STATUS,
            OriginAnswer::Nothing => WITHOUT_ANSWER,
        }
    }

    fn fit_in_time(&self, asked: &Claimant<'_>) -> f64 {
        let end = asked.end.unwrap_or(asked.start);
        let told = (self.time, self.resolution);
        let Some(logged) = asked.logged.filter(|logged| Some(logged.clock) == self.clock) else {
            let as_it_ends = fit_in_lag((end, asked.resolution), told, self.lags.end, TRANSIT * 2);
            let as_it_begins =
                fit_in_lag((asked.start, asked.resolution), told, self.lags.start, TRANSIT * 2);
            return self.best_fit(as_it_ends, as_it_begins, (asked.start, end));
        };
        // The line of the access log is written as the request ends, by the same clock.
        let lasted = end.since(asked.start);
        let start = logged.start.unwrap_or_else(|| logged.end.plus(-lasted));
        let fit = |(start, end): (Time, Time)| {
            let as_it_ends = fit_in_one_clock((end, logged.resolution), told);
            let as_it_begins = fit_in_one_clock((start, logged.resolution), told);
            self.best_fit(as_it_ends, as_it_begins, (start, end))
        };
        let fits = fit((start, logged.end));
        if self.logs_starts && logged.start.is_none() {
            fits.max(fit((logged.end, logged.end.plus(lasted))))
        } else {
            fits
        }
    }

    fn best_fit(&self, as_it_ends: f64, as_it_begins: f64, (start, end): (Time, Time)) -> f64 {
        let within = self.time.plus(self.resolution) >= start && self.time <= end;
        let near_an_end = self.time.since(start) <= NEAR_AN_END || end.since(self.time) <= NEAR_AN_END;
        let between = if within && near_an_end { BETWEEN } else { 0.0 };
        as_it_ends.max(as_it_begins * AS_IT_BEGINS).max(between)
    }
}

#[cfg(test)]
mod tests {
    use super::super::claimant::LoggedSpan;
    use super::super::fixtures::{failed_at, told_at};
    use super::*;

    /// Otherwise what Apache says as a request ends that took long fits no request: its access line, which looks like nginx's, has the moment at which it began.
    #[test]
    fn a_line_of_an_access_log_may_tell_when_its_request_began() {
        let second = |second: i64| Time::from_seconds(second, 0);
        let asked = Claimant {
            end: Some(second(103)),
            resolution: Duration::SECOND,
            logged: Some(LoggedSpan {
                clock: 1,
                start: None,
                end: second(100),
                resolution: Duration::SECOND,
            }),
            alone: 0.2,
            ..failed_at(second(100))
        };
        let told = |logs_starts: bool| MessageTrace {
            resolution: Duration::MICROSECOND,
            clock: Some(1),
            logs_starts,
            signature: Some("apache-backend-timed-out"),
            ..told_at(second(103).plus(Duration::from_milliseconds(300)))
        };
        assert!(told(true).fit(&asked) > 0.5);
        assert!(told(false).fit(&asked) < 0.01);
    }
}
