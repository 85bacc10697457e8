//! The words that tables use for what is a choice of few.

use crate::correlate::{Hop, Outcome};
use crate::evidence::failure::Failure;
use crate::evidence::{InputKind, Protocol};
use crate::flow::{End, Gap, Side};
use crate::http::conform::Rule;
use crate::http::exchange::{BodyState, Cut, EndingFrame, Framing, StreamEnd};
use crate::logs::{Dataset, RequestSource};
use crate::tls::HandshakeState;

pub(super) fn side(side: Side) -> String {
    match side {
        Side::Client => "client",
        Side::Server => "server",
    }
    .to_owned()
}

pub(super) fn end(end: End) -> String {
    match end {
        End::Fin => "fin",
        End::Reset { .. } => "rst",
        End::Unseen => "unseen",
    }
    .to_owned()
}

pub(super) fn gap(gap: Gap) -> String {
    match gap {
        Gap::NotCaptured => "not_captured",
        Gap::Snaplen => "snaplen",
        Gap::GivenUp => "given_up",
    }
    .to_owned()
}

pub(super) fn protocol(protocol: Protocol) -> String {
    match protocol {
        Protocol::Silent => "silent",
        Protocol::Http => "http",
        Protocol::Tls => "tls",
        Protocol::StartTls => "starttls",
        Protocol::Other => "other",
    }
    .to_owned()
}

pub(super) fn input_kind(kind: InputKind) -> String {
    match kind {
        InputKind::Capture => "capture",
        InputKind::AccessLog => "access_log",
        InputKind::ErrorLog => "error_log",
        InputKind::SystemLog => "system_log",
        InputKind::EdgeLog => "edge_log",
        InputKind::Har => "har",
        InputKind::Config => "config",
        InputKind::Events => "events",
        InputKind::KeyLog => "keylog",
        InputKind::Ignored => "ignored",
    }
    .to_owned()
}

pub(super) fn framing(framing: Framing) -> String {
    match framing {
        Framing::None => "none",
        Framing::Length(_) => "length",
        Framing::Chunked => "chunked",
        Framing::UntilClose => "until_close",
        Framing::EndStream => "end_stream",
        Framing::Tunnel => "tunnel",
    }
    .to_owned()
}

pub(super) fn body_state(state: BodyState) -> String {
    let (part, cut) = match state {
        BodyState::Complete => return "complete".to_owned(),
        BodyState::Lost => return "lost".to_owned(),
        BodyState::InHead(cut) => ("head", cut),
        BodyState::InBody(cut) => ("body", cut),
    };
    let by = match cut {
        Cut::Fin => "fin".to_owned(),
        Cut::Reset(by) => format!("rst_of_{}", side(by)),
        Cut::Capture => "end_of_capture".to_owned(),
    };
    format!("cut_in_{part}_by_{by}")
}

/// The frame that ended a stream, and whose it is.
pub(super) fn ending_frame(end: StreamEnd) -> String {
    let frame = match end.frame {
        EndingFrame::RstStream => "rst_stream",
        EndingFrame::GoAway { .. } => "goaway",
    };
    format!("{frame}_of_{}", side(end.from))
}

pub(super) fn failure(failure: Failure) -> String {
    let word = match failure {
        Failure::EdgeStatus(_) => "edge_status",
        Failure::OriginStatus(_) => "origin_status",
        Failure::Refused(rule) => return format!("refused_{}", self::rule(rule)),
        Failure::NoResponse => "no_response",
        Failure::GivenUp => "given_up",
        Failure::Undelivered => "undelivered",
        Failure::Truncated => "truncated",
        Failure::StreamRefused(_) => "stream_refused",
        Failure::ResponseHeaders => "response_headers_too_large",
        Failure::RequestHeaders(_) => "request_headers_too_large",
        Failure::ClientCertificate => "client_certificate_required",
        Failure::Connect => "connect",
        Failure::LengthRequired => "length_required",
        Failure::ToldByLine(_) => "told_by_line",
        Failure::EdgeBlock => "edge_block",
        Failure::EdgeLimit => "edge_limit",
        Failure::RedirectToItself => "redirect_to_itself",
        Failure::ClientAbort => "client_abort",
    };
    word.to_owned()
}

