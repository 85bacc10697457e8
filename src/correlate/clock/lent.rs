//! Clocks of which nothing tells, and that others lend. A capture that shows no request which another source names was taken on a machine, and the logs of machines
//! may tell its clock: the attempts that failed say which of them fits. Where all origins that are known go by one clock, one of which nothing is known does, too.

use super::ended::{Ended, WAY};
use super::offset::Offset;
use crate::evidence::InputId;
use crate::time::Duration;

/// The reference's own clock has no stretches.
const REFERENCE: &[Offset] = &[];

/// The clock by which most of the attempts of a capture that failed have a record of the edge: the stretches of a machine's, or none for the
/// reference's own. `None` where too few have one by either.
pub(super) fn clock_of_capture<'a>(
    ended: &[Ended<'_>],
    is_of: impl Fn(InputId) -> bool,
    machines: impl Iterator<Item = &'a [Offset]>,
    reference: &str,
) -> Option<Vec<Offset>> {
    // Of clocks that fit alike the first is taken: a machine's before the reference's.
    let machines = machines.filter(|stretches| !stretches.is_empty());
    let clocks: Vec<&[Offset]> = machines.chain([REFERENCE]).collect();
    let matched = simultaneous(ended, &is_of, &clocks, WAY);
    let most: usize = ended.iter().map(|ended| ended.most(&is_of)).sum();
    let best = clocks.into_iter().zip(matched).reduce(|best, next| if next.1 > best.1 { next } else { best });
    // An attempt that the edge made again has no record of its own.
    let (clock, matched) = best.filter(|(_, matched)| matched * 2 >= most && *matched > 0)?;
    let is_met = matched * 10 >= most * 9;
    let nearer = if is_met { None } else { nearer(ended, is_of, clock, most, reference) };
    Some(nearer.unwrap_or_else(|| clock.to_vec()))
}

/// How many attempts of all have a record of their own at their time, or within so much of it, by each of these clocks.
fn simultaneous(
    ended: &[Ended<'_>],
    is_of: impl Fn(InputId) -> bool,
    clocks: &[&[Offset]],
    within: Duration,
) -> Vec<usize> {
    let mut matched = vec![0; clocks.len()];
    for ended in ended {
        let more = ended.simultaneous(&is_of, clocks, within);
        matched.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
    }
    matched
}

/// A clock near a machine's by which nearly every attempt has a record, where by the machine's own many have none: the capture was taken on another machine,
/// or its clock runs by itself. `most`: how many could have one.
fn nearer(
    ended: &[Ended<'_>],
    is_of: impl Fn(InputId) -> bool,
    clock: &[Offset],
    most: usize,
    reference: &str,
) -> Option<Vec<Offset>> {
    /// Clocks that are looked at: so many steps before and behind.
    const STEP: Duration = Duration::from_milliseconds(250);
    const FARTHEST: i64 = 12;
    /// Fewer attempts tell nothing, and of more a part tells enough for a clock that is known otherwise.
    const ENOUGH: std::ops::RangeInclusive<usize> = 20..=4096;
    if !ENOUGH.contains(&most) {
        return None;
    }
    let of_reference = [Offset::none(reference.to_owned())];
    let clock = if clock.is_empty() { &of_reference } else { clock };
    let by = |steps: i64| {
        let shifted = clock.iter().cloned();
        shifted.map(|offset| Offset { ahead: offset.ahead + STEP * steps, ..offset }).collect::<Vec<_>>()
    };
    let shifted: Vec<Vec<Offset>> = (-FARTHEST..=FARTHEST).map(by).collect();
    let met = simultaneous(ended, &is_of, &slices(&shifted), WAY);
    let nearly_all = shifted.into_iter().zip(met).filter(|(_, met)| met * 20 >= most * 19);
    let fitting: Vec<Vec<Offset>> = nearly_all.map(|(clock, _)| clock).collect();
    // A record in whole seconds is met from anywhere within its second, so many clocks fit; by the true one none is met from beyond it.
    let exactly = simultaneous(ended, is_of, &slices(&fitting), Duration::ZERO);
    let best = exactly.iter().copied().max()?;
    let alike: Vec<_> = fitting.into_iter().zip(exactly).filter(|(_, met)| *met == best).collect();
    let middle = alike.len() / 2;
    alike.into_iter().nth(middle).map(|(clock, _)| clock)
}

fn slices(clocks: &[Vec<Offset>]) -> Vec<&[Offset]> {
    clocks.iter().map(Vec::as_slice).collect()
}

/// The clock by which all machines go whose clocks are known, named by the one that most requests tell of; or by which all go whose logs tell them, where several do and
/// only a capture, which may come from elsewhere, goes by another. `None` where too few requests tell, or machines differ.
pub(super) fn clock_of_others<'a>(
    machines: impl Iterator<Item = (&'a str, &'a [Offset])>,
    is_of_logs: impl Fn(&str) -> bool,
) -> Option<String> {
    const SEVERAL: usize = 2;
    let mut told: Vec<(&str, &Offset)> =
        machines.filter_map(|(name, stretches)| Some((name, stretches.first()?))).collect();
    shared(&told).or_else(|| {
        told.retain(|(name, _)| is_of_logs(name));
        shared(&told).filter(|_| told.len() >= SEVERAL)
    })
}

fn shared(told: &[(&str, &Offset)]) -> Option<String> {
    const ENOUGH: u64 = 10;
    let agree = |one: &Offset, other: &Offset| {
        let apart = other.correct(one.base).since(one.correct(one.base));
        apart.abs() <= (one.spread + other.spread) * 2 + Duration::SECOND
    };
    let (name, best) = *told.iter().rev().max_by_key(|(_, offset)| offset.pairs)?;
    let is_shared = best.pairs >= ENOUGH && told.iter().all(|(_, offset)| agree(best, offset));
    is_shared.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_lend_a_clock_where_enough_tells_of_it_and_they_agree() {
        let offset = |seconds: i64, pairs| {
            vec![Offset {
                ahead: Duration::from_seconds(seconds),
                pairs,
                ..Offset::none("cloudflare".into())
            }]
        };
        let told = |of: &[(&str, Vec<Offset>)]| {
            let machines = of.iter().map(|(name, stretches)| (*name, stretches.as_slice()));
            clock_of_others(machines, |name| name.starts_with("web"))
        };
        let (web1, web2) = (("web1", offset(7, 12)), ("web2", offset(7, 400)));
        assert_eq!(told(&[web1.clone(), web2.clone()]).as_deref(), Some("web2"));
        let capture = ("capture", offset(-1, 900));
        let beside_capture = told(&[web1.clone(), web2.clone(), capture.clone()]);
        assert_eq!(beside_capture.as_deref(), Some("web2"), "the capture alone goes by another");
        assert_eq!(told(&[web2.clone(), capture]), None, "either may be the one that others go by");
        assert_eq!(told(&[web1.clone(), ("web3", offset(60, 400))]), None, "each machine has its own");
        assert_eq!(told(&[("web1", offset(7, 3))]), None);
        assert_eq!(told(&[]), None);
    }
}
