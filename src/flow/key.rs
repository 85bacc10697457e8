//! What identifies a connection while it lives: two addresses with their ports, the same from both directions.

use std::hash::{Hash, Hasher};
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

/// One of the two ends of a key. Which is which says nothing of who opened the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum KeyEnd {
    /// The one with the smaller address, or port.
    Smaller,
    /// The other one.
    Larger,
}

impl KeyEnd {
    /// The other end.
    pub(super) fn other(self) -> KeyEnd {
        match self {
            KeyEnd::Smaller => KeyEnd::Larger,
            KeyEnd::Larger => KeyEnd::Smaller,
        }
    }
}

/// Both ends, the smaller first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ConnectionKey {
    addresses: [u128; 2],
    ports_and_version: u64,
}

impl Hash for ConnectionKey {
    /// As integers: the derived form hashes the array as a string of bytes, at several times the cost.
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [low, high] = self.addresses;
        state.write_u128(low);
        state.write_u128(high);
        state.write_u64(self.ports_and_version);
    }
}

/// An address as an integer.
#[inline]
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl ConnectionKey {
    /// The key of a packet, and which end its sender is.
    #[inline]
    pub(super) fn new(sender: (IpAddr, u16), receiver: (IpAddr, u16)) -> (ConnectionKey, KeyEnd) {
        let from = (number(sender.0), sender.1);
        let to = (number(receiver.0), receiver.1);
        let (low, high, end) =
            if from <= to { (from, to, KeyEnd::Smaller) } else { (to, from, KeyEnd::Larger) };
        let version = if sender.0.is_ipv4() { 4 } else { 6 };
        let ports_and_version = version << 32 | u64::from(low.1) << 16 | u64::from(high.1);
        (ConnectionKey { addresses: [low.0, high.0], ports_and_version }, end)
    }

    /// Which end an address with its port is.
    pub(super) fn end_of(&self, address: SocketAddr) -> KeyEnd {
        let [smaller, _] = self.addresses;
        let port = (self.ports_and_version >> 16) as u16;
        if (number(address.ip()), address.port()) == (smaller, port) {
            KeyEnd::Smaller
        } else {
            KeyEnd::Larger
        }
    }
}