pub(super) fn rule(rule: Rule) -> String {
    match rule {
        Rule::BareLf => "bare_lf",
        Rule::BareCr => "bare_cr",
        Rule::NoStatusLine => "no_status_line",
        Rule::BadVersion => "bad_version",
        Rule::BadStatusCode => "bad_status_code",
        Rule::StatusAbove599 => "status_above_599",
        Rule::BadReason => "bad_reason",
        Rule::BadRequestLine => "bad_request_line",
        Rule::LeadingBlankLine => "leading_blank_line",
        Rule::MissingHost => "missing_host",
        Rule::BadHost => "bad_host",
        Rule::NoColon => "no_colon",
        Rule::EmptyHeaderName => "empty_header_name",
        Rule::SpaceBeforeColon => "space_before_colon",
        Rule::BadHeaderName => "bad_header_name",
        Rule::ControlInValue => "control_in_value",
        Rule::FoldedLine => "folded_line",
        Rule::SpaceBeforeFirstHeader => "space_before_first_header",
        Rule::BadContentLength => "bad_content_length",
        Rule::ConflictingContentLength => "conflicting_content_length",
        Rule::LengthWithTransferEncoding => "length_with_transfer_encoding",
        Rule::LengthNotAllowed => "length_not_allowed",
        Rule::TransferEncodingInHttp10 => "transfer_encoding_in_http_1_0",
        Rule::BadTransferEncoding => "bad_transfer_encoding",
        Rule::DuplicateHeader => "duplicate_header",
        Rule::BadChunkSize => "bad_chunk_size",
        Rule::BadChunkEnd => "bad_chunk_end",
        Rule::BytesAfterBody => "bytes_after_body",
        Rule::NoHeaders => "no_headers",
        Rule::TooManyLines => "too_many_lines",
        Rule::UppercaseName => "uppercase_name",
        Rule::SpaceAroundValue => "space_around_value",
        Rule::ConnectionHeader => "connection_header",
        Rule::MissingPseudoHeader => "missing_pseudo_header",
        Rule::UnknownPseudoHeader => "unknown_pseudo_header",
        Rule::DuplicatePseudoHeader => "duplicate_pseudo_header",
        Rule::PseudoHeaderLate => "pseudo_header_late",
        Rule::LengthMismatch => "length_mismatch",
        Rule::BadHeaderBlock => "bad_header_block",
        Rule::HeaderBlockInterrupted => "header_block_interrupted",
        Rule::FrameSize => "frame_size",
        Rule::FrameOnWrongStream => "frame_on_wrong_stream",
        Rule::FrameInWrongState => "frame_in_wrong_state",
        Rule::BadPadding => "bad_padding",
        Rule::BadSetting => "bad_setting",
        Rule::BadWindow => "bad_window",
        Rule::PushNotAllowed => "push_not_allowed",
        Rule::BadPreface => "bad_preface",
    }
    .to_owned()
}

pub(super) fn tls_state(state: HandshakeState) -> String {
    match state {
        HandshakeState::AwaitClientHello => "await_client_hello",
        HandshakeState::AwaitServerHello => "await_server_hello",
        HandshakeState::AwaitSecondClientHello => "await_second_client_hello",
        HandshakeState::AwaitCertificate => "await_certificate",
        HandshakeState::AwaitServerHelloDone => "await_server_hello_done",
        HandshakeState::AwaitClientKeyExchange => "await_client_key_exchange",
        HandshakeState::AwaitChangeCipherSpec => "await_change_cipher_spec",
        HandshakeState::Encrypted => "encrypted",
        HandshakeState::PlaintextReply => "plaintext_reply",
    }
    .to_owned()
}

pub(super) fn dataset(dataset: Dataset) -> String {
    match dataset {
        Dataset::Requests => "requests",
        Dataset::FirewallEvents => "firewall_events",
    }
    .to_owned()
}

pub(super) fn request_source(source: RequestSource) -> Option<String> {
    match source {
        RequestSource::Absent => None,
        RequestSource::Eyeball => Some("eyeball".to_owned()),
        RequestSource::EdgeItself => Some("edge".to_owned()),
    }
}

/// What happened, as the lists of causes name it.
pub(super) fn outcome(outcome: Outcome) -> Option<String> {
    serde_json::to_value(outcome).ok()?.as_str().map(str::to_owned)
}

pub(super) fn hop(hop: Hop) -> String {
    match hop {
        Hop::ClientEdge => "client-edge",
        Hop::Edge => "edge",
        Hop::EdgeOrigin => "edge-origin",
        Hop::Origin => "origin",
        Hop::OriginUpstream => "origin-upstream",
        Hop::UpstreamUpstream => "upstream-upstream",
    }
    .to_owned()
}
