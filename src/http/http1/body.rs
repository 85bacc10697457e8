//! A message body as it comes: counted, not copied.

use serde::{Deserialize, Serialize};

use super::chunks::{ChunkEvent, Chunks};
use super::excerpt::{Fault, Trail};
use crate::flow::Gap;
use crate::http::exchange::Framing;
use crate::http::piece::StreamPiece;

/// Reads one body.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BodyReader {
    left: Left,
    content: ContentUse,
}

/// What is still to come.
#[derive(Debug, Serialize, Deserialize)]
enum Left {
    Length(u64),
    Chunks(Chunks),
    UntilClose,
}

/// Whether anybody looks at the content of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ContentUse {
    /// Yes, as long as nothing of it is missing: error pages tell.
    Shown,
    /// It is only counted.
    Counted,
}

/// What comes of a body.
#[derive(Debug)]
pub(crate) enum BodyEvent<'a> {
    /// Content, or no more than chunk framing.
    Content { content: BodyContent<'a>, progress: BodyProgress },
    /// Its framing breaks a rule.
    Fault(Fault),
    /// Its framing broke: where it ends cannot be told.
    Broken,
    /// Bytes were not captured that held framing: where it ends cannot be told.
    FramingMissing,
    /// There is none, although the head announced one.
    Absent,
}

/// Bytes of content.
#[derive(Clone, Copy, Debug)]
pub(crate) enum BodyContent<'a> {
    /// To be looked at.
    Shown(&'a [u8]),
    /// So many.
    Counted(u64),
    /// So many that were not captured, and why.
    Missing(u64, Gap),
}

/// Where a body stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyProgress {
    /// It goes on.
    GoesOn,
    /// It is complete.
    Complete,
}

impl BodyReader {
    /// For a body of which something is to come; `None` where there is nothing to read.
    pub fn new(framing: Framing, content: ContentUse) -> Option<BodyReader> {
        let left = match framing {
            Framing::None | Framing::Tunnel | Framing::Length(0) => return None,
            Framing::Length(length) => Left::Length(length),
            Framing::Chunked => Left::Chunks(Chunks::new()),
            Framing::UntilClose | Framing::EndStream => Left::UntilClose,
        };
        Some(BodyReader { left, content })
    }

    /// Whether only the end of the stream ends it.
    pub fn is_until_close(&self) -> bool {
        matches!(self.left, Left::UntilClose)
    }

    /// Takes so many bytes without looking at them if all of them are content that nobody looks at and the body goes on behind them:
    /// `false` where [`BodyReader::next`] has to look.
    #[inline]
    pub fn pass(&mut self, length: u64) -> bool {
        if self.content == ContentUse::Shown {
            return false;
        }
        match &mut self.left {
            Left::Length(left) if length < *left => *left -= length,
            Left::Chunks(chunks) => return chunks.pass(length),
            Left::UntilClose => {}
            Left::Length(_) => return false,
        }
        true
    }

    /// Reads on in a piece of which something is left.
    pub fn next<'a>(&mut self, piece: &mut StreamPiece<'a>, trail: &Trail) -> BodyEvent<'a> {
        let rest = piece.rest();
        let (taken, progress) = match &mut self.left {
            Left::UntilClose => (rest.len(), BodyProgress::GoesOn),
            Left::Length(left) => {
                let taken = usize::try_from(*left).map_or(rest.len(), |left| left.min(rest.len()));
                *left = left.saturating_sub(taken as u64);
                (taken, if *left == 0 { BodyProgress::Complete } else { BodyProgress::GoesOn })
            }
            Left::Chunks(chunks) => {
                let (read, event) = chunks.next(rest);
                piece.at += read;
                let (content, progress) = match event {
                    ChunkEvent::GoesOn => (&rest[..0], BodyProgress::GoesOn),
                    ChunkEvent::Content(length) => (&rest[read - length..read], BodyProgress::GoesOn),
                    ChunkEvent::End => (&rest[..0], BodyProgress::Complete),
                    ChunkEvent::Fault(rule) => {
                        return BodyEvent::Fault(trail.fault(
                            rule,
                            piece.bytes,
                            piece.at,
                            piece.position(),
                            1,
                        ));
                    }
                    ChunkEvent::Broken => return BodyEvent::Broken,
                };
                return BodyEvent::Content { content: self.content.in_bytes(content), progress };
            }
        };
        piece.at += taken;
        BodyEvent::Content { content: self.content.in_bytes(&rest[..taken]), progress }
    }

    /// Bytes that were not captured: how many of them belong to this body, and what that tells.
    pub fn gap<'a>(&mut self, length: u64, cause: Gap) -> (u64, BodyEvent<'a>) {
        self.content = ContentUse::Counted;
        let (taken, progress) = match &mut self.left {
            Left::UntilClose => (length, BodyProgress::GoesOn),
            Left::Length(left) => {
                let taken = length.min(*left);
                *left -= taken;
                (taken, if *left == 0 { BodyProgress::Complete } else { BodyProgress::GoesOn })
            }
            Left::Chunks(chunks) => match chunks.skip(length) {
                true => (length, BodyProgress::GoesOn),
                false => return (length, BodyEvent::FramingMissing),
            },
        };
        (taken, BodyEvent::Content { content: BodyContent::Missing(taken, cause), progress })
    }
}

impl ContentUse {
    fn in_bytes(self, bytes: &[u8]) -> BodyContent<'_> {
        match self {
            ContentUse::Shown => BodyContent::Shown(bytes),
            ContentUse::Counted => BodyContent::Counted(bytes.len() as u64),
        }
    }
}
