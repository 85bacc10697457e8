//! Samples of requests by what was asked: the same keys of both sides of the edge, so that the clocks of what names no ray can be compared.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::place::Place;
use super::request_key::{HostKey, RequestKey};
use crate::logs::{AccessLine, EdgeRecord};
use crate::ray::Ray;
use crate::time::{Duration, Time};

/// Keys that a sample holds of each side: those with the smallest hashes.
const KEYS: usize = 4096;
/// The same of a part of a capture's connections, of which there are many at a time.
const KEYS_OF_A_PART: usize = 128;
/// Sightings of one key. What is asked more often tells little of the clocks, and its sightings are dropped.
const SIGHTINGS: usize = 16;

/// Which side of the edge a log is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LogSide {
    /// The edge's own log.
    Edge,
    /// An access log of an origin, or a capture.
    Origin,
    /// The edge's own log, each of its addresses by itself.
    EdgeByAddress,
    /// A capture, each of its clients by itself.
    CaptureByAddress,
}

/// A request, as one log or capture has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LoggedRequest {
    /// Where it stands.
    pub place: Place,
    /// When it began, by that log's clock; `None` where the log has only the end.
    pub start: Option<Time>,
    /// When it was over, by that log's clock.
    pub end: Option<Time>,
    /// The resolution of both.
    pub resolution: Duration,
    /// What the origin answered.
    pub status: Option<u16>,
    /// Its host.
    pub host: Option<HostKey>,
    /// The origin's address, as the edge's log has it.
    pub origin_address: Option<IpAddr>,
    /// Its ray.
    pub ray: Option<Ray>,
    /// Who asked the origin: the edge's address towards it, or the peer of a line.
    pub peer: Option<IpAddr>,
}

impl LoggedRequest {
    /// Of a place and of times of this resolution, where nothing else is told.
    pub fn at(place: Place, resolution: Duration) -> LoggedRequest {
        LoggedRequest {
            place,
            start: None,
            end: None,
            resolution,
            status: None,
            host: None,
            origin_address: None,
            ray: None,
            peer: None,
        }
    }

    /// Of an access line.
    pub fn of_line(place: Place, line: &AccessLine) -> LoggedRequest {
        let start = (!line.time_is_end || line.request_time.is_some()).then(|| line.start());
        LoggedRequest {
            start,
            end: line.end(),
            status: line.status,
            host: line.host.as_deref().map(HostKey::of),
            ray: line.ray.map(|ray| ray.ray),
            peer: line.real_peer.or(line.remote_address),
            ..LoggedRequest::at(place, line.resolution)
        }
    }

    /// Of a record of the edge.
    pub fn of_record(place: Place, record: &EdgeRecord) -> LoggedRequest {
        let status = record.origin_status.or(record.edge_status);
        LoggedRequest {
            place,
            start: Some(record.start),
            end: record.end,
            resolution: record.resolution,
            status,
            host: record.host.as_deref().map(HostKey::of),
            origin_address: record.origin_address,
            ray: record.ray,
            peer: record.edge_address,
        }
    }
}

/// The sightings of one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum SightingsOfKey {
    /// All of them.
    Seldom(Vec<LoggedRequest>),
    /// Too many to be kept.
    Often,
}

/// A sample of the requests of both sides: all requests of the keys with the smallest hashes. Merges in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySamples {
    sides: BTreeMap<LogSide, BTreeMap<RequestKey, SightingsOfKey>>,
}

impl KeySamples {
    /// Offers a request, which is kept if its key is among the smallest.
    pub fn offer(&mut self, side: LogSide, key: RequestKey, sighting: impl FnOnce() -> LoggedRequest) {
        self.offer_within(KEYS, side, key, sighting);
    }

    /// The same of a part of a capture's connections, which keeps fewer.
    pub fn offer_of_part(
        &mut self,
        side: LogSide,
        key: RequestKey,
        sighting: impl FnOnce() -> LoggedRequest,
    ) {
        self.offer_within(KEYS_OF_A_PART, side, key, sighting);
    }

    fn offer_within(
        &mut self,
        most: usize,
        side: LogSide,
        key: RequestKey,
        sighting: impl FnOnce() -> LoggedRequest,
    ) {
        let kept = self.sides.entry(side).or_default();
        let is_small = kept.len() < most || kept.last_key_value().is_some_and(|(largest, _)| key <= *largest);
        if is_small {
            kept.entry(key)
                .or_insert(SightingsOfKey::Seldom(Vec::new()))
                .add(SightingsOfKey::Seldom(vec![sighting()]));
            trim(kept, most);
        }
    }

    /// Whether nothing was offered.
    pub fn is_empty(&self) -> bool {
        self.sides.is_empty()
    }

