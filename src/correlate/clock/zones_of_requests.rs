//! Zones of logs that name requests: by which difference most of their lines stand beside what other sources tell of these.

use std::collections::BTreeMap;

use super::quarters::{Differences, QUARTER_HOUR, quarters};
use crate::correlate::whole::Whole;
use crate::evidence::request_key::COMMONEST_METHOD;
use crate::evidence::{InputId, Place, RequestKey};
use crate::ray::Ray;
use crate::time::{Duration, Time};

/// So many requests and so many lines of one key are compared each with each.
const MOST_OF_A_KEY: usize = 64;

/// Lines without a zone: those that name a ray by it, since they are of no other request, and others by what was asked.
#[derive(Default)]
pub(super) struct ToldRequests {
    by_ray: BTreeMap<Ray, Vec<(Place, Time)>>,
    by_key: BTreeMap<RequestKey, Vec<(Place, Time)>>,
}

/// The lines of error logs.
pub(super) fn told_by_messages(evidence: &Whole) -> ToldRequests {
    let mut told = ToldRequests::default();
    for row in evidence.messages.iter().filter(|row| row.line.time_is_local) {
        if let Some(time) = row.line.time {
            told.tell(row.line.ray, RequestKey::of_message(&row.line), (row.place, time));
        }
    }
    told
}

/// The lines of the access logs that are sought.
pub(super) fn told_by_access_logs(evidence: &Whole, is_sought: impl Fn(InputId) -> bool) -> ToldRequests {
    let mut told = ToldRequests::default();
    for row in evidence.access.iter().filter(|row| is_sought(row.place.input())) {
        let ray = row.line.ray.map(|found| found.ray);
        told.tell(ray, RequestKey::of_line(&row.line), (row.place, row.line.time));
    }
    told
}

impl ToldRequests {
    fn tell(&mut self, ray: Option<Ray>, key: Option<RequestKey>, line: (Place, Time)) {
        let lines = match (ray, key) {
            (Some(ray), _) => Some(self.by_ray.entry(ray).or_default()),
            (None, Some(key)) => Some(self.by_key.entry(key).or_default()),
            (None, None) => None,
        };
        if let Some(lines) = lines.filter(|lines| lines.len() < MOST_OF_A_KEY) {
            lines.push(line);
        }
    }

    /// The lines that may be of a request.
    fn of(&self, ray: Option<Ray>, (method, target): (&str, &str)) -> Vec<(Place, Time)> {
        let by_ray = ray.and_then(|ray| self.by_ray.get(&ray));
        let keys = RequestKey::by_any_name(method, target);
        let by_key = keys.into_iter().filter_map(|key| self.by_key.get(&key));
        by_ray.into_iter().chain(by_key).flatten().copied().collect()
    }

    fn is_empty(&self) -> bool {
        self.by_ray.is_empty() && self.by_key.is_empty()
    }
}

/// The zones of the logs that name requests; `is_known`: access logs whose own zone is known.
pub(super) fn by_requests(
    evidence: &Whole,
    told: ToldRequests,
    at: &dyn Fn(Place, Time) -> Time,
    is_known: impl Fn(InputId) -> bool,
) -> BTreeMap<InputId, Duration> {
    if told.is_empty() {
        return BTreeMap::new();
    }
    // The same machine's own words go before the edge's.
    let (mut near, mut far) = (Differences::default(), Differences::default());
    for row in evidence.access.iter().filter(|row| is_known(row.place.input())) {
        if let Some(asked) = row.line.method.as_deref().zip(row.line.target.as_deref()) {
            let lines = told.of(row.line.ray.map(|found| found.ray), asked);
            near.add_lines(at(row.place, row.line.time), &lines, at);
        }
    }
    for row in &evidence.connections {
        for kept in &row.exchanges {
            let Some(request) = &kept.exchange.request else { continue };
            let lines =
                told.of(kept.exchange.ray().map(|found| found.ray), (&request.method, &request.target));
            near.add_lines(at(row.place(request.first), request.first.time), &lines, at);
        }
    }
    for row in &evidence.edge {
        if let Some(target) = row.record.target.as_deref() {
            let method = row.record.method.as_deref().unwrap_or(COMMONEST_METHOD);
            far.add_lines(at(row.place, row.record.start), &told.of(row.record.ray, (method, target)), at);
        }
    }
    let mut zones = far.commonest();
    zones.extend(near.commonest());
    zones
}

impl Differences {
    fn add_lines(&mut self, start: Time, lines: &[(Place, Time)], at: &dyn Fn(Place, Time) -> Time) {
        for &(place, time) in lines {
            let about = QUARTER_HOUR * quarters(start.since(time));
            // What the clock is off then, and not what it was off by the line's own words. What is left may be no zone by itself, where the
            // clock is off by one.
            let left = start.since(at(place, time.plus(about)));
            self.add(place.input(), quarters(about + left));
        }
    }
}
