//! Joins: by ray, then by addresses and ports, then by time and request line; clock offsets; the finished cases.

pub mod case;
pub mod clock;
pub mod join;
pub mod population;
pub mod selective;
pub mod timer;
pub mod vantage;

use std::collections::BTreeMap;

use crate::evidence::sample::Samples;
use crate::evidence::tally::Tallies;
use crate::evidence::{
    ConnectionRow, InputId, InputKind, InputSummary, LeftOut, MessageRow, Partial, SettingRow,
};
use crate::facts::limits::Profile;
use crate::facts::ranges::EdgeRanges;
use crate::ray::Ray;
use crate::time::{SECOND, Time};

pub use case::{Attempt, Case, Join};
pub use clock::Clocks;
pub use population::Population;
pub use vantage::SameTraffic;

/// Which part of the evidence is asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// From this instant on, by the corrected clock.
    pub since: Option<Time>,
    /// Up to this instant, by the corrected clock.
    pub until: Option<Time>,
    /// This host only.
    pub host: Option<String>,
    /// These rays only.
    pub rays: Vec<Ray>,
}

impl Filter {
    /// Whether an instant lies in the filtered window.
    pub fn holds_time(&self, time: Time) -> bool {
        self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time <= until)
    }

    /// Whether a request to `host` is asked about.
    pub fn holds_host(&self, host: Option<&str>) -> bool {
        match (&self.host, host) {
            (Some(wanted), Some(host)) => host.eq_ignore_ascii_case(wanted),
            (Some(_), None) => false,
            (None, _) => true,
        }
    }

    fn holds(&self, case: &Case) -> bool {
        let ray = self.rays.is_empty() || case.ray.is_some_and(|ray| self.rays.contains(&ray));
        // A connection that failed before a request was for no host yet.
        let host = case.is_connection_only() || self.holds_host(case.host.as_deref());
        ray && host && self.holds_time(case.time)
    }
}

/// All that is known, joined.
#[derive(Clone, Debug)]
pub struct Incident {
    /// What was looked at.
    pub inputs: BTreeMap<InputId, InputSummary>,
    /// Failing requests and failed connections, in order of time.
    pub cases: Vec<Case>,
    /// Attempts that failed and that the edge's retry healed.
    pub healed_attempts: u64,
    /// Requests that visitors ended, too few to be a failure.
    pub client_aborts: u64,
    /// Requests that were asked for by name and did not fail.
    asked_for: BTreeMap<Ray, Case>,
    /// Connections kept.
    pub connections: Vec<ConnectionRow>,
    /// Messages by corrected time.
    messages: Vec<(Time, MessageRow)>,
    /// Settings read from configuration files.
    pub settings: Vec<SettingRow>,
    /// Counts.
    pub tallies: Tallies,
    /// Samples of healthy requests.
    pub samples: Samples,
    /// Captures that saw the same connections at several places.
    pub same_traffic: Vec<SameTraffic>,
    /// Clocks and their offsets.
    pub clocks: Clocks,
    /// The edge's address ranges.
    pub ranges: EdgeRanges,
    /// The limits in force.
    pub profile: Profile,
    /// What only the whole can tell.
    pub population: Population,
    /// What was asked about.
    pub filter: Filter,
}

impl Incident {
    /// Joins the evidence.
    pub fn of(mut partial: Partial, ranges: EdgeRanges, profile: Profile, filter: Filter) -> Incident {
        let same_traffic = vantage::settle(&mut partial);
        let clocks = Clocks::tied(&partial, &same_traffic);
        let joined = join::join(&partial, &clocks, profile.warn.origin_header_line_bytes);
        let keep =
            |cases: Vec<Case>| cases.into_iter().filter(|case| filter.holds(case)).collect::<Vec<Case>>();
        let (cases, aborts) = (keep(joined.cases), keep(joined.client_aborts));
        let mut cases = population::redirects_in_a_loop(cases, &partial);
        let population = Population::of(&cases, &aborts, &partial, &ranges, &clocks);
        let asked_for = filter.rays.iter().map(|&ray| (ray, join::seen(&partial, &clocks, ray))).collect();
        let mut messages: Vec<(Time, MessageRow)> = partial
            .messages
            .into_iter()
            .filter_map(|row| Some((clocks.correct(row.place.input(), row.line.time?), row)))
            .collect();
        messages.sort_by_key(|(time, row)| (*time, row.place));
        let mut incident = Incident {
            asked_for,
            inputs: partial.inputs,
            cases: Vec::new(),
            healed_attempts: joined.healed_attempts,
            client_aborts: 0,
            connections: partial.connections,
            messages,
            settings: partial.settings,
            tallies: partial.tallies,
            samples: partial.samples,
            same_traffic,
            clocks,
            ranges,
            profile,
            population,
            filter,
        };
        let (leaving, left): (Vec<Case>, Vec<Case>) =
            aborts.into_iter().partition(|case| incident.gave_up_at_timer(case));
        cases.extend(leaving);
        let in_numbers = population::aborts_are_a_failure(&left, incident.requests() + cases.len() as u64);
        incident.client_aborts = left.len() as u64;
        if in_numbers {
            cases.extend(left);
        }
        cases.sort_by_cached_key(|case| (case.time, case.ray, case.host.clone(), case.target.clone()));
        incident.cases = cases;
        incident
    }

    /// Where no edge record tells, a 499 of the origin's log or a closed connection is the edge's doing if it came at the edge's timer.
    fn gave_up_at_timer(&self, case: &Case) -> bool {
        let logged = case.access.iter().find_map(|row| row.line.request_time);
        case.edge.is_none()
            && self.population.edge_gives_up.is_some_and(|timer| {
                logged.is_some_and(|waited| crate::correlate::timer::same_timer(waited, timer.nanoseconds))
            })
    }

