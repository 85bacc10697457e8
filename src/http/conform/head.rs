//! A head read whole: start line, header lines, sizes and findings.

use memchr::memchr;

use super::fields::HeaderFields;
use super::findings::{Finding, Findings};
use super::framing::{FramedMessage, Framing};
use super::grammar::{HttpVersion, text};
use super::host::is_host;
use super::rules::Rule;
use super::scan;
use super::sizes::HeadSizes;
use super::start_line::{RequestLine, StatusLine};
use super::text::Text;
use super::well_formed;
use crate::ray::RayAtColo;
use crate::text::shared::SharedText;

/// Bytes of a method that are kept.
const METHOD: usize = 64;
/// Bytes of a target that are kept.
const TARGET: usize = 8 * 1024;
/// Bytes of a Location that are kept.
const LOCATION: usize = 2 * 1024;
/// Bytes of a User-Agent that are kept.
const USER_AGENT: usize = 256;
/// Bytes of any other value that are kept.
const VALUE: usize = 256;

/// A request's head, read leniently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHead {
    /// The method, as sent.
    pub method: SharedText,
    /// The target, as sent, at most 8 KiB of it.
    pub target: Box<str>,
    /// Its line came whole and without a version, or begins with no method: HTTP/0.9, or no HTTP at all.
    pub is_no_http: bool,
    /// Host.
    pub host: Option<SharedText>,
    /// CF-RAY.
    pub ray: Option<RayAtColo>,
    /// CF-Connecting-IP; where there is none, the first address of X-Forwarded-For.
    pub visitor: Option<Box<str>>,
    /// CF-Visitor names https.
    pub visitor_https: bool,
    /// User-Agent, at most 256 bytes of it.
    pub user_agent: Option<SharedText>,
    /// Sizes.
    pub sizes: HeadSizes,
    /// Where the grammar is broken, in the order of the message.
    pub findings: Vec<Finding>,
    /// How its body ends; `None` where nobody can tell.
    pub framing: Option<Framing>,
    /// Expect: 100-continue.
    pub expects_continue: bool,
}

/// A response's head, read leniently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseHead {
    /// The status code, where it is three digits.
    pub status: Option<u16>,
    /// Server.
    pub server: Option<SharedText>,
    /// Location, at most 2 KiB of it.
    pub location: Option<Box<str>>,
    /// Connection: close, or HTTP/1.0 without keep-alive.
    pub announces_close: bool,
    /// `timeout=` of Keep-Alive, in seconds.
    pub keep_alive_timeout: Option<u32>,
    /// Sizes.
    pub sizes: HeadSizes,
    /// Where the grammar is broken, in the order of the message.
    pub findings: Vec<Finding>,
    /// How its body ends, if the request and the status allow one.
    pub framing: Framing,
    /// Several Content-Lengths that differ: where its body ends is anyone's guess.
    pub length_in_doubt: bool,
    /// Upgrade names HTTP/2 over clear TCP (`h2c`). Only with 101 does the connection change to it (RFC 7540, 3.2).
    pub names_http2: bool,
}

/// Reads a request's head, from its first byte to its empty line. A head that ends before its empty line is read as cut.
pub fn scan_request(head: &[u8]) -> RequestHead {
    read_request(Text::whole(head), head.len() as u64)
}

/// Reads a response's head, from its first byte to its empty line. A head that ends before its empty line is read as cut.
pub fn scan_response(head: &[u8]) -> ResponseHead {
    read_response(Text::whole(head), head.len() as u64)
}

/// As [`scan_request`], of a head of `size` bytes of which not all were kept.
pub(crate) fn read_request(head: Text, size: u64) -> RequestHead {
    let mut findings = Findings::new(head);
    let (line, fields) =
        well_formed::request(head, &mut findings).unwrap_or_else(|| scan::request(head, &mut findings));
    request_head(head, size, &line, &fields, findings)
}

