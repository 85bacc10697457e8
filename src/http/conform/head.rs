//! A head read whole: start line, header lines, sizes and findings.

use memchr::memchr;

use super::fields::{self, Fields};
use super::findings::{Findings, Text};
use super::framing::Lengths;
use super::grammar::{Version, text};
use super::start_line::{request_line, status_line};
use super::{Finding, Rule};
use crate::http::exchange::{Framing, HeadSizes};
use crate::ray::RayAtColo;

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
    pub method: String,
    /// The target, as sent, at most 8 KiB of it.
    pub target: String,
    /// Host.
    pub host: Option<String>,
    /// CF-RAY.
    pub ray: Option<RayAtColo>,
    /// CF-Connecting-IP.
    pub visitor: Option<String>,
    /// CF-Visitor names https.
    pub visitor_https: bool,
    /// User-Agent, at most 256 bytes of it.
    pub user_agent: Option<String>,
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
    pub server: Option<String>,
    /// Location, at most 2 KiB of it.
    pub location: Option<String>,
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
    let start = start_of(head, &mut findings);
    let line = match start.cut {
        false => request_line(head.bytes, start.begin..start.end, &mut findings),
        // What is there of a cut line is read and not judged.
        true => request_line(head.bytes, start.begin..start.end, &mut Findings::new(head)),
    };
    let (fields, _) = fields::read(head, start.next, &mut findings);
    fields.lengths.conclude(true, &mut findings);
    let https =
        fields.visitor_scheme.is_some_and(|value| memchr::memmem::find(value, b"\"https\"").is_some());
    RequestHead {
        method: text(&head.bytes[line.method], 64),
        target: text(&head.bytes[line.target], TARGET),
        host: fields.host.map(|value| text(value, VALUE)),
        ray: fields.ray.and_then(RayAtColo::parse),
        visitor: fields.visitor.map(|value| text(value, VALUE)),
        visitor_https: https,
        user_agent: fields.user_agent.map(|value| text(value, USER_AGENT)),
        sizes: fields.sizes(head, size),
        framing: fields.lengths.of_request(),
        expects_continue: fields.expects_continue,
        findings: findings.into_list(),
    }
}

/// As [`scan_response`], of a head of `size` bytes of which not all were kept.
pub(crate) fn read_response(head: Text, size: u64) -> ResponseHead {
    let mut findings = Findings::new(head);
    let start = start_of(head, &mut findings);
    let line = match start.cut {
        false => status_line(head.bytes, start.begin..start.end, &mut findings),
        true => status_line(head.bytes, start.begin..start.end, &mut Findings::new(head)),
    };
    let (fields, end) = fields::read(head, start.next, &mut findings);
    fields.lengths.conclude(false, &mut findings);
    let final_response = !line.status.is_some_and(|status| (100..200).contains(&status));
    if fields.lines == 0 && !start.cut && end > start.next && final_response {
        findings.add(Rule::NoHeaders, start.next..end, None);
    }
    ResponseHead {
        status: line.status,
        server: fields.server.map(|value| text(value, VALUE)),
        location: fields.location.map(|value| text(value, LOCATION)),
        announces_close: closes(line.version, &fields),
        keep_alive_timeout: fields.keep_alive.and_then(timeout),
        sizes: fields.sizes(head, size),
        framing: fields.lengths.of_response(),
        length_in_doubt: Lengths::is_doubtful(&fields.lengths),
        names_http2: fields.names_http2,
        findings: findings.into_list(),
    }
}

/// Where the start line is.
struct Start {
    begin: usize,
    /// Without its line end.
    end: usize,
    /// The line after it.
    next: usize,
    /// The head was cut inside it.
    cut: bool,
}

fn start_of(head: Text, findings: &mut Findings) -> Start {
    let bytes = head.bytes;
    let mut begin = 0;
    while matches!(bytes.get(begin), Some(b'\r' | b'\n')) {
        begin += 1;
    }
    if begin > 0 {
        findings.add(Rule::LeadingBlankLine, 0..begin, None);
    }
    let Some(feed) = memchr(b'\n', &bytes[begin..]).map(|at| begin + at) else {
        return Start { begin, end: bytes.len(), next: bytes.len(), cut: true };
    };
    let end = if feed > begin && bytes[feed - 1] == b'\r' { feed - 1 } else { feed };
    if end == feed {
        findings.add(Rule::BareLf, feed..feed + 1, None);
    }
    if let Some(at) = memchr(b'\r', &bytes[begin..end]) {
        findings.add(Rule::BareCr, begin + at..begin + at + 1, None);
    }
    Start { begin, end, next: feed + 1, cut: false }
}

fn closes(version: Version, fields: &Fields) -> bool {
    fields.close || (version == Version::Http10 && !fields.keeps_alive)
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
