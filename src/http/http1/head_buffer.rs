//! Finds the end of a head, and keeps a head that comes in several pieces, within a bound.

use memchr::memchr;
use serde::{Deserialize, Serialize};

use super::events::MessageStart;
use crate::http::conform::{Elision, Text};
use crate::http::piece::StreamPiece;

/// Bytes of a head that are kept whole. Longer ones exist (a 200 kB cookie is no rarity), but Cloudflare's own bound and
/// Pingora's (1 048 575, cloudflare/pingora @ c0845a8) lie below.
const KEPT_WHOLE: usize = 1 << 20;
/// Bytes kept of a head in all: beyond `KEPT_WHOLE` only the first bytes of each line.
const KEPT_AT_MOST: usize = 2 << 20;
/// Bytes of a line that are kept beyond `KEPT_WHOLE`.
const KEPT_OF_LINE: u64 = 256;

/// Looks for the empty line that ends a head, piece by piece.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct HeadEnd {
    /// Bytes of the current line so far.
    line: u64,
    /// The only byte of the current line is a CR.
    only_return: bool,
    /// A line that is not empty has come: empty ones before it end nothing.
    started: bool,
}

impl HeadEnd {
    /// Reads on; how many bytes belong to the head, if it ends in this piece.
    pub fn find(&mut self, piece: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(length) = memchr(b'\n', &piece[at..]) {
            if length > 1 {
                // Whatever came of the line before, it is not empty.
                at += length + 1;
                self.line = 0;
                self.started = true;
                continue;
            }
            let empty = match self.line.saturating_add(length as u64) {
                0 => true,
                1 => self.only_return || piece.get(at) == Some(&b'\r'),
                _ => false,
            };
            at += length + 1;
            self.line = 0;
            self.only_return = false;
            if empty && self.started {
                return Some(at);
            }
            self.started |= !empty;
        }
        if at < piece.len() {
            self.only_return = self.line == 0 && piece.len() - at == 1 && piece[at] == b'\r';
            self.line = self.line.saturating_add((piece.len() - at) as u64);
        }
        None
    }

    /// Whether anything but line ends has come.
    fn has_content(&self) -> bool {
        self.started || (self.line > 0 && !self.only_return)
    }
}

/// A head that is not whole.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OpenHead {
    /// Where it begins.
    pub start: MessageStart,
    /// Whether it was told that a message begins with it.
    pub is_told: bool,
    /// Whether all of it is held.
    is_whole: bool,
    buffer: HeadBuffer,
    end: HeadEnd,
}

impl OpenHead {
    /// A head that begins with the rest of this piece.
    pub fn new(piece: &StreamPiece) -> OpenHead {
        let start = MessageStart { first: piece.arrival, offset: piece.position() };
        OpenHead {
            start,
            is_told: false,
            is_whole: false,
            buffer: HeadBuffer::default(),
            end: HeadEnd::default(),
        }
    }

    /// What has been taken of it.
    pub fn held(&self) -> HeadText<'_> {
        HeadText { text: self.buffer.text(), size: self.buffer.size }
    }

    /// Whether anything but line ends has been taken.
    pub fn has_content(&self) -> bool {
        self.end.has_content()
    }

    /// Stream offset behind what has been taken.
    pub fn position(&self) -> u64 {
        self.start.offset.saturating_add(self.buffer.size)
    }

    /// Whether all of it is held.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Takes what of the piece belongs to it; the head, once it is whole.
    pub fn take<'t, 'p: 't>(&'t mut self, piece: &mut StreamPiece<'p>) -> Option<HeadText<'t>> {
        if self.is_whole {
            return Some(self.held());
        }
        let (bytes, ends) = self.find_end(piece);
        // A head that came in one piece, as nearly all do, is read where it lies.
        if ends && self.buffer.is_empty() {
            return Some(HeadText { text: Text::whole(bytes), size: bytes.len() as u64 });
        }
        self.buffer.push(bytes);
        ends.then(|| self.held())
    }

    /// Holds what of the piece belongs to it.
    pub fn hold(&mut self, piece: &mut StreamPiece) {
        let (bytes, ends) = self.find_end(piece);
        self.buffer.push(bytes);
        self.is_whole = ends;
    }

    /// What of the piece belongs to the head, and whether it ends there.
    fn find_end<'t>(&mut self, piece: &mut StreamPiece<'t>) -> (&'t [u8], bool) {
        let rest = piece.rest();
        let found = self.end.find(rest);
        let bytes = &rest[..found.unwrap_or(rest.len())];
        piece.at += bytes.len();
        (bytes, found.is_some())
    }
}

/// A head's kept bytes, and how many it has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeadText<'t> {
    /// What was kept, and where bytes were not.
    pub text: Text<'t>,
    /// Bytes, kept or not.
    pub size: u64,
}

