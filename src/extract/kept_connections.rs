//! The connections of one shard that are worth keeping. Those that failed alike are millions in an outage or a flood: beyond a limit a sample of them is
//! kept, and the others are counted.

use std::collections::BTreeMap;

use super::sharding::SHARDS;
use crate::evidence::ConnectionRow;
use crate::evidence::sample::{hash_of, mix};
use crate::flow::PacketId;
use crate::memory::MemoryBudget;

/// Connections kept.
pub struct KeptConnections {
    rows: Vec<Box<ConnectionRow>>,
    /// Those that failed before any request, from other addresses and from the edge's.
    failed: [SmallestHashes; 2],
    /// Those all of whose kept requests failed, and for none of which another source asks by its ray; likewise.
    failing: [SmallestHashes; 2],
}

impl KeptConnections {
    /// None yet, and no more than a shard's part of the budget.
    pub fn within(memory: MemoryBudget) -> KeptConnections {
        let of_shard = |most: usize| SmallestHashes { rows: BTreeMap::new(), weight: 0, most: most / SHARDS };
        let requests = memory.failing_requests();
        KeptConnections {
            rows: Vec::new(),
            failed: [(); 2].map(|()| of_shard(memory.failed_connections() / 2)),
            // Whoever scans the origin leaves most of the room to those whose incident it is.
            failing: [of_shard(requests / 4), of_shard(requests)],
        }
    }

    /// Keeps a connection; gives back those that are to be counted alone, where there are too many. `is_asked_for`: another source names the
    /// ray of a request of it.
    pub fn keep(&mut self, row: Box<ConnectionRow>, is_asked_for: bool) -> Vec<Box<ConnectionRow>> {
        let of_edge = usize::from(row.group.is_edge());
        if row.fails_throughout() && !is_asked_for {
            return self.failing[of_edge].keep(row);
        }
        if row.exchanges.is_empty() && row.tls.is_none() && row.failed_before_request() {
            return self.failed[of_edge].keep(row);
        }
        self.rows.push(row);
        Vec::new()
    }

    /// All of them.
    pub fn into_rows(self) -> Vec<Box<ConnectionRow>> {
        let mut rows = self.rows;
        let samples = self.failed.into_iter().chain(self.failing);
        rows.extend(samples.flat_map(|sample| sample.rows.into_values()));
        rows
    }
}

/// The connections with the smallest hashes of what names them at every place of their way.
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
