//! Lines that name no ray and ask for what failed by another source. Where many ask for it, a further look keeps those near the failing
//! requests (`crowded`), and the first look keeps none.

use std::collections::BTreeSet;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::evidence::failure;
use crate::evidence::request_key::RequestKey;
use crate::evidence::row::AccessRow;

/// So many lines of one key are kept whenever they were written.
const MOST_OF_A_KEY: u32 = 1_000;

/// How many such lines there were of each key, counted no further than is needed.
#[derive(Debug, Default)]
pub struct Nameless(HashMap<RequestKey, u32, FixedState>);

impl Nameless {
    /// Counts a line; whether it is to be kept for now.
    pub fn keeps(&mut self, key: RequestKey) -> bool {
        let count = self.0.entry(key).or_default();
        *count = count.saturating_add(1);
        *count <= MOST_OF_A_KEY
    }

    /// Whether no more lines of a key are kept.
    pub fn is_crowded(&self, key: RequestKey) -> bool {
        self.0.get(&key).is_some_and(|count| *count > MOST_OF_A_KEY)
    }

    /// Adds what another thread counted.
    pub fn merge(&mut self, other: Nameless) {
        for (key, more) in other.0 {
            let count = self.0.entry(key).or_default();
            *count = count.saturating_add(more);
        }
    }

    /// The keys of which too many asked.
    pub fn crowded(self) -> BTreeSet<RequestKey> {
        self.0.into_iter().filter(|(_, count)| *count > MOST_OF_A_KEY).map(|(key, _)| key).collect()
    }
}

/// Takes out the lines of crowded keys that tell of no failure themselves.
pub fn take_out(rows: &mut Vec<AccessRow>, crowded: &BTreeSet<RequestKey>, line_limit: u64) {
    if crowded.is_empty() {
        return;
    }
    let is_crowded =
        |row: &AccessRow| RequestKey::of_line(&row.line).is_some_and(|key| crowded.contains(&key));
    rows.retain(|row| {
        row.line.ray.is_some() || failure::access_line_tells(&row.line, line_limit) || !is_crowded(row)
    });
    rows.shrink_to_fit();
}
