//! Services that die and are started again all the time while others of their machine go on: where most deaths of one harmed nobody, the next one that
//! happens to stand beside a failure does not explain it.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::clock::Clocks;
use super::whole::Whole;
use crate::evidence::{InputId, MessageRow};
use crate::facts::deaths::{PROCESS_DIED, SERVICE_DIED};
use crate::facts::supervised::service_named;
use crate::time::{Duration, Time};

/// So many deaths of a service are looked at, at least: of fewer it may be chance that nobody asked it.
const FEWEST: usize = 5;
/// A request fails as its server dies, or until it is started again.
const BESIDE: Duration = Duration::from_seconds(5);
/// Of a service that is asked hardly a death goes by without a failure: one of so many deaths has one beside it where it is another's.
const ONE_BESIDE_IN: usize = 3;

/// The services, each by the log that tells of it and its name there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrashLoops(BTreeSet<(InputId, String)>);

impl CrashLoops {
    /// Those of all logs.
    pub(super) fn of(cases: &[Case], evidence: &Whole, clocks: &Clocks) -> CrashLoops {
        let mut deaths: BTreeMap<(InputId, &str), Vec<Time>> = BTreeMap::new();
        for row in evidence.messages.iter().filter(|row| row.line.time.is_some() && tells_of_death(row)) {
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
        let is_beside = |death: &&Time| {
            let next = ends.partition_point(|end| *end < death.plus(-BESIDE));
            ends.get(next).is_some_and(|end| *end <= death.plus(BESIDE))
        };
        let harms_nobody =
            |times: &[Time]| times.iter().filter(is_beside).count() * ONE_BESIDE_IN <= times.len();
        let loops = deaths.into_iter().filter(|(_, times)| harms_nobody(times));
        CrashLoops(loops.map(|((input, name), _)| (input, name.to_owned())).collect())
    }

    /// Whether a line tells of the death of one of them.
    pub fn hold(&self, row: &MessageRow) -> bool {
        let name = || service_named(&row.line.text).map(str::to_owned);
        !self.0.is_empty() && name().is_some_and(|name| self.0.contains(&(row.place.input(), name)))
    }
}

fn tells_of_death(row: &MessageRow) -> bool {
    row.line.signature.is_some_and(|said| PROCESS_DIED.contains(&said) || SERVICE_DIED.contains(&said))
}
