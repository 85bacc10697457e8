//! Services that die and are started again all the time while others of their machine go on: where most deaths of one harmed nobody, the next one that
//! happens to stand beside a failure does not explain it.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::clock::Clocks;
use super::moments::count_near;
use super::whole::Whole;
use crate::evidence::{InputId, MessageRow};
use crate::facts::deaths::tells_of_death;
use crate::facts::supervised::service_named;
use crate::time::{Duration, Time};

/// So many deaths of a service are looked at, at least: of fewer it may be chance that nobody asked it.
const FEWEST: usize = 5;
/// A request fails as its server dies, or until it is started again.
const BESIDE: Duration = Duration::from_seconds(5);
/// Of a service that is asked hardly a death goes by without a failure: one of so many deaths has one beside it where it is another's.
const ONE_BESIDE_IN: usize = 3;

/// The services by their names, of each log that tells of some.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrashLoops(BTreeMap<InputId, BTreeSet<String>>);

impl CrashLoops {
    /// Those of all logs.
    pub(super) fn of(cases: &[Case], evidence: &Whole, clocks: &Clocks) -> CrashLoops {
        let mut deaths: BTreeMap<(InputId, &str), Vec<Time>> = BTreeMap::new();
        let tells =
            |row: &&MessageRow| row.line.time.is_some() && row.line.signature.is_some_and(tells_of_death);
        for row in evidence.messages.iter().filter(tells) {
            if let Some(name) = service_named(&row.line.text) {
                deaths.entry((row.place.input(), name)).or_default().push(clocks.time_of(row));
            }
        }
        deaths.retain(|_, times| times.len() >= FEWEST);
        if deaths.is_empty() {
            return CrashLoops::default();
        }
        let mut ends: Vec<Time> = cases.iter().map(|case| case.end).collect();
        ends.sort_unstable();
        let is_beside = |death: &&Time| count_near(&ends, **death, BESIDE) > 0;
        let harms_nobody =
            |times: &[Time]| times.iter().filter(is_beside).count() * ONE_BESIDE_IN <= times.len();
        let mut loops = CrashLoops::default();
        for ((input, name), _) in deaths.into_iter().filter(|(_, times)| harms_nobody(times)) {
            loops.0.entry(input).or_default().insert(name.to_owned());
        }
        loops
    }

    /// Whether a line tells of the death of one of them.
    pub fn hold(&self, row: &MessageRow) -> bool {
        let of_log = self.0.get(&row.place.input());
        of_log.is_some_and(|names| service_named(&row.line.text).is_some_and(|name| names.contains(name)))
    }
}