    /// Distinct visitors' requests, failing ones not counted twice: where the edge's log is there, it alone is the denominator, else
    /// the source that saw most.
    pub fn requests(&self) -> u64 {
        if !self.filter.rays.is_empty() {
            return self.asked_for.values().filter(|case| case.has_source()).count() as u64;
        }
        let count =
            |kind: InputKind| -> u64 { self.requests_over_time(kind).map(|(_, _, count)| count).sum() };
        match count(InputKind::EdgeLog) {
            0 => [InputKind::Capture, InputKind::AccessLog, InputKind::Har]
                .map(count)
                .into_iter()
                .max()
                .unwrap_or(0),
            requests => requests,
        }
    }

    /// Requests by status (0 where there was none) of all sources of one kind, inside the window.
    pub fn statuses(&self, kind: InputKind) -> BTreeMap<u16, u64> {
        let mut counts = BTreeMap::new();
        for (_, status, count) in self.requests_over_time(kind) {
            *counts.entry(status).or_default() += count;
        }
        counts
    }

    /// Requests of all sources of one kind inside the window: second by the reference clock, status, count.
    pub fn requests_over_time(&self, kind: InputKind) -> impl Iterator<Item = (Time, u16, u64)> {
        let inputs = self.tallies.requests.iter().filter(move |(input, _)| self.kind(**input) == Some(kind));
        inputs.flat_map(|(&input, seconds)| self.inside(input, seconds))
    }

    /// What the origin answered, by status (0 where it did not), as the edge's log tells it, inside the window.
    pub fn origin_statuses(&self) -> BTreeMap<u16, u64> {
        let mut counts = BTreeMap::new();
        let told =
            self.tallies.origin_statuses.iter().flat_map(|(&input, seconds)| self.inside(input, seconds));
        for (_, status, count) in told {
            *counts.entry(status).or_default() += count;
        }
        counts
    }

    /// Visitors' requests that sampled logs of the edge left out, inside the window.
    pub fn left_out(&self) -> LeftOut {
        let mut sum = LeftOut::default();
        for (&input, seconds) in &self.tallies.left_out {
            for (&second, &left_out) in seconds {
                let time = self.clocks.correct(input, Time(second.saturating_mul(SECOND)));
                if self.filter.holds_time(time) {
                    sum.merge(left_out);
                }
            }
        }
        sum
    }

    fn inside(
        &self,
        input: InputId,
        seconds: &BTreeMap<(i64, u16), u64>,
    ) -> impl Iterator<Item = (Time, u16, u64)> {
        let counts = seconds.iter().map(move |(&(second, status), &count)| {
            (self.clocks.correct(input, Time(second.saturating_mul(SECOND))), status, count)
        });
        counts.filter(|(time, _, _)| self.filter.holds_time(*time))
    }

    /// All that was kept of a ray of the filter.
    pub fn seen(&self, ray: Ray) -> Option<&Case> {
        self.asked_for.get(&ray)
    }

    /// Whether any address of the edge was seen: else the roles are a guess.
    pub fn edge_seen(&self) -> bool {
        let captured = self.tallies.reached.keys().any(|(address, _)| self.ranges.contains(*address));
        let has_capture =
            self.inputs.values().any(|input| input.kind == InputKind::Capture && input.records > 0);
        captured || !has_capture || self.inputs.values().any(|input| input.kind == InputKind::EdgeLog)
    }

    /// The kind of an input.
    pub fn kind(&self, input: InputId) -> Option<InputKind> {
        self.inputs.get(&input).map(|summary| summary.kind)
    }

    /// Messages of a span of time, by the reference clock, in order.
    pub fn messages_between(&self, from: Time, to: Time) -> impl Iterator<Item = &MessageRow> {
        let start = self.messages.partition_point(|(time, _)| *time < from);
        self.messages[start..].iter().take_while(move |(time, _)| *time <= to).map(|(_, row)| row)
    }

    /// All messages with their corrected times, in order.
    pub fn messages(&self) -> impl Iterator<Item = (Time, &MessageRow)> {
        self.messages.iter().map(|(time, row)| (*time, row))
    }

    /// When a message was written, by the reference clock.
    pub fn time_of(&self, row: &MessageRow) -> Time {
        self.clocks.correct(row.place.input(), row.line.time.unwrap_or_default())
    }

    /// Whether an access log with rays covers the moment of a case, so that a line for it would be there had the origin taken it.
    pub fn access_log_would_show(&self, case: &Case) -> bool {
        self.inputs.iter().any(|(&id, input)| {
            let logs_rays = || {
                let mut seen = self
                    .samples
                    .of(crate::evidence::sample::Seen::Access)
                    .filter(|request| request.input == id);
                seen.any(|request| request.ray.is_some())
            };
            let covers = |first, last| {
                self.clocks.correct(id, first) <= case.time
                    && case.end <= self.clocks.correct(id, last).plus(SECOND)
            };
            input.kind == InputKind::AccessLog
                && input.first.zip(input.last).is_some_and(|(first, last)| covers(first, last))
                && logs_rays()
        })
    }

    /// A setting of this directive whose duration is below `seconds`.
    pub fn setting_below(&self, directive: &str, seconds: f64) -> Option<&SettingRow> {
        self.settings
            .iter()
            .find(|row| row.directive == directive && row.seconds().is_some_and(|value| value < seconds))
    }
}
