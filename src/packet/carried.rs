//! What a packet carries, as far as it matters here.

use std::net::SocketAddr;

use super::fragment::Fragment;
use super::icmp::IcmpReport;
use super::segment::Segment;

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried<'a> {
    /// A TCP segment.
    Tcp(Segment<'a>),
    /// A TCP header that contradicts itself or its packet, or of which too little was captured: of whom it is.
    MalformedTcp {
        /// Its sender.
        sender: SocketAddr,
        /// Its receiver.
        receiver: SocketAddr,
    },
    /// An ICMP error about a TCP segment.
    Icmp(IcmpReport),
    /// A part of a packet: what it holds shows when the others are there ([`super::Fragments`]).
    Fragment(Fragment<'a>),
    /// Anything else.
    Other,
}
