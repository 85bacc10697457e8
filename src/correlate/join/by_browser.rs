//! Failures that only a browser tells to the connections that failed before anything was asked, where no log of the edge has both: those that began
//! while the browser waited, may have been for its host, and ended as the edge says, where all of them failed in one way at one server.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::by_address::without_exchange;
use super::joiner::Joiner;
use crate::correlate::case::{Case, Join};
use crate::correlate::ending::{self, FailedEnding};
use crate::correlate::rows::ConnectionIndex;
use crate::evidence::ConnectionRow;
use crate::flow::{End, Side};
use crate::time::{Duration, Time};

/// Connections before and after the browser's failure that it is held against: the nearest ones.
const MOST_NEAR: usize = 256;

/// A connection that failed before anything was asked.
struct FailedConnection<'r> {
    index: ConnectionIndex,
    row: &'r ConnectionRow,
    ending: FailedEnding,
    way: (IpAddr, Way),
    /// By the reference clock.
    first: Time,
    last: Time,
    /// When the edge gave up what it had said, where packets tell.
    gave_up: Option<Time>,
}

/// In which way it failed, as far as packets tell ways apart that may have different causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Refused,
    /// An ICMP error: its type and code.
    ToldByIcmp(u8, u8),
    Unanswered,
    Unacknowledged,
    /// Nothing of what the edge said arrived.
    Unheard,
    /// An alert, by whom and which.
    Alert(Side, u8),
    PlainText,
    HelloStuck,
    Closed(Side, End),
    Left,
}

/// When a connection may have begun of which a browser saw the failure.
struct Waited {
    from: Time,
    until: Time,
    /// When it was answered, at the earliest; at the latest that is `until`.
    answered: Time,
    /// It tells only when it was over.
    tells_end: bool,
    /// How long it took.
    took: Duration,
}

impl Waited {
    /// Whether the edge may have answered at the end of a try that it gave up at this moment: it answers as it gives up, and closes then. No try of it took
    /// longer than the browser waited, whatever the clocks say.
    fn ends_with(&self, first: Time, gave_up: Time) -> bool {
        /// The way of a FIN.
        const LATE: Duration = Duration::from_milliseconds(500);
        let is_short = self.tells_end || gave_up.since(first) <= self.took + LATE;
        is_short && self.answered <= gave_up && gave_up <= self.until.plus(LATE)
    }
}

