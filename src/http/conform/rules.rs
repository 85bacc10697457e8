//! The rules of HTTP's grammar that a message can break.

use serde::{Deserialize, Serialize};

/// A rule of RFC 9110, RFC 9112 or RFC 9113 that a message or a frame can break. What a break means is for the causes to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rule {
    /// A line ends with LF alone (RFC 9112, 2.2).
    BareLf,
    /// A CR that no LF follows (RFC 9112, 2.2).
    BareCr,
    /// Bytes where a status line should be: HTTP/0.9, text before it, another protocol (RFC 9112, 4).
    NoStatusLine,
    /// A version other than HTTP/1.0 and HTTP/1.1, or not in upper case (RFC 9112, 2.3).
    BadVersion,
    /// Not three digits, or below 100 (RFC 9110, 15).
    BadStatusCode,
    /// Three digits above 599 (RFC 9110, 15): no status, and processed as one of 5xx all the same.
    StatusAbove599,
    /// Bytes that a reason phrase may not hold, or blanks that should not be there (RFC 9112, 4).
    BadReason,
    /// A request line that is none (RFC 9112, 3).
    BadRequestLine,
    /// CR or LF before the start line.
    LeadingBlankLine,
    /// A request of HTTP/1.1 without Host (RFC 9112, 3.2).
    MissingHost,
    /// A Host that is no name or address with a port (RFC 9112, 3.2).
    BadHost,
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
    /// Content-Length or Transfer-Encoding in a response that has no body whatever it says: 1xx and 204 (RFC 9110, 8.6; RFC 9112, 6.1).
    LengthNotAllowed,
    /// Transfer-Encoding in a message of HTTP/1.0 (RFC 9112, 6.1).
    TransferEncodingInHttp10,
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
    /// More header lines than the edge's parser has room for: 256 (`MAX_HEADERS` of pingora's v1/common.rs).
    TooManyLines,
    /// A header name of HTTP/2 with letters in upper case (RFC 9113, 8.2.1).
    UppercaseName,
    /// Blanks before or behind a header value of HTTP/2 (RFC 9113, 8.2.1).
    SpaceAroundValue,
    /// A header that belongs to a connection of HTTP/1, in HTTP/2: Connection, Keep-Alive, Proxy-Connection, Transfer-Encoding, Upgrade, or TE
    /// with anything but `trailers` (RFC 9113, 8.2.2).
    ConnectionHeader,
    /// A pseudo-header that must be there is not, or is empty (RFC 9113, 8.3.1 and 8.3.2).
    MissingPseudoHeader,
    /// A pseudo-header that is not defined, or not for this message (RFC 9113, 8.3).
    UnknownPseudoHeader,
    /// A pseudo-header again (RFC 9113, 8.3).
    DuplicatePseudoHeader,
    /// A pseudo-header behind another header (RFC 9113, 8.3).
    PseudoHeaderLate,
    /// Content-Length differs from what the DATA frames bring (RFC 9113, 8.1.1).
    LengthMismatch,
    /// A header block that cannot be decompressed (RFC 9113, 4.3; RFC 7541).
    BadHeaderBlock,
    /// Something between the frames of a header block, or CONTINUATION without one (RFC 9113, 6.2 and 6.10).
    HeaderBlockInterrupted,
    /// A frame of a length that it may not have (RFC 9113, 4.2 and 6).
    FrameSize,
    /// A frame of the connection on a stream, or the reverse (RFC 9113, 6).
    FrameOnWrongStream,
    /// A frame that the state of its stream does not allow (RFC 9113, 5.1 and 8.1).
    FrameInWrongState,
    /// Padding that is longer than its frame (RFC 9113, 6.1 and 6.2).
    BadPadding,
    /// A setting whose value is not allowed (RFC 9113, 6.5.2).
    BadSetting,
    /// A window that grows by nothing or beyond its bound, or more DATA than it allows (RFC 9113, 6.9).
    BadWindow,
    /// PUSH_PROMISE of a client, or to a client that takes none (RFC 9113, 8.4).
    PushNotAllowed,
    /// The connection does not begin as HTTP/2 does (RFC 9113, 3.4).
    BadPreface,
}