/// A head's bytes so far.
#[derive(Debug, Default, Serialize, Deserialize)]
struct HeadBuffer {
    kept: Vec<u8>,
    elisions: Vec<Elision>,
    /// Bytes so far, kept or not.
    size: u64,
    /// Bytes of the current line, counted once `KEPT_WHOLE` is full.
    line: u64,
    elided_last: Option<u8>,
}

impl HeadBuffer {
    /// Nothing yet.
    fn is_empty(&self) -> bool {
        self.size == 0
    }

    /// What was kept, and where bytes were not.
    fn text(&self) -> Text<'_> {
        Text { bytes: &self.kept, elisions: &self.elisions }
    }

    /// The next bytes.
    fn push(&mut self, bytes: &[u8]) {
        self.size = self.size.saturating_add(bytes.len() as u64);
        let whole = bytes.len().min(KEPT_WHOLE.saturating_sub(self.kept.len()));
        let (whole, rest) = bytes.split_at(if self.elisions.is_empty() { whole } else { 0 });
        self.kept.extend_from_slice(whole);
        for piece in rest.split_inclusive(|&byte| byte == b'\n') {
            self.push_shortened(piece);
        }
    }

    /// A piece of one line, beyond the bound: its beginning and its line end are kept.
    fn push_shortened(&mut self, piece: &[u8]) {
        if self.kept.len() >= KEPT_AT_MOST {
            return;
        }
        let room = usize::try_from(KEPT_OF_LINE.saturating_sub(self.line)).unwrap_or(0);
        let (begin, rest) = piece.split_at(piece.len().min(room));
        self.kept.extend_from_slice(begin);
        self.line = self.line.saturating_add(piece.len() as u64);
        let end = match rest {
            [.., b'\r', b'\n'] => 2,
            [.., b'\n'] => 1,
            _ => 0,
        };
        let (middle, end) = rest.split_at(rest.len() - end);
        if end == b"\n" && middle.is_empty() && begin.is_empty() && self.elided_last == Some(b'\r') {
            // The CR of this line end came with the piece before and was left out.
            if let Some(elision) = self.elisions.last_mut() {
                elision.bytes = elision.bytes.saturating_sub(1);
            }
            self.kept.push(b'\r');
        }
        self.elide(middle);
        self.kept.extend_from_slice(end);
        if piece.last() == Some(&b'\n') {
            self.line = 0;
            self.elided_last = None;
        }
    }

    fn elide(&mut self, bytes: &[u8]) {
        let Some(&last) = bytes.last() else { return };
        self.elided_last = Some(last);
        let position = self.kept.len();
        match self.elisions.last_mut() {
            Some(elision) if elision.position == position => {
                elision.bytes = elision.bytes.saturating_add(bytes.len() as u64);
            }
            _ => self.elisions.push(Elision { position, bytes: bytes.len() as u64 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_head_is_found_wherever_the_segments_are_cut() {
        for (head, begins) in [
            ("GET / HTTP/1.1\r\nA: b\r\n\r\n", 0),
            ("GET / HTTP/1.1\nA: b\n\n", 0),
            ("\r\n\nGET / HTTP/1.1\r\n\n", 3),
        ] {
            let bytes = head.as_bytes();
            for cut in 0..=bytes.len() {
                let (first, second) = bytes.split_at(cut);
                let mut end = HeadEnd::default();
                let found = match end.find(first) {
                    Some(at) => Some(at),
                    None => {
                        assert_eq!(end.has_content(), cut > begins, "{head:?} {cut}");
                        end.find(second).map(|at| cut + at)
                    }
                };
                assert_eq!(found, Some(bytes.len()), "{head:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn a_head_past_the_bound_keeps_its_sizes_and_not_its_bytes() {
        let cookie = "c".repeat(KEPT_WHOLE + 70_000);
        let head = format!(
            "HTTP/1.1 200 OK\r\nSet-Cookie: {cookie}\r\nX-Long: {}\r\nServer: end\r\n\r\n",
            "x".repeat(5_000)
        );
        for piece in [1, 1_448, head.len()] {
            let mut buffer = HeadBuffer::default();
            head.as_bytes().chunks(piece).for_each(|piece| buffer.push(piece));
            let read = crate::http::conform::read_response(buffer.text(), buffer.size);
            assert_eq!(read.sizes.bytes, head.len() as u64);
            assert_eq!(read.sizes.lines, 3);
            let sizes: Vec<u64> = read.sizes.largest.iter().map(|line| line.bytes).collect();
            assert_eq!(sizes, [cookie.len() as u64 + 14, 5_000 + 10], "pieces of {piece}");
            assert_eq!(read.server.as_deref(), Some("end"));
            assert_eq!(read.findings, []);
            assert!(buffer.kept.len() < KEPT_AT_MOST);
        }
    }
}