impl Joiner<'_> {
    /// Brings connections that failed to the browser's failures. Gives back those that no browser tells of.
    pub fn by_browsers<'r>(
        &mut self,
        failed: Vec<(ConnectionIndex, &'r ConnectionRow)>,
    ) -> Vec<(ConnectionIndex, &'r ConnectionRow)> {
        let waiting: Vec<usize> =
            (0..self.cases.len()).filter(|index| self.is_told_by_browser(&self.cases[*index])).collect();
        if waiting.is_empty() {
            return failed;
        }
        let mut begun: Vec<FailedConnection<'_>> =
            failed.iter().filter_map(|(index, row)| self.failed_connection(*index, row)).collect();
        begun.sort_by_key(|connection| (connection.first, connection.index));
        let pairs = waiting.iter().flat_map(|case| self.pairs(*case, &begun));
        let mut pairs: Vec<(Duration, usize, ConnectionIndex)> = pairs.collect();
        pairs.sort_unstable();
        let mut joined = BTreeSet::new();
        for (_, case, connection) in pairs {
            if self.cases[case].attempts.is_empty() && joined.insert(connection) {
                self.attach(case, without_exchange(connection), Join::Time);
            }
        }
        failed.into_iter().filter(|(index, _)| !joined.contains(index)).collect()
    }

    /// Whether a browser alone tells of it, and what it was told says that nothing was asked.
    fn is_told_by_browser(&self, case: &Case) -> bool {
        case.edge.is_none()
            && case.attempts.is_empty()
            && case.access.is_empty()
            && case.har(self.evidence).is_some_and(|row| row.entry.start.is_some())
            && !case.may_have_been_sent(self.evidence)
    }

    fn failed_connection<'r>(
        &self,
        index: ConnectionIndex,
        row: &'r ConnectionRow,
    ) -> Option<FailedConnection<'r>> {
        let correct = |time| self.clocks.correct(row.input(), time);
        let (first, last) = (row.connection.first.time, row.connection.last.time);
        let ending = ending::of_connection(row)?;
        let way = (row.connection.server.ip(), Way::of(row));
        let closed = row.connection.unheard_bytes().and(row.connection.from_client.fin);
        let gave_up = closed.map(|at| correct(at.time));
        Some(FailedConnection {
            index,
            row,
            ending,
            way,
            first: correct(first),
            last: correct(last),
            gave_up,
        })
    }

    /// A browser's failure with each connection that it may have met, where one is as good as another, and how far these lie apart.
    fn pairs(&self, case: usize, begun: &[FailedConnection<'_>]) -> Vec<(Duration, usize, ConnectionIndex)> {
        let Some(waited) = self.waited(case, begun) else { return Vec::new() };
        let from = begun.partition_point(|connection| connection.first < waited.from);
        let until = begun.partition_point(|connection| connection.first <= waited.until).max(from);
        let time = self.cases[case].time;
        let nearest = begun.partition_point(|connection| connection.first < time).clamp(from, until);
        let from = from.max(nearest.saturating_sub(MOST_NEAR));
        let until = until.min(nearest.saturating_add(MOST_NEAR));
        let fitting = begun.get(from..until).unwrap_or_default().iter();
        let in_time = |connection: &FailedConnection<'_>| {
            connection.gave_up.is_none_or(|at| waited.ends_with(connection.first, at))
        };
        let fitting = fitting.filter(|connection| in_time(connection) && self.may_be_met(case, connection));
        let fitting: Vec<_> = fitting.collect();
        if fitting.windows(2).any(|pair| pair[0].way != pair[1].way) {
            return Vec::new();
        }
        let apart = |connection: &FailedConnection<'_>| match waited.tells_end {
            true => connection.last.since(time).abs(),
            false => connection.first.since(time).abs(),
        };
        fitting.into_iter().map(|connection| (apart(connection), case, connection.index)).collect()
    }

    fn waited(&self, case: usize, begun: &[FailedConnection<'_>]) -> Option<Waited> {
        let case = &self.cases[case];
        let browser = case.har(self.evidence)?;
        let captured = begun.first()?.row;
        let tells_end = browser.entry.duration.is_none();
        // A page has whole seconds.
        let resolution = if tells_end { Duration::SECOND } else { Duration::MILLISECOND };
        let tolerance = self.tolerance(captured.place(captured.connection.first), resolution)
            + self.clocks.spread(browser.place.input());
        // A page that tells only when it was made may be of a connection that began as long before as the edge tries.
        let earliest = if tells_end { case.time.plus(-self.longest_try) } else { case.time };
        let [from, answered] = [earliest, case.end].map(|time| time.plus(-tolerance));
        Some(Waited {
            from,
            until: case.end.plus(tolerance),
            answered,
            tells_end,
            took: case.end.since(case.time),
        })
    }

    /// Whether the edge says so of such an end, and a connection may have been for that host.
    fn may_be_met(&self, case: usize, connection: &FailedConnection<'_>) -> bool {
        let case = &self.cases[case];
        let FailedConnection { row, ending, way: (server, _), .. } = connection;
        let said = ending.statuses.get(..ending.side_by_side).unwrap_or_default();
        let is_said = case.status_at_origin(self.evidence).is_some_and(|status| said.contains(&status));
        let is_of_another =
            case.host(self.evidence).is_some_and(|host| ending::other_name(row, host).is_some());
        is_said && !is_of_another && !self.is_elsewhere(case, *server)
    }
}

impl Way {
    fn of(row: &ConnectionRow) -> Way {
        let connection = &row.connection;
        if connection.refused_at().is_some() {
            return Way::Refused;
        }
        if let Some(icmp) = connection.icmp {
            return Way::ToldByIcmp(icmp.kind, icmp.code);
        }
        if connection.is_unanswered() {
            return Way::Unanswered;
        }
        if connection.is_never_completed() {
            return Way::Unacknowledged;
        }
        if connection.unheard_bytes().is_some() {
            return Way::Unheard;
        }
        if let Some(tls) = row.tls.as_deref() {
            if tls.plaintext_reply.is_some() {
                return Way::PlainText;
            }
            if let Some(alert) = tls.fatal_alert() {
                return Way::Alert(alert.from, alert.description);
            }
        }
        if row.hello_is_stuck() {
            return Way::HelloStuck;
        }
        connection.closed_first().map_or(Way::Left, |(side, end, _)| Way::Closed(side, end))
    }
}
