//! Servers that turn attempts to connect away while so many connections are open, and take them below that number: iptables' `connlimit`, nftables'
//! `ct count`, a box in front. What an attempt meets then goes by the number of open connections, of its address or of all, and by nothing else. A port on
//! which nobody listens refuses all, loss meets any, and a backlog that is full drops what comes while much is going on at the server, of whatever address.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::net::{IpAddr, SocketAddr};

use super::whole::Whole;
use crate::evidence::exact_test::chance_of_more;
use crate::evidence::open_spans::{AttemptFate, OpenSpan};
use crate::time::Time;

/// Fewer attempts that were turned away show no limit, and fewer that were taken neither.
const FEWEST: usize = 5;
/// So many are taken between the first that is turned away and the last: else the server may have been away.
const TAKEN_MEANWHILE: usize = 3;
/// A limit on less is none on how many are open.
const LEAST: u32 = 2;
/// So seldom do attempts go by the number of open connections by chance.
const BY_CHANCE: f64 = 0.001;

/// A number of open connections from which on attempts are turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenLimit {
    /// The number.
    pub open: u32,
    /// Whether those of one address count; else those of all.
    pub of_address: bool,
    /// Attempts that were turned away.
    pub turned_away: u64,
    /// Attempts that were taken.
    pub taken: u64,
}

/// By server, and by address where each counts for itself.
pub type OpenLimits = BTreeMap<(SocketAddr, Option<IpAddr>), OpenLimit>;

/// An attempt to connect, and how many connections were open as it was made.
#[derive(Clone, Copy, Debug)]
struct CountedAttempt {
    client: IpAddr,
    at: Time,
    fate: AttemptFate,
    of_address: u32,
    of_all: u32,
}

/// Those of all captured servers.
pub(super) fn open_limits(evidence: &Whole) -> OpenLimits {
    let mut limits = OpenLimits::new();
    for (&server, opened) in &evidence.tallies.opened {
        let mut by_port: BTreeMap<u16, Vec<&OpenSpan>> = BTreeMap::new();
        opened.iter().for_each(|span| by_port.entry(span.ports.1).or_default().push(span));
        for (port, spans) in by_port {
            // Next to no server turns any away: of the others nothing is counted.
            let turned_away = spans.iter().filter(|span| span.fate != AttemptFate::Taken).count();
            if turned_away >= FEWEST {
                add_limits(SocketAddr::new(server, port), &counted(&spans), &mut limits);
            }
        }
    }
    limits
}

/// The limits of one server: those of single addresses, else that of all.
fn add_limits(server: SocketAddr, attempts: &[CountedAttempt], limits: &mut OpenLimits) {
    let mut by_client: BTreeMap<IpAddr, Vec<CountedAttempt>> = BTreeMap::new();
    attempts.iter().for_each(|attempt| by_client.entry(attempt.client).or_default().push(*attempt));
    let of_clients: Vec<(IpAddr, OpenLimit)> = by_client
        .iter()
        .filter_map(|(client, own)| {
            let limit = limit(own, true)?;
            (!may_be_busy(own, attempts)).then_some((*client, limit))
        })
        .collect();
    // One rule has one number.
    let open = || of_clients.iter().map(|(_, limit)| limit.open);
    let is_one = open().max().zip(open().min()).is_some_and(|(most, least)| most - least <= 1);
    if is_one {
        limits.extend(of_clients.into_iter().map(|(client, limit)| ((server, Some(client)), limit)));
    } else if of_clients.is_empty()
        && attempts.iter().all(|attempt| attempt.fate != AttemptFate::Dropped)
        && let Some(limit) = limit(attempts, false)
    {
        limits.insert((server, None), limit);
    }
}

/// Whether attempts are dropped while as much is open at the server as at no time at which others are taken: then its backlog may be full.
fn may_be_busy(own: &[CountedAttempt], attempts: &[CountedAttempt]) -> bool {
    let dropped = || own.iter().filter(|attempt| attempt.fate == AttemptFate::Dropped);
    let Some(least) = dropped().map(|attempt| attempt.of_all).min() else { return false };
    let (first, last) =
        (dropped().map(|attempt| attempt.at).min(), dropped().map(|attempt| attempt.at).max());
    let meanwhile = |at: Time| first.is_some_and(|first| first <= at) && last.is_some_and(|last| at <= last);
    let taken = attempts.iter().filter(|attempt| attempt.fate == AttemptFate::Taken);
    let as_busy = taken.filter(|attempt| attempt.of_all >= least && meanwhile(attempt.at)).count();
    as_busy < TAKEN_MEANWHILE
}

