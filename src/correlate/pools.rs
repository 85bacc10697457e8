//! Pools of php-fpm: each has workers and a socket of its own, and one server may have one for each site.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::whole::Whole;
use crate::evidence::{InputId, MessageRow};
use crate::facts::gateways;

/// What the ids of php-fpm's messages begin with.
const PHP_FPM: &str = "php-fpm-";

/// In logs that name more none is looked for: each line near a request would be held against all of them.
const MOST: usize = 256;

/// The pools that each log names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pools(BTreeMap<InputId, BTreeSet<String>>);

impl Pools {
    pub(super) fn of(evidence: &Whole) -> Pools {
        let mut pools: BTreeMap<InputId, BTreeSet<String>> = BTreeMap::new();
        for row in evidence.messages.iter() {
            if let Some(pool) = pool_of(row) {
                let of_log = pools.entry(row.place.input()).or_default();
                if !of_log.contains(pool) {
                    of_log.insert(pool.to_owned());
                }
            }
        }
        // One alone is told apart from nothing.
        pools.retain(|_, of_log| (2..=MOST).contains(&of_log.len()));
        Pools(pools)
    }

    /// Whether a line is of one pool, and a case's own lines name the sockets of others: a socket is mostly named after its pool.
    pub fn is_anothers(&self, row: &MessageRow, case: &Case, evidence: &Whole) -> bool {
        let Some((pools, own)) = self.0.get(&row.place.input()).zip(pool_of(row)) else { return false };
        let named = |upstream: &str| {
            let socket = gateways::server_behind(upstream).rsplit('/').next()?;
            pools.iter().filter(|pool| socket.contains(pool.as_str())).max_by_key(|pool| pool.len())
        };
        asked_only(case, evidence, |upstream| named(upstream).is_some_and(|asked| asked != own))
    }
}

/// Whether the own lines of a case name servers behind, and each that they name is such a one.
pub fn asked_only(case: &Case, evidence: &Whole, is_such: impl Fn(&str) -> bool) -> bool {
    let said = case.messages(evidence).filter_map(|row| row.line.upstream.as_deref());
    let tried = case.access(evidence).flat_map(|row| &row.line.upstream);
    let mut asked = said.chain(tried.filter_map(|tried| tried.address.as_deref())).peekable();
    asked.peek().is_some() && asked.all(is_such)
}

/// `[pool www] child 811 exited on signal 11`.
fn pool_of(row: &MessageRow) -> Option<&str> {
    row.line.signature.filter(|signature| signature.starts_with(PHP_FPM))?;
    let (pool, _) = row.line.text.strip_prefix("[pool ")?.split_once(']')?;
    Some(pool)
}
