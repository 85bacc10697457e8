//! Out of step: how the next message is found.

use memchr::memmem;
use serde::{Deserialize, Serialize};

use super::events::{Awaited, OutOfStep};
use super::head_buffer::OpenHead;
use crate::flow::Gap;
use crate::http::piece::{StreamHole, StreamPiece};
use crate::http::probe::{self, Probe, STATUS_LINE_START};

/// Looks for the next response that is certain.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Search {
    /// Why the responses are out of step.
    pub why: OutOfStep,
    /// The last bytes so far, if they may begin a status line.
    held: Option<OpenHead>,
}

/// What a search found.
pub(crate) enum NextResponse {
    /// It begins with the rest of the piece.
    Here,
    /// It begins with bytes that were held, and goes on with the rest of the piece.
    Head(OpenHead),
    /// It has not been found so far.
    NotYet,
}

impl Search {
    /// From the next byte on.
    pub fn new(why: OutOfStep) -> Search {
        Search { why, held: None }
    }

    /// Whether nothing else than before is looked for behind bytes that were not captured.
    pub fn goes_on_behind(&self, hole: &StreamHole) -> bool {
        match self.why {
            OutOfStep::Framing => false,
            OutOfStep::CutChunks => hole.cause == Gap::Snaplen,
            OutOfStep::NoStatusLine | OutOfStep::BytesAfterBody => true,
        }
    }

    /// Whether a piece brings the answer proper, after bytes that were taken for it.
    pub fn is_late_answer(&self, piece: &StreamPiece, awaited: Awaited) -> bool {
        let is_answered = self.why == OutOfStep::NoStatusLine && awaited == Awaited::Nothing;
        is_answered && segment_start(piece.bytes, piece.at).is_some()
    }

    /// Searches a piece: how many bytes were passed over for good, and what was found behind them.
    pub fn go_on(&mut self, piece: &mut StreamPiece, awaited: Awaited) -> (u64, NextResponse) {
        let mut passed = 0;
        if let Some(mut open) = self.held.take() {
            let held = open.held().text.bytes;
            let next = &piece.rest()[..piece.rest().len().min(STATUS_LINE_START.saturating_sub(held.len()))];
            let joined = [held, next].concat();
            if probe::is_status_line_start(&joined) {
                return (0, NextResponse::Head(open));
            }
            if joined.len() < STATUS_LINE_START && probe::may_begin_status_line(&joined) {
                // Still too few: they wait on.
                open.hold(piece);
                self.held = Some(open);
                return (0, NextResponse::NotYet);
            }
            passed = held.len() as u64;
        }
        let from = piece.at;
        let start = match (self.why, awaited) {
            (OutOfStep::NoStatusLine, Awaited::Nothing | Awaited::Unknown) => None,
            (OutOfStep::Framing | OutOfStep::BytesAfterBody | OutOfStep::CutChunks, Awaited::Response) => {
                any_start(piece.bytes, from)
            }
            _ => segment_start(piece.bytes, from),
        };
        if let Some(start) = start {
            piece.at = start;
            return (passed + (start - from) as u64, NextResponse::Here);
        }
        let end = piece.bytes.len();
        let mut last = end.saturating_sub(STATUS_LINE_START - 1).max(from)..end;
        let waits = awaited == Awaited::Response && self.why != OutOfStep::NoStatusLine;
        piece.at = last.find(|&at| waits && probe::may_begin_status_line(&piece.bytes[at..])).unwrap_or(end);
        passed += (piece.at - from) as u64;
        if !piece.is_used_up() {
            let mut open = OpenHead::new(piece);
            open.hold(piece);
            self.held = Some(open);
        }
        (passed, NextResponse::NotYet)
    }
}

/// A response that begins with what a segment brought.
fn segment_start(bytes: &[u8], from: usize) -> Option<usize> {
    (from == 0 && probe::is_status_line_start(bytes)).then_some(0)
}

/// A response that begins with any status line.
fn any_start(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    memmem::find_iter(rest, b"HTTP/1.")
        .find(|&at| rest.get(at..).is_some_and(probe::is_status_line_start))
        .map(|at| from + at)
}

/// The next place from which a request certainly begins: the start of what a segment brought, or any whole request line.
pub(crate) fn next_request(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    // Of a request that lost its first bytes, what is left looks like one with a method of its own: only known ones count.
    let begins = |line: &[u8]| memchr::memchr(b' ', line).is_some_and(|end| probe::is_method(&line[..end]));
    if from == 0 && begins(rest) && matches!(probe::request(rest), Probe::Certain | Probe::Possible) {
        return Some(0);
    }
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', rest) {
        let line = &rest[start..=end];
        if begins(line) && probe::request(line) == Probe::Certain {
            return Some(from + start);
        }
        start = end + 1;
    }
    None
}
