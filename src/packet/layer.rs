//! A layer of a packet: what it is, its captured bytes, and how many bytes were sent.

use etherparse::EtherType;

/// What the next bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LayerKind {
    /// An Ethernet header.
    Ethernet,
    /// What follows an EtherType (below 1536: IEEE 802.2).
    EtherType(EtherType),
    /// A PPP protocol field.
    Ppp,
    /// IP, version by its first nibble.
    Ip,
    /// A GRE header.
    Gre,
    /// A UDP header.
    Udp,
}

/// A layer's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PacketLayer<'a> {
    pub(super) kind: LayerKind,
    /// The captured bytes.
    pub(super) data: &'a [u8],
    /// Bytes on the wire, at least those captured.
    pub(super) length: usize,
}

impl<'a> PacketLayer<'a> {
    /// The layer behind a header of `header` bytes; `None` where the header is not whole.
    #[inline]
    pub(super) fn behind(self, header: usize, kind: LayerKind) -> Option<PacketLayer<'a>> {
        Some(PacketLayer { kind, data: self.data.get(header..)?, length: self.length.checked_sub(header)? })
    }

    /// The layer without what lies behind its first `length` bytes, such as Ethernet padding.
    #[inline]
    pub(super) fn trimmed(self, length: usize) -> PacketLayer<'a> {
        let length = length.min(self.length);
        PacketLayer { kind: self.kind, data: self.data.get(..length).unwrap_or(self.data), length }
    }
}
