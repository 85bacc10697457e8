//! The headers that were passed on the way to what a packet carries.

use super::internet::IpVersion;
use super::tally::Tally;

/// What a packet is known to have while its layers are passed; each kind of header counts once a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Passed {
    /// Where the packet was captured.
    pub(super) interface: u32,
    version_4: bool,
    version_6: bool,
    /// The innermost VLAN tag's identifier.
    pub(super) vlan: Option<u16>,
    pub(super) fragment: bool,
    tunnelled: bool,
}

impl Passed {
    /// Nothing yet, of a packet that this interface captured.
    pub(super) fn nothing(interface: u32) -> Passed {
        Passed {
            interface,
            version_4: false,
            version_6: false,
            vlan: None,
            fragment: false,
            tunnelled: false,
        }
    }

    /// Notes an IP header. One inside another, or behind it, is a tunnel's.
    pub(super) fn internet(&mut self, version: IpVersion) {
        self.tunnelled |= self.version_4 || self.version_6;
        match version {
            IpVersion::Four => self.version_4 = true,
            IpVersion::Six => self.version_6 = true,
        }
    }

    /// Counts what was passed since `before`.
    pub(super) fn count(self, before: Passed, tally: &mut Tally) {
        tally.ipv4_packets += u64::from(self.version_4 && !before.version_4);
        tally.ipv6_packets += u64::from(self.version_6 && !before.version_6);
        tally.vlan_packets += u64::from(self.vlan.is_some() && before.vlan.is_none());
        tally.ip_fragments += u64::from(self.fragment && !before.fragment);
        tally.tunnelled_packets += u64::from(self.tunnelled && !before.tunnelled);
    }
}
