//! The certificates that servers showed, healthy connections included.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::place::Place;
use crate::time::Time;
use crate::tls::{Certificate, CertificateFault, certificate_faults};

/// Chains that are kept: the smallest keys, so that merging is associative.
const CHAINS_KEPT: usize = 256;

/// Which chain: who showed it, to whom asked for which name, the serial numbers of its certificates with the issuer of the first, and their bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct ChainKey {
    server: SocketAddr,
    asked: Option<String>,
    issuer: String,
    serials: Vec<String>,
    /// Each certificate's (DER), empty where they were not kept.
    bytes: Vec<Box<[u8]>>,
}

/// A chain as it was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownChain {
    /// The certificates, the server's own first, as the first connection has them; without their bytes.
    pub chain: Vec<Certificate>,
    /// Connections on which it was shown.
    pub connections: u64,
    /// The packet that completed it on the first of them.
    pub first: Place,
    /// When it was shown last.
    pub last: Time,
}

/// A chain, and who showed it to whom.
#[derive(Clone, Copy, Debug)]
pub struct Showing<'a> {
    /// The server.
    pub server: SocketAddr,
    /// The name that was asked for.
    pub asked: Option<&'a str>,
    /// The bytes of each certificate (DER), empty where they were not kept.
    pub bytes: &'a [Box<[u8]>],
    /// The chain.
    pub shown: &'a ShownChain,
}

/// All chains.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownCertificates {
    chains: BTreeMap<ChainKey, ShownChain>,
    /// There were more than are kept.
    is_cut: bool,
}

impl ShownCertificates {
    /// A server showed this chain to a client that asked for that name; with the bytes of each certificate.
    pub fn shown(
        &mut self,
        server: SocketAddr,
        asked: Option<&str>,
        (chain, bytes): (&[Certificate], Vec<Box<[u8]>>),
        first: Place,
    ) {
        let Some(leaf) = chain.first().filter(|leaf| !leaf.unreadable) else { return };
        let key = ChainKey {
            server,
            asked: asked.map(str::to_owned),
            issuer: leaf.issuer.clone(),
            serials: chain.iter().map(|certificate| certificate.serial.clone()).collect(),
            bytes,
        };
        self.add(key, 1, (first, || chain.to_vec()), leaf.at.time);
    }

    /// Adds those of another part.
    pub fn merge(&mut self, other: ShownCertificates) {
        self.is_cut |= other.is_cut;
        for (key, ShownChain { chain, connections, first, last }) in other.chains {
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
        match self.chains.get_mut(&key) {
            Some(known) => {
                known.connections += connections;
                known.last = known.last.max(last);
                if first < known.first {
                    (known.first, known.chain) = (first, chain());
                }
            }
            None => {
                self.chains.insert(key, ShownChain { chain: chain(), connections, first, last });
                if self.chains.len() > CHAINS_KEPT {
                    self.chains.pop_last();
                    self.is_cut = true;
                }
            }
        }
    }

    /// Each chain, in the order of the servers that showed it.
    pub fn all(&self) -> impl Iterator<Item = Showing<'_>> {
        self.chains.iter().map(|(key, shown)| Showing {
            server: key.server,
            asked: key.asked.as_deref(),
            bytes: &key.bytes,
            shown,
        })
    }

    /// Whether there were more chains than are kept.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Each chain in which something is wrong, with all that is wrong.
    pub fn faulty(&self) -> impl Iterator<Item = (Showing<'_>, Vec<CertificateFault>)> {
        self.all().filter_map(|showing| {
            let faults = certificate_faults(&showing.shown.chain, showing.asked, showing.shown.last);
            (!faults.is_empty()).then_some((showing, faults))
        })
    }
}
