//! The connections of one shard that are worth keeping. Those that failed alike are millions in an outage or a flood, and those that may have carried what
//! failed elsewhere are as many as the capture holds: beyond a limit a sample of them is kept, and the others are counted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::sharding::SHARDS;
use crate::evidence::ConnectionRow;
use crate::evidence::sample::{hash_of, mix};
use crate::flow::PacketId;
use crate::memory::MemoryBudget;

/// Connections kept.
#[derive(Serialize, Deserialize)]
pub struct KeptConnections {
    /// Those with a request for which another source asks by its ray: no more than that source tells of.
    asked_for: Vec<Box<ConnectionRow>>,
    /// Those that failed before anything was said on them, from other addresses and from the edge's.
    failed: [SmallestHashes; 2],
    /// Those with a request, or a TLS handshake, that failed; likewise.
    failing: [SmallestHashes; 2],
    /// Those that may have carried a request of which another source says that it failed; likewise.
    undecided: [SmallestHashes; 2],
}

impl KeptConnections {
    /// None yet, and no more than a shard's part of the budget.
    pub fn within(memory: MemoryBudget) -> KeptConnections {
        let of_shard = |most: usize| SmallestHashes { rows: BTreeMap::new(), weight: 0, most: most / SHARDS };
        // Whoever scans the origin leaves most of the room to those whose incident it is.
        let mostly_edge = |most: usize| [of_shard(most / 4), of_shard(most)];
        KeptConnections {
            asked_for: Vec::new(),
            failed: [(); 2].map(|()| of_shard(memory.failed_connections() / 2)),
            failing: mostly_edge(memory.failing_requests()),
            undecided: mostly_edge(memory.undecided_connections()),
        }
    }

    /// Keeps a connection; gives back those that are to be counted alone, where there are too many. `is_asked_for`: another source names the
    /// ray of a request of it.
    pub fn keep(&mut self, row: Box<ConnectionRow>, is_asked_for: bool) -> Vec<Box<ConnectionRow>> {
        if is_asked_for {
            self.asked_for.push(row);
            return Vec::new();
        }
        let before_request = row.exchanges.is_empty() && row.failed_before_request();
        let is_silent = before_request && row.tls.is_none();
        let samples = if is_silent {
            &mut self.failed
        } else if before_request || row.failed_requests() > 0 || row.shows_failure_inside() {
            &mut self.failing
        } else {
            &mut self.undecided
        };
        samples[usize::from(row.group.is_edge())].keep(row)
    }

    /// All of them, in no order.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut ConnectionRow> {
        let KeptConnections { asked_for, failed, failing, undecided } = self;
        let samples = failed.iter_mut().chain(failing).chain(undecided);
        asked_for.iter_mut().chain(samples.flat_map(|sample| sample.rows.values_mut())).map(Box::as_mut)
    }

    /// All of them.
    pub fn into_rows(self) -> Vec<Box<ConnectionRow>> {
        let mut rows = self.asked_for;
        let samples = self.failed.into_iter().chain(self.failing).chain(self.undecided);
        rows.extend(samples.flat_map(|sample| sample.rows.into_values()));
        rows
    }
}

/// The connections with the smallest hashes of what names them at every place of their way.
#[derive(Serialize, Deserialize)]
struct SmallestHashes {
    /// By hash; of those with one hash the one that came first is kept.
    rows: BTreeMap<(u64, PacketId), Box<ConnectionRow>>,
    /// What they weigh: their requests, and one where there is none.
    weight: usize,
    /// The most that they may weigh; but one is kept whatever it weighs.
    most: usize,
}

impl SmallestHashes {
    fn keep(&mut self, row: Box<ConnectionRow>) -> Vec<Box<ConnectionRow>> {
        self.weight += weight(&row);
        self.rows.insert((hash(&row), row.connection.first.packet), row);
        let mut let_go = Vec::new();
        while self.weight > self.most && self.rows.len() > 1 {
            let Some((_, row)) = self.rows.pop_last() else { break };
            self.weight -= weight(&row);
            let_go.push(row);
        }
        let_go
    }
}

fn weight(row: &ConnectionRow) -> usize {
    row.exchanges.len().max(1)
}

/// Of the ray of its first request, so that logs with too many failures keep the same ones; else of the number that the client chose for its stream.
fn hash(row: &ConnectionRow) -> u64 {
    let ray = row.exchanges.first().and_then(|kept| kept.exchange.ray());
    match ray {
        Some(ray) => hash_of(Some(ray.ray), 0),
        None => {
            let number = u64::from(row.connection.numbers.client.unwrap_or(0)) << 16;
            mix(number | u64::from(row.connection.client.port()))
        }
    }
}
