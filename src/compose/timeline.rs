//! Failures over time, and the events around them.

use std::collections::BTreeMap;

use super::values::moment;
use crate::correlate::Incident;
use crate::diagnose::Diagnosis;
use crate::evidence::InputKind;
use crate::report::model::{Decimal, Event, Series, Timeline, UNEXPLAINED};
use crate::time::Time;

/// Widths of buckets in seconds; the first one that gives at most `MOST_BUCKETS` is taken.
const WIDTHS: [i64; 16] = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400];
const MOST_BUCKETS: i64 = 60;
const MOST_EVENTS: usize = 40;

/// The failures over time, among all requests that were counted.
pub fn timeline(diagnosis: &Diagnosis) -> Timeline {
    let incident = &diagnosis.incident;
    let requests = requests_by_second(incident);
    let seconds = |case: &crate::correlate::Case| case.time.second();
    let failing = incident.cases.iter().map(seconds);
    let all: Vec<i64> = failing.chain(requests.keys().copied()).collect();
    let (Some(&first), Some(&last)) = (all.iter().min(), all.iter().max()) else {
        return Timeline::default();
    };
    let span = last.saturating_sub(first).saturating_add(1);
    let fits = |width: &i64| span.div_euclid(*width) < MOST_BUCKETS;
    // Where even the widest of the table is too narrow, the span decides.
    let width = WIDTHS.into_iter().find(fits).unwrap_or(span.div_euclid(MOST_BUCKETS).max(1) + 1);
    let start = first.div_euclid(width).saturating_mul(width);
    let buckets = usize::try_from((last - start).div_euclid(width) + 1).unwrap_or(1);
    let bucket =
        |second: i64| usize::try_from((second - start).div_euclid(width)).unwrap_or(0).min(buckets - 1);

    let mut series =
        Series { requests: vec![0; buckets], failed: vec![0; buckets], by_cause: BTreeMap::new() };
    for (second, count) in requests {
        series.requests[bucket(second)] += count;
    }
    for (case, judgement) in incident.cases.iter().zip(&diagnosis.judgements) {
        let index = bucket(seconds(case));
        series.failed[index] += 1;
        let slug = judgement.cause.map_or(UNEXPLAINED, |cause| &cause.slug);
        series.by_cause.entry(slug.to_owned()).or_insert_with(|| vec![0; buckets])[index] += 1;
    }
    let end = start.saturating_add(width.saturating_mul(buckets as i64));
    Timeline {
        bucket_s: Decimal::whole(width),
        start: Some(moment(Time::from_seconds(start, 0))),
        series,
        events: events(incident, Time::from_seconds(start, 0), Time::from_seconds(end, 0)),
    }
}

/// Requests by second of the source that counts them (see `Incident::requests`).
fn requests_by_second(incident: &Incident) -> BTreeMap<i64, u64> {
    for kind in [InputKind::EdgeLog, InputKind::Capture, InputKind::AccessLog, InputKind::Har] {
        let mut by_second: BTreeMap<i64, u64> = BTreeMap::new();
        for (time, _, count) in incident.request_counts().over_time(kind) {
            *by_second.entry(time.second()).or_default() += count;
        }
        if !by_second.is_empty() {
            return by_second;
        }
    }
    BTreeMap::new()
}

/// Messages about processes and the system. Messages about single requests are left out: they belong to the cases.
fn events(incident: &Incident, from: Time, to: Time) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    let of_system = incident.messages.all(&incident.evidence).filter(|(time, row)| {
        (from..=to).contains(time) && row.line.request.is_none() && row.line.signature.is_some()
    });
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (time, row) in of_system {
        // The first three of a kind are enough; more would hide the others.
        let seen = counts.entry(row.line.signature.unwrap_or_default()).or_default();
        *seen += 1;
        if *seen <= 3 && events.len() < MOST_EVENTS {
            let kind = row.line.program.clone().unwrap_or_else(|| "log".to_owned());
            events.push(Event { time: moment(time), text: crate::text::words::quote(&row.line.text), kind });
        }
    }
    events
}
