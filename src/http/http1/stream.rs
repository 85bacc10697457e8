//! What both readers keep of the stream that they read.

use serde::{Deserialize, Serialize};

use super::excerpt::Trail;
use crate::flow::{Arrival, Gap};
use crate::http::piece::{StreamHole, StreamPiece};

/// Whether more can come in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StreamPhase {
    /// It can.
    #[default]
    Open,
    /// It ended.
    Ended,
}

/// One direction of a connection, as far as it has been read.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct StreamSoFar {
    /// Stream offset of the next byte.
    pub position: u64,
    /// Whether it ended.
    pub phase: StreamPhase,
    /// Its last bytes.
    pub trail: Trail,
    /// The last packet that brought bytes.
    pub last: Option<Arrival>,
    /// The packet with the first bytes that are no HTTP/1 and belong to no message.
    pub not_http: Option<Arrival>,
    /// Where HTTP/2 begins.
    pub http2: Option<ChangeToHttp2>,
}

/// Where a stream changes to HTTP/2.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct ChangeToHttp2 {
    /// The packet from which on it is spoken.
    pub at: Arrival,
    /// Stream offset of the first byte that was not read.
    pub offset: u64,
    /// Bytes of the client's preface before it.
    pub preface: usize,
}

impl StreamSoFar {
    /// The bytes before `offset` that have not come and of which nobody told.
    pub fn hole_before(&self, offset: u64, arrival: Arrival) -> Option<StreamHole> {
        let length = offset.checked_sub(self.position).filter(|&length| length > 0)?;
        Some(StreamHole { offset: self.position, length, cause: Gap::NotCaptured, arrival })
    }

    /// What of these bytes has not been read before; `None` where all has.
    pub fn unread<'a>(&self, offset: u64, data: &'a [u8], arrival: Arrival) -> Option<StreamPiece<'a>> {
        let seen = usize::try_from(self.position.saturating_sub(offset)).unwrap_or(usize::MAX);
        let bytes = data.get(seen..).filter(|rest| !rest.is_empty())?;
        Some(StreamPiece { bytes, at: 0, offset: offset.max(self.position), arrival })
    }

    /// A piece was read to its end.
    #[inline]
    pub fn advance(&mut self, piece: &StreamPiece) {
        self.last = Some(piece.arrival);
        self.trail.advance(piece.bytes);
        self.position = piece.offset.saturating_add(piece.bytes.len() as u64);
    }

    /// Bytes are missing: what stood before them is no neighbour of what comes.
    pub fn skip(&mut self, hole: &StreamHole) {
        self.position = hole.end();
        self.trail.break_off();
    }

    /// This packet has bytes that are no HTTP/1.
    pub fn tell_not_http(&mut self, arrival: Arrival) {
        self.not_http.get_or_insert(arrival);
    }
}
