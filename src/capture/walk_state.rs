//! Where the walk over a capture file stands.

use super::legacy::Header;
use super::order::Order;

/// What holds for all blocks of a pcapng section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) order: Order,
    /// Its first interface among those of all sections: blocks count from there.
    pub(super) first_interface: usize,
}

impl Section {
    /// Before the first section header has told the byte order.
    pub(super) const BEFORE_THE_FIRST: Section = Section { order: Order::Little, first_interface: 0 };
}

/// Where the walk stands.
#[derive(Clone, Debug)]
pub(super) enum WalkState {
    /// Before a pcap file's header.
    PcapStart,
    /// Before a pcap record.
    PcapRecords(Header),
    /// Looking for pcap records that can be believed.
    LostRecords { header: Header, since: u64, what: String },
    /// Before a pcapng block.
    Blocks(Section),
    /// Looking for a pcapng block that can be believed.
    Lost { section: Section, since: u64, what: String, zeros: bool },
    /// Behind the last byte, or behind damage that cannot be passed.
    Over,
}
