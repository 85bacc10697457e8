//! How much a table may hold, and for how long.

use serde::{Deserialize, Serialize};

use crate::memory::MemoryBudget;
use crate::time::Duration;

/// Bounds on memory and patience. None of them changes what is delivered of a connection whose packets were all captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableLimits {
    /// Bytes of one connection that may wait for an earlier segment; beyond, the hole is declared.
    pub connection_bytes: usize,
    /// The same where no packet of the receiver was captured, so that no acknowledgement can ever settle a hole.
    pub one_sided_bytes: usize,
    /// Segments of one stream that may wait.
    pub stream_segments: usize,
    /// Bytes of all connections that may wait.
    pub total_bytes: usize,
    /// Connections that may wait for the answer that opens them; beyond, those that have waited longest are given up.
    pub half_open: usize,
    /// How long, in capture time, a closed connection is kept for stragglers.
    pub closed: Duration,
    /// The silence after which an attempt that was never answered is given up.
    pub unanswered: Duration,
    /// The silence after which an open connection is given up. Longer than any keep-alive of an edge (900 s).
    pub idle: Duration,
}

impl TableLimits {
    /// What is said of a stream that reached them.
    pub fn policy(&self) -> String {
        let size = |bytes: usize| match bytes >> 20 {
            0 => format!("{} KiB", bytes >> 10),
            mebibytes => format!("{mebibytes} MiB"),
        };
        format!(
            "had more waiting behind a missing packet than is kept ({} of a connection, {} where its receiver was not captured, {} \
             segments, {} of all connections): the hole counts as not captured",
            size(self.connection_bytes),
            size(self.one_sided_bytes),
            self.stream_segments,
            size(self.total_bytes)
        )
    }
}

impl Default for TableLimits {
    fn default() -> TableLimits {
        TableLimits::within(MemoryBudget::default())
    }
}

impl TableLimits {
    /// What a table may hold within a budget.
    pub fn within(memory: MemoryBudget) -> TableLimits {
        TableLimits {
            connection_bytes: 1 << 20,
            one_sided_bytes: 128 << 10,
            stream_segments: 1_024,
            total_bytes: memory.segments(),
            half_open: memory.half_open(),
            closed: Duration::from_seconds(30),
            unanswered: Duration::from_seconds(300),
            idle: Duration::from_seconds(4 * 3_600),
        }
    }
}
