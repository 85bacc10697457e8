//! The rules of HTTP's grammar that a message can break.

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

impl Rule {
    /// What breaks it, for a sentence about the message: "the response has …".
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Rule::BareLf => "a line that ends with LF alone",
            Rule::BareCr => "a CR without LF",
            Rule::NoStatusLine => "bytes that are no HTTP status line",
            Rule::BadVersion => "a version that is not HTTP/1.0 or HTTP/1.1",
            Rule::BadStatusCode => "an impossible status code",
            Rule::BadReason => "a malformed reason phrase",
            Rule::BadRequestLine => "a malformed request line",
            Rule::LeadingBlankLine => "a blank line before the start line",
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
            Rule::BadTransferEncoding => "a Transfer-Encoding that leaves the end unknown",
            Rule::DuplicateHeader => "a header that may appear once and appears again",
            Rule::BadChunkSize => "a chunk size that is none",
            Rule::BadChunkEnd => "no CRLF after a chunk",
            Rule::BytesAfterBody => "bytes after the end of the response",
            Rule::NoHeaders => "no header lines",
        }
    }
}
