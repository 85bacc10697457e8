//! Requests by what was asked: what joins logs that name no ray. A sample of such requests is held of both sides, the same of each, so
//! that their clocks can be compared; and of the edge's log those healthy requests that a failing one might be mistaken for.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::place::Place;
use super::sample::mix;
use crate::logs::{AccessLine, EdgeRecord, MessageLine, NamedTarget};
use crate::ray::Ray;
use crate::time::{Duration, Time};

/// Keys that a sample holds of each side: those with the smallest hashes.
const KEYS: usize = 4096;
/// Sightings of one key. What is asked more often tells little of the clocks, and its sightings are dropped.
const SIGHTINGS: usize = 16;

/// The method of most requests.
pub const COMMONEST_METHOD: &str = "GET";

/// A method and a target, hashed: the same in every log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequestKey(u64);

impl RequestKey {
    /// The key of a method and a target. Of an absolute URL only the path and the query count, since most logs have no more.
    pub fn of(method: &str, target: &str) -> RequestKey {
        // Most targets begin with a slash (the origin form, RFC 9112 section 3.2.1), and are no URLs.
        let url = if target.starts_with('/') { None } else { target.split_once("://") };
        let path = match url {
            Some((scheme, rest)) if !scheme.contains(['/', '?']) => {
                rest.find('/').map_or("/", |at| &rest[at..])
            }
            _ => target,
        };
        RequestKey(hash(method.bytes().chain([b' ']).chain(path.bytes())))
    }

    /// The key of a target of which no method is told: that of no method and a target.
    pub fn of_target(target: &str) -> RequestKey {
        RequestKey::of("", target)
    }

    /// The key of a path of which no method is told, nor what query followed it.
    pub fn of_path(target: &str) -> RequestKey {
        RequestKey::of("?", target.split(['?', '#']).next().unwrap_or_default())
    }

    /// The keys by which something without a method may name this target.
    pub fn without_method(target: &str) -> [RequestKey; 2] {
        [RequestKey::of_target(target), RequestKey::of_path(target)]
    }

    /// All keys by which a request may be named: by its method and target, its target, its path.
    pub fn by_any_name(method: &str, target: &str) -> [RequestKey; 3] {
        let [target_key, path_key] = RequestKey::without_method(target);
        [RequestKey::of(method, target), target_key, path_key]
    }

    /// The key of a client of which alone something is told.
    pub fn of_peer(address: IpAddr) -> RequestKey {
        RequestKey(hash(b"peer ".iter().copied().chain(address.to_string().bytes())))
    }

    /// The key of an access line, where it has a method and a target.
    pub fn of_line(line: &AccessLine) -> Option<RequestKey> {
        Some(RequestKey::of(line.method.as_deref()?, line.target.as_deref()?))
    }

    /// The key of what a message names: a method and a target, or a target alone.
    pub fn of_message(line: &MessageLine) -> Option<RequestKey> {
        match (&line.request, &line.target) {
            (Some((method, target)), _) => Some(RequestKey::of(method, target)),
            (None, Some(NamedTarget::Whole(target))) => Some(RequestKey::of_target(target)),
            (None, Some(NamedTarget::Path(path))) => Some(RequestKey::of_path(path)),
            (None, None) => None,
        }
    }

    /// The key of a record of the edge, where it has a target. Of a log that leaves the methods out the commonest one is assumed.
    pub fn of_record(record: &EdgeRecord) -> Option<RequestKey> {
        Some(RequestKey::of(record.method.as_deref().unwrap_or(COMMONEST_METHOD), record.target.as_deref()?))
    }
}

/// A host, hashed: the same in whatever case it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HostKey(u64);

impl HostKey {
    /// The key of a host.
    pub fn of(host: &str) -> HostKey {
        HostKey(hash(host.bytes().map(|byte| byte.to_ascii_lowercase())))
    }
}

/// FNV-1a: short, and the same on every machine.
fn hash(bytes: impl Iterator<Item = u8>) -> u64 {
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    mix(hash)
}

