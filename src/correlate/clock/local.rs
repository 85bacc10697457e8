//! Access logs that tell no zone (HAProxy's in syslog's old format), of whose requests other inputs tell, too: what such a log is off by quarters of an
//! hour is its zone, and not what the clock of its machine is off.

use std::collections::{BTreeMap, BTreeSet};

use super::quarters::{Differences, quarters};
use super::sight::{BothSaw, SeenRequest};
use crate::correlate::whole::Whole;
use crate::evidence::InputId;
use crate::ray::Ray;
use crate::time::Duration;

/// The logs whose lines stand at instants without a zone.
pub(super) fn local_logs(evidence: &Whole) -> BTreeSet<InputId> {
    let logs = evidence.inputs.iter().filter(|(_, summary)| summary.times_are_local);
    logs.map(|(input, _)| *input).collect()
}

/// Puts the sights of such logs into the zones that sights of the same rays elsewhere show, and gives these. `requests`: in order of their rays.
pub(super) fn put_into_zones(
    requests: &mut [(Ray, SeenRequest)],
    local: &BTreeSet<InputId>,
) -> BTreeMap<InputId, Duration> {
    if local.is_empty() {
        return BTreeMap::new();
    }
    let mut told = Differences::default();
    for of_ray in requests.chunk_by(|(ray, _), (other, _)| ray == other) {
        let is_local = |(_, seen): &&(Ray, SeenRequest)| local.contains(&seen.input);
        let Some((_, elsewhere)) = of_ray.iter().find(|seen| !is_local(seen)) else { continue };
        for (_, seen) in of_ray.iter().filter(is_local) {
            told.add(seen.input, quarters(elsewhere.start.since(seen.start)));
        }
    }
    let zones = told.commonest();
    for (_, seen) in requests {
        if let Some(zone) = zones.get(&seen.input) {
            seen.start = seen.start.plus(*zone);
            seen.end = seen.end.map(|end| end.plus(*zone));
        }
    }
    zones
}

/// The same of one log whose requests are known by what was asked: most of these pairs are in one zone.
pub(super) fn put_pairs_into_zone(input: InputId, pairs: &mut [BothSaw], zone: Option<Duration>) -> Duration {
    let commonest = || {
        let mut told = Differences::default();
        pairs.iter().for_each(|pair| told.add(input, quarters(pair.ahead())));
        told.commonest().get(&input).copied().unwrap_or_default()
    };
    let zone = zone.unwrap_or_else(commonest);
    pairs.iter_mut().for_each(|pair| pair.put_into_zone(zone));
    zone
}

/// Of a log that tells no zone: the zone is none of its clock's faults, and other logs of its machine tell theirs.
pub(super) fn without_zones(evidence: &Whole, pairs: &mut BTreeMap<InputId, Vec<BothSaw>>) {
    let messages = evidence.messages.iter().filter(|row| row.line.time_is_local);
    for input in messages.map(|row| row.place.input()).chain(local_logs(evidence)).collect::<BTreeSet<_>>() {
        pairs.entry(input).and_modify(|pairs| pairs.iter_mut().for_each(BothSaw::leave_zone_out));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Clocks;
    use crate::correlate::vantage;
    use crate::evidence::{AccessRow, InputId, InputKind, InputSummary, Partial, Place};
    use crate::logs::AccessLine;
    use crate::ray::RayAtColo;
    use crate::time::{Duration, Time};

    const BEGIN: i64 = 11 * 3600;
    /// By a clock that is three seconds ahead.
    const AHEAD: i64 = BEGIN + 3;
    /// By the same clock, five hours west of UTC.
    const LOCAL: i64 = AHEAD - 5 * 3600;

    fn second(second: i64) -> Time {
        Time::from_seconds(second, 0)
    }

    /// Otherwise the application behind HAProxy, whose log tells its zone, is put five hours aside for HAProxy's, which does not.
    #[test]
    fn a_zone_that_one_log_leaves_out_is_not_what_its_machines_clock_is_off() {
        // The first input's clock is the reference.
        for [application, proxy, other] in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
            let mut partial = Partial::default();
            let logs = [
                (application, "web1/app.log", AHEAD),
                (proxy, "web1/haproxy.log", LOCAL),
                (other, "web2/access.log", BEGIN),
            ];
            for (input, name, first) in logs {
                let mut summary = InputSummary::new(name, InputKind::AccessLog, "", 1);
                summary.saw(second(first));
                summary.times_are_local = first == LOCAL;
                partial.inputs.insert(InputId(input), summary);
            }
            for number in 0..30u16 {
                for (input, first) in [(proxy, LOCAL), (other, BEGIN)] {
                    let line = AccessLine {
                        time: second(first + i64::from(number)),
                        ray: RayAtColo::parse(format!("8f0000000000{number:04x}-FRA").as_bytes()),
                        ..AccessLine::default()
                    };
                    let place = Place::Line { input: InputId(input), line: u64::from(number) + 1, before: 0 };
                    partial.access.push(AccessRow { place, line });
                }
            }
            let (evidence, same_traffic) = vantage::settle(partial);
            let clocks = Clocks::of(&evidence, &same_traffic);
            let begins = logs.map(|(input, _, first)| clocks.correct(InputId(input), second(first)));
            assert_eq!(begins, [begins[0]; 3], "{application} {proxy} {other}");
            assert_eq!(clocks.zone(InputId(proxy)), Duration::from_seconds(5 * 3600));
        }
    }
}
