//! The head of a frame (RFC 9113, 4.1), and what frames of each kind may look like (RFC 9113, 6).

use serde::{Deserialize, Serialize};

use crate::flow::Arrival;
use crate::http::conform::Rule;

/// Bytes of a frame's head.
pub(super) const HEAD: usize = 9;
/// The largest payload that every receiver takes (RFC 9113, 4.2).
pub(super) const DEFAULT_LARGEST: u32 = 1 << 14;
/// What a client sends before its first frame (RFC 9113, 3.4).
pub(crate) const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Kinds of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum FrameKind {
    Data,
    Headers,
    Priority,
    RstStream,
    Settings,
    PushPromise,
    Ping,
    GoAway,
    WindowUpdate,
    Continuation,
    /// Extensions: to be ignored (RFC 9113, 5.5).
    Other,
}

/// A frame's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FrameHead {
    /// Bytes of its payload.
    pub length: u32,
    pub kind: FrameKind,
    pub flags: u8,
    /// The stream; 0 is the connection.
    pub stream: u32,
}

/// Where a frame begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FrameStart {
    /// Stream offset of its first byte.
    pub offset: u64,
    /// The packet with it.
    pub first: Arrival,
}

const END_STREAM_OR_ACK: u8 = 0x01;
const END_HEADERS: u8 = 0x04;
const PADDED: u8 = 0x08;
const PRIORITY: u8 = 0x20;

impl FrameHead {
    /// Reads a head.
    pub fn read(bytes: &[u8; HEAD]) -> FrameHead {
        let [a, b, c, kind, flags, d, e, f, g] = *bytes;
        FrameHead {
            length: u32::from_be_bytes([0, a, b, c]),
            kind: FrameKind::of(kind),
            flags,
            // The highest bit is reserved and ignored.
            stream: u32::from_be_bytes([d & 0x7f, e, f, g]),
        }
    }

    /// Its bytes, but for the reserved bit and the kind of an extension.
    pub fn bytes(&self) -> [u8; HEAD] {
        let [_, a, b, c] = self.length.to_be_bytes();
        let [d, e, f, g] = self.stream.to_be_bytes();
        [a, b, c, self.kind as u8, self.flags, d, e, f, g]
    }

    /// Whether it ends its sender's half of the stream.
    pub fn ends_stream(&self) -> bool {
        self.flags & END_STREAM_OR_ACK != 0 && matches!(self.kind, FrameKind::Data | FrameKind::Headers)
    }

    /// Whether it acknowledges the other side's frame.
    pub fn is_acknowledgement(&self) -> bool {
        self.flags & END_STREAM_OR_ACK != 0 && matches!(self.kind, FrameKind::Settings | FrameKind::Ping)
    }

    /// Whether its header block is complete with it.
    pub fn ends_headers(&self) -> bool {
        self.flags & END_HEADERS != 0
    }

    /// Whether padding follows its content.
    pub fn is_padded(&self) -> bool {
        let may_be = matches!(self.kind, FrameKind::Data | FrameKind::Headers | FrameKind::PushPromise);
        may_be && self.flags & PADDED != 0
    }

    /// Bytes before the content: the length of the padding, a priority, a promised stream.
    pub fn before_content(&self) -> usize {
        let padding = usize::from(self.is_padded());
        match self.kind {
            FrameKind::Headers if self.flags & PRIORITY != 0 => padding + 5,
            FrameKind::PushPromise => padding + 4,
            _ => padding,
        }
    }

