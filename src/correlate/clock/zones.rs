//! Zones that error logs do not tell: held against access lines, packets or records of the edge of the same requests they show them.

use std::collections::BTreeMap;

use crate::correlate::whole::Whole;
use crate::evidence::{InputId, Place, RequestKey};
use crate::time::{Duration, Time};

/// Zones differ from UTC by multiples of a quarter of an hour.
const QUARTER_HOUR: Duration = Duration::from_seconds(900);
/// So many requests and so many messages of one key are compared each with each.
const MOST_OF_A_KEY: usize = 64;

/// The correction of each input whose lines carry no zone, beyond what its clock is off. `at`: what stands at a place, by the reference
/// clock.
pub(super) fn zones(evidence: &Whole, at: &dyn Fn(Place, Time) -> Time) -> BTreeMap<InputId, Duration> {
    let mut told: BTreeMap<RequestKey, Vec<(InputId, Time)>> = BTreeMap::new();
    for row in evidence.messages.iter().filter(|row| row.line.time_is_local) {
        let (Some(time), Some((method, target))) = (row.line.time, &row.line.request) else { continue };
        let messages = told.entry(RequestKey::of(method, target)).or_default();
        if messages.len() < MOST_OF_A_KEY {
            messages.push((row.place.input(), at(row.place, time)));
        }
    }
    if told.is_empty() {
        return BTreeMap::new();
    }
    // The same machine's own words go before the edge's.
    let (mut near, mut far) = (Differences::default(), Differences::default());
    for row in &evidence.access {
        if let Some(messages) = RequestKey::of_line(&row.line).and_then(|key| told.get(&key)) {
            near.add(at(row.place, row.line.time), messages);
        }
    }
    for row in &evidence.connections {
        for request in row.exchanges.iter().filter_map(|kept| kept.exchange.request.as_ref()) {
            if let Some(messages) = told.get(&RequestKey::of(&request.method, &request.target)) {
                near.add(at(row.place(request.first), request.first.time), messages);
            }
        }
    }
    for row in &evidence.edge {
        if let Some(messages) = RequestKey::of_record(&row.record).and_then(|key| told.get(&key)) {
            far.add(at(row.place, row.record.start), messages);
        }
    }
    far.0.retain(|input, _| !near.0.contains_key(input));
    near.commonest().chain(far.commonest()).collect()
}

/// By how many quarters of an hour requests are ahead of messages of the same key, and how often.
#[derive(Default)]
struct Differences(BTreeMap<InputId, BTreeMap<i64, u64>>);

impl Differences {
    fn add(&mut self, start: Time, messages: &[(InputId, Time)]) {
        for (input, time) in messages {
            let quarters = (start.since(*time) + QUARTER_HOUR / 2).div_euclid(QUARTER_HOUR);
            *self.0.entry(*input).or_default().entry(quarters).or_default() += 1;
        }
    }

    /// The commonest of each input; of equally common ones the one nearest to UTC.
    fn commonest(&self) -> impl Iterator<Item = (InputId, Duration)> {
        self.0.iter().filter_map(|(input, quarters)| {
            let best = quarters.iter().max_by_key(|(quarters, count)| (**count, -quarters.abs()));
            let (&quarters, _) = best.filter(|(quarters, _)| **quarters != 0)?;
            Some((*input, quarters * QUARTER_HOUR))
        })
    }
}
