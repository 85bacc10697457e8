//! The zone of an error log that tells of failures and names no request: the one in which its lines meet the edge's records of such failures, and
//! in no other as many.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::quarters::{QUARTER_HOUR, zones};
use super::span::span_of;
use crate::correlate::moments::count_near;
use crate::correlate::whole::Whole;
use crate::evidence::{InputId, InputKind, Place};
use crate::facts::{deaths, handshakes};
use crate::time::{Duration, Time};

/// How far a line and the end of what it tells of lie apart: a parent notices a death within a second, and clocks differ a little.
const NEAR: Duration = Duration::from_seconds(2);
/// So many lines of a log, each of another second, are looked at.
const MOST_LINES: usize = 64;
/// Nearly all lines meet a record in the true zone, in tenths, and in any other at most half as many.
const NEARLY_ALL: usize = 8;
/// So seldom as many lines meet records by chance, whatever the zone.
const BY_CHANCE: f64 = 0.02;

/// What a line tells of, and a record of the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ToldFailure {
    /// A process that died, whoever asked it.
    Death,
    /// A handshake with this client, if it is known.
    Handshake(Option<IpAddr>),
}

/// When records of the edge tell of failures, and when lines of each log do.
pub(super) struct Failures {
    at_edge: BTreeMap<ToldFailure, Vec<Time>>,
    lines: BTreeMap<InputId, ToldLines>,
    /// From when to when the edge's log tells.
    span: Option<(Time, Time)>,
}

/// Lines of a log, one for each second in which it tells of such a failure.
type ToldLines = BTreeMap<(ToldFailure, i64), (Place, Time)>;

impl Failures {
    /// Of all logs whose lines have no zone.
    pub fn of(evidence: &Whole, at: &dyn Fn(Place, Time) -> Time) -> Failures {
        let span = span_of(evidence, |_, summary| summary.kind == InputKind::EdgeLog, at);
        let mut failures = Failures { at_edge: BTreeMap::new(), lines: BTreeMap::new(), span };
        // Scanners break handshakes all day.
        let edge: BTreeSet<IpAddr> = evidence.edge.iter().filter_map(|row| row.record.edge_address).collect();
        let is_edges = |client: IpAddr| edge.is_empty() || edge.contains(&client);
        for row in evidence.messages.iter().filter(|row| row.line.time_is_local) {
            let told = row.line.time.zip(row.line.signature).filter(|_| row.line.client.is_none_or(is_edges));
            if let Some((time, kind)) = told.and_then(|(time, id)| Some((time, kind(id, row.line.client)?))) {
                let lines = failures.lines.entry(row.place.input()).or_default();
                if lines.len() < MOST_LINES {
                    lines.entry((kind, time.second())).or_insert((row.place, time));
                }
            }
        }
        for row in evidence.edge.iter().filter(|_| !failures.lines.is_empty()) {
            let Some(status) = row.record.edge_status else { continue };
            let time = at(row.place, row.record.over().unwrap_or(row.record.start));
            let mut add = |kind| failures.at_edge.entry(kind).or_default().push(time);
            if deaths::may_be_of_death(status) {
                add(ToldFailure::Death);
            } else if handshakes::is_failed_handshake(status) {
                let client = row.record.edge_address;
                BTreeSet::from([None, client]).into_iter().map(ToldFailure::Handshake).for_each(add);
            }
        }
        failures.at_edge.values_mut().for_each(|times| times.sort_unstable());
        failures
    }

