//! Whether two places saw the same connections, and what follows from it: how far their clocks are apart, and which of them is nearer to
//! the client.

use super::sightings::{Sighting, Sightings};
use crate::time::{SECOND, Time};

/// No two clocks are farther apart: what comes later than this is sent again, such as from a recording.
const CLOCKS_APART: i64 = 24 * 3600 * SECOND;
/// A SYN is sent again for as long as this (RFC 9293, 3.8.3; Linux: 127 s): one place may have missed the first ones.
const RETRIED_FOR: i64 = 150 * SECOND;
/// Numbers from here on are chosen by chance; tools that make up packets begin near 0.
const BY_CHANCE: u32 = 1 << 16;
/// So many equal numbers of the clients alone are no accident: each has 32 bits.
const ENOUGH_OF_CLIENTS: usize = 3;

/// What two places have in common; `a` and `b` are the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// Connections that both saw, as far as they are sampled.
    pub matched: u64,
    /// Connections that `a` saw while both looked, as far as they are sampled.
    pub of_a: u64,
    /// Connections that `b` saw while both looked, as far as they are sampled.
    pub of_b: u64,
    /// Nanoseconds by which `b`'s clock is ahead of `a`'s.
    pub ahead: i64,
    /// Half the width that holds the middle half of what single connections say of that, in nanoseconds.
    pub spread: i64,
    /// Whether `a` is nearer to the clients than `b`; `None` where it cannot be told.
    pub a_in_front: Option<bool>,
    /// Both see the clients under the same ports.
    pub same_ports: bool,
    /// Both see the clients under the same addresses.
    pub same_clients: bool,
}

struct Pair<'s> {
    a: &'s Sighting,
    b: &'s Sighting,
}

impl Overlap {
    /// Whether and how two samples are of the same connections: of those that the one with fewer of them saw while both looked, at least
    /// half are known to the other. One connection of which both numbers agree is proof enough, by 64 bits of chance.
    pub fn of(a: &Sightings, b: &Sightings) -> Option<Overlap> {
        let both = a.comparable(b).filter(|a| a.client_number >= BY_CHANCE).filter_map(|of_a| {
            let of_b = b.of(of_a.client_number)?;
            of_b.fits(of_a.client_number, of_a.server_number).then_some(Pair { a: of_a, b: of_b })
        });
        let mut pairs: Vec<Pair<'_>> = both.collect();
        let apart = median(pairs.iter().map(Pair::syn_apart))?;
        pairs.retain(|pair| (pair.syn_apart() - apart).abs() <= RETRIED_FOR);
        let proven = pairs.iter().any(Pair::is_proof) || pairs.len() >= ENOUGH_OF_CLIENTS;
        if !proven || apart.abs() > CLOCKS_APART {
            return None;
        }
        let mut ahead: Vec<i64> = pairs.iter().filter_map(Pair::ahead).collect();
        ahead.sort_unstable();
        let at = |quarters: usize| ahead.get(ahead.len().saturating_sub(1) * quarters / 4).copied();
        let (of_a, of_b) = while_both_looked(a, b, apart);
        let overlap = Overlap {
            matched: pairs.len() as u64,
            of_a,
            of_b,
            ahead: at(2).unwrap_or(apart),
            spread: (at(3).unwrap_or(apart) - at(1).unwrap_or(apart)) / 2,
            a_in_front: in_front(&pairs),
            same_ports: mostly(&pairs, |pair| pair.a.client.port() == pair.b.client.port()),
            same_clients: mostly(&pairs, |pair| pair.a.client.ip() == pair.b.client.ip()),
        };
        (overlap.matched * 2 >= of_a.min(of_b)).then_some(overlap)
    }

    /// The same, seen from the other.
    pub fn reversed(self) -> Overlap {
        Overlap {
            of_a: self.of_b,
            of_b: self.of_a,
            ahead: -self.ahead,
            a_in_front: self.a_in_front.map(|front| !front),
            ..self
        }
    }
}

impl Pair<'_> {
    fn syn_apart(&self) -> i64 {
        self.b.syn.since(self.a.syn)
    }

    /// A packet takes time from one place to the other, and its answer on the way back: the truth lies in the middle.
    fn ahead(&self) -> Option<i64> {
        let (a, b) = (self.a.answered_after?, self.b.answered_after?);
        Some(self.syn_apart() + (b - a) / 2)
    }

    fn is_proof(&self) -> bool {
        self.a.server_number.is_some_and(|number| number >= BY_CHANCE && self.b.server_number == Some(number))
    }

    /// The place nearer to the client sees its packets with more time to live, and waits longer for their answers.
    fn a_in_front(&self) -> Option<bool> {
        if self.a.client_ttl != self.b.client_ttl {
            return Some(self.a.client_ttl > self.b.client_ttl);
        }
        let (a, b) = (self.a.answered_after?, self.b.answered_after?);
        (a != b).then_some(a > b)
    }
}

fn in_front(pairs: &[Pair<'_>]) -> Option<bool> {
    let told: Vec<bool> = pairs.iter().filter_map(Pair::a_in_front).collect();
    let for_a = told.iter().filter(|front| **front).count();
    match told.len() {
        0 => None,
        all if for_a * 10 >= all * 9 => Some(true),
        all if for_a * 10 <= all => Some(false),
        _ => None,
    }
}

fn mostly(pairs: &[Pair<'_>], holds: impl Fn(&Pair<'_>) -> bool) -> bool {
    pairs.iter().filter(|pair| holds(pair)).count() * 4 >= pairs.len() * 3
}

fn median(values: impl Iterator<Item = i64>) -> Option<i64> {
    let mut values: Vec<i64> = values.collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

/// How many connections each sampled between the first and the last that either could have known of the other's.
fn while_both_looked(a: &Sightings, b: &Sightings, apart: i64) -> (u64, u64) {
    let times = |from: &Sightings, other: &Sightings, later: i64| -> Vec<Time> {
        from.comparable(other).map(|sighting| sighting.syn.plus(later)).collect()
    };
    let (of_a, of_b) = (times(a, b, 0), times(b, a, -apart));
    let first = of_a.iter().min().max(of_b.iter().min()).copied();
    let last = of_a.iter().max().min(of_b.iter().max()).copied();
    let Some((first, last)) = first.zip(last) else { return (0, 0) };
    let span = first.plus(-SECOND)..=last.plus(SECOND);
    let count = |times: &[Time]| times.iter().filter(|time| span.contains(time)).count() as u64;
    (count(&of_a), count(&of_b))
}
