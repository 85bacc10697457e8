//! A sample of the healthy requests: the k requests whose rays have the smallest hashes. A ray has the same hash in every source, so the
//! samples of all sources hold the same requests, and samples can be merged in any order with the same result.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::place::InputId;
use crate::ray::{Colo, Ray};
use crate::time::{Duration, Time};

/// The kind of source that saw a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Seen {
    /// The edge's log.
    Edge,
    /// A capture.
    Capture,
    /// An origin's access log.
    Access,
    /// A HAR file.
    Har,
}

/// A healthy request, as one source saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HealthyRequest {
    /// The input that has it.
    pub input: InputId,
    /// Its ray.
    pub ray: Option<Ray>,
    /// When it began, by that source's clock.
    pub time: Time,
    /// When it ended, by that source's clock.
    pub end: Option<Time>,
    /// The resolution of `time`.
    pub resolution: Duration,
    /// The edge's address towards the origin.
    pub edge_address: Option<IpAddr>,
    /// The origin's address.
    pub origin_address: Option<IpAddr>,
    /// The data centre that received it.
    pub colo: Option<Colo>,
    /// Whether the source names the visitor.
    pub names_visitor: bool,
    /// The visitor's country.
    pub country: Option<String>,
    /// Method.
    pub method: Option<String>,
    /// Host.
    pub host: Option<String>,
    /// Path without its query.
    pub path: Option<String>,
    /// Status.
    pub status: Option<u16>,
    /// Whether its connection had carried a request before.
    pub reused: Option<bool>,
    /// How long that connection had been idle.
    pub idle: Option<Duration>,
    /// How many bytes the answer has, with its head or without, where a log of the origin tells.
    pub answer_bytes: Option<u64>,
}

impl HealthyRequest {
    /// The path of a target, as samples have it.
    pub fn path_of(target: &str) -> &str {
        target.split('?').next().unwrap_or_default()
    }
}

/// The samples of all sources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Samples {
    by_hash: BTreeMap<Seen, BTreeMap<(u64, HealthyRequest), ()>>,
}

impl Samples {
    /// Requests that are kept of each kind of source: enough to know a share to within two per cent.
    pub const KEPT: usize = 4096;

    /// Offers a request, which is kept if its hash is among the smallest. A request without a ray is hashed by `place`.
    pub fn offer(
        &mut self,
        seen: Seen,
        place: u64,
        request: impl FnOnce() -> HealthyRequest,
        ray: Option<Ray>,
    ) {
        let hash = hash_of(ray, place);
        let kept = self.by_hash.entry(seen).or_default();
        let is_small = kept.len() < Samples::KEPT
            || kept.last_key_value().is_some_and(|((largest, _), ())| hash <= *largest);
        if is_small {
            kept.insert((hash, request()), ());
            trim(kept);
        }
    }

    /// The largest hash in the sample of one kind of source, once it is full: requests with larger ones are not taken in any more.
    pub fn largest(&self, seen: Seen) -> Option<u64> {
        let kept = self.by_hash.get(&seen).filter(|kept| kept.len() >= Samples::KEPT)?;
        kept.last_key_value().map(|((largest, _), ())| *largest)
    }

    /// The sample of one kind of source, in the order of the hashes.
    pub fn of(&self, seen: Seen) -> impl Iterator<Item = &HealthyRequest> {
        self.by_hash.get(&seen).into_iter().flatten().map(|((_, request), ())| request)
    }

    /// The samples of all that sees requests on their way, browsers apart: the edge's logs, captures and access logs.
    pub fn on_the_way(&self) -> impl Iterator<Item = &HealthyRequest> {
        [Seen::Edge, Seen::Capture, Seen::Access].into_iter().flat_map(|seen| self.of(seen))
    }

    /// Whether the sample of one kind of source holds the request of this ray, if that source saw it.
    pub fn would_hold(&self, seen: Seen, ray: Ray) -> bool {
        let Some(kept) = self.by_hash.get(&seen) else { return false };
        kept.len() < Samples::KEPT
            || kept.last_key_value().is_some_and(|((largest, _), ())| mix(ray.0) < *largest)
    }

    /// Adds another sample to this one.
    pub fn merge(&mut self, other: Samples) {
        for (seen, requests) in other.by_hash {
            let kept = self.by_hash.entry(seen).or_default();
            if kept.is_empty() {
                *kept = requests;
                continue;
            }
            for (request, ()) in requests {
                let fits = |largest: (&(u64, HealthyRequest), &())| request < *largest.0;
                if kept.len() >= Samples::KEPT && !kept.last_key_value().is_some_and(fits) {
                    // The hashes that follow are larger still.
                    break;
                }
                kept.insert(request, ());
                trim(kept);
            }
        }
    }
}

fn trim(kept: &mut BTreeMap<(u64, HealthyRequest), ()>) {
    while kept.len() > Samples::KEPT {
        kept.pop_last();
    }
}

/// The hash by which a request is chosen: of its ray, or, where it has none, of the place where it stands.
pub fn hash_of(ray: Option<Ray>, place: u64) -> u64 {
    mix(ray.map_or(place ^ 0x9e37_79b9_7f4a_7c15, |ray| ray.0))
}

/// Spreads values evenly, which rays by themselves are not: the last step of SplitMix64.
pub fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
