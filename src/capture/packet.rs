//! A packet as a capture file holds it.

use crate::time::Time;

/// A captured packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'b> {
    /// Wireshark's frame number in this file, from 1.
    pub frame: u64,
    /// When it was captured. Where `timed` is false, the time of the packet before it.
    pub time: Time,
    /// Whether it carries a time of its own: simple packet blocks of pcapng do not.
    pub timed: bool,
    /// Bytes on the wire.
    pub original_length: u32,
    /// The captured bytes.
    pub data: &'b [u8],
    /// Link type (tcpdump.org/linktypes.html).
    pub link: u16,
    /// Bytes of frame check sequence at its end.
    pub fcs: u8,
    /// Index into [`super::Summary::interfaces`].
    pub interface: u32,
}
