//! The fields of a header block as the head of a message or its trailers (RFC 9113, 8): what is wanted of them, sizes, and where they break the rules.

use super::block::BlockPlaces;
use super::field_sizes::FieldSizes;
use super::hpack::HeaderField;
use super::marks::{bad_in_name, bad_in_value};
use crate::http::conform::{
    BEFORE, FROM, Finding, Framing, MOST_LINES, MOST_PER_RULE, ReadHeader, RequestHead, ResponseHead, Rule,
    first_hop, lower_text, text,
};
use crate::http::exchange::HeadSizes;
use crate::ray::RayAtColo;
use crate::text::shared::SharedText;

/// Bytes of a method, of a target, of a Location and of any other value that are kept, as for HTTP/1.
const METHOD: usize = 64;
const TARGET: usize = 8 * 1024;
const LOCATION: usize = 2 * 1024;
const VALUE: usize = 256;
/// Bytes of fields that are looked at; of what comes behind only the sizes count.
const LOOKED_AT: u64 = 1 << 20;

/// What a header block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeadKind {
    Request,
    Response,
    Trailers,
}

/// What has been read of a block.
#[derive(Debug)]
pub(super) struct HeadReader<'p> {
    kind: HeadKind,
    /// The stream offset of the message's first byte.
    message: u64,
    places: BlockPlaces<'p>,
    /// A bit for each pseudo-header that came.
    pseudo: u8,
    has_regular: bool,
    /// A bit for each header that may stand once.
    singletons: u32,
    unknown: u32,
    sizes: FieldSizes,
    values: WantedValues,
    findings: Vec<Finding>,
}

/// The values that are wanted.
#[derive(Debug, Default)]
pub(super) struct WantedValues {
    method: Option<SharedText>,
    target: Option<Box<str>>,
    authority: Option<SharedText>,
    host: Option<SharedText>,
    ray: Option<RayAtColo>,
    visitor: Option<Box<str>>,
    forwarded_for: Option<Box<str>>,
    visitor_https: bool,
    user_agent: Option<SharedText>,
    expects_continue: bool,
    status: Option<u16>,
    server: Option<SharedText>,
    location: Option<Box<str>>,
    content_length: Option<u64>,
    length_in_doubt: bool,
    pub grpc_status: Option<u32>,
}

/// The pseudo-headers (RFC 9113, 8.3.1 and 8.3.2; RFC 8441, 4), each with its bit and whether a request has it.
const PSEUDO: [(&[u8], u8, bool); 6] = [
    (b":method", METHOD_BIT, true),
    (b":scheme", SCHEME_BIT, true),
    (b":path", PATH_BIT, true),
    (b":authority", 8, true),
    (b":protocol", PROTOCOL_BIT, true),
    (b":status", STATUS_BIT, false),
];
const METHOD_BIT: u8 = 1;
const SCHEME_BIT: u8 = 2;
const PATH_BIT: u8 = 4;
const PROTOCOL_BIT: u8 = 16;
const STATUS_BIT: u8 = 32;

