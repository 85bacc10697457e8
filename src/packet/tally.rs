//! What a file's packets are, counted.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::link_types::link_name;

/// Counts over the packets of a file; the meanings are those of Wireshark's fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Packets with an IPv4 header, not counting what ICMP quotes.
    pub ipv4_packets: u64,
    /// Packets with an IPv6 header, not counting what ICMP quotes.
    pub ipv6_packets: u64,
    /// Packets with a VLAN tag.
    pub vlan_packets: u64,
    /// Packets with IP inside IP, or behind another tunnel header.
    pub tunnelled_packets: u64,
    /// Packets that are IP fragments. What they hold counts where it became whole.
    pub ip_fragments: u64,
    /// Those whose datagram became whole.
    pub fragments_put_together: u64,
    /// Packets with a TCP header.
    pub tcp_packets: u64,
    /// With SYN and without ACK.
    pub syn: u64,
    /// With SYN and ACK.
    pub syn_ack: u64,
    /// With FIN.
    pub fin: u64,
    /// With RST.
    pub rst: u64,
    /// Bytes of TCP data, as often as they were sent, captured or not.
    pub tcp_payload_bytes: u64,
    /// TCP headers that contradict themselves or their packet.
    pub tcp_malformed: u64,
    /// TCP headers of which the snap length left too little to read.
    pub tcp_cut: u64,
    /// ICMP destination unreachable (type 3).
    pub icmp_unreachable: u64,
    /// ICMPv6 destination unreachable (type 1).
    pub icmpv6_unreachable: u64,
    /// Packets of link types that cannot be read, by link type.
    pub unknown_link_types: BTreeMap<u16, u64>,
    /// Packets behind a header that is not opened, although IP may lie there, by what the header announces.
    pub unopened: BTreeMap<UnopenedHeader, u64>,
}

/// What a header announces that is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum UnopenedHeader {
    /// An EtherType.
    EtherType(u16),
    /// An address family of a BSD loopback header; 65535 stands for all above.
    LoopbackFamily(u16),
}

impl fmt::Display for UnopenedHeader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnopenedHeader::EtherType(number) => write!(formatter, "EtherType 0x{number:04x}"),
            UnopenedHeader::LoopbackFamily(number) => write!(formatter, "loopback address family {number}"),
        }
    }
}

impl Tally {
    /// Adds the counts of another part of the same input.
    pub fn add(&mut self, other: &Tally) {
        let pairs = [
            (&mut self.ipv4_packets, other.ipv4_packets),
            (&mut self.ipv6_packets, other.ipv6_packets),
            (&mut self.vlan_packets, other.vlan_packets),
            (&mut self.tunnelled_packets, other.tunnelled_packets),
            (&mut self.ip_fragments, other.ip_fragments),
            (&mut self.fragments_put_together, other.fragments_put_together),
            (&mut self.tcp_packets, other.tcp_packets),
            (&mut self.syn, other.syn),
            (&mut self.syn_ack, other.syn_ack),
            (&mut self.fin, other.fin),
            (&mut self.rst, other.rst),
            (&mut self.tcp_payload_bytes, other.tcp_payload_bytes),
            (&mut self.tcp_malformed, other.tcp_malformed),
            (&mut self.tcp_cut, other.tcp_cut),
            (&mut self.icmp_unreachable, other.icmp_unreachable),
            (&mut self.icmpv6_unreachable, other.icmpv6_unreachable),
        ];
        for (sum, count) in pairs {
            *sum = sum.saturating_add(count);
        }
        for (&link, &count) in &other.unknown_link_types {
            let sum = self.unknown_link_types.entry(link).or_default();
            *sum = sum.saturating_add(count);
        }
        for (&announced, &count) in &other.unopened {
            let sum = self.unopened.entry(announced).or_default();
            *sum = sum.saturating_add(count);
        }
    }

    /// What a person must be told about packets that were not looked into, one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let unknown = self.unknown_link_types.iter().map(|(&link, count)| {
            format!("{count} packets of link type {link} ({}), which is not read", link_name(link))
        });
        let apart = self.ip_fragments.saturating_sub(self.fragments_put_together);
        let fragments = (apart > 0).then(|| {
            format!(
                "{apart} of {} IP fragments could not be put together: others are missing or contradict them",
                self.ip_fragments
            )
        });
        let cut =
            (self.tcp_cut > 0).then(|| format!("{} TCP headers were cut by the snap length", self.tcp_cut));
        unknown.chain(self.unopened_warning()).chain(fragments).chain(cut).collect()
    }

    /// The commonest headers that are not opened, and how many packets of others there are.
    fn unopened_warning(&self) -> Vec<String> {
        const NAMED: usize = 3;
        let mut announced: Vec<(UnopenedHeader, u64)> =
            self.unopened.iter().map(|(announced, count)| (*announced, *count)).collect();
        announced.sort_by_key(|(announced, count)| (Reverse(*count), *announced));
        let others: u64 = announced.iter().skip(NAMED).map(|(_, count)| count).sum();
        let named = announced.iter().take(NAMED);
        let named = named.map(|(what, count)| format!("{count} packets of {what}, which is not opened"));
        let others =
            (others > 0).then(|| format!("{others} packets behind further headers that are not opened"));
        named.chain(others).collect()
    }
}
