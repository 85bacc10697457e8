//! What a proxy last said of the servers of its backends, from its own messages: a server that it took out stays out until it says that it is up
//! again, so such a line tells of every request since, however long ago it was written.

use std::collections::BTreeMap;

use super::messages::MessagesInOrder;
use super::rows::MessageIndex;
use super::whole::Whole;
use crate::evidence::{AccessRow, InputId, MessageRow};
use crate::time::{Duration, Time};

/// What changes the state of a server (HAProxy: src/server.c, src/check.c).
const CHANGES: &[&str] = &["haproxy-server-unresolved", "haproxy-server-down", "haproxy-server-up"];
/// A message and the line of a request that it made fail are written by different threads.
const AT_ONCE: Duration = Duration::from_milliseconds(50);

/// The changes of each backend, by the log that tells of them and the backend's name, in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backends {
    changes: BTreeMap<(InputId, String), Vec<(Time, MessageIndex)>>,
}

impl Backends {
    pub(super) fn of(evidence: &Whole, messages: &MessagesInOrder) -> Backends {
        let mut changes: BTreeMap<(InputId, String), Vec<(Time, MessageIndex)>> = BTreeMap::new();
        for (time, index, row) in messages.with_signatures(CHANGES, evidence) {
            if let Some(backend) = row.line.upstream.as_deref().and_then(backend_of) {
                changes.entry((row.place.input(), backend.to_owned())).or_default().push((time, index));
            }
        }
        Backends { changes }
    }

    /// The last change of the backend that a proxy's line names, before the request was over at `until`, by the reference clock.
    pub fn last_change<'e>(
        &self,
        line: &AccessRow,
        until: Time,
        evidence: &'e Whole,
    ) -> Option<&'e MessageRow> {
        let backend = line.line.server.as_deref().and_then(backend_of)?;
        let of = self.changes.get(&(line.place.input(), backend.to_owned()))?;
        let before = of.partition_point(|(time, _)| *time <= until.plus(AT_ONCE));
        let (_, index) = of.get(before.checked_sub(1)?)?;
        evidence.messages.get(*index)
    }
}

/// The backend in `backend/server`.
fn backend_of(server: &str) -> Option<&str> {
    server.split_once('/').map(|(backend, _)| backend)
}
