//! After bytes are missing: where the next frame begins.
//!
//! Frames carry no mark by which they could be recognised, so a place is taken for a frame's head only where it is proved: heads that are in
//! order follow each other from there, each where the one before it says, three times, or twice up to the end of what a segment brought, or
//! once up to the end of the stream.

use serde::{Deserialize, Serialize};

use super::frame::{FrameHead, FrameKind, HEAD};
use crate::flow::Arrival;
use crate::http::piece::StreamPiece;

/// Heads that follow each other, as proof.
const PROOF: usize = 3;
/// A frame that ends farther away than this is not waited for.
const FARTHEST: usize = 64 << 10;

/// Looks for frames.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct BoundarySearch {
    held: Vec<u8>,
    /// Stream offset of the first byte held.
    offset: u64,
    /// From which byte held on each packet brought them.
    arrivals: Vec<(usize, Arrival)>,
    /// No frame begins before this byte held.
    candidate: usize,
}

/// Bytes that were held, to be read in their turn.
#[derive(Debug)]
pub(super) struct HeldPiece {
    pub offset: u64,
    pub bytes: Vec<u8>,
    pub arrival: Arrival,
}

/// What a chain of heads is worth.
enum FrameChain {
    Proved,
    Refuted,
    /// More bytes have to come.
    Open,
}

impl BoundarySearch {
    /// Takes a piece; whether the frames are found.
    pub fn hold(&mut self, piece: &mut StreamPiece, largest: u32, highest_stream: u32) -> bool {
        self.forget_refuted();
        if self.held.is_empty() {
            self.offset = piece.position();
        }
        self.arrivals.push((self.held.len(), piece.arrival));
        self.held.extend_from_slice(piece.rest());
        piece.use_up();
        self.search(largest, highest_stream, 2)
    }

    /// The stream ends here: whether a frame ends with it.
    pub fn end(&mut self, largest: u32, highest_stream: u32) -> bool {
        self.search(largest, highest_stream, 1)
    }

    fn search(&mut self, largest: u32, highest_stream: u32, whole: usize) -> bool {
        loop {
            match self.chain(self.candidate, largest, highest_stream, whole) {
                FrameChain::Proved => return true,
                // At the end nothing more comes.
                FrameChain::Open if whole > 1 || self.candidate >= self.held.len() => return false,
                FrameChain::Refuted | FrameChain::Open => self.candidate += 1,
            }
        }
    }

    /// What was held, from the first frame on.
    pub fn take(self) -> Vec<HeldPiece> {
        let ends = self.arrivals.iter().skip(1).map(|(start, _)| *start).chain([self.held.len()]);
        let pieces = self.arrivals.iter().zip(ends).filter_map(|(&(start, arrival), end)| {
            let start = start.max(self.candidate);
            let bytes = self.held.get(start..end).filter(|bytes| !bytes.is_empty())?;
            Some(HeldPiece { offset: self.offset + start as u64, bytes: bytes.to_vec(), arrival })
        });
        pieces.collect()
    }

    /// Follows the heads from a byte on. `whole`: so many frames prove it where the last ends with what is held.
    fn chain(&self, from: usize, largest: u32, highest_stream: u32, whole: usize) -> FrameChain {
        let (mut at, mut before) = (from, None);
        for count in 0..PROOF {
            if count >= whole && at == self.held.len() {
                return FrameChain::Proved;
            }
            let Some(bytes) = self.held.get(at..).and_then(|rest| rest.first_chunk()) else {
                return FrameChain::Open;
            };
            let head = FrameHead::read(bytes);
            if !head.is_plausible(largest, highest_stream) || !may_follow(before, &head) {
                return FrameChain::Refuted;
            }
            at += HEAD + head.length as usize;
            if at - from > FARTHEST {
                return FrameChain::Refuted;
            }
            before = Some(head);
        }
        FrameChain::Proved
    }

    /// Gives back what cannot be the beginning of a frame.
    fn forget_refuted(&mut self) {
        if self.candidate < FARTHEST && self.candidate < self.held.len() {
            return;
        }
        let gone = self.candidate.min(self.held.len());
        self.held.drain(..gone);
        self.offset += gone as u64;
        self.candidate -= gone;
        let first = self.arrivals.iter().rposition(|(start, _)| *start <= gone).unwrap_or(0);
        self.arrivals.drain(..first);
        self.arrivals.iter_mut().for_each(|(start, _)| *start = start.saturating_sub(gone));
    }
}

/// Whether a frame may come behind another: nothing but CONTINUATION behind a header block that goes on (RFC 9113, 6.10).
fn may_follow(before: Option<FrameHead>, head: &FrameHead) -> bool {
    let Some(before) = before else { return true };
    let goes_on =
        matches!(before.kind, FrameKind::Headers | FrameKind::PushPromise | FrameKind::Continuation)
            && !before.ends_headers();
    match head.kind {
        FrameKind::Continuation => goes_on && head.stream == before.stream,
        _ => !goes_on,
    }
}
