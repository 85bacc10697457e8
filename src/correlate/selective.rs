//! Ranges and addresses of the edge that, by packets, fare otherwise than the others: what a rule, a ban or a route does, and chance does not.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::case::Case;
use super::edge_part::{CLUSTER, ENOUGH_ORDERS, EdgePart, are_kept_out_together, orders};
use super::whole::Whole;
use crate::evidence::tally::Reached;
use crate::facts::ranges::EdgeRanges;
use crate::time::{Duration, Time};

/// A range of the edge, or a single address of it, that alone goes unanswered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selective {
    /// The range; of a single address one that holds nothing else.
    pub range: IpNet,
    /// Connections of other ranges or addresses that completed meanwhile.
    pub others_established: u64,
    /// When the first and the last of its connections met that fate, by the reference clock.
    span: (Time, Time),
}

impl Selective {
    /// Whether the range fared so within a case's time: what befell it at another time was another rule's work.
    pub(super) fn is_during(&self, case: &Case) -> bool {
        const NEXT: Duration = Duration::from_seconds(2);
        let (first, last) = self.span;
        case.time <= last.plus(NEXT) && first.plus(-NEXT) <= case.end
    }
}

/// For so many seconds a SYN is repeated to which nobody answers, at least: until the second time (RFC 6298, 2 and 5.5).
pub(super) const REPEATED: i64 = 4;

/// What came of the connections of each range, or address, in each second that has any, in their order.
type Fared = BTreeMap<IpNet, Vec<(i64, Reached)>>;

/// The same by server.
fn fared(evidence: &Whole, ranges: &EdgeRanges, part: EdgePart) -> BTreeMap<IpAddr, Fared> {
    let mut by_server: BTreeMap<IpAddr, Fared> = BTreeMap::new();
    for (reaching, &reached) in &evidence.tallies.reached {
        if let Some(range) = part.of(reaching.client, ranges) {
            let by_range = by_server.entry(reaching.server).or_default();
            by_range.entry(range).or_default().push((reaching.second, reached));
        }
    }
    let all = by_server.values_mut().flat_map(BTreeMap::values_mut);
    all.for_each(|seconds| seconds.sort_by_key(|(second, _)| *second));
    by_server
}

/// What came of all connections, by ranges and by addresses, put together once for every fate that is asked for.
pub(super) struct FaredByPart([(EdgePart, BTreeMap<IpAddr, Fared>); 2]);

impl FaredByPart {
    pub(super) fn of(evidence: &Whole, ranges: &EdgeRanges) -> FaredByPart {
        FaredByPart(EdgePart::BOTH.map(|part| (part, fared(evidence, ranges, part))))
    }

    /// By server. A range or an address is kept out where, from its first SYN that met `fate` to its last, none of it connected and others did. Where
    /// others fare now so, now otherwise, it is no fault of its own; of ranges with hardly an attempt nobody can tell, so that beside many of them it must be
    /// no chance. What connected within the second in which it began does not count. `repeated_for`: so many seconds an attempt is repeated that meets that fate each
    /// time.
    pub(super) fn selective(
        &self,
        time_of: impl Fn(i64) -> Time,
        fate: impl Fn(&Reached) -> u32,
        repeated_for: i64,
    ) -> BTreeMap<IpAddr, BTreeMap<IpNet, Selective>> {
        let mut selective: BTreeMap<IpAddr, BTreeMap<IpNet, Selective>> = BTreeMap::new();
        for (part, by_server) in &self.0 {
            for (server, by_range) in by_server {
                selective.entry(*server).or_default().extend(selective_at(
                    by_range,
                    &fate,
                    repeated_for,
                    *part,
                    &time_of,
                ));
            }
        }
        selective
    }

    /// By server, ranges of which too few connections came to tell whether they are kept out: all of them met `fate`, and those of others completed meanwhile.
    pub(super) fn ranges_too_few(&self, fate: impl Fn(&Reached) -> u32) -> BTreeMap<IpAddr, BTreeSet<IpNet>> {
        let [(_, by_server), _] = &self.0;
        by_server.iter().map(|(server, by_range)| (*server, too_few(by_range, &fate))).collect()
    }
}

