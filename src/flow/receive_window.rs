//! The receive window that one side gives its peer.

use serde::{Deserialize, Serialize};

use crate::packet::Segment;

/// The largest shift of a window field (RFC 7323, 2.3).
pub(super) const LARGEST_SHIFT: u8 = 14;
/// A window without a known scale is taken to be at least this large, in bytes.
const UNKNOWN_WINDOW: u32 = 1 << 20;

/// What one side let its peer send.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct ReceiveWindow {
    /// The shift that its SYN announced, if it did; the outer `None` where its SYN was not seen.
    announced: Option<Option<u8>>,
    /// In bytes.
    largest: u32,
    heard: bool,
    /// By how much its window field is shifted, and whether that is known, outside of SYNs.
    shift: u8,
    known: bool,
}

impl ReceiveWindow {
    /// Takes the window field of a segment of this side; gives its size in bytes where the scale is known, SYN, FIN and RST apart.
    pub(super) fn note(&mut self, peer: &mut ReceiveWindow, segment: &Segment<'_>) -> Option<u32> {
        if segment.flags.syn() {
            self.announced = Some(segment.options.window_scale);
            self.learn_scale(*peer);
            peer.learn_scale(*self);
        }
        self.heard |= segment.flags.ack() && !segment.flags.rst();
        // The window of a SYN is never scaled (RFC 7323, 2.2).
        let shift = if segment.flags.syn() { 0 } else { self.shift };
        let size = u32::from(segment.window) << shift;
        self.largest = self.largest.max(size);
        Some(size).filter(|_| self.known && !segment.flags.controls())
    }

    /// The same for a segment that has ACK and neither SYN nor FIN nor RST.
    #[inline]
    pub(super) fn note_plain(&mut self, field: u16) -> Option<u32> {
        let size = u32::from(field) << self.shift;
        self.heard = true;
        self.largest = self.largest.max(size);
        Some(size).filter(|_| self.known)
    }

    /// A SYN was seen, of this side or of its peer. Both must have announced a scale (RFC 7323, 2.2).
    fn learn_scale(&mut self, peer: ReceiveWindow) {
        self.known = self.announced.is_some() && peer.announced.is_some();
        self.shift = match (self.announced.flatten(), peer.announced.flatten()) {
            (Some(shift), Some(_)) => shift.min(LARGEST_SHIFT),
            _ => 0,
        };
    }

    /// The largest window given, in bytes, or an estimate that is not too small.
    pub(super) fn largest(&self) -> u32 {
        self.largest.max(UNKNOWN_WINDOW)
    }

    /// The same, if the side was heard at all.
    pub(super) fn largest_heard(&self) -> Option<u32> {
        self.heard.then(|| self.largest())
    }
}
