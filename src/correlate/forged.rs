//! From how far devices on the way send resets in the name of others, as those show that surely are no one's own.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::whole::Whole;
use crate::flow::{Connection, Side};

/// Resets in the name of clients, by their server and time to live: the addresses in whose name they surely were forged, and on how many connections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForgedResets {
    by_server: BTreeMap<(IpAddr, u8), (BTreeSet<IpAddr>, usize)>,
}

impl ForgedResets {
    /// Looks at all connections that are kept.
    pub(super) fn of(evidence: &Whole) -> ForgedResets {
        let mut forged = ForgedResets::default();
        let connections = evidence.connections.iter().map(|row| &row.connection);
        for connection in connections.filter(|connection| connection.reset_is_forged()) {
            let Some(reset) = connection.reset.filter(|reset| reset.by == Side::Client) else { continue };
            let (addresses, times) = forged.by_server.entry((connection.server.ip(), reset.ttl)).or_default();
            addresses.insert(connection.client.ip());
            *times += 1;
        }
        forged
    }

    /// On how many connections to its server a device reset others in the edge's name from as far as the RST of this one has come. The same device stands at one
    /// place; to some addresses of the edge that is as far as they are themselves, and their own RST would look the same.
    pub fn as_far_as(&self, connection: &Connection) -> Option<usize> {
        /// One may be a path that changed.
        const SURE: usize = 3;
        let reset = connection.reset.filter(|reset| reset.by == Side::Client && !reset.refused_syn)?;
        let (addresses, times) = self.by_server.get(&(connection.server.ip(), reset.ttl))?;
        let of_others = !addresses.contains(&connection.client.ip());
        (*times >= SURE && of_others).then_some(*times)
    }
}
