//! Whether two places saw the same connections, and what follows from that: how much their clocks differ, and which place is nearer to the
//! client.

use super::sightings::{Sighting, Sightings};
use crate::time::{Duration, Time};

/// Two clocks do not differ by more than this. Packets that come back later were sent again, for example from a recording.
const CLOCKS_APART: Duration = Duration::from_seconds(24 * 3600);
/// A SYN is repeated for at most this long (RFC 9293, 3.8.3; Linux: 127 s): one of two places may have missed the first ones.
const RETRIED_FOR: Duration = Duration::from_seconds(150);
/// Sequence numbers from this one on are taken for random ones; tools that make up packets begin near 0.
const BY_CHANCE: u32 = 1 << 16;
/// So many equal numbers of clients prove that two places saw the same traffic, even without the servers' numbers: each has 32 bits.
const ENOUGH_OF_CLIENTS: usize = 3;

/// What two places, `a` and `b`, have in common. Connections are counted as far as both samples reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// Connections that both saw.
    pub matched: u64,
    /// Connections that `a` saw while both were capturing.
    pub of_a: u64,
    /// Connections that `b` saw while both were capturing.
    pub of_b: u64,
    /// Connections that `a` saw answered while both were capturing: how many of them `b` knows, and how many there are.
    pub a_answered: (u64, u64),
    /// Connections that `b` saw answered while both were capturing: how many of them `a` knows, and how many there are.
    pub b_answered: (u64, u64),
    /// By how much `b`'s clock is ahead of `a`'s.
    pub ahead: Duration,
    /// How sure `ahead` is: half the distance between the quartiles of what the single connections say.
    pub spread: Duration,
    /// Whether `a` is nearer to the clients than `b`; `None` where that is unknown.
    pub a_in_front: Option<bool>,
    /// Whether both see the same ports of the clients.
    pub same_ports: bool,
    /// Whether both see the same addresses of the clients.
    pub same_clients: bool,
}

struct Pair<'s> {
    a: &'s Sighting,
    b: &'s Sighting,
}

impl Overlap {
    /// What two samples have in common; `None` where they are of different traffic. They are of the same traffic if, of the connections
    /// that the place with fewer of them saw while both were capturing, the other knows at least half. One connection for which both
    /// numbers agree proves it: by chance 64 bits do not agree.
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
        let mut ahead: Vec<Duration> = pairs.iter().filter_map(Pair::ahead).collect();
        ahead.sort_unstable();
        let at = |quarters: usize| ahead.get(ahead.len().saturating_sub(1) * quarters / 4).copied();
        let both_looked = Span::of(a, b, apart);
        let (of_a, of_b) = (both_looked.of_a.len() as u64, both_looked.of_b.len() as u64);
        let answered = |seen: &[&Sighting]| seen.iter().filter(|seen| seen.is_answered()).count() as u64;
        let known = |of: fn(&Pair<'_>) -> bool| pairs.iter().filter(|pair| of(pair)).count() as u64;
        let overlap = Overlap {
            matched: pairs.len() as u64,
            of_a,
            of_b,
            a_answered: (known(|pair| pair.a.is_answered()), answered(&both_looked.of_a)),
            b_answered: (known(|pair| pair.b.is_answered()), answered(&both_looked.of_b)),
            ahead: at(2).unwrap_or(apart),
            spread: (at(3).unwrap_or(apart) - at(1).unwrap_or(apart)) / 2,
            a_in_front: in_front(&pairs),
            same_ports: mostly(&pairs, |pair| pair.a.client.port() == pair.b.client.port()),
            same_clients: mostly(&pairs, |pair| pair.a.client.ip() == pair.b.client.ip()),
        };
        (overlap.matched * 2 >= of_a.min(of_b)).then_some(overlap)
    }

    /// The same with `a` and `b` exchanged.
    pub fn reversed(self) -> Overlap {
        Overlap {
            of_a: self.of_b,
            of_b: self.of_a,
            a_answered: self.b_answered,
            b_answered: self.a_answered,
            ahead: -self.ahead,
            a_in_front: self.a_in_front.map(|front| !front),
            ..self
        }
    }
}

impl Pair<'_> {
    fn syn_apart(&self) -> Duration {
        self.b.syn.since(self.a.syn)
    }

    /// How much the clock of `b` is ahead, by this connection. The SYN takes time from one place to the other, and so does its answer on
    /// the way back: half of the difference between the two waits is taken off.
    fn ahead(&self) -> Option<Duration> {
        let (a, b) = (self.a.answered_after?, self.b.answered_after?);
        Some(self.syn_apart() + (b - a) / 2)
    }

    fn is_proof(&self) -> bool {
        self.a.server_number.is_some_and(|number| number >= BY_CHANCE && self.b.server_number == Some(number))
    }

    /// The place nearer to the client sees the client's packets with more time to live, and waits longer for the answers.
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

fn median(values: impl Iterator<Item = Duration>) -> Option<Duration> {
    let mut values: Vec<Duration> = values.collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

/// The connections in both samples that began while both places were capturing.
struct Span<'s> {
    of_a: Vec<&'s Sighting>,
    of_b: Vec<&'s Sighting>,
}

