//! The connections of one shard that are worth keeping. Those that failed before any request look alike, and in an outage or a flood there
//! are millions of them: beyond a limit a sample is kept, and the others are counted.

use std::collections::BTreeMap;

use super::sharding::SHARDS;
use crate::evidence::ConnectionRow;
use crate::evidence::sample::mix;
use crate::flow::PacketId;
use crate::memory::MemoryBudget;

/// Connections kept.
pub struct KeptConnections {
    rows: Vec<Box<ConnectionRow>>,
    /// Those that failed before any request, from other addresses and from the edge's: the ones with the smallest hashes of what names them
    /// at every place of their way.
    failed: [BTreeMap<(u64, PacketId), Box<ConnectionRow>>; 2],
    /// The most of either kind.
    most: usize,
}

impl KeptConnections {
    /// None yet, and no more than a shard's part of the budget.
    pub fn within(memory: MemoryBudget) -> KeptConnections {
        KeptConnections {
            rows: Vec::new(),
            failed: Default::default(),
            most: memory.failed_connections() / SHARDS / 2,
        }
    }

    /// Keeps a connection; gives back one that is to be counted alone, where there are too many.
    pub fn keep(&mut self, row: Box<ConnectionRow>) -> Option<Box<ConnectionRow>> {
        if !row.exchanges.is_empty() || row.tls.is_some() || !row.failed_before_request() {
            self.rows.push(row);
            return None;
        }
        let connection = &row.connection;
        let number = u64::from(connection.numbers.client.unwrap_or(0)) << 16;
        let hash = mix(number | u64::from(connection.client.port()));
        let [of_others, of_edge] = &mut self.failed;
        let failed = if row.group.is_edge() { of_edge } else { of_others };
        failed.insert((hash, connection.first.packet), row);
        if failed.len() > self.most { failed.pop_last().map(|(_, folded)| folded) } else { None }
    }

    /// All of them.
    pub fn into_rows(self) -> Vec<Box<ConnectionRow>> {
        let mut rows = self.rows;
        rows.extend(self.failed.into_iter().flat_map(BTreeMap::into_values));
        rows
    }
}
