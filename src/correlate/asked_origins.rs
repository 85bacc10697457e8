//! Which origins the edge asks for each host, by its log: those that answer healthy requests, and those that never take a connection.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::case::Case;
use super::whole::Whole;
use crate::evidence::sample::{HealthyRequest, Seen};
use crate::time::{Duration, Time};

/// So many healthy requests of a host at an address show that the host is there.
const FEWEST_ELSEWHERE: u64 = 5;
/// Into so many parts the time is cut from the first attempt at an address to the last request of its host, and in so many of them attempts fail at one that
/// is dead: where they are few, chance leaves one part empty.
const PARTS: i64 = 8;
const FEWEST_PARTS: usize = 7;
/// In a shorter time a server that is started again is away throughout as well.
const SHORTEST: Duration = Duration::from_seconds(15);

/// Another server than the one that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthyOrigin {
    /// The address that answers.
    pub address: IpAddr,
    /// Healthy requests that it answered, as far as they are sampled.
    pub requests: u64,
}

/// By host, in lower case; `None` where a log does not tell it.
type ByHost<T> = BTreeMap<Option<String>, T>;

/// By host, which origins answer healthy requests, and which never take a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskedOrigins {
    healthy: ByHost<BTreeMap<IpAddr, u64>>,
    dead: ByHost<BTreeSet<IpAddr>>,
}

impl AskedOrigins {
    pub(super) fn of(cases: &[Case], evidence: &Whole) -> AskedOrigins {
        let mut origins = AskedOrigins::default();
        let mut moments: ByHost<Vec<Time>> = BTreeMap::new();
        for (request, address) in answered(evidence) {
            let host = request.host.as_deref().map(str::to_ascii_lowercase);
            moments.entry(host.clone()).or_default().push(request.time);
            *origins.healthy.entry(host).or_default().entry(address).or_default() += 1;
        }
        origins.dead = origins.never_taking(cases, evidence, &moments);
        origins
    }

    /// The addresses at which attempts fail as long as they are asked, while their host is healthy at others.
    fn never_taking(
        &self,
        cases: &[Case],
        evidence: &Whole,
        healthy: &ByHost<Vec<Time>>,
    ) -> ByHost<BTreeSet<IpAddr>> {
        let mut failed: ByHost<BTreeMap<IpAddr, Vec<Time>>> = BTreeMap::new();
        for row in cases.iter().filter_map(|case| case.asked_origin(evidence)) {
            // In nearly all incidents each address answers somebody.
            if let Some(address) = row.record.origin_address.filter(|address| !self.answers(*address)) {
                let host = row.record.host.as_deref().map(str::to_ascii_lowercase);
                failed.entry(host).or_default().entry(address).or_default().push(row.record.start);
            }
        }
        let mut dead: ByHost<BTreeSet<IpAddr>> = BTreeMap::new();
        for (host, by_address) in failed {
            let Some(healthy) = healthy.get(&host) else { continue };
            // A server may well listen on addresses of one family alone.
            let is_alike = |asked: &IpAddr| {
                let elsewhere = self.elsewhere(host.as_deref(), *asked);
                elsewhere.is_some_and(|healthy| healthy.address.is_ipv4() == asked.is_ipv4())
            };
            let never_took = by_address
                .into_iter()
                .filter(|(address, failed)| is_alike(address) && fails_to_the_end(failed, healthy));
            let never_took: BTreeSet<IpAddr> = never_took.map(|(address, _)| address).collect();
            dead.insert(host, never_took);
        }
        dead
    }

    /// The address that answers healthy requests of a host, where `asked` never does.
    pub fn elsewhere(&self, host: Option<&str>, asked: IpAddr) -> Option<HealthyOrigin> {
        let answering = self.healthy.get(&host.map(str::to_ascii_lowercase))?;
        if answering.contains_key(&asked) {
            return None;
        }
        let (&address, &requests) =
            answering.iter().max_by_key(|(address, requests)| (**requests, **address))?;
        (requests >= FEWEST_ELSEWHERE).then_some(HealthyOrigin { address, requests })
    }