    /// Adds another sample to this one.
    pub fn merge(&mut self, other: KeySamples) {
        for (side, keys) in other.sides {
            let kept = self.sides.entry(side).or_default();
            for (key, asked) in keys {
                kept.entry(key).or_insert(SightingsOfKey::Seldom(Vec::new())).add(asked);
            }
            trim(kept, KEYS);
        }
    }

    /// The keys that both sides hold, with the sightings of the edge and of the origins, where neither was asked too often.
    pub fn in_both(&self) -> impl Iterator<Item = (&[LoggedRequest], &[LoggedRequest])> {
        let of = |side| self.sides.get(&side);
        let both = of(LogSide::Edge).zip(of(LogSide::Origin));
        let by_address = of(LogSide::EdgeByAddress).zip(of(LogSide::CaptureByAddress));
        both.into_iter().chain(by_address).flat_map(|(edge, origin)| {
            edge.iter().filter_map(|(key, at_edge)| match (at_edge, origin.get(key)?) {
                (SightingsOfKey::Seldom(at_edge), SightingsOfKey::Seldom(at_origin)) => {
                    Some((at_edge.as_slice(), at_origin.as_slice()))
                }
                _ => None,
            })
        })
    }

    /// The sampled requests of a capture of this key, which is that of an address of the edge; none where it asked too often.
    pub fn captured(&self, key: RequestKey) -> &[LoggedRequest] {
        match self.sides.get(&LogSide::CaptureByAddress).and_then(|captured| captured.get(&key)) {
            Some(SightingsOfKey::Seldom(sightings)) => sightings,
            Some(SightingsOfKey::Often) | None => &[],
        }
    }

    /// The sampled requests of the origins' logs that the edge's sample would hold, and whether it does.
    pub fn found_at_edge(&self) -> impl Iterator<Item = (&LoggedRequest, bool)> {
        let both = self.sides.get(&LogSide::Edge).zip(self.sides.get(&LogSide::Origin));
        both.into_iter().flat_map(|(edge, origin)| {
            let largest = edge.last_key_value().map(|(key, _)| *key).filter(|_| edge.len() >= KEYS);
            let would_hold = move |key: &RequestKey| largest.is_none_or(|largest| *key < largest);
            let asked = origin.iter().filter(move |(key, _)| would_hold(key));
            asked.flat_map(|(key, asked)| {
                let sightings = match asked {
                    SightingsOfKey::Seldom(sightings) => sightings.as_slice(),
                    SightingsOfKey::Often => &[],
                };
                let found = edge.contains_key(key);
                sightings.iter().map(move |sighting| (sighting, found))
            })
        })
    }
}

impl SightingsOfKey {
    fn add(&mut self, other: SightingsOfKey) {
        match (&mut *self, other) {
            (SightingsOfKey::Seldom(known), SightingsOfKey::Seldom(more))
                if known.len() + more.len() <= SIGHTINGS =>
            {
                known.extend(more);
                known.sort_unstable();
            }
            _ => *self = SightingsOfKey::Often,
        }
    }
}

fn trim(kept: &mut BTreeMap<RequestKey, SightingsOfKey>, most: usize) {
    while kept.len() > most {
        kept.pop_last();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::InputId;

    fn sighting(line: u64) -> LoggedRequest {
        LoggedRequest::at(Place::Line { input: InputId(0), line, before: 0 }, Duration::SECOND)
    }

    /// Otherwise a report would depend on how the work was divided.
    #[test]
    fn samples_of_parts_are_the_sample_of_the_whole() {
        let offer = |samples: &mut KeySamples, number: u64| {
            for side in [LogSide::Edge, LogSide::Origin] {
                let key = RequestKey::of("GET", &format!("/{}", number % 6_000));
                samples.offer(side, key, || sighting(number));
            }
        };
        let (mut whole, mut parts) = (KeySamples::default(), [KeySamples::default(), KeySamples::default()]);
        for number in 0..12_000 {
            offer(&mut whole, number);
            offer(&mut parts[usize::from(number % 3 == 0)], number);
        }
        let [a, b] = parts;
        let mut merged = b.clone();
        merged.merge(a.clone());
        let mut other = a;
        other.merge(b);
        assert_eq!((&merged, &other), (&whole, &whole));
        assert_eq!(whole.in_both().count(), KEYS);
    }

    /// One page that everybody asks for would otherwise fill the sample.
    #[test]
    fn what_is_asked_all_the_time_is_not_kept() {
        let mut samples = KeySamples::default();
        for number in 0..100 {
            samples.offer(LogSide::Edge, RequestKey::of("GET", "/"), || sighting(number));
            samples.offer(LogSide::Origin, RequestKey::of("GET", "/"), || sighting(number));
        }
        assert_eq!(samples.in_both().count(), 0);
    }
}
