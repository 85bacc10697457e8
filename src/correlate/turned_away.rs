//! Ranges of the edge, by its log alone, that a filter which answers keeps out: some of a range are turned away at once, others beside them wait in vain.
//! Who drops packets lets all wait; a filter that answers is heard by whoever connects, and by open connections not at all.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::case::Case;
use super::edge_part::{CLUSTER, parts_of};
use super::moments::count_between;
use super::only_failing::{OriginAndRange, ranges_that_only_fail};
use super::whole::Whole;
use crate::facts::ranges::EdgeRanges;
use crate::logs::EdgeRecord;
use crate::time::{Duration, Time};

/// The edge's statuses for a connection that was refused, and for a way that is prohibited: Linux tells programs of that as "No route to host".
const TURNED_AWAY: [u16; 2] = [521, 523];
/// The edge's status for a SYN without an answer.
const WAITED: u16 = 522;

/// The ranges and addresses that only fail, some so and some so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RangesTurnedAway(BTreeMap<OriginAndRange, Fates>);

/// The requests of one range that fail, in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Fates {
    turned_away: Vec<Time>,
    waited: Vec<Time>,
}

impl RangesTurnedAway {
    pub(super) fn of(cases: &[Case], evidence: &Whole, ranges: &EdgeRanges) -> RangesTurnedAway {
        let failed = || cases.iter().filter_map(|case| case.asked_origin(evidence)).map(|row| &row.record);
        let mut fates: BTreeMap<OriginAndRange, Fates> = BTreeMap::new();
        for record in failed() {
            for part in record.edge_address.iter().flat_map(|address| parts_of(*address, ranges)) {
                fates.entry((record.origin_address, part)).or_default().add(record);
            }
        }
        fates.retain(|_, fates| fates.turned_away.len() as u64 >= CLUSTER && !fates.waited.is_empty());
        if fates.is_empty() {
            return RangesTurnedAway::default();
        }
        let [refused, no_way] = TURNED_AWAY;
        let alone = ranges_that_only_fail(cases, evidence, ranges, &[refused, no_way, WAITED]);
        fates.retain(|part, _| alone.contains(part));
        fates.values_mut().for_each(Fates::sort);
        RangesTurnedAway(fates)
    }

    /// The one of a record that was turned away, or waited while others were.
    pub(super) fn range_of(&self, record: &EdgeRecord, ranges: &EdgeRanges) -> Option<IpNet> {
        parts_of(record.edge_address?, ranges).find(|part| {
            let fates = self.0.get(&(record.origin_address, *part));
            fates.is_some_and(|fates| fates.is_while_turned_away(record.start))
        })
    }
}

impl Fates {
    fn add(&mut self, record: &EdgeRecord) {
        match record.edge_status {
            Some(status) if TURNED_AWAY.contains(&status) => self.turned_away.push(record.start),
            Some(WAITED) => self.waited.push(record.start),
            _ => {}
        }
    }

    fn sort(&mut self) {
        self.turned_away.sort_unstable();
        self.waited.sort_unstable();
    }

    /// Whether somebody is turned away next to this moment, by the clock or among those who wait: a rule that drops packets may have stood before the one
    /// that answers, or come after it.
    fn is_while_turned_away(&self, moment: Time) -> bool {
        const NEXT: Duration = Duration::from_seconds(2);
        let after = self.turned_away.partition_point(|turned_away| *turned_away < moment);
        let neighbours = [after.checked_sub(1), Some(after)].into_iter().flatten();
        neighbours.filter_map(|place| self.turned_away.get(place)).any(|turned_away| {
            let (from, to) = (moment.min(*turned_away), moment.max(*turned_away));
            to.since(from) <= NEXT || count_between(&self.waited, from, to) as u64 <= CLUSTER
        })
    }
}