    /// Whether every attempt at this address fails, from the first one on until the last request of the host, which is healthy at another meanwhile.
    pub fn never_took(&self, host: Option<&str>, asked: IpAddr) -> bool {
        self.dead.get(&host.map(str::to_ascii_lowercase)).is_some_and(|dead| dead.contains(&asked))
    }

    /// Whether the edge's log names the origins that it asked.
    pub fn are_named(&self) -> bool {
        !self.healthy.is_empty()
    }

    /// Whether healthy requests went to this address, by the edge's log.
    pub fn answers(&self, address: IpAddr) -> bool {
        self.healthy.values().any(|answering| answering.contains_key(&address))
    }

    /// Whether one address answers healthy requests of all these hosts. `None` where it may, since nobody knows who answers some of them.
    pub fn share_one(&self, hosts: &BTreeSet<String>) -> Option<bool> {
        let answering = |host: &String| self.healthy.get(&Some(host.clone()));
        let known: Vec<&BTreeMap<IpAddr, u64>> = hosts.iter().filter_map(answering).collect();
        let (first, others) = known.split_first()?;
        let answers_all = |address: &IpAddr| others.iter().all(|answering| answering.contains_key(address));
        let is_shared = first.keys().any(answers_all);
        (!is_shared || known.len() == hosts.len()).then_some(is_shared)
    }
}

/// The sampled healthy requests of the edge's log, each with the origin that was asked.
fn answered(evidence: &Whole) -> impl Iterator<Item = (&HealthyRequest, IpAddr)> {
    // A record of what the edge answered by itself lacks its address towards the origin; some logs have that field nowhere.
    let asks = |request: &&HealthyRequest| request.edge_address.is_some();
    let names_itself = evidence.samples.of(Seen::Edge).any(|request| asks(&request));
    let asked = evidence.samples.of(Seen::Edge).filter(move |request| asks(request) || !names_itself);
    asked.filter_map(|request| Some((request, request.origin_address?)))
}

/// Whether attempts fail from the first one on until the host's last request, while others of the host are well.
fn fails_to_the_end(failed: &[Time], healthy: &[Time]) -> bool {
    let Some(first) = failed.iter().min() else { return false };
    let meanwhile = healthy.iter().filter(|time| *time >= first);
    let Some(last) = failed.iter().chain(meanwhile.clone()).max() else { return false };
    let part = last.since(*first) / PARTS;
    if part * PARTS < SHORTEST || (meanwhile.count() as u64) < FEWEST_ELSEWHERE {
        return false;
    }
    let parts: BTreeSet<i64> = failed.iter().map(|time| (time.since(*first) / part).min(PARTS - 1)).collect();
    parts.contains(&(PARTS - 1)) && parts.len() >= FEWEST_PARTS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each(seconds: impl Iterator<Item = i64>) -> Vec<Time> {
        seconds.map(|second| Time(second * 1_000_000_000)).collect()
    }

    /// A server that is down comes back, and its host is not well elsewhere for as long.
    #[test]
    fn what_fails_as_long_as_it_is_asked_was_never_there() {
        let healthy = each((0..600).step_by(7));
        assert!(fails_to_the_end(&each((3..600).step_by(50)), &healthy));
        assert!(fails_to_the_end(&each((200..600).step_by(10)), &healthy), "asked from then on");
        assert!(!fails_to_the_end(&each((0..400).step_by(10)), &healthy), "it ends sooner");
        assert!(!fails_to_the_end(&each([0, 300, 599].into_iter()), &healthy), "three attempts");
        assert!(!fails_to_the_end(&each(0..12), &each(0..12)), "a restart takes as long");
        assert!(!fails_to_the_end(&each(300..600), &each(0..300)), "nothing of the host is well any more");
        assert!(!fails_to_the_end(&[], &[]));
    }
}