/// The number of open connections that parts the attempts that were turned away from those that were taken, but for one in ten.
fn limit(attempts: &[CountedAttempt], of_address: bool) -> Option<OpenLimit> {
    let open = |attempt: &CountedAttempt| if of_address { attempt.of_address } else { attempt.of_all };
    let (mut taken, mut turned): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
    for attempt in attempts {
        let of = if attempt.fate == AttemptFate::Taken { &mut taken } else { &mut turned };
        of.push(open(attempt));
    }
    if turned.len() < FEWEST || taken.len() < FEWEST || taken_meanwhile(attempts) < TAKEN_MEANWHILE {
        return None;
    }
    taken.sort_unstable();
    turned.sort_unstable();
    let beyond = |sorted: &[u32], least: u32| sorted.len() - sorted.partition_point(|open| *open < least);
    let candidates = turned.iter().copied().filter(|least| *least >= LEAST);
    let parts = candidates.map(|least| (least, beyond(&turned, least), beyond(&taken, least)));
    let best = parts.max_by_key(|(least, turned, taken)| (turned.saturating_sub(*taken), Reverse(*least)))?;
    let (least, turned_beyond, taken_beyond) = best;
    let is_sharp = turned_beyond * 10 >= turned.len() * 9 && taken_beyond * 10 <= taken.len();
    let (turned_away, all_taken) = (turned.len() as u64, taken.len() as u64);
    let chance = chance_of_more((turned_beyond as u64, turned_away), (taken_beyond as u64, all_taken));
    (is_sharp && chance < BY_CHANCE).then_some(OpenLimit {
        open: least,
        of_address,
        turned_away,
        taken: all_taken,
    })
}

/// How many attempts were taken between the first that was turned away and the last.
fn taken_meanwhile(attempts: &[CountedAttempt]) -> usize {
    let is_taken = |attempt: &&CountedAttempt| attempt.fate == AttemptFate::Taken;
    let turned_away = |attempt: &CountedAttempt| attempt.fate != AttemptFate::Taken;
    let first = attempts.iter().position(turned_away).unwrap_or_default();
    let last = attempts.iter().rposition(turned_away).unwrap_or_default();
    attempts.get(first..last).unwrap_or_default().iter().filter(is_taken).count()
}

/// Counts the open connections at each attempt. `spans` are in the order in which they begin.
fn counted(spans: &[&OpenSpan]) -> Vec<CountedAttempt> {
    let mut open: BTreeMap<IpAddr, BinaryHeap<Reverse<Time>>> = BTreeMap::new();
    let mut of_all: BinaryHeap<Reverse<Time>> = BinaryHeap::new();
    let mut attempts = Vec::with_capacity(spans.len());
    for span in spans {
        let client = span.client;
        let own = open.entry(client).or_default();
        for heap in [&mut *own, &mut of_all] {
            while heap.peek().is_some_and(|Reverse(closed)| *closed <= span.from) {
                heap.pop();
            }
        }
        let count = |heap: &BinaryHeap<_>| u32::try_from(heap.len()).unwrap_or(u32::MAX);
        attempts.push(CountedAttempt {
            client,
            at: span.from,
            fate: span.fate,
            of_address: count(own),
            of_all: count(&of_all),
        });
        if span.fate == AttemptFate::Taken {
            own.push(Reverse(span.to));
            of_all.push(Reverse(span.to));
        }
    }
    attempts
}

#[cfg(test)]
mod tests {
    use super::*;
    use AttemptFate::{Dropped, Refused, Taken};

    /// Attempts one second apart: what came of each, and how many of its address and of all were open.
    fn attempts(told: &[(AttemptFate, u32, u32)]) -> Vec<CountedAttempt> {
        let client = IpAddr::from([172, 68, 10, 9]);
        let attempt = |(second, &(fate, of_address, of_all)): (usize, &(AttemptFate, u32, u32))| {
            CountedAttempt { client, at: Time::from_seconds(second as i64, 0), fate, of_address, of_all }
        };
        told.iter().enumerate().map(attempt).collect()
    }

    #[test]
    fn what_is_turned_away_from_a_number_on_and_taken_below_it_meets_a_limit() {
        let mixed: Vec<_> =
            (0..40).map(|n| if n % 4 == 3 { (Refused, 4, 9) } else { (Taken, n % 4, 5) }).collect();
        let limit_of = |told: &[_]| limit(&attempts(told), true).map(|limit| limit.open);
        assert_eq!(limit_of(&mixed), Some(4));
        // Refused at any number.
        let any: Vec<_> = (0..40).map(|n| (if n % 4 == 3 { Refused } else { Taken }, n / 4 % 5, 5)).collect();
        assert_eq!(limit_of(&any), None);
        // The server was away once, and as much was open as never else.
        let away: Vec<_> =
            (0..40).map(|n| if n < 30 { (Taken, n % 3, 5) } else { (Refused, 4, 5) }).collect();
        assert_eq!(limit_of(&away), None);
        assert_eq!(limit_of(&mixed[..16]), None, "too few");
    }

    #[test]
    fn what_is_dropped_while_most_is_open_may_meet_a_full_backlog() {
        let told = |others: u32| {
            let one = move |n: u32| match n % 4 {
                3 => (Dropped, 4, 9),
                1 => (Taken, 1, others),
                _ => (Taken, 2, 5),
            };
            attempts(&(0..40).map(one).collect::<Vec<_>>())
        };
        assert!(!may_be_busy(&told(9), &told(9)));
        assert!(may_be_busy(&told(5), &told(5)));
    }

    #[test]
    fn a_connection_counts_until_it_is_closed() {
        let span = |from: i64, to: i64, fate| OpenSpan {
            from: Time(from),
            to: Time(to),
            client: IpAddr::from([172, 68, 10, 9]),
            ports: (from as u16, 443),
            fate,
        };
        let spans = [span(0, 10, Taken), span(1, i64::MAX, Taken), span(5, 5, Refused), span(10, 11, Taken)];
        let spans: Vec<&OpenSpan> = spans.iter().collect();
        let open: Vec<u32> = counted(&spans).iter().map(|attempt| attempt.of_address).collect();
        assert_eq!(open, [0, 1, 2, 1]);
    }
}