impl<'s> Span<'s> {
    fn of(a: &'s Sightings, b: &'s Sightings, apart: Duration) -> Span<'s> {
        let mut span = Span { of_a: a.comparable(b).collect(), of_b: b.comparable(a).collect() };
        let ends = |seen: &[&Sighting], earlier: Duration| {
            let times = || seen.iter().map(|seen| seen.syn.plus(-earlier));
            Some((times().min()?, times().max()?))
        };
        let both = ends(&span.of_a, Duration::ZERO).zip(ends(&span.of_b, apart));
        let (first, last) = both.map_or_else(Default::default, |(a, b)| (a.0.max(b.0), a.1.min(b.1)));
        let within =
            |time: Time| first.plus(-Duration::SECOND) <= time && time <= last.plus(Duration::SECOND);
        span.of_a.retain(|seen| within(seen.syn));
        span.of_b.retain(|seen| within(seen.syn.plus(-apart)));
        span
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::InputId;
    use crate::evidence::sightings::ConnectionPlace;
    use crate::time::Duration;
    use std::net::Ipv4Addr;

    /// Numbers as chance gives them.
    fn number(index: u32) -> u32 {
        index.wrapping_mul(0x9e37_79b9) | BY_CHANCE
    }

    /// One connection a second.
    fn sighting(index: u32) -> Sighting {
        Sighting {
            client_number: number(index),
            server_number: Some(number(index + 1_000_000)),
            syn: Time::from_seconds(i64::from(index), 0),
            answered_after: Some(Duration::MILLISECOND),
            client: (Ipv4Addr::new(172, 64, 0, 1), 40_000).into(),
            server: (Ipv4Addr::new(192, 0, 2, 1), 443).into(),
            client_ttl: 60,
            stream_bytes: [0, 0],
            last: Time::from_seconds(i64::from(index), 0),
            seen: ConnectionPlace { input: InputId(0), stream: 0, first_frame: 1, last_frame: 2 },
        }
    }

    fn sample(sightings: impl Iterator<Item = Sighting>) -> Sightings {
        let mut sample = Sightings::default();
        sightings.for_each(|sighting| sample.offer(sighting));
        sample
    }

    /// The same a tenth of a millisecond farther from the client, by a clock that is 37 ms ahead.
    fn behind(sighting: Sighting) -> Sighting {
        Sighting {
            syn: sighting.syn.plus(Duration::from_milliseconds(37) + Duration::from_microseconds(100)),
            answered_after: sighting.answered_after.map(|after| after - Duration::from_microseconds(200)),
            server: (Ipv4Addr::new(10, 0, 0, 1), 8443).into(),
            ..sighting
        }
    }

    #[test]
    fn two_places_are_known_by_their_numbers_and_tell_how_their_clocks_differ() {
        let (front, back) = (sample((0..400).map(sighting)), sample((0..400).map(sighting).map(behind)));
        let overlap = Overlap::of(&front, &back).unwrap();
        assert_eq!((overlap.matched, overlap.of_a, overlap.of_b), (400, 400, 400));
        assert_eq!((overlap.ahead, overlap.spread), (Duration::from_milliseconds(37), Duration::ZERO));
        assert_eq!(overlap.a_in_front, Some(true), "it waits longer for the answer");
        assert_eq!(Overlap::of(&back, &front).unwrap(), overlap.reversed());
    }

    #[test]
    fn one_connection_is_enough_if_both_numbers_agree_and_are_chosen_by_chance() {
        assert!(Overlap::of(&sample((0..1).map(sighting)), &sample((0..1).map(sighting))).is_some());
        let unanswered = |index| Sighting { server_number: None, ..sighting(index) };
        assert!(Overlap::of(&sample((0..1).map(unanswered)), &sample((0..1).map(unanswered))).is_none());
        assert!(Overlap::of(&sample((0..3).map(unanswered)), &sample((0..3).map(unanswered))).is_some());
        let made_up = |index| Sighting { client_number: 1000, server_number: Some(5000), ..sighting(index) };
        assert!(Overlap::of(&sample((0..1).map(made_up)), &sample((0..1).map(made_up))).is_none());
    }

    #[test]
    fn other_traffic_and_traffic_that_is_sent_again_another_day_is_not_the_same() {
        let one = sample((0..5000).map(sighting));
        assert!(Overlap::of(&one, &sample((5000..10_000).map(sighting))).is_none());
        let later = |index| Sighting { syn: sighting(index).syn.plus(2 * CLOCKS_APART), ..sighting(index) };
        assert!(Overlap::of(&one, &sample((0..5000).map(later))).is_none());
    }

    /// One that saw a part of it, because it looked later or serves a share, is a place of the same traffic; one that shares a few is not.
    #[test]
    fn a_part_is_recognised_and_a_few_in_common_are_not_enough() {
        let whole = sample((0..4000).map(sighting));
        let overlap =
            Overlap::of(&whole, &sample((0..4000).filter(|index| index % 3 == 0).map(sighting))).unwrap();
        assert!(overlap.matched > 1000 && overlap.matched == overlap.of_b);
        assert!(Overlap::of(&sample((0..2000).map(sighting)), &sample((1500..4000).map(sighting))).is_some());
        let mixed =
            (0..4000).map(|index| if index % 10 == 0 { sighting(index) } else { sighting(index + 10_000) });
        let mixed =
            mixed.zip(0..).map(|(seen, second)| Sighting { syn: Time::from_seconds(second, 0), ..seen });
        assert!(Overlap::of(&whole, &sample(mixed)).is_none());
    }
}