impl<'p> HeadReader<'p> {
    /// For a block of a message that begins at a stream offset.
    pub fn new(kind: HeadKind, message: u64, places: BlockPlaces<'p>) -> HeadReader<'p> {
        HeadReader {
            kind,
            message,
            places,
            pseudo: 0,
            has_regular: false,
            singletons: 0,
            unknown: 0,
            sizes: FieldSizes::default(),
            values: WantedValues::default(),
            findings: Vec::new(),
        }
    }

    /// The next field.
    pub fn take(&mut self, field: &HeaderField<'_>) {
        let (Some(name), Some(value)) = (field.name, field.value) else {
            self.unknown = self.unknown.saturating_add(1);
            self.sizes.count(field.name.or(field.value).map_or(0, <[u8]>::len));
            return;
        };
        self.sizes.count(name.len() + value.len());
        if self.kind == HeadKind::Response && self.sizes.lines() == MOST_LINES + 1 {
            self.find(Rule::TooManyLines, field, 0, name.len());
        }
        if self.sizes.bytes() > LOOKED_AT {
            return;
        }
        self.sizes.measure(name, value, field.marks.known.field);
        self.conform(field, name, value);
        match name.first() {
            Some(b':') => self.pseudo_header(field, name, value),
            _ => {
                self.has_regular = true;
                if self.kind == HeadKind::Trailers {
                    self.values.trailer(name, value);
                } else {
                    self.regular(field, name, value);
                }
            }
        }
    }

    /// Fields of which name or value is unknown.
    pub fn unknown(&self) -> u32 {
        self.unknown
    }

    /// Whether every field of the block was seen, with its name.
    fn is_complete(&self, is_whole: bool) -> bool {
        is_whole && self.unknown == 0
    }

    /// Whether these are surely trailers, whatever was awaited: no field of a head's beginning is among them.
    pub fn is_no_head(&self, is_whole: bool) -> bool {
        self.is_complete(is_whole) && self.pseudo == 0
    }

    /// What a field breaks by itself.
    fn conform(&mut self, field: &HeaderField<'_>, name: &[u8], value: &[u8]) {
        if let Some(rule) = field.marks.name {
            self.find(rule, field, bad_in_name(name).unwrap_or(0), 1);
        }
        if let Some(rule) = field.marks.value {
            let at = bad_in_value(value).unwrap_or(0);
            self.find(rule, field, name.len() + SEPARATOR.len() + at, 1);
        }
    }

    fn pseudo_header(&mut self, field: &HeaderField<'_>, name: &[u8], value: &[u8]) {
        let of_request = self.kind == HeadKind::Request;
        let known = PSEUDO.iter().find(|(known, _, request)| *known == name && *request == of_request);
        let Some((_, bit, _)) = known.filter(|_| self.kind != HeadKind::Trailers) else {
            return self.find(Rule::UnknownPseudoHeader, field, 0, name.len());
        };
        if self.has_regular {
            self.find(Rule::PseudoHeaderLate, field, 0, name.len());
        }
        if self.pseudo & bit != 0 {
            return self.find(Rule::DuplicatePseudoHeader, field, 0, name.len());
        }
        self.pseudo |= bit;
        match name {
            b":method" => self.values.method = Some(text(value, METHOD)),
            b":path" => self.values.target = Some(text(value, TARGET)),
            b":authority" => self.values.authority = Some(text(value, VALUE)),
            b":status" => {
                self.values.status = status(value);
                // RFC 9113, 8.6: there is no 101.
                if self.values.status.is_none_or(|status| !(100..600).contains(&status) || status == 101) {
                    self.find(Rule::BadStatusCode, field, name.len() + SEPARATOR.len(), value.len());
                }
            }
            _ => {}
        }
        if name == b":path" && value.is_empty() {
            self.find(Rule::MissingPseudoHeader, field, 0, name.len());
        }
    }

    fn regular(&mut self, field: &HeaderField<'_>, name: &[u8], value: &[u8]) {
        let known = field.marks.known;
        let is_connections = matches!(
            known.field,
            Some(
                ReadHeader::Connection
                    | ReadHeader::KeepAlive
                    | ReadHeader::TransferEncoding
                    | ReadHeader::Upgrade
            )
        ) || name == b"proxy-connection";
        // RFC 9113, 8.2.2: of TE nothing but trailers.
        if is_connections || name == b"te" && !value.eq_ignore_ascii_case(b"trailers") {
            self.find(Rule::ConnectionHeader, field, 0, name.len());
        }
        // A Cookie may come in crumbs (RFC 9113, 8.2.3); a repeated length is judged by its values.
        let may_repeat = matches!(known.field, Some(ReadHeader::Cookie | ReadHeader::ContentLength));
        if let Some(row) = known.singleton.filter(|_| !may_repeat) {
            let bit = 1u32.checked_shl(u32::from(row)).unwrap_or(0);
            if self.singletons & bit != 0 {
                self.find(Rule::DuplicateHeader, field, 0, name.len());
            }
            self.singletons |= bit;
        }
        if known.field == Some(ReadHeader::ContentLength) {
            return self.content_length(field, name, value);
        }
        self.values.regular(known.field, name, value);
    }

    fn content_length(&mut self, field: &HeaderField<'_>, name: &[u8], value: &[u8]) {
        let rule = match (digits(value), self.values.content_length) {
            (None, _) => Some(Rule::BadContentLength),
            (Some(length), Some(first)) if first != length => Some(Rule::ConflictingContentLength),
            (Some(_), Some(_)) => Some(Rule::DuplicateHeader),
            (Some(length), None) => {
                self.values.content_length = Some(length);
                None
            }
        };
        if let Some(rule) = rule {
            self.values.length_in_doubt |= rule != Rule::DuplicateHeader;
            self.find(rule, field, name.len() + SEPARATOR.len(), value.len());
        }
    }

    /// A break of a rule by a field: where in `name: value` it begins, and so many bytes. The offset is that of the field's bytes on the
    /// wire; the excerpt shows the field as it reads, since its bytes are compressed.
    fn find(&mut self, rule: Rule, field: &HeaderField<'_>, at: usize, length: usize) {
        let told = self.findings.iter().filter(|known| known.rule == rule).count();
        if told >= usize::from(MOST_PER_RULE) {
            return;
        }
        let (name, value) = (field.name.unwrap_or_default(), field.value.unwrap_or_default());
        let start = at.saturating_sub(BEFORE);
        let line = name.iter().chain(SEPARATOR).chain(value).copied();
        let excerpt: Vec<u8> = line.skip(start).take(at - start + FROM).collect();
        self.findings.push(Finding {
            rule,
            offset: self.places.offset(field.at).saturating_sub(self.message),
            length: u32::try_from(length.max(1)).unwrap_or(u32::MAX),
            mark: u8::try_from(at - start).unwrap_or(0),
            excerpt,
            header: Some(lower_text(name, VALUE / 2)),
        });
    }

    /// The head lacks what it must have: nothing of it can be shown but its first bytes.
    fn miss(&mut self, rule: Rule, name: &[u8]) {
        self.findings.push(Finding {
            rule,
            offset: self.places.offset(0).saturating_sub(self.message),
            length: 1,
            excerpt: Vec::new(),
            mark: 0,
            header: Some(text(name, VALUE)),
        });
    }

    /// The head of a request. `is_whole`: nothing of its block is missing.
    pub fn request(mut self, is_whole: bool) -> RequestHead {
        if self.is_complete(is_whole) {
            // RFC 9113, 8.5: CONNECT has neither scheme nor path, unless it names a protocol (RFC 8441, 4).
            let connects =
                self.values.method.as_deref() == Some("CONNECT") && self.pseudo & PROTOCOL_BIT == 0;
            let needed = if connects { METHOD_BIT } else { METHOD_BIT | SCHEME_BIT | PATH_BIT };
            let missing = PSEUDO.iter().find(|(_, bit, _)| needed & bit & !self.pseudo != 0);
            if let Some((name, ..)) = missing {
                self.miss(Rule::MissingPseudoHeader, name);
            }
        }
        // Where a path may be among what is unknown, the authority is no target.
        let has_no_path = self.is_complete(is_whole);
        let values = self.values;
        let instead = values.authority.as_deref().filter(|_| has_no_path);
        RequestHead {
            method: values.method.unwrap_or_default(),
            target: values.target.or_else(|| instead.map(Box::from)).unwrap_or_default(),
            host: values.authority.or(values.host),
            is_no_http: false,
            ray: values.ray,
            visitor: values.visitor.or(values.forwarded_for),
            visitor_https: values.visitor_https,
            user_agent: values.user_agent,
            sizes: self.sizes.into_head(),
            findings: in_order(self.findings),
            framing: Some(framing(values.content_length)),
            expects_continue: values.expects_continue,
        }
    }

    /// The head of a response.
    pub fn response(mut self, is_whole: bool) -> ResponseHead {
        if self.is_complete(is_whole) && self.pseudo & STATUS_BIT == 0 {
            self.miss(Rule::MissingPseudoHeader, b":status");
        }
        let values = self.values;
        ResponseHead {
            status: values.status,
            server: values.server,
            location: values.location,
            announces_close: false,
            keep_alive_timeout: None,
            sizes: self.sizes.into_head(),
            findings: in_order(self.findings),
            framing: framing(values.content_length),
            length_in_doubt: values.length_in_doubt,
            names_http2: false,
        }
    }

    /// What trailers tell: gRPC's status, their findings, and their size.
    pub fn trailers(self) -> (Option<u32>, Vec<Finding>, HeadSizes) {
        (self.values.grpc_status, in_order(self.findings), self.sizes.into_head())
    }

    /// gRPC's status, where the head itself has it (a response without a body).
    pub fn grpc_status(&self) -> Option<u32> {
        self.values.grpc_status
    }
}

/// Of several values the first is kept.
fn keep<T: for<'a> From<&'a str>>(place: &mut Option<T>, value: &[u8], most: usize) {
    place.get_or_insert_with(|| text(value, most));
}

impl WantedValues {
    fn regular(&mut self, field: Option<ReadHeader>, name: &[u8], value: &[u8]) {
        match field {
            Some(ReadHeader::Host) => keep(&mut self.host, value, VALUE),
            Some(ReadHeader::CfRay) => self.ray = self.ray.or_else(|| RayAtColo::parse(value)),
            Some(ReadHeader::CfConnectingIp) => keep(&mut self.visitor, value, VALUE),
            Some(ReadHeader::CfVisitor) => {
                self.visitor_https |= memchr::memmem::find(value, b"\"https\"").is_some();
            }
            Some(ReadHeader::UserAgent) => keep(&mut self.user_agent, value, VALUE),
            Some(ReadHeader::Server) => keep(&mut self.server, value, VALUE),
            Some(ReadHeader::Location) => keep(&mut self.location, value, LOCATION),
            Some(ReadHeader::XForwardedFor) => keep(&mut self.forwarded_for, first_hop(value), VALUE),
            Some(ReadHeader::Expect) => {
                self.expects_continue |= value.eq_ignore_ascii_case(b"100-continue");
            }
            _ => self.trailer(name, value),
        }
    }

    fn trailer(&mut self, name: &[u8], value: &[u8]) {
        if name == b"grpc-status" {
            let status = digits(value).and_then(|status| u32::try_from(status).ok());
            self.grpc_status = self.grpc_status.or(status);
        }
    }
}

/// Between name and value, as a person reads a field.
const SEPARATOR: &[u8] = b": ";

/// What a head says of the body's length: whether there is one, END_STREAM tells.
fn framing(content_length: Option<u64>) -> Framing {
    content_length.map_or(Framing::EndStream, Framing::Length)
}

fn in_order(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| finding.offset);
    findings
}

/// Three digits (RFC 9113, 8.3.2).
fn status(value: &[u8]) -> Option<u16> {
    digits(value).filter(|_| value.len() == 3).and_then(|status| u16::try_from(status).ok())
}

fn digits(value: &[u8]) -> Option<u64> {
    let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(value).ok().filter(|_| is_number)?.parse().ok()
}
