//! What the edge's own parser takes and refuses (docs/strictness.md).

use crate::http::conform::Rule;
use crate::http::exchange::{Exchange, Response};

/// Whether the edge's own parser refuses a response that breaks this rule (httparse with the edge's published options, docs/edge.md).
/// If so, the break is a failure by itself. If not, it counts only where failing responses have it and passing ones do not.
pub fn refused_by_edge(rule: Rule) -> bool {
    match rule {
        Rule::NoStatusLine
        | Rule::BadVersion
        | Rule::BadStatusCode
        | Rule::NoColon
        | Rule::EmptyHeaderName
        | Rule::BadHeaderName
        | Rule::ControlInValue
        | Rule::BareCr
        | Rule::BadContentLength
        | Rule::ConflictingContentLength
        | Rule::BadChunkSize
        | Rule::BadChunkEnd
        | Rule::BadReason
        // Malformed messages of HTTP/2, which "MUST be treated as a stream error" (RFC 9113, 8.1.1).
        | Rule::UppercaseName
        | Rule::ConnectionHeader
        | Rule::MissingPseudoHeader
        | Rule::UnknownPseudoHeader
        | Rule::DuplicatePseudoHeader
        | Rule::PseudoHeaderLate
        | Rule::LengthMismatch
        | Rule::BadHeaderBlock
        | Rule::HeaderBlockInterrupted
        | Rule::FrameSize
        | Rule::FrameOnWrongStream
        | Rule::FrameInWrongState
        | Rule::BadPadding
        | Rule::BadSetting
        | Rule::BadWindow
        | Rule::PushNotAllowed
        | Rule::BadPreface => true,
        // Measured: the edge accepts it (docs/strictness.md). Or a recipient may accept it (RFC 9112, 2.2 and 5.2).
        Rule::BareLf
        // A receiver may take it (RFC 9113, 8.2.1).
        | Rule::SpaceAroundValue
        | Rule::LeadingBlankLine
        | Rule::SpaceBeforeColon
        | Rule::FoldedLine
        | Rule::SpaceBeforeFirstHeader
        | Rule::StatusAbove599
        | Rule::LengthWithTransferEncoding
        | Rule::LengthNotAllowed
        | Rule::TransferEncodingInHttp10
        | Rule::BadTransferEncoding
        | Rule::DuplicateHeader
        | Rule::BytesAfterBody
        | Rule::NoHeaders
        // A limit and no rule of HTTP: see `head_exceeds`.
        | Rule::TooManyLines
        | Rule::MissingHost
        | Rule::BadHost
        | Rule::BadRequestLine => false,
    }
}

/// Whether a response's head has more bytes than this, or, in HTTP/1, more lines than the edge's parser has room for.
pub fn head_exceeds(exchange: &Exchange, response: &Response, limit: u64) -> bool {
    response.head.bytes > limit || exchange.stream.is_none() && has_too_many_lines(response)
}

/// Whether a response's head has more fields than the edge's parser of HTTP/1 has room for. What it takes over HTTP/2 nobody has published: there its own
/// word is needed as well.
pub fn has_too_many_lines(response: &Response) -> bool {
    response.findings.iter().any(|finding| finding.rule == Rule::TooManyLines)
}