    /// The zone of a log, if its lines tell.
    pub fn zone(&self, input: InputId, at: &dyn Fn(Place, Time) -> Time) -> Option<Duration> {
        let lines = self.lines.get(&input)?;
        let moments = |quarters: i64| {
            let zone = quarters * QUARTER_HOUR;
            lines.iter().map(move |((kind, _), (place, time))| (*kind, at(*place, time.plus(zone))))
        };
        let met = |quarters: i64| {
            moments(quarters).filter(|(kind, time)| self.has_record_near(*kind, *time)).count()
        };
        // What was written before the edge's log begins, or after its end, can meet no record.
        let in_span =
            |quarters: i64| moments(quarters).filter(|(_, time)| self.may_have_record(*time)).count();
        let all: Vec<(usize, i64)> = zones().map(|quarters| (met(quarters), quarters)).collect();
        let (best, quarters) =
            all.iter().copied().max_by_key(|(met, quarters)| (*met, -quarters.abs(), *quarters))?;
        let elsewhere = all.iter().filter(|(_, other)| *other != quarters).map(|(met, _)| *met).max()?;
        let is_told = best > 0 && best * 10 >= in_span(quarters) * NEARLY_ALL && elsewhere * 2 <= best;
        let shares: BTreeMap<ToldFailure, f64> =
            lines.keys().map(|(kind, _)| (*kind, self.share_of_time(*kind))).collect();
        let have_met = moments(quarters).filter(|(kind, time)| self.has_record_near(*kind, *time));
        let by_chance: f64 = have_met.filter_map(|(kind, _)| shares.get(&kind)).product();
        (is_told && by_chance <= BY_CHANCE).then(|| quarters * QUARTER_HOUR)
    }

    fn may_have_record(&self, time: Time) -> bool {
        self.span.is_none_or(|(first, last)| first <= time && time <= last)
    }

    /// A line with whole seconds is dated before what it tells of, one of a parent that looks now and then behind it.
    fn has_record_near(&self, kind: ToldFailure, time: Time) -> bool {
        self.at_edge.get(&kind).is_some_and(|times| count_near(times, time, NEAR) > 0)
    }

    /// With which chance a line of no meaning meets a record in one zone or another: the share of a quarter of an hour in which such records lie.
    fn share_of_time(&self, kind: ToldFailure) -> f64 {
        let times = self.at_edge.get(&kind).into_iter().flatten();
        let slot = |time: &Time| {
            let since = time.since(Time(0));
            (since - QUARTER_HOUR * since.div_euclid(QUARTER_HOUR)).div_euclid(NEAR * 2)
        };
        let taken = times.map(slot).collect::<BTreeSet<i64>>();
        #[expect(clippy::cast_precision_loss, reason = "at most some hundreds")]
        let share = taken.len() as f64 / QUARTER_HOUR.div_euclid(NEAR * 2) as f64;
        share
    }
}

