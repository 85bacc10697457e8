//! A message body as it comes: counted, not copied.

use super::chunks::{Chunks, Event, Outcome};
use super::conform::{Finding, Rule};
use super::excerpt::{Trail, is_told};
use super::exchange::{Body, BodyState, Cut, Framing};
use crate::flow::Gap;

/// Bytes of an error page that are kept.
pub(crate) const ERROR_PAGE: usize = 4 * 1024;

/// Reads one body.
#[derive(Debug)]
pub(crate) struct BodyReader {
    rest: Rest,
    /// Content goes to the error page as long as it is wanted and nothing is missing.
    page: bool,
}

#[derive(Debug)]
enum Rest {
    Length(u64),
    Chunks(Chunks),
    UntilClose,
}

/// The message that a body belongs to.
pub(crate) struct Message<'a> {
    pub number: u32,
    /// Stream offset of the message's first byte.
    pub offset: u64,
    pub body: &'a mut Body,
    pub findings: &'a mut Vec<Finding>,
    pub error_page: Option<&'a mut Vec<u8>>,
}

/// A piece of a stream, and how much of it has been read.
#[derive(Clone, Copy)]
pub(crate) struct Piece<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
    /// Stream offset of `bytes[0]`.
    pub offset: u64,
}

impl<'a> Piece<'a> {
    /// What is still to be read.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Stream offset of the next byte.
    pub fn position(&self) -> u64 {
        self.offset.saturating_add(self.at as u64)
    }
}

/// Where a body stands after a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It goes on.
    More,
    /// It is complete.
    Done,
    /// Its framing broke, or bytes that held framing are missing.
    Lost,
}

impl BodyReader {
    /// For a body that is not empty; `None` where there is nothing to read.
    pub fn new(framing: Framing, page: bool) -> Option<BodyReader> {
        let rest = match framing {
            Framing::None | Framing::Tunnel | Framing::Length(0) => return None,
            Framing::Length(length) => Rest::Length(length),
            Framing::Chunked => Rest::Chunks(Chunks::new()),
            Framing::UntilClose => Rest::UntilClose,
        };
        Some(BodyReader { rest, page })
    }

    /// Takes so many bytes without looking at them if all of them are content that nobody keeps and the body goes on behind them: `false`
    /// where [`BodyReader::read`] has to look.
    #[inline]
    pub fn pass(&mut self, length: u64) -> bool {
        if self.page {
            return false;
        }
        match &mut self.rest {
            Rest::Length(left) if length < *left => *left -= length,
            Rest::Chunks(chunks) => return chunks.pass(length),
            Rest::UntilClose => {}
            Rest::Length(_) => return false,
        }
        true
    }

    /// Reads on; moves `piece.at` past what belongs to the body.
    pub fn read(&mut self, piece: &mut Piece, message: Message, trail: &mut Trail) -> Progress {
        let rest = piece.rest();
        match &mut self.rest {
            Rest::Length(left) => {
                let length = usize::try_from(*left).map_or(rest.len(), |left| left.min(rest.len()));
                *left = left.saturating_sub(length as u64);
                message.body.received = message.body.received.saturating_add(length as u64);
                if self.page {
                    keep(message.error_page, &rest[..length]);
                }
                piece.at += length;
                if *left > 0 {
                    return Progress::More;
                }
                message.body.state = BodyState::Complete;
                Progress::Done
            }
            Rest::UntilClose => {
                message.body.received = message.body.received.saturating_add(rest.len() as u64);
                if self.page {
                    keep(message.error_page, rest);
                }
                piece.at = piece.bytes.len();
                Progress::More
            }
            Rest::Chunks(chunks) => read_chunks(chunks, self.page, piece, message, trail),
        }
    }

    /// Bytes that were not captured. How many of them belong to this body, and where it stands then.
    pub fn gap(&mut self, length: u64, cause: Gap, body: &mut Body) -> (u64, Progress) {
        self.page = false;
        let (taken, progress) = match &mut self.rest {
            Rest::UntilClose => (length, Progress::More),
            Rest::Length(left) => {
                let taken = length.min(*left);
                *left -= taken;
                (taken, if *left == 0 { Progress::Done } else { Progress::More })
            }
            Rest::Chunks(chunks) => {
                if !chunks.skip(length) {
                    body.state = BodyState::InBody(Cut::Capture);
                    return (length, Progress::Lost);
                }
                (length, Progress::More)
            }
        };
        body.received = body.received.saturating_add(taken);
        body.missing = body.missing.saturating_add(taken);
        body.missing_because.get_or_insert(cause);
        if progress == Progress::Done {
            body.state = BodyState::Complete;
        }
        (taken, progress)
    }

    /// The stream ended in this body.
    pub fn end(&self, cut: Cut, body: &mut Body) {
        body.state = match (&self.rest, cut) {
            (Rest::UntilClose, Cut::Fin) => BodyState::Complete,
            _ => BodyState::InBody(cut),
        };
    }
}

fn read_chunks(
    chunks: &mut Chunks,
    page: bool,
    piece: &mut Piece,
    message: Message,
    trail: &mut Trail,
) -> Progress {
    let Message { number, offset, body, findings, mut error_page } = message;
    let rest = piece.rest();
    let (bytes, base, stream) = (piece.bytes, piece.at, piece.offset);
    let mut tell = |rule: Rule, at: usize, length: usize| {
        if is_told(findings, rule) {
            return;
        }
        let position = stream.saturating_add(at as u64).saturating_sub(offset);
        let finding = trail.finding(rule, bytes, at..at.saturating_add(length), position);
        trail.add(findings, number, finding);
    };
    let outcome = chunks.read(rest, |event| match event {
        Event::Content(range) => {
            body.received = body.received.saturating_add(range.len() as u64);
            if page {
                keep(error_page.as_deref_mut(), &rest[range]);
            }
        }
        Event::Fault(rule, range) => tell(rule, base + range.start, range.len()),
    });
    match outcome {
        Outcome::More => {
            piece.at = bytes.len();
            Progress::More
        }
        Outcome::Done(end) => {
            piece.at += end;
            body.state = BodyState::Complete;
            Progress::Done
        }
        Outcome::Broken(rule, range) => {
            tell(rule, base + range.start, range.len());
            body.state = BodyState::Lost;
            piece.at += range.start;
            Progress::Lost
        }
    }
}

fn keep(page: Option<&mut Vec<u8>>, bytes: &[u8]) {
    if let Some(page) = page {
        let room = ERROR_PAGE.saturating_sub(page.len());
        page.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}
