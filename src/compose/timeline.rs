//! Failures over time, and the events around them.

use std::collections::BTreeMap;

use super::values::moment;
use crate::correlate::Incident;
use crate::diagnose::Diagnosis;
use crate::logs::EventLine;
use crate::report::model::{Decimal, Event, Series, Timeline, UNEXPLAINED};
use crate::report::redaction::Redactor;
use crate::time::{Duration, Time};

/// Widths of buckets in seconds; the first one that gives at most `MOST_BUCKETS` is taken.
const WIDTHS: [i64; 16] = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400];
const MOST_BUCKETS: i64 = 60;
const MOST_EVENTS: usize = 40;
/// Changes before the failures began that are told.
const MOST_BEFORE: usize = 8;

/// The failures over time, among all requests that were counted.
pub fn timeline(diagnosis: &Diagnosis, redactor: &Redactor<'_>) -> Timeline {
    let incident = &diagnosis.incident;
    let requests = requests_by_second(incident);
    let counted = || (0..incident.cases.len()).filter(|&index| incident.counted.holds(index));
    let second_of = |index: usize| incident.cases[index].time.second();
    let failing = counted().map(second_of);
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
    let mut by_cause: BTreeMap<&'static str, Vec<u64>> = BTreeMap::new();
    for (second, count) in requests {
        series.requests[bucket(second)] += count;
    }
    for case in counted() {
        let index = bucket(second_of(case));
        series.failed[index] += 1;
        let slug = diagnosis.judgements[case].cause.map_or(UNEXPLAINED, |cause| &cause.slug);
        by_cause.entry(slug).or_insert_with(|| vec![0; buckets])[index] += 1;
    }
    series.by_cause = by_cause.into_iter().map(|(slug, failed)| (slug.into(), failed)).collect();
    let end = start.saturating_add(width.saturating_mul(buckets as i64));
    Timeline {
        bucket_s: Decimal::whole(width),
        start: Some(moment(Time::from_seconds(start, 0))),
        series,
        events: events(incident, Time::from_seconds(start, 0), Time::from_seconds(end, 0), redactor),
    }
}

/// Requests by second of the source that counts them.
fn requests_by_second(incident: &Incident) -> BTreeMap<i64, u64> {
    let mut by_second: BTreeMap<i64, u64> = BTreeMap::new();
    let counts = incident.request_counts();
    for (time, _, count) in counts.counted_by().into_iter().flat_map(|kind| counts.over_time(kind)) {
        *by_second.entry(time.second()).or_default() += count;
    }
    by_second
}

/// An event in words, as its input has it.
struct ToldEvent {
    text: String,
    kind: String,
}

/// Changes that were handed in, and messages about processes and the system, in order. Messages about single requests are left out: they belong
/// to the cases.
fn events(incident: &Incident, from: Time, to: Time, redactor: &Redactor<'_>) -> Vec<Event> {
    let mut events = changes(incident, from, to);
    let left = MOST_EVENTS.saturating_sub(events.len());
    events.extend(of_system(incident, from, to, left));
    events.sort_by_key(|(time, _)| *time);
    let event = |(time, told): (Time, ToldEvent)| Event {
        time: moment(time),
        kind: redactor.text(told.kind),
        text: redactor.text(told.text),
    };
    let mut told: Vec<Event> = events.into_iter().map(event).collect();
    // What differs in a value that was cut reads the same.
    told.dedup_by(|later, before| later.time == before.time && later.text == before.text);
    told
}

/// The changes of the time, and the last ones of the day before it: what broke at two was often rolled out at noon.
fn changes(incident: &Incident, from: Time, to: Time) -> Vec<(Time, ToldEvent)> {
    const DAY_BEFORE: Duration = Duration::from_seconds(-86_400);
    let since = from.plus(DAY_BEFORE);
    let mut changes: Vec<(Time, &EventLine)> = incident
        .evidence
        .events
        .iter()
        .map(|row| (incident.clocks.correct(row.place.input(), row.event.time), &row.event))
        .filter(|(time, _)| (since..=to).contains(time))
        .collect();
    changes.sort_by_key(|(time, event)| (*time, event.line));
    let before = changes.partition_point(|(time, _)| *time < from);
    let kept = changes.into_iter().skip(before.saturating_sub(MOST_BEFORE)).take(MOST_EVENTS);
    let event = |(time, event): (Time, &EventLine)| {
        let text = crate::text::words::quote(&event.text);
        (time, ToldEvent { text, kind: event.kind.clone() })
    };
    kept.map(event).collect()
}

/// Messages about processes and the system, at most so many.
fn of_system(incident: &Incident, from: Time, to: Time, most: usize) -> Vec<(Time, ToldEvent)> {
    let mut events: Vec<(Time, ToldEvent)> = Vec::new();
    let of_system = incident.messages.all(&incident.evidence).filter(|(time, row)| {
        (from..=to).contains(time) && row.line.request.is_none() && row.line.signature.is_some()
    });
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (time, row) in of_system {
        let text = crate::text::words::quote(&row.line.text);
        // What one moment says again and again is said once.
        if events.iter().rev().take_while(|(other, _)| *other == time).any(|(_, event)| event.text == text) {
            continue;
        }
        // The first three of a kind are enough; more would hide the others.
        let seen = counts.entry(row.line.signature.unwrap_or_default()).or_default();
        *seen += 1;
        if *seen <= 3 && events.len() < most {
            let kind = row.line.program.clone().unwrap_or_else(|| "log".to_owned());
            events.push((time, ToldEvent { text, kind }));
        }
    }
    events
}