/// As [`scan_response`], of a head of `size` bytes of which not all were kept.
pub(crate) fn read_response(head: Text, size: u64) -> ResponseHead {
    let mut findings = Findings::new(head);
    let (line, fields) =
        well_formed::response(head, &mut findings).unwrap_or_else(|| scan::response(head, &mut findings));
    response_head(head, size, line, &fields, findings)
}

/// A request's head out of its parts.
pub(super) fn request_head(
    head: Text,
    size: u64,
    line: &RequestLine,
    fields: &HeaderFields,
    mut findings: Findings,
) -> RequestHead {
    let framed = FramedMessage { is_request: true, version: line.version, allows_no_body: false };
    fields.body_length.conclude(framed, &mut findings);
    judge_host(head, line, fields, &mut findings);
    let https =
        fields.visitor_scheme.is_some_and(|value| memchr::memmem::find(value, b"\"https\"").is_some());
    RequestHead {
        method: text(&head.bytes[line.method.clone()], METHOD),
        target: text(&head.bytes[line.target.clone()], TARGET),
        is_no_http: line.is_no_http,
        host: fields.host.map(|value| text(value, VALUE)),
        ray: fields.ray.and_then(RayAtColo::parse),
        visitor: fields.visitor.or(fields.forwarded_for).map(|value| text(value, VALUE)),
        visitor_https: https,
        user_agent: fields.user_agent.map(|value| text(value, USER_AGENT)),
        sizes: fields.sizes(head, size),
        framing: fields.body_length.of_request(),
        expects_continue: fields.expects_continue,
        findings: findings.into_list(),
    }
}

/// A response's head out of its parts.
pub(super) fn response_head(
    head: Text,
    size: u64,
    line: StatusLine,
    fields: &HeaderFields,
    mut findings: Findings,
) -> ResponseHead {
    let allows_no_body = line.status.is_some_and(|status| matches!(status, 100..=199 | 204));
    let framed = FramedMessage { is_request: false, version: line.version, allows_no_body };
    fields.body_length.conclude(framed, &mut findings);
    ResponseHead {
        status: line.status,
        server: fields.server.map(|value| text(value, VALUE)),
        location: fields.location.map(|value| text(value, LOCATION)),
        announces_close: closes(line.version, fields),
        keep_alive_timeout: fields.keep_alive.and_then(timeout),
        sizes: fields.sizes(head, size),
        framing: fields.body_length.of_response(),
        length_in_doubt: fields.body_length.is_doubtful(),
        names_http2: fields.names_http2,
        findings: findings.into_list(),
    }
}

/// A request of HTTP/1.1 has one Host, and that is a name or an address with a port (RFC 9112, 3.2). What was cut may have had one.
fn judge_host(head: Text, line: &RequestLine, fields: &HeaderFields, findings: &mut Findings) {
    match (fields.host, &fields.host_line) {
        (Some(host), Some(at)) if !is_host(host) => findings.add(Rule::BadHost, at.clone(), Some(b"host")),
        (None, _) if line.version == HttpVersion::Http11 && !line.is_no_http && ends(head.bytes) => {
            findings.add(Rule::MissingHost, line.method.start..line.target.end, None);
        }
        _ => {}
    }
}

/// Whether a head has its empty line.
fn ends(head: &[u8]) -> bool {
    head.ends_with(b"\n\r\n") || head.ends_with(b"\n\n")
}

fn closes(version: HttpVersion, fields: &HeaderFields) -> bool {
    fields.close || (version == HttpVersion::Http10 && !fields.keeps_alive)
}

/// `timeout=5, max=100` (RFC 2068, 19.7.1; as servers still send it).
fn timeout(value: &[u8]) -> Option<u32> {
    value.split(|&byte| byte == b',').find_map(|item| {
        let (name, seconds) = item.split_at(memchr(b'=', item)?);
        if !name.trim_ascii().eq_ignore_ascii_case(b"timeout") {
            return None;
        }
        std::str::from_utf8(seconds.get(1..)?.trim_ascii()).ok()?.parse().ok()
    })
}
