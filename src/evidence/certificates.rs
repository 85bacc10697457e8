//! The certificates that servers showed, healthy connections included.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::place::Place;
use crate::time::Time;
use crate::tls::{Certificate, CertificateFault, certificate_faults};

/// Chains that are kept: the smallest keys, so that merging is associative.
const CHAINS_KEPT: usize = 256;

/// Which chain: who showed it, to whom asked for which name, and the serial numbers of its certificates with the issuer of the first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct ChainKey {
    server: SocketAddr,
    asked: Option<String>,
    issuer: String,
    serials: Vec<String>,
}

/// A chain as it was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownChain {
    /// The certificates, the server's own first, as the first connection has them.
    pub chain: Vec<Certificate>,
    /// Connections on which it was shown.
    pub connections: u64,
    /// The packet that completed it on the first of them.
    pub first: Place,
    /// When it was shown last.
    pub last: Time,
}

/// All chains.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownCertificates(BTreeMap<ChainKey, ShownChain>);

impl ShownCertificates {
    /// A server showed this chain to a client that asked for that name.
    pub fn shown(&mut self, server: SocketAddr, asked: Option<&str>, chain: &[Certificate], first: Place) {
        let Some(leaf) = chain.first().filter(|leaf| !leaf.unreadable) else { return };
        let key = ChainKey {
            server,
            asked: asked.map(str::to_owned),
            issuer: leaf.issuer.clone(),
            serials: chain.iter().map(|certificate| certificate.serial.clone()).collect(),
        };
        self.add(key, 1, (first, || chain.to_vec()), leaf.at.time);
    }

    /// Adds those of another part.
    pub fn merge(&mut self, other: ShownCertificates) {
        for (key, ShownChain { chain, connections, first, last }) in other.0 {
            self.add(key, connections, (first, || chain), last);
        }
    }

    /// Adds connections, on the first of which the chain is what is given with it: most connections show one that is known.
    fn add(
        &mut self,
        key: ChainKey,
        connections: u64,
        (first, chain): (Place, impl FnOnce() -> Vec<Certificate>),
        last: Time,
    ) {
        match self.0.get_mut(&key) {
            Some(known) => {
                known.connections += connections;
                known.last = known.last.max(last);
                if first < known.first {
                    (known.first, known.chain) = (first, chain());
                }
            }
            None => {
                self.0.insert(key, ShownChain { chain: chain(), connections, first, last });
                if self.0.len() > CHAINS_KEPT {
                    self.0.pop_last();
                }
            }
        }
    }

    /// Each chain in which something is wrong, with who showed it, the name that was asked for, and all that is wrong.
    pub fn faulty(
        &self,
    ) -> impl Iterator<Item = (SocketAddr, Option<&str>, &ShownChain, Vec<CertificateFault>)> {
        self.0.iter().filter_map(|(key, shown)| {
            let asked = key.asked.as_deref();
            let faults = certificate_faults(&shown.chain, asked, shown.last);
            (!faults.is_empty()).then_some((key.server, asked, shown, faults))
        })
    }
}