/// How many connections of a range met a fate, and in which seconds the first and the last of them.
#[derive(Clone, Copy)]
struct MetFate {
    connections: u64,
    seconds: (i64, i64),
}

/// The same at one server.
fn selective_at(
    by_range: &Fared,
    fate: &impl Fn(&Reached) -> u32,
    repeated_for: i64,
    part: EdgePart,
    time_of: &impl Fn(i64) -> Time,
) -> BTreeMap<IpNet, Selective> {
    let (untold, told): (BTreeMap<_, _>, BTreeMap<_, _>) = {
        let few = too_few(by_range, fate);
        met_by_range(by_range, fate).into_iter().partition(|(range, _)| few.contains(range))
    };
    let (shut_out, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
        told.into_iter().partition(|(range, met)| met.is_all_that_came(&by_range[range]));
    let all = |ranges: &BTreeMap<IpNet, MetFate>| ranges.values().map(|met| met.connections).sum::<u64>();
    if all(&others) * 5 > all(&shut_out) {
        return BTreeMap::new();
    }
    let is_beside_many = (all(&others) + all(&untold)) * 5 > all(&shut_out);
    let fewest_orders = if is_beside_many { ENOUGH_ORDERS } else { part.fewest_orders() };
    let passing = by_range.iter().filter(|(range, _)| !shut_out.contains_key(range));
    let passing = Completed::of(passing.flat_map(|(_, seconds)| seconds));
    let kept_out = shut_out.iter().filter_map(|(&range, met)| {
        let (first, last) = met.seconds;
        let others_established = passing.within(first + 1, last);
        let is_no_chance =
            others_established >= CLUSTER && orders(met.connections, others_established) >= fewest_orders;
        let span = (time_of(first), time_of(last + 1));
        is_no_chance.then_some((range, Selective { range, others_established, span }))
    });
    let mut kept_out: BTreeMap<IpNet, Selective> = kept_out.collect();
    if kept_out.is_empty() && all(&others) == 0 {
        let met = shut_out.into_iter().chain(untold).collect();
        kept_out = kept_out_together(by_range, &met, repeated_for, time_of);
    }
    kept_out
}

/// Ranges of each of which, alone, too few connections came to tell, where all together tell: they are all that met the fate, nothing else came of them meanwhile, and
/// connections of others completed. That what failed by chance is all that came of some ranges is the seldomer the more came of the others.
fn kept_out_together(
    by_range: &Fared,
    met: &BTreeMap<IpNet, MetFate>,
    repeated_for: i64,
    time_of: &impl Fn(i64) -> Time,
) -> BTreeMap<IpNet, Selective> {
    let failed: u64 = met.values().map(|met| met.connections).sum();
    let spans = || met.values().map(|met| met.seconds);
    let (Some(first), Some(last)) =
        (spans().map(|(first, _)| first).min(), spans().map(|(_, last)| last).max())
    else {
        return BTreeMap::new();
    };
    let until = last + repeated_for;
    let meanwhile = Completed::of(by_range.values().flatten());
    let others_established = meanwhile.within(first + 1, until);
    // Those of which nothing ever completed stay out the surer the longer the capture is.
    let stay_out = |from: i64| {
        let came = |(range, seconds): (&IpNet, &Vec<(i64, Reached)>)| {
            established(seconds, from, until) + met.get(range).map_or(0, |met| met.connections)
        };
        let came: Vec<u64> = by_range.iter().map(came).collect();
        met.keys().all(|range| established(&by_range[range], from, until) == 0)
            && are_kept_out_together(&came, failed)
    };
    if others_established < CLUSTER || !(stay_out(first + 1) || stay_out(i64::MIN)) {
        return BTreeMap::new();
    }
    let span = (time_of(first), time_of(until + 1));
    let selective = |range: &IpNet| (*range, Selective { range: *range, others_established, span });
    met.keys().map(selective).collect()
}

/// What met a fate in seconds in which it is not everybody's.
fn met_by_range(by_range: &Fared, fate: &impl Fn(&Reached) -> u32) -> BTreeMap<IpNet, MetFate> {
    let of_all = seconds_of_all(by_range, fate);
    let met = by_range.iter().filter_map(|(&range, seconds)| {
        let met = || seconds.iter().filter(|(second, reached)| fate(reached) > 0 && !of_all.contains(second));
        let seconds = (met().next()?.0, met().next_back()?.0);
        let connections = met().map(|(_, reached)| u64::from(fate(reached))).sum();
        Some((range, MetFate { connections, seconds }))
    });
    met.collect()
}

impl MetFate {
    /// Whether enough of a range met the fate, and from the first to the last nothing else came of it.
    fn is_all_that_came(&self, seconds: &[(i64, Reached)]) -> bool {
        let (first, last) = self.seconds;
        self.connections >= CLUSTER && established(seconds, first + 1, last) == 0
    }
}

/// Ranges of which fewer connections than tell anything met a fate and none completed from then on, while others did in the seconds for which an attempt is
/// repeated.
fn too_few(by_range: &Fared, fate: &impl Fn(&Reached) -> u32) -> BTreeSet<IpNet> {
    let all = Completed::of(by_range.values().flatten());
    let is_such = |seconds: &[(i64, Reached)]| {
        let met = || seconds.iter().filter(|(_, reached)| fate(reached) > 0);
        let (Some((first, _)), Some((last, _))) = (met().next(), met().next_back()) else { return false };
        met().map(|(_, reached)| u64::from(fate(reached))).sum::<u64>() < CLUSTER
            && established(seconds, *first, i64::MAX) == 0
            && all.within(*first, last + REPEATED) >= CLUSTER
    };
    by_range.iter().filter(|(_, seconds)| is_such(seconds)).map(|(range, _)| *range).collect()
}

/// The seconds in which several ranges met a fate and nobody connected: a server that is restarted does that to all, and it is no range's own.
fn seconds_of_all(by_range: &Fared, fate: &impl Fn(&Reached) -> u32) -> BTreeSet<i64> {
    const SEVERAL: usize = 3;
    let mut met: BTreeMap<i64, BTreeSet<IpNet>> = BTreeMap::new();
    let mut connected = BTreeSet::new();
    for (range, seconds) in by_range {
        for (second, reached) in seconds {
            if fate(reached) > 0 {
                met.entry(*second).or_default().insert(*range);
            }
            if reached.established > 0 {
                connected.insert(*second);
            }
        }
    }
    met.retain(|second, ranges| ranges.len() >= SEVERAL && !connected.contains(second));
    met.into_keys().collect()
}

/// Connections of several ranges that completed: how many there were up to each second that had any.
struct Completed(Vec<(i64, u64)>);

impl Completed {
    fn of<'a>(seconds: impl Iterator<Item = &'a (i64, Reached)>) -> Completed {
        let mut by_second: BTreeMap<i64, u64> = BTreeMap::new();
        for (second, reached) in seconds {
            *by_second.entry(*second).or_default() += u64::from(reached.established);
        }
        let up_to = by_second.into_iter().scan(0, |all, (second, established)| {
            *all += established;
            Some((second, *all))
        });
        Completed(up_to.collect())
    }

    fn within(&self, from: i64, to: i64) -> u64 {
        let before = |place: usize| place.checked_sub(1).map_or(0, |last| self.0[last].1);
        let first = self.0.partition_point(|(second, _)| *second < from);
        let end = self.0.partition_point(|(second, _)| *second <= to);
        before(end.max(first)) - before(first)
    }
}