    /// The rule that the head alone breaks (RFC 9113, 6.1 to 6.10; 4.2 for the length). `largest`: the payload that its receiver takes.
    pub fn broken_rule(&self, largest: u32) -> Option<Rule> {
        let on_stream = self.stream != 0;
        let (length_fits, stream_fits) = match self.kind {
            FrameKind::Data | FrameKind::Continuation => (true, on_stream),
            FrameKind::Headers | FrameKind::PushPromise => {
                (self.length as usize >= self.before_content(), on_stream)
            }
            FrameKind::Priority => (self.length == 5, on_stream),
            FrameKind::RstStream => (self.length == 4, on_stream),
            FrameKind::Settings if self.is_acknowledgement() => (self.length == 0, !on_stream),
            FrameKind::Settings => (self.length.is_multiple_of(6), !on_stream),
            FrameKind::Ping => (self.length == 8, !on_stream),
            FrameKind::GoAway => (self.length >= 8, !on_stream),
            FrameKind::WindowUpdate => (self.length == 4, true),
            FrameKind::Other => (true, true),
        };
        if self.length > largest || !length_fits {
            return Some(Rule::FrameSize);
        }
        (!stream_fits).then_some(Rule::FrameOnWrongStream)
    }

    /// Whether a frame found in the middle of a stream can be meant by these bytes: nothing of it is out of the ordinary.
    pub fn is_plausible(&self, largest: u32, highest_stream: u32) -> bool {
        let flags = match self.kind {
            FrameKind::Data => END_STREAM_OR_ACK | PADDED,
            FrameKind::Headers => END_STREAM_OR_ACK | END_HEADERS | PADDED | PRIORITY,
            FrameKind::PushPromise => END_HEADERS | PADDED,
            FrameKind::Settings | FrameKind::Ping => END_STREAM_OR_ACK,
            FrameKind::Continuation => END_HEADERS,
            FrameKind::Priority | FrameKind::RstStream | FrameKind::GoAway | FrameKind::WindowUpdate => 0,
            FrameKind::Other => return false,
        };
        self.flags & !flags == 0
            && self.broken_rule(largest).is_none()
            && self.stream <= highest_stream.saturating_add(STREAMS_AHEAD)
    }
}

/// Streams that may have been opened in bytes that are missing.
const STREAMS_AHEAD: u32 = 1 << 16;

impl FrameKind {
    fn of(kind: u8) -> FrameKind {
        match kind {
            0 => FrameKind::Data,
            1 => FrameKind::Headers,
            2 => FrameKind::Priority,
            3 => FrameKind::RstStream,
            4 => FrameKind::Settings,
            5 => FrameKind::PushPromise,
            6 => FrameKind::Ping,
            7 => FrameKind::GoAway,
            8 => FrameKind::WindowUpdate,
            9 => FrameKind::Continuation,
            _ => FrameKind::Other,
        }
    }

    /// Bytes of its payload that are kept until it is whole; `None` where none are.
    pub fn kept(self) -> Option<usize> {
        match self {
            FrameKind::Headers | FrameKind::PushPromise | FrameKind::Continuation => Some(KEPT_BLOCK),
            // Far more settings than there are.
            FrameKind::Settings => Some(6 * 128),
            FrameKind::RstStream | FrameKind::WindowUpdate => Some(4),
            FrameKind::GoAway => Some(8),
            FrameKind::Data | FrameKind::Priority | FrameKind::Ping | FrameKind::Other => None,
        }
    }
}

/// Bytes of a header block that are read: more than any head that a server or the edge takes.
pub(super) const KEPT_BLOCK: usize = 1 << 20;

/// Whether these bytes are, or may become, the first frame of a server (RFC 9113, 3.4): its SETTINGS, which no other protocol begins with.
/// `None` while too few have come.
pub(crate) fn begins_with_settings(bytes: &[u8]) -> Option<bool> {
    let length = match bytes {
        [0, a, b, ..] => u32::from(*a) << 8 | u32::from(*b),
        [0, a] => u32::from(*a) << 8,
        [0] => 0,
        _ => return Some(false),
    };
    let fits = length <= DEFAULT_LARGEST && (bytes.len() < 3 || length.is_multiple_of(6));
    let rest = bytes.get(3..HEAD.min(bytes.len())).unwrap_or_default();
    if !fits || !rest.iter().zip([4, 0, 0, 0, 0, 0]).all(|(byte, wanted)| *byte == wanted) {
        return Some(false);
    }
    (bytes.len() >= HEAD).then_some(true)
}
