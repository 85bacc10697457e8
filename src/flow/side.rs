//! The two sides of a connection, and what becomes of the bytes that each one sends.

use serde::{Deserialize, Serialize};

/// Who sent it. The client is the side that opened the connection; where no SYN or SYN/ACK was captured, the flow's guess
/// (see `Connection::initiator_known`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Gap {
    /// The receiver acknowledged or the sender went past bytes that no captured packet holds.
    NotCaptured,
    /// The packet was captured, but only its first bytes (snap length).
    Snaplen,
    /// More came behind these bytes than may wait for them (`flow::TableLimits`): they may have been captured later.
    GivenUp,
}

/// How one direction of a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
