//! What a connection hands to the protocol above it: bytes in order, gaps, acknowledgements, and how each direction ended.

use crate::time::Time;

/// A packet's place: Wireshark's frame number (from 1) in one file of a capture set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketId {
    /// The file's index in its capture set, in time order.
    pub file: u32,
    /// Wireshark's frame number in that file, from 1.
    pub frame: u64,
}

/// A packet and the instant at which it was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arrival {
    /// When it was captured.
    pub time: Time,
    /// Where a person finds it.
    pub packet: PacketId,
}

/// Who sent it. The client is the side that opened the connection; where no SYN or SYN/ACK was captured, the flow's guess
/// (see `Connection::initiator_known`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The side that opened the connection.
    Client,
    /// The side that accepted it.
    Server,
}

impl Side {
    /// The other one.
    pub fn peer(self) -> Side {
        match self {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        }
    }
}

/// Why bytes of a stream are missing from the capture. None is a defect of the origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gap {
    /// The receiver acknowledged or the sender went past bytes that no captured packet holds.
    NotCaptured,
    /// The packet was captured, but only its first bytes (snap length).
    Snaplen,
    /// More came behind these bytes than may wait for them (`flow::Limits`): they may have been captured later.
    GivenUp,
}

/// How one direction of a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// Its sender sent FIN after its last byte.
    Fin,
    /// One side reset the connection; both directions end.
    Reset {
        /// Who sent the RST.
        by: Side,
    },
    /// The capture ended, or the addresses and ports were used again, with this direction still open.
    Unseen,
}

/// A protocol that reads a connection. The flow calls these in the order in which a receiver would have learned of the bytes.
pub trait Application {
    /// The next bytes of `from`'s stream, in order; `offset` counts from 0 at the first byte after SYN (or at the first byte
    /// captured). `at` is the packet that made them readable: for bytes that waited for a late segment, the late one.
    fn bytes(&mut self, from: Side, offset: u64, data: &[u8], at: Arrival);

    /// Bytes that existed and were not captured; `offset` of the first of them.
    fn gap(&mut self, from: Side, offset: u64, length: u64, cause: Gap, at: Arrival);

    /// The peer acknowledged every byte of `from` before `offset`. Only called when the figure grows.
    fn acknowledged(&mut self, from: Side, offset: u64, at: Arrival);

    /// `from`'s stream ended at `offset`; called once for each side.
    fn end(&mut self, from: Side, offset: u64, how: End, at: Arrival);
}
