//! Where a message breaks HTTP's grammar: rules with names, each finding with the offending bytes at their offset.
//!
//! [`scan_request`] and [`scan_response`] read a head leniently and in one pass, never stop at the first fault, and say of
//! every fault which rule it breaks and where. Chunk framing and what follows a body are read by the conversation.

mod fields;
mod findings;
mod framing;
mod grammar;
mod head;
mod known;
mod start_line;
#[cfg(test)]
mod tests;

pub(crate) use findings::Elision;
pub(crate) use findings::{BEFORE, FROM, MOST_PER_RULE, Text};
pub(crate) use grammar::is_token_byte;
pub use head::{RequestHead, ResponseHead, scan_request, scan_response};
pub(crate) use head::{read_request, read_response};
pub use known::{SINGLETONS, Singleton};

/// A rule of RFC 9110 or RFC 9112 that a message can break. What a break means is for the causes to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// A line ends with LF alone (RFC 9112, 2.2).
    BareLf,
    /// A CR that no LF follows (RFC 9112, 2.2).
    BareCr,
    /// Bytes where a status line should be: HTTP/0.9, text before it, another protocol (RFC 9112, 4).
    NoStatusLine,
    /// A version other than HTTP/1.0 and HTTP/1.1, or not in upper case (RFC 9112, 2.3).
    BadVersion,
    /// Not three digits, or outside 100 to 599 (RFC 9110, 15).
    BadStatusCode,
    /// Bytes that a reason phrase may not hold, or blanks that should not be there (RFC 9112, 4).
    BadReason,
    /// A request line that is none (RFC 9112, 3).
    BadRequestLine,
    /// CR or LF before the start line.
    LeadingBlankLine,
    /// A header line without a colon (RFC 9112, 5).
    NoColon,
    /// Nothing before the colon.
    EmptyHeaderName,
    /// SP or HTAB between the name and the colon (RFC 9112, 5.1).
    SpaceBeforeColon,
    /// A byte in a header name that is no token byte (RFC 9110, 5.6.2), non-ASCII included.
    BadHeaderName,
    /// NUL, another control byte or DEL in a header value (RFC 9110, 5.5).
    ControlInValue,
    /// A folded line (obs-fold; RFC 9112, 5.2).
    FoldedLine,
    /// White space before the first header line (RFC 9112, 2.2).
    SpaceBeforeFirstHeader,
    /// A Content-Length that is no number (RFC 9110, 8.6).
    BadContentLength,
    /// Content-Length values that differ (RFC 9112, 6.3).
    ConflictingContentLength,
    /// Content-Length and Transfer-Encoding together (RFC 9112, 6.1).
    LengthWithTransferEncoding,
    /// A Transfer-Encoding whose last coding is not chunked, in a way that leaves the end unknown (RFC 9112, 6.1).
    BadTransferEncoding,
    /// A header that may appear once appears again (RFC 9110, 5.3).
    DuplicateHeader,
    /// A chunk size that is none (RFC 9112, 7.1).
    BadChunkSize,
    /// The bytes after a chunk's data are no CRLF (RFC 9112, 7.1).
    BadChunkEnd,
    /// Bytes after the end of the response, on a connection where nothing was asked (RFC 9112, 9.2).
    BytesAfterBody,
    /// No header lines at all.
    NoHeaders,
}

/// One break of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// The first offending byte, from the message's first byte.
    pub offset: u64,
    /// Offending bytes.
    pub length: u32,
    /// The bytes around it for a hexdump: up to 16 before and 32 from the offence.
    pub excerpt: Vec<u8>,
    /// Where in `excerpt` the offence begins.
    pub mark: u8,
    /// The name of the header line, lower case, where the offence is in one.
    pub header: Option<String>,
}