impl Rule {
    /// Whether only a message or a frame of HTTP/2 can break it, apart from rules on the length of a body.
    pub fn is_of_http2(self) -> bool {
        self >= Rule::UppercaseName && self != Rule::LengthMismatch
    }

    /// What breaks it, for a sentence about the message: "the response has …".
    pub fn in_words(self) -> &'static str {
        match self {
            Rule::BareLf => "a line that ends with LF alone",
            Rule::BareCr => "a CR without LF",
            Rule::NoStatusLine => "bytes that are no HTTP status line",
            Rule::BadVersion => "a version that is not HTTP/1.0 or HTTP/1.1",
            Rule::BadStatusCode => "an impossible status code",
            Rule::StatusAbove599 => "a status code above 599",
            Rule::BadReason => "a malformed reason phrase",
            Rule::BadRequestLine => "a malformed request line",
            Rule::LeadingBlankLine => "a blank line before the start line",
            Rule::MissingHost => "no Host header",
            Rule::BadHost => "a Host that is no name with a port",
            Rule::NoColon => "a header line without a colon",
            Rule::EmptyHeaderName => "a header line without a name",
            Rule::SpaceBeforeColon => "a blank before the colon",
            Rule::BadHeaderName => "a byte that a header name may not hold",
            Rule::ControlInValue => "a control byte in a header value",
            Rule::FoldedLine => "a folded header line",
            Rule::SpaceBeforeFirstHeader => "blanks before the first header",
            Rule::BadContentLength => "a Content-Length that is no number",
            Rule::ConflictingContentLength => "Content-Length values that differ",
            Rule::LengthWithTransferEncoding => "Content-Length beside Transfer-Encoding",
            Rule::LengthNotAllowed => "a length where the status allows no body",
            Rule::TransferEncodingInHttp10 => "Transfer-Encoding in HTTP/1.0",
            Rule::BadTransferEncoding => "a Transfer-Encoding that leaves the end unknown",
            Rule::DuplicateHeader => "a header that may appear once and appears again",
            Rule::BadChunkSize => "a chunk size that is none",
            Rule::BadChunkEnd => "no CRLF after a chunk",
            Rule::BytesAfterBody => "bytes after the end of the response",
            Rule::NoHeaders => "no header lines",
            Rule::TooManyLines => "more than 256 header lines",
            Rule::UppercaseName => "upper case in a header name of HTTP/2",
            Rule::SpaceAroundValue => "blanks around a header value of HTTP/2",
            Rule::ConnectionHeader => "a header of HTTP/1 connections, which HTTP/2 forbids",
            Rule::MissingPseudoHeader => "no pseudo-header where HTTP/2 needs one",
            Rule::UnknownPseudoHeader => "a pseudo-header that HTTP/2 does not define there",
            Rule::DuplicatePseudoHeader => "a pseudo-header twice",
            Rule::PseudoHeaderLate => "a pseudo-header behind another header",
            Rule::LengthMismatch => "a Content-Length that its DATA frames do not have",
            Rule::BadHeaderBlock => "a header block that cannot be decompressed",
            Rule::HeaderBlockInterrupted => "a header block that another frame interrupts",
            Rule::FrameSize => "a frame of a length that it may not have",
            Rule::FrameOnWrongStream => "a frame on a stream where it may not be",
            Rule::FrameInWrongState => "a frame that the state of its stream does not allow",
            Rule::BadPadding => "padding that is longer than its frame",
            Rule::BadSetting => "a setting with a value that is not allowed",
            Rule::BadWindow => "a flow-control window outside its bounds",
            Rule::PushNotAllowed => "a push that was not allowed",
            Rule::BadPreface => "a beginning that is not that of HTTP/2",
        }
    }
}
