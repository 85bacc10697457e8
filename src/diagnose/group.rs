//! Groups before cases: what most failures of one kind turn out to be is likely for those of the same kind whose own evidence tells less.
//!
//! A group is what fails with one status of the edge (where that is not known, of the origin), for one host, at one server, in one burst; of a broken handshake the host is the name in its
//! ClientHello, so that a request of which no source tells the server is with the handshakes of its host. Its cases do not fail independently, so a
//! group's word is worth a few cases at most, however many it has, and a case whose own signs speak against it keeps its own judgement.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::IpAddr;

use super::appearance::Appearance;
use super::parameters::GroupParameters;
use super::tree::{Leaves, Tree};
use crate::causes;
use crate::correlate::whole::Whole;
use crate::correlate::{Case, Family, Happened, Incident, Outcome, ToldFrom};
use crate::evidence::HostKey;
use crate::facts::ranges::is_internal;
use crate::time::{Duration, Time};

/// After such a pause another burst begins.
const PAUSE: Duration = Duration::from_seconds(300);

/// What the cases of a group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct GroupKind<'i> {
    status: Option<u16>,
    /// Where no status of the edge is known: what happened, and what the origin answered.
    outcome: Option<Outcome>,
    answered: Option<u16>,
    host: Option<&'i str>,
    server: Option<IpAddr>,
}

/// One burst of a kind, until it is over.
#[derive(Clone, Copy, Debug)]
struct Burst<'i> {
    kind: GroupKind<'i>,
    first: Time,
    last: Time,
    cases: usize,
    /// Whether its cases are requests whose handshakes broke, and all that is known of these is the edge's word.
    is_told_alone: bool,
    broken: Broken,
}

/// How the handshakes of some cases broke that packets show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Broken {
    /// None did.
    Nowhere,
    /// All in this way.
    Alike(Outcome),
    /// Some in another way than others.
    Otherwise,
}

/// The number of the group of each case, in the order of the cases.
pub fn groups(incident: &Incident, appearances: &[Appearance]) -> Vec<usize> {
    let mut open: BTreeMap<GroupKind<'_>, usize> = BTreeMap::new();
    let mut bursts: Vec<Burst<'_>> = Vec::new();
    let mut numbers = Vec::with_capacity(appearances.len());
    // Cases are in order of time.
    for (case, appearance) in incident.cases.iter().zip(appearances) {
        let kind = kind(case, appearance, incident);
        let still = open.get(&kind).copied().filter(|&burst| case.time.since(bursts[burst].last) <= PAUSE);
        let burst = still.unwrap_or_else(|| {
            bursts.push(Burst::beginning(kind, case.time));
            bursts.len() - 1
        });
        bursts[burst].add(case, appearance);
        open.insert(kind, burst);
        numbers.push(burst);
    }
    let with = handshakes_of_host(&bursts);
    numbers.into_iter().map(|burst| with.get(&burst).copied().unwrap_or(burst)).collect()
}

