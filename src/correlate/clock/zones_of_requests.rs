//! Zones of logs that name requests: by which difference most of their lines stand beside what other sources tell of these.

use std::collections::BTreeMap;

use super::quarters::{Differences, QUARTER_HOUR, quarters};
use crate::correlate::whole::Whole;
use crate::evidence::request_key::COMMONEST_METHOD;
use crate::evidence::{InputId, Place, RequestKey};
use crate::time::{Duration, Time};

/// So many requests and so many lines of one key are compared each with each.
const MOST_OF_A_KEY: usize = 64;

/// Lines without a zone, by what was asked.
pub(super) type ToldByKey = BTreeMap<RequestKey, Vec<(Place, Time)>>;

/// The lines of error logs.
pub(super) fn told_by_messages(evidence: &Whole) -> ToldByKey {
    let mut told = ToldByKey::new();
    for row in evidence.messages.iter().filter(|row| row.line.time_is_local) {
        if let (Some(time), Some(key)) = (row.line.time, RequestKey::of_message(&row.line)) {
            tell(&mut told, key, (row.place, time));
        }
    }
    told
}

/// The lines of the access logs that are sought.
pub(super) fn told_by_access_logs(evidence: &Whole, is_sought: impl Fn(InputId) -> bool) -> ToldByKey {
    let mut told = ToldByKey::new();
    for row in evidence.access.iter().filter(|row| is_sought(row.place.input())) {
        if let Some(key) = RequestKey::of_line(&row.line) {
            tell(&mut told, key, (row.place, row.line.time));
        }
    }
    told
}

fn tell(told: &mut ToldByKey, key: RequestKey, line: (Place, Time)) {
    let lines = told.entry(key).or_default();
    if lines.len() < MOST_OF_A_KEY {
        lines.push(line);
    }
}

/// The zones of the logs that name requests; `is_known`: access logs whose own zone is known.
pub(super) fn by_requests(
    evidence: &Whole,
    told: ToldByKey,
    at: &dyn Fn(Place, Time) -> Time,
    is_known: impl Fn(InputId) -> bool,
) -> BTreeMap<InputId, Duration> {
    if told.is_empty() {
        return BTreeMap::new();
    }
    // The same machine's own words go before the edge's.
    let (mut near, mut far) = (Differences::default(), Differences::default());
    let named = |method: &str, target: &str| {
        let keys = RequestKey::by_any_name(method, target);
        keys.into_iter().filter_map(|key| told.get(&key)).flatten().copied().collect::<Vec<_>>()
    };
    for row in evidence.access.iter().filter(|row| is_known(row.place.input())) {
        if let Some((method, target)) = row.line.method.as_deref().zip(row.line.target.as_deref()) {
            near.add_lines(at(row.place, row.line.time), &named(method, target), at);
        }
    }
    for row in &evidence.connections {
        for request in row.exchanges.iter().filter_map(|kept| kept.exchange.request.as_ref()) {
            let lines = named(&request.method, &request.target);
            near.add_lines(at(row.place(request.first), request.first.time), &lines, at);
        }
    }
    for row in &evidence.edge {
        if let Some(target) = row.record.target.as_deref() {
            let method = row.record.method.as_deref().unwrap_or(COMMONEST_METHOD);
            far.add_lines(at(row.place, row.record.start), &named(method, target), at);
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
