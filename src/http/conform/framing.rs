//! What a head says of its body's length (RFC 9112, 6).

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::findings::Findings;
use super::grammar::{HttpVersion, trim_blanks};
use super::rules::Rule;

/// How the end of a body is found (RFC 9112, 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Framing {
    /// There is none: no body, or a HEAD, 1xx, 204 or 304.
    None,
    /// Content-Length.
    Length(u64),
    /// Transfer-Encoding: chunked.
    Chunked,
    /// The close of the connection ends it.
    UntilClose,
    /// END_STREAM ends it, and no length is announced (RFC 9113, 8.1).
    EndStream,
    /// After 101 or a CONNECT: the connection is no longer HTTP.
    Tunnel,
}

/// What the start line says of a message's framing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FramedMessage {
    pub is_request: bool,
    pub version: HttpVersion,
    /// Its status has no body and no length of one (RFC 9110, 8.6; RFC 9112, 6.1).
    pub allows_no_body: bool,
}

/// What Content-Length and Transfer-Encoding said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BodyLength {
    content_length: Option<u64>,
    length_lines: u32,
    /// The first of them.
    length_line: Option<Range<usize>>,
    bad_length: bool,
    conflict: bool,
    codings: u32,
    /// The last coding, as far as it decides the framing.
    last: Option<Coding>,
    chunked: u32,
    encoding: Option<Range<usize>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Chunked,
    Identity,
    /// One that RFC 9112, 7.2 registers.
    Compression,
    Unknown,
}

impl BodyLength {
    /// A Content-Length line: `value` without blanks around it, at `line` in the head.
    pub fn content_length(&mut self, value: &[u8], line: &Range<usize>, findings: &mut Findings) {
        let (mut conflict, mut bad, mut values) = (false, false, 0u32);
        for item in value.split(|&byte| byte == b',') {
            values = values.saturating_add(1);
            match digits(trim_blanks(item)) {
                None => bad = true,
                Some(length) => match self.content_length {
                    Some(first) if first != length => conflict = true,
                    Some(_) => {}
                    None => self.content_length = Some(length),
                },
            }
        }
        let header = Some(&b"content-length"[..]);
        // A list of equal values may be read as one (RFC 9112, 6.3), but no sender may write it.
        if conflict {
            findings.add(Rule::ConflictingContentLength, line.clone(), header);
        } else if bad || values > 1 {
            findings.add(Rule::BadContentLength, line.clone(), header);
        } else if self.length_lines > 0 {
            findings.add(Rule::DuplicateHeader, line.clone(), header);
        }
        self.bad_length |= bad;
        self.conflict |= conflict;
        self.length_lines = self.length_lines.saturating_add(1);
        self.length_line.get_or_insert_with(|| line.clone());
    }

    /// A Transfer-Encoding line.
    pub fn transfer_encoding(&mut self, value: &[u8], line: &Range<usize>) {
        for item in value.split(|&byte| byte == b',') {
            let name = trim_blanks(item.split(|&byte| byte == b';').next().unwrap_or_default());
            let coding = match name {
                // It has no parameters (RFC 9112, 7.1): with one it is another coding to most.
                _ if trim_blanks(item).eq_ignore_ascii_case(b"chunked") => Coding::Chunked,
                _ if name.eq_ignore_ascii_case(b"identity") => Coding::Identity,
                _ if [&b"gzip"[..], b"x-gzip", b"deflate", b"compress", b"x-compress"]
                    .iter()
                    .any(|known| name.eq_ignore_ascii_case(known)) =>
                {
                    Coding::Compression
                }
                _ => Coding::Unknown,
            };
            self.codings = self.codings.saturating_add(1);
            self.chunked = self.chunked.saturating_add(u32::from(coding == Coding::Chunked));
            self.last = Some(coding);
        }
        self.encoding = Some(line.clone());
    }

    /// Says what is wrong between the lines, when all have been seen.
    pub fn conclude(&self, of: FramedMessage, findings: &mut Findings) {
        if of.allows_no_body {
            let lengths = self.length_line.iter().map(|line| (line, &b"content-length"[..]));
            let codings = self.encoding.iter().map(|line| (line, &b"transfer-encoding"[..]));
            for (line, header) in lengths.chain(codings) {
                findings.add(Rule::LengthNotAllowed, line.clone(), Some(header));
            }
            return;
        }
        let Some(line) = &self.encoding else { return };
        let header = Some(&b"transfer-encoding"[..]);
        if of.version == HttpVersion::Http10 {
            findings.add(Rule::TransferEncodingInHttp10, line.clone(), header);
        }
        if self.length_lines > 0 {
            findings.add(Rule::LengthWithTransferEncoding, line.clone(), header);
        }
        let ends = match self.last {
            Some(Coding::Chunked) => self.chunked == 1,
            // A response may end with the connection instead (RFC 9112, 6.3); a request may not.
            Some(Coding::Compression | Coding::Identity) => !of.is_request && self.chunked == 0,
            Some(Coding::Unknown) | None => false,
        };
        if !ends {
            findings.add(Rule::BadTransferEncoding, line.clone(), header);
        }
    }

    /// How a response's body ends, where it may have one.
    pub fn of_response(&self) -> Framing {
        match (self.last, self.content_length) {
            (Some(Coding::Chunked), _) => Framing::Chunked,
            (Some(Coding::Compression | Coding::Unknown), _) => Framing::UntilClose,
            (Some(Coding::Identity) | None, Some(length)) => Framing::Length(length),
            (Some(Coding::Identity) | None, None) => Framing::UntilClose,
        }
    }

    /// How a request's body ends; `None` where nobody can tell.
    pub fn of_request(&self) -> Option<Framing> {
        match (self.last, self.content_length) {
            (Some(Coding::Chunked), _) => Some(Framing::Chunked),
            (Some(Coding::Compression | Coding::Unknown), _) => None,
            (Some(Coding::Identity) | None, Some(0)) => Some(Framing::None),
            (Some(Coding::Identity) | None, Some(length)) => Some(Framing::Length(length)),
            (Some(Coding::Identity), None) => None,
            (None, None) if self.bad_length => None,
            (None, None) => Some(Framing::None),
        }
    }

    /// Whether the length that was taken is one of several that differ, so that what follows proves nothing.
    pub fn is_doubtful(&self) -> bool {
        self.conflict && self.encoding.is_none()
    }
}

/// `1*DIGIT` within 64 bits.
fn digits(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u64, |value, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}