/// The bursts that are one with another: a request whose server no source tells, and whose handshake broke, is one of those whose broken handshakes for
/// the same host were captured meanwhile, where these broke at one server and in one way.
fn handshakes_of_host(bursts: &[Burst<'_>]) -> BTreeMap<usize, usize> {
    let mut captured: BTreeMap<HostKey, Vec<usize>> = BTreeMap::new();
    for (number, burst) in bursts.iter().enumerate().filter(|(_, burst)| burst.broken != Broken::Nowhere) {
        if let Some(host) = burst.kind.host {
            captured.entry(HostKey::of(host)).or_default().push(number);
        }
    }
    let mut with = BTreeMap::new();
    for (number, burst) in bursts.iter().enumerate().filter(|(_, burst)| burst.is_told_alone) {
        let of_host = burst.kind.host.and_then(|host| captured.get(&HostKey::of(host)));
        let meanwhile =
            of_host.into_iter().flatten().copied().filter(|&other| bursts[other].is_beside(burst));
        let meanwhile: Vec<usize> = meanwhile.collect();
        let how = |other: &usize| (bursts[*other].kind.server, bursts[*other].broken);
        let are_alike = meanwhile.iter().all(|other| how(other) == how(&meanwhile[0]));
        let most = meanwhile.iter().copied().max_by_key(|&other| (bursts[other].cases, Reverse(other)));
        if let Some(other) = most.filter(|&other| are_alike && bursts[other].broken != Broken::Otherwise) {
            with.insert(number, other);
        }
    }
    with
}

impl<'i> Burst<'i> {
    fn beginning(kind: GroupKind<'i>, first: Time) -> Burst<'i> {
        Burst { kind, first, last: first, cases: 0, is_told_alone: true, broken: Broken::Nowhere }
    }

    fn add(&mut self, case: &Case, appearance: &Appearance) {
        let Happened { outcome, from } = appearance.happened;
        let is_broken = outcome.family() == Family::HandshakeBroken;
        self.last = case.time;
        self.cases += 1;
        self.is_told_alone &= is_broken && from == ToldFrom::Edge && self.kind.server.is_none();
        if is_broken && from == ToldFrom::Packets {
            self.broken = match self.broken {
                Broken::Nowhere => Broken::Alike(outcome),
                Broken::Alike(other) if other == outcome => self.broken,
                Broken::Alike(_) | Broken::Otherwise => Broken::Otherwise,
            };
        }
    }

    /// Whether the edge could say the other's status of it, and there was no pause between them.
    fn is_beside(&self, other: &Burst<'_>) -> bool {
        let same_word = match (self.kind.status, self.broken) {
            (Some(status), _) => other.kind.status == Some(status),
            // The edge does not accept the certificate.
            (None, Broken::Alike(Outcome::CertificateRefused)) => other.kind.status == Some(526),
            (None, _) => other.kind.status == Some(525),
        };
        let (later, earlier) = (self.first.max(other.first), self.last.min(other.last));
        same_word && later.since(earlier) <= PAUSE
    }
}

fn kind<'i>(case: &Case, appearance: &Appearance, incident: &'i Incident) -> GroupKind<'i> {
    let evidence = &incident.evidence;
    let is_untold = appearance.status.is_none();
    GroupKind {
        status: appearance.status,
        outcome: is_untold.then_some(appearance.happened.outcome),
        answered: if is_untold { case.origin_status(evidence) } else { None },
        host: case.host(evidence).or_else(|| case.name_asked_for(evidence)),
        server: server(case, evidence),
    }
}

/// The server of a case. A translated address, which only those of its cases show that were captured, is that which the edge asked.
fn server(case: &Case, evidence: &Whole) -> Option<IpAddr> {
    let captured = case.server_address(evidence);
    let asked = || case.asked_origin(evidence).and_then(|row| row.record.origin_address);
    if captured.is_some_and(is_internal) { asked().or(captured) } else { captured }
}

/// What a group says of its cases: how likely each cause is among those of them whose own evidence tells, and how many these are.
pub struct GroupWord {
    /// By the number of the cause in the catalogue; the last place is for none that is known.
    sums: Vec<f64>,
    /// How many cases tell, each counted by how much it tells.
    telling: f64,
}

impl GroupWord {
    /// No case yet.
    pub fn new() -> GroupWord {
        GroupWord { sums: vec![0.0; causes::ALL.len() + 1], telling: 0.0 }
    }

    /// Hears so many cases that look alike.
    pub fn hear(&mut self, tree: &Tree, leaves: &Leaves, cases: u64) {
        let own = tree.by_cause(&leaves.posterior);
        let weight = telling(&own) * cases as f64;
        for (sum, share) in self.sums.iter_mut().zip(&own) {
            *sum += weight * share;
        }
        self.telling += weight;
    }

    /// The leaves of one of its cases once the others were heard. Those that look like it, which are so many, tell nothing new.
    pub fn tell(&self, tree: &Tree, leaves: &Leaves, alike: u64, parameters: GroupParameters) -> Vec<f64> {
        let GroupParameters { own: own_worth, most } = parameters;
        let (own, before) = (tree.by_cause(&leaves.posterior), tree.by_cause(&leaves.prior));
        let mine = telling(&own) * alike as f64;
        let others = (self.telling - mine).max(0.0);
        if others < 0.5 {
            return leaves.posterior.clone();
        }
        let worth = others.min(most);
        let factor: Vec<f64> = (0..before.len())
            .map(|cause| {
                let among_others = ((self.sums[cause] - mine * own[cause]) / others).clamp(0.0, 1.0);
                let expected = (own_worth * before[cause] + worth * among_others) / (own_worth + worth);
                if before[cause] > 0.0 { expected / before[cause] } else { 0.0 }
            })
            .collect();
        tree.scaled(&leaves.posterior, &factor)
    }
}

/// How much a case tells its group: nothing where all that it could be is as likely as not.
fn telling(own: &[f64]) -> f64 {
    let likeliest = own.iter().copied().fold(0.0, f64::max);
    (2.0 * likeliest - 1.0).max(0.0)
}
