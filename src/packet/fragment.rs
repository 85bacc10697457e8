//! A fragment of an IP packet, and what tells whose it is.

use std::net::IpAddr;

use etherparse::IpNumber;
use serde::{Deserialize, Serialize};

use super::internet::Internet;
use super::passed::Passed;
use super::written;

/// What the fragments of a datagram have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct DatagramKey {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) identification: u32,
    /// IPv4 only: in IPv6 the first fragment's holds.
    #[serde(with = "written::protocol")]
    protocol: Option<IpNumber>,
    /// The same packet may be seen on both sides of a bridge.
    vlan: Option<u16>,
}

/// One of the parts that an IP packet was sent in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment<'a> {
    pub(super) key: DatagramKey,
    /// The protocol of what the first fragment begins with.
    pub(super) protocol: IpNumber,
    pub(super) ttl: u8,
    pub(super) more: bool,
    pub(super) offset: u16,
    /// Bytes that were sent; more than `data` where the snap length cut.
    pub(super) length: u32,
    pub(super) data: &'a [u8],
    pub(super) passed: Passed,
}

impl<'a> Fragment<'a> {
    /// The fragment that an IP header announces; `None` where it can be part of nothing.
    pub(super) fn of(packet: &Internet<'a>, passed: Passed) -> Option<Fragment<'a>> {
        let (part, mut payload) = (packet.fragment?, packet.payload);
        let version_4 = packet.source.is_ipv4();
        if part.more && payload.length % 8 != 0 {
            // The offset of what follows counts in eights. IPv4's receivers cut such a fragment, IPv6's drop it.
            payload = version_4.then(|| payload.trimmed(payload.length & !7))?;
        }
        let fits = usize::from(part.offset) + payload.length <= usize::from(u16::MAX);
        (payload.length > 0 && fits).then_some(Fragment {
            key: DatagramKey {
                source: packet.source,
                destination: packet.destination,
                identification: part.identification,
                protocol: version_4.then_some(packet.protocol),
                vlan: passed.vlan,
            },
            protocol: packet.protocol,
            ttl: packet.ttl,
            more: part.more,
            offset: part.offset,
            length: u32::try_from(payload.length).ok()?,
            data: payload.data,
            passed,
        })
    }
}