fn established(seconds: &[(i64, Reached)], from: i64, to: i64) -> u64 {
    let within = seconds.iter().filter(|(second, _)| (from..=to).contains(second));
    within.map(|(_, reached)| u64::from(reached.established)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_range_with_hardly_an_attempt_nobody_can_tell_that_it_is_not_kept_out() {
        let range = |text: &str| text.parse::<IpNet>().unwrap();
        let unanswered = |unanswered| Reached { unanswered, ..Reached::default() };
        let established = |established| Reached { established, ..Reached::default() };
        let (ill, well) = (range("104.16.0.0/13"), range("162.158.0.0/15"));
        let told = |of_ill: &[(i64, Reached)], of_well: &[(i64, Reached)]| {
            let by_range = BTreeMap::from([(ill, of_ill.to_vec()), (well, of_well.to_vec())]);
            too_few(&by_range, &|reached| reached.unanswered).into_iter().collect::<Vec<_>>()
        };
        let others = [(9, established(2)), (11, established(2)), (13, established(2))];
        assert_eq!(told(&[(5, established(3)), (10, unanswered(2))], &others), [ill]);
        assert_eq!(told(&[(10, unanswered(3))], &others), [], "enough to tell");
        assert_eq!(told(&[(10, unanswered(2)), (14, established(1))], &others), [], "it connects");
        assert_eq!(told(&[(10, unanswered(2))], &others[..1]), [], "nobody else connects then");
    }

    #[test]
    fn ranges_with_few_attempts_each_are_kept_out_together_where_that_is_no_chance() {
        let range = |number: u8| format!("10.{number}.0.0/16").parse::<IpNet>().unwrap();
        let unanswered = |unanswered| Reached { unanswered, ..Reached::default() };
        let established = |established| Reached { established, ..Reached::default() };
        let told_of = |by_range: &[(u8, Vec<(i64, Reached)>)], repeated_for: i64| {
            let by_range: Fared =
                by_range.iter().map(|(number, seconds)| (range(*number), seconds.clone())).collect();
            let fate = |reached: &Reached| reached.unanswered;
            let second = |second| Time::from_seconds(second, 0);
            let told = selective_at(&by_range, &fate, repeated_for, EdgePart::Range, &second);
            told.into_keys().collect::<Vec<_>>()
        };
        let told = |fared: &[(u8, Vec<(i64, Reached)>)]| told_of(fared, 0);
        let twice = |first: i64| vec![(first, unanswered(1)), (first + 3, unanswered(1))];
        let well = |from: i64| (from..from + 9).map(|second| (second, established(3))).collect::<Vec<_>>();
        assert_eq!(told(&[(1, twice(10)), (2, twice(11)), (3, well(8))]), [range(1), range(2)]);
        assert_eq!(told(&[(1, twice(10)), (3, well(8))]), [], "two attempts alone tell nothing");
        assert_eq!(
            told(&[(1, twice(10)), (2, twice(11)), (3, well(20))]),
            [],
            "nobody else connects meanwhile"
        );
        let comes_through = [vec![(12, established(1))], twice(11)].concat();
        assert_eq!(told(&[(1, twice(10)), (2, comes_through), (3, well(8))]), [], "it connects in between");
        // Who is not answered asks again and again, and others connect meanwhile.
        let at_once = |well: Vec<(i64, Reached)>| {
            [(1, vec![(10, unanswered(2))]), (2, vec![(10, unanswered(1))]), (3, well)]
        };
        let busy = |from: i64| (from..from + 9).map(|second| (second, established(9))).collect::<Vec<_>>();
        assert_eq!(told_of(&at_once(busy(11)), REPEATED), [range(1), range(2)]);
        assert_eq!(told(&at_once(busy(11))), [], "who is refused is refused once");
        let before = [well(0), vec![(11, established(3))]].concat();
        assert_eq!(
            told_of(&at_once(before), REPEATED),
            [range(1), range(2)],
            "nothing of theirs ever completed"
        );
        let seldom = vec![(1, established(3)), (11, established(3))];
        assert_eq!(told_of(&at_once(seldom), REPEATED), [], "too few of others to tell");
        // Where each range has one attempt, whatever fails is all that came of some of them.
        let one_each = |number: u8| {
            let met = if number.is_multiple_of(5) { unanswered(1) } else { established(1) };
            (number, vec![(10 + i64::from(number) / 4, met)])
        };
        assert_eq!(told(&(1..=40).map(one_each).collect::<Vec<_>>()), []);
    }
}