/// Which side of the edge a log is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LogSide {
    /// The edge's own log.
    Edge,
    /// An access log of an origin.
    Origin,
}

/// A request, as one log has it.
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
    /// Of an access line.
    pub fn of_line(place: Place, line: &AccessLine) -> LoggedRequest {
        let start = (!line.time_is_end || line.request_time.is_some()).then(|| line.start());
        LoggedRequest {
            place,
            start,
            end: line.end(),
            resolution: line.resolution,
            status: line.status,
            host: line.host.as_deref().map(HostKey::of),
            origin_address: None,
            ray: line.ray.map(|ray| ray.ray),
            peer: line.real_peer.or(line.remote_address),
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
        let kept = self.sides.entry(side).or_default();
        let is_small = kept.len() < KEYS || kept.last_key_value().is_some_and(|(largest, _)| key <= *largest);
        if is_small {
            kept.entry(key)
                .or_insert(SightingsOfKey::Seldom(Vec::new()))
                .add(SightingsOfKey::Seldom(vec![sighting()]));
            trim(kept);
        }
    }

    /// Adds another sample to this one.
    pub fn merge(&mut self, other: KeySamples) {
        for (side, keys) in other.sides {
            let kept = self.sides.entry(side).or_default();
            for (key, asked) in keys {
                kept.entry(key).or_insert(SightingsOfKey::Seldom(Vec::new())).add(asked);
            }
            trim(kept);
        }
    }

    /// The keys that both sides hold, with the sightings of the edge and of the origins, where neither was asked too often.
    pub fn in_both(&self) -> impl Iterator<Item = (&[LoggedRequest], &[LoggedRequest])> {
        let of = |side| self.sides.get(&side);
        let both = of(LogSide::Edge).zip(of(LogSide::Origin));
        both.into_iter().flat_map(|(edge, origin)| {
            edge.iter().filter_map(|(key, at_edge)| match (at_edge, origin.get(key)?) {
                (SightingsOfKey::Seldom(at_edge), SightingsOfKey::Seldom(at_origin)) => {
                    Some((at_edge.as_slice(), at_origin.as_slice()))
                }
                _ => None,
            })
        })
    }
}

impl KeySamples {
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

fn trim(kept: &mut BTreeMap<RequestKey, SightingsOfKey>) {
    while kept.len() > KEYS {
        kept.pop_last();
    }
}

/// A healthy request of the edge's log that asked the same as a failing one near it: a line of the origin may be of either.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Competitor {
    /// Where its record stands.
    pub place: Place,
    /// What it asked.
    pub key: RequestKey,
    /// What it asked, whatever the method, and whatever the query.
    pub named: [RequestKey; 2],
    /// Its ray.
    pub ray: Option<Ray>,
    /// When it began and was over, by the edge's clock.
    pub span: (Time, Option<Time>),
    /// The resolution of both.
    pub resolution: Duration,
    /// Its host.
    pub host: Option<Box<str>>,
    /// The status that the visitor got.
    pub edge_status: Option<u16>,
    /// What the origin answered; `Some(0)` where it gave no answer.
    pub origin_status: Option<u16>,
    /// The edge's address towards the origin.
    pub edge_address: Option<IpAddr>,
    /// The visitor's address.
    pub client_address: Option<IpAddr>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::InputId;

    fn sighting(line: u64) -> LoggedRequest {
        let place = Place::Line { input: InputId(0), line, before: 0 };
        LoggedRequest {
            place,
            start: None,
            end: None,
            resolution: Duration::SECOND,
            status: None,
            host: None,
            origin_address: None,
            ray: None,
            peer: None,
        }
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

    #[test]
    fn an_absolute_url_asks_for_the_same_as_its_path() {
        assert_eq!(RequestKey::of("GET", "https://shop.example/a?b"), RequestKey::of("GET", "/a?b"));
        assert_ne!(RequestKey::of("GET", "/go?to=https://x/a"), RequestKey::of("GET", "/a"));
    }
}
