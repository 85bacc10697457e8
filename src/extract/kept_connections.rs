//! The connections that are worth keeping, of one shard or of all captures together. Those that failed alike are millions in an outage or a flood, and those that may have carried what
//! failed elsewhere are as many as the capture holds: beyond a limit a sample of them is kept, and the others are counted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::sharding::SHARDS;
use crate::evidence::ConnectionRow;
use crate::evidence::partial::Partial;
use crate::evidence::place::InputId;
use crate::evidence::sample::{hash_of, mix};
use crate::evidence::tally::Tallies;
use crate::evidence::view::ViewId;
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
    pub fn of_shard(memory: MemoryBudget) -> KeptConnections {
        KeptConnections::within(memory, SHARDS)
    }

    /// None yet, and no more than one of `parts` equal parts of the budget.
    fn within(memory: MemoryBudget, parts: usize) -> KeptConnections {
        let part = |most: usize| SmallestHashes { rows: BTreeMap::new(), weight: 0, most: most / parts };
        // Whoever scans the origin leaves most of the room to those whose incident it is.
        let mostly_edge = |most: usize| [part(most / 4), part(most)];
        KeptConnections {
            asked_for: Vec::new(),
            failed: [(); 2].map(|()| part(memory.failed_connections() / 2)),
            failing: mostly_edge(memory.failing_requests()),
            undecided: mostly_edge(memory.undecided_connections()),
        }
    }

    /// Keeps a connection; gives back those that are to be counted alone, where there are too many.
    pub fn keep(&mut self, row: Box<ConnectionRow>) -> Vec<Box<ConnectionRow>> {
        if row.is_asked_for {
            self.asked_for.push(row);
            return Vec::new();
        }
        self.sample_of(&row).keep(row)
    }

    fn sample_of(&mut self, row: &ConnectionRow) -> &mut SmallestHashes {
        let before_request = row.exchanges.is_empty() && row.failed_before_request();
        let is_silent = before_request && row.tls.is_none();
        let samples = if is_silent {
            &mut self.failed
        } else if before_request || row.failed_requests() > 0 || row.shows_failure_inside() {
            &mut self.failing
        } else {
            &mut self.undecided
        };
        &mut samples[usize::from(row.group.is_edge())]
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

/// Counts a connection that is let go, since there are so many like it.
pub fn count_alone(tallies: &mut Tallies, folded: &ConnectionRow) {
    let requests = folded.failed_requests() as u64;
    let failed_before_request = folded.exchanges.is_empty() && folded.failed_before_request();
    tallies.of_server(folded.connection.server.ip(), |server| match requests {
        0 if failed_before_request => server.unjudged += 1,
        0 => server.let_go_connections += 1,
        _ => server.let_go_requests += requests,
    });
}

/// How much more than the budget may be kept: while the parts of a round come together, and of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spare {
    /// A quarter of it, since choosing looks at every row.
    Quarter,
    /// Nothing.
    None,
}

/// Lets go of what is too much where the connections of several captures come together, each of which has kept as many as the budget allows. In whatever
/// order they come together, the same ones stay.
pub fn keep_within(partial: &mut Partial, memory: MemoryBudget, spare: Spare) {
    let Partial { connections, behind, views, .. } = partial;
    let let_go = |row: &ConnectionRow| {
        let capture = row.files.first().copied();
        let view = capture.map(|capture| ViewId { capture, group: row.group });
        if let Some(view) = view.and_then(|view| views.get_mut(&view)) {
            count_alone(&mut view.tallies, row);
        }
    };
    keep_rows(connections, memory, spare, let_go);
    // Of the tries behind a proxy nothing is counted: what failed is the request on the connection from the edge.
    keep_rows(behind, memory, spare, |_| {});
}

fn keep_rows(
    rows: &mut Vec<Box<ConnectionRow>>,
    memory: MemoryBudget,
    spare: Spare,
    mut let_go: impl FnMut(&ConnectionRow),
) {
    if !is_beyond(rows, memory, spare) {
        return;
    }
    let mut kept = KeptConnections::within(memory, 1);
    for row in rows.drain(..) {
        kept.keep(row).iter().for_each(|row| let_go(row));
    }
    *rows = kept.into_rows();
    rows.sort_by(|one, other| one.order(other));
}

fn is_beyond(rows: &[Box<ConnectionRow>], memory: MemoryBudget, spare: Spare) -> bool {
    let mut weighed = KeptConnections::within(memory, 1);
    for row in rows.iter().filter(|row| !row.is_asked_for) {
        weighed.sample_of(row).weight += weight(row);
    }
    let KeptConnections { failed, failing, undecided, .. } = weighed;
    failed.iter().chain(&failing).chain(&undecided).any(|sample| match spare {
        Spare::Quarter => sample.weight > sample.most.saturating_add(sample.most / 4),
        Spare::None => sample.weight > sample.most,
    })
}

/// The connections with the smallest hashes of what names them at every place of their way.
#[derive(Serialize, Deserialize)]
struct SmallestHashes {
    /// By hash; of those with one hash the one that came first is kept, and of several captures that of the first.
    rows: BTreeMap<(u64, Option<InputId>, PacketId), Box<ConnectionRow>>,
    /// What they weigh: their requests, and one where there is none.
    weight: usize,
    /// The most that they may weigh; but one is kept whatever it weighs.
    most: usize,
}

impl SmallestHashes {
    fn keep(&mut self, row: Box<ConnectionRow>) -> Vec<Box<ConnectionRow>> {
        self.weight += weight(&row);
        self.rows.insert((hash(&row), row.files.first().copied(), row.connection.first.packet), row);
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
