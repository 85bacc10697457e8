//! Zones of logs that tell of the same processes as others do: the kernel that killed them, the manager that had started them. Numbers of processes go round
//! slowly, so several that two logs name at instants apart by one zone are the same ones.

use std::collections::BTreeMap;

use super::quarters::{Differences, QUARTER_HOUR, quarters};
use crate::correlate::whole::Whole;
use crate::evidence::{InputId, MessageRow, Place};
use crate::time::{Duration, Time};

/// What one log says of a process and what another does, of clocks of whole seconds and with the time that a manager needs to notice a death.
const TOGETHER: Duration = Duration::from_seconds(3);
/// So many processes tell a zone, and at most one in so many another.
const ENOUGH: u64 = 3;
const ONE_OTHERWISE_IN: u64 = 5;

/// By process: the first line about it in each log.
type FirstLines = BTreeMap<u32, Vec<(InputId, Place, Time)>>;

/// The zones of the logs without one.
pub(super) fn by_processes(
    evidence: &Whole,
    at: &dyn Fn(Place, Time) -> Time,
) -> BTreeMap<InputId, Duration> {
    let local = first_lines(evidence, |row| row.line.time_is_local);
    if local.is_empty() {
        return BTreeMap::new();
    }
    let known = first_lines(evidence, |row| !row.line.time_is_local);
    let mut told = Differences::default();
    for (process, lines) in &local {
        let Some(elsewhere) = known.get(process) else { continue };
        for &(input, place, time) in lines {
            let apart = |(_, other, instant): &(InputId, Place, Time)| {
                let apart = at(*other, *instant).since(at(place, time));
                let zone = quarters(apart);
                ((QUARTER_HOUR * zone - apart).abs() <= TOGETHER).then_some(zone)
            };
            if let Some(zone) = elsewhere.iter().find_map(apart) {
                told.add(input, zone);
            }
        }
    }
    told.commonest_where(|most, all| most >= ENOUGH && (all - most) * ONE_OTHERWISE_IN <= all)
}

fn first_lines(evidence: &Whole, is_one: impl Fn(&MessageRow) -> bool) -> FirstLines {
    let mut first: BTreeMap<(u32, InputId), (Time, Place)> = BTreeMap::new();
    for row in evidence.messages.iter().filter(|row| is_one(row)) {
        if let Some((process, time)) = row.line.about_process.zip(row.line.time) {
            let told = first.entry((process, row.place.input())).or_insert((time, row.place));
            *told = (*told).min((time, row.place));
        }
    }
    let mut told = FirstLines::new();
    for ((process, input), (time, place)) in first {
        told.entry(process).or_default().push((input, place, time));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlate::vantage;
    use crate::evidence::Partial;
    use crate::logs::row::MessageLine;

    /// The zone of the kernel's log, which names these processes at local time, an hour ahead, beside a manager's log that tells its zone.
    fn zone(killed: &[(u32, i64)], noticed: &[(u32, i64)]) -> Option<Duration> {
        let mut partial = Partial::default();
        for (input, lines, is_local) in [(0, killed, true), (1, noticed, false)] {
            for (number, (process, second)) in (1..).zip(lines) {
                let line = MessageLine {
                    time: Some(Time::from_seconds(*second, 0)),
                    time_is_local: is_local,
                    about_process: Some(*process),
                    ..MessageLine::default()
                };
                let place = Place::Line { input: InputId(input), line: number, before: 0 };
                partial.messages.push(MessageRow { place, line });
            }
        }
        let (evidence, _) = vantage::settle(partial);
        by_processes(&evidence, &|_, time| time).remove(&InputId(0))
    }

    /// Otherwise the kernel's word on what it killed is an hour away, where its log reaches back to the day before and so has lines of the incident's time in any
    /// zone.
    #[test]
    fn processes_that_two_logs_name_tell_the_zone_of_one() {
        let killed = [(811, 3600), (812, 3630), (813, 3690), (77, 0)];
        let noticed = [(811, 0), (812, 31), (813, 90)];
        assert_eq!(zone(&killed, &noticed), Some(Duration::from_seconds(-3600)));
        assert_eq!(zone(&killed[..2], &noticed), None, "two may be others of the same number");
        assert_eq!(zone(&killed, &noticed.map(|(process, at)| (process + 100, at))), None);
        assert_eq!(
            zone(&killed, &noticed.map(|(process, at)| (process, at + 400))),
            None,
            "no zone is so far"
        );
    }
}