fn kind(signature: &str, client: Option<IpAddr>) -> Option<ToldFailure> {
    if deaths::tells_of_end(signature) {
        Some(ToldFailure::Death)
    } else {
        handshakes::tells_of_failed_handshake(signature).then_some(ToldFailure::Handshake(client))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlate::vantage;
    use crate::evidence::{EdgeRow, InputSummary, MessageRow, Partial};
    use crate::logs::{EdgeRecord, MessageLine};

    const HOUR: i64 = 3600;

    fn second(second: i64) -> Time {
        Time::from_seconds(second, 0)
    }

    fn place(input: u32, line: u64) -> Place {
        Place::Line { input: InputId(input), line, before: 0 }
    }

    /// Each address of the edge fails in its own two seconds of ten; what ends in the last of a hundred is a scanner's.
    fn client_of(at: i64) -> String {
        if at % 100 == 99 { "198.51.100.9".to_owned() } else { format!("172.68.10.{}", at / 2 % 5) }
    }

    /// The zone in hours of a log with such lines, beside records of the edge with this status that end at these seconds.
    fn hours(lines: &[(&'static str, i64)], status: u16, ends: &[i64]) -> Option<i64> {
        hours_within(lines, status, ends, None)
    }

    /// The same, where the edge's log tells from one second to another.
    fn hours_within(
        lines: &[(&'static str, i64)],
        status: u16,
        ends: &[i64],
        span: Option<(i64, i64)>,
    ) -> Option<i64> {
        let line = |(number, (id, at)): (u64, &(&'static str, i64))| MessageRow {
            place: place(1, number),
            line: MessageLine {
                time: Some(second(*at)),
                time_is_local: true,
                signature: Some(*id),
                client: client_of(*at).parse().ok(),
                ..MessageLine::default()
            },
        };
        let record = |(number, end): (u64, &i64)| EdgeRow {
            place: place(0, number),
            record: EdgeRecord {
                start: second(*end - 1),
                end: Some(second(*end)),
                edge_status: Some(status),
                edge_address: client_of(*end).parse().ok(),
                ..EdgeRecord::default()
            },
        };
        let inputs = span.map(|(first, last)| {
            let mut summary = InputSummary::new("cloudflare/edge.log", InputKind::EdgeLog, "", 1);
            summary.saw(second(first));
            summary.saw(second(last));
            (InputId(0), summary)
        });
        let partial = Partial {
            inputs: inputs.into_iter().collect(),
            messages: (1..).zip(lines).map(line).collect(),
            edge: (1..).zip(ends).map(record).collect(),
            ..Partial::default()
        };
        let (evidence, _) = vantage::settle(partial);
        let at = |_: Place, time: Time| time;
        let zone = Failures::of(&evidence, &at).zone(InputId(1), &at)?;
        Some(zone.div_euclid(Duration::from_seconds(HOUR)))
    }

    /// Otherwise a crash of a machine that has local time lies hours beside the requests that it ended, wherever the edge's log is long enough.
    #[test]
    fn deaths_and_handshakes_tell_the_zone_in_which_they_meet_the_edges_records() {
        let died = [("apache-child-died", 9 * HOUR + 100)];
        assert_eq!(hours(&died, 520, &[4 * HOUR + 100, 4 * HOUR + 101]), Some(-5));
        assert_eq!(hours(&died, 520, &[9 * HOUR + 100]), Some(0));
        let handshakes = [
            ("apache-tls-handshake-failed", 9 * HOUR + 100),
            ("apache-tls-handshake-failed", 9 * HOUR + 217),
        ];
        assert_eq!(hours(&handshakes, 525, &[10 * HOUR + 100, 10 * HOUR + 217]), Some(1));
    }

    /// Otherwise the log of a server that refuses every handshake for an hour stays an hour beside all of them, as soon as scanners break some, too.
    #[test]
    fn handshakes_that_fail_all_the_time_tell_the_zone_by_whose_they_are() {
        let failing: Vec<i64> =
            (0..1_200).map(|number| 4 * HOUR + number * 3).filter(|at| at % 100 < 99).collect();
        let lines = |hours: i64| -> Vec<(&str, i64)> {
            let scanners = (0..30).map(|number| (5 * HOUR + number * 100 + 99) % (24 * HOUR));
            let lines = failing.iter().map(|at| at + hours * HOUR).chain(scanners);
            lines.map(|at| ("go-tls-handshake-failed", at)).collect()
        };
        assert_eq!(hours(&lines(1), 525, &failing), Some(-1));
        assert_eq!(hours(&lines(0), 525, &failing), Some(0));
    }

    /// Otherwise a job that was killed in the morning hides in which zone the kernel tells of those that were killed within the incident.
    #[test]
    fn what_the_edges_log_is_too_short_for_says_nothing_of_the_zone() {
        let killed: Vec<(&str, i64)> =
            [0, 9 * HOUR, 9 * HOUR + 87, 9 * HOUR + 148].map(|at| ("kernel-oom-killed-in-cgroup", at)).into();
        let ends = [4 * HOUR, 4 * HOUR + 87, 4 * HOUR + 148];
        assert_eq!(hours_within(&killed, 502, &ends, Some((4 * HOUR - 60, 4 * HOUR + 200))), Some(-5));
        assert_eq!(
            hours_within(&killed, 502, &ends, Some((-6 * HOUR, 4 * HOUR + 200))),
            None,
            "nobody failed then"
        );
    }

    #[test]
    fn what_may_be_chance_tells_no_zone() {
        let died = [("apache-child-died", 9 * HOUR + 100)];
        assert_eq!(hours(&died, 525, &[4 * HOUR + 100]), None, "a handshake is no death");
        assert_eq!(hours(&died, 520, &[4 * HOUR + 50]), None, "at no zone");
        assert_eq!(hours(&died, 520, &[4 * HOUR + 100, 7 * HOUR + 100]), None, "at two zones");
        let often: Vec<i64> = (0..200).map(|number| 4 * HOUR + number * 7).collect();
        assert_eq!(hours(&died, 520, &often), None, "all the time");
        let denied = [("apache-client-denied", 9 * HOUR + 100)];
        assert_eq!(hours(&denied, 520, &[4 * HOUR + 100]), None, "no death");
    }
}
