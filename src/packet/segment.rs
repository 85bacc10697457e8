//! A TCP segment as it was captured.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

/// TCP's control bits that matter here (RFC 9293, 3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flags(pub u8);

impl Flags {
    /// FIN.
    pub const FIN: u8 = 0x01;
    /// SYN.
    pub const SYN: u8 = 0x02;
    /// RST.
    pub const RST: u8 = 0x04;
    /// ACK.
    pub const ACK: u8 = 0x10;

    /// No more data from the sender.
    pub fn fin(self) -> bool {
        self.0 & Flags::FIN != 0
    }

    /// Synchronises sequence numbers.
    pub fn syn(self) -> bool {
        self.0 & Flags::SYN != 0
    }

    /// Resets the connection.
    pub fn rst(self) -> bool {
        self.0 & Flags::RST != 0
    }

    /// The acknowledgement number holds.
    pub fn ack(self) -> bool {
        self.0 & Flags::ACK != 0
    }

    /// The first segment of a connection: SYN without ACK.
    pub fn opens(self) -> bool {
        self.0 & (Flags::SYN | Flags::ACK) == Flags::SYN
    }

    /// The answer to it: SYN with ACK.
    pub fn accepts(self) -> bool {
        self.0 & (Flags::SYN | Flags::ACK) == (Flags::SYN | Flags::ACK)
    }

    /// SYN, FIN or RST.
    pub fn controls(self) -> bool {
        self.0 & (Flags::SYN | Flags::FIN | Flags::RST) != 0
    }
}

/// Options of a SYN (RFC 9293, 3.2; RFC 7323; RFC 2018).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// Maximum segment size.
    pub mss: Option<u16>,
    /// Shift of the window field, at most 14 (RFC 7323, 2.3).
    pub window_scale: Option<u8>,
    /// Selective acknowledgements permitted.
    pub sack_permitted: bool,
}

/// A TCP segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Sender's address.
    pub source: IpAddr,
    /// Receiver's address.
    pub destination: IpAddr,
    /// Sender's port.
    pub source_port: u16,
    /// Receiver's port.
    pub destination_port: u16,
    /// Sequence number of the first byte, or of SYN.
    pub sequence: u32,
    /// Acknowledgement number; holds if the ACK bit is set.
    pub acknowledgement: u32,
    /// Control bits.
    pub flags: Flags,
    /// The window field, not scaled.
    pub window: u16,
    /// Options; only read where SYN is set.
    pub options: Options,
    /// The captured part of the data.
    pub payload: &'a [u8],
    /// Bytes of data that were sent, by the IP header; more than `payload` where the snap length cut.
    pub length: u32,
    /// Time to live, or hop limit.
    pub ttl: u8,
    /// IPv4 identification.
    pub ip_id: Option<u16>,
    /// Where the capturing machine saw it: the interface of a pcapng file, or what the header of a cooked capture tells of it.
    pub interface: u32,
}

impl Segment<'_> {
    /// The sender's address and port.
    pub fn sender(&self) -> SocketAddr {
        SocketAddr::new(self.source, self.source_port)
    }

    /// The receiver's address and port.
    pub fn receiver(&self) -> SocketAddr {
        SocketAddr::new(self.destination, self.destination_port)
    }

    /// Whether it is what a host answers to a segment that acknowledges nothing, and so to a SYN, where nothing listens: an RST of the number 0 that
    /// acknowledges it (RFC 9293, 3.10.7.1).
    pub fn refuses_unseen(&self) -> bool {
        self.flags.rst() && self.flags.ack() && !self.flags.syn() && self.sequence == 0 && self.length == 0
    }

    /// Bytes of data that were sent but not captured.
    pub fn missing(&self) -> u32 {
        self.length.saturating_sub(u32::try_from(self.payload.len()).unwrap_or(u32::MAX))
    }
}
