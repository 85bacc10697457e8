//! Heads that are in order, as nearly all are: httparse reads them.
//!
//! What is no head to httparse is none here. What it tolerates and we tell of is looked for: blank lines before the start line, a line
//! end without CR, a status outside 100 to 599, a final response without headers. Targets, lengths and repeated headers, which it does
//! not judge, are judged by what judges them in any other head.

use std::mem::MaybeUninit;
use std::ops::Range;

use httparse::{Header, ParserConfig, Request, Response, Status};

use super::fields::{HeaderFields, HeaderLine};
use super::findings::Findings;
use super::grammar::HttpVersion;
use super::known::look_up_token;
use super::start_line::{RequestLine, StatusLine, is_status, request_target};
use super::text::Text;

/// Room for header lines. A head with more goes the other way.
const MOST_LINES: usize = 64;

/// Reads a request's head that is in order; `None` for any other.
pub(crate) fn request<'a>(
    head: Text<'a>,
    findings: &mut Findings,
) -> Option<(RequestLine, HeaderFields<'a>)> {
    let mut room = [const { MaybeUninit::uninit() }; MOST_LINES];
    let mut read = Request::new(&mut []);
    let status = read.parse_with_uninit_headers(head.bytes, &mut room).ok()?;
    if !is_well_formed(head, status, read.headers) {
        return None;
    }
    let (method, target) = (read.method?.as_bytes(), range_in(head.bytes, read.path?.as_bytes()));
    request_target(head.bytes, method, target.clone(), findings);
    let (method, version) = (range_in(head.bytes, method), version(read.version));
    let line = RequestLine { method, target, version, is_no_http: false };
    Some((line, header_fields(head, read.headers, findings)))
}

/// Reads a response's head that is in order; `None` for any other.
pub(crate) fn response<'a>(
    head: Text<'a>,
    findings: &mut Findings,
) -> Option<(StatusLine, HeaderFields<'a>)> {
    let mut room = [const { MaybeUninit::uninit() }; MOST_LINES];
    let mut read = Response::new(&mut []);
    let config = ParserConfig::default();
    let status = config.parse_response_with_uninit_headers(&mut read, head.bytes, &mut room).ok()?;
    let code = read.code.filter(|&code| is_status(code))?;
    if read.headers.is_empty() || !is_well_formed(head, status, read.headers) {
        return None;
    }
    let line = StatusLine { status: Some(code), version: version(read.version) };
    Some((line, header_fields(head, read.headers, findings)))
}

/// Whether httparse read all of the head, and passed over nothing that we tell of.
fn is_well_formed(head: Text, status: Status<usize>, headers: &[Header]) -> bool {
    let line_begins = |at: usize| head.bytes.get(..at).is_some_and(|before| before.ends_with(b"\r\n"));
    head.elisions.is_empty()
        && status == Status::Complete(head.bytes.len())
        && !matches!(head.bytes.first(), Some(b'\r' | b'\n'))
        && headers.iter().all(|header| line_begins(range_in(head.bytes, header.name.as_bytes()).start))
        && head.bytes.ends_with(b"\r\n\r\n")
}

fn version(minor: Option<u8>) -> HttpVersion {
    if minor == Some(0) { HttpVersion::Http10 } else { HttpVersion::Http11 }
}

/// What the lines hold. Each ends with CRLF where the next begins, the last where the empty line does.
fn header_fields<'a>(head: Text<'a>, headers: &[Header<'a>], findings: &mut Findings) -> HeaderFields<'a> {
    let mut fields = HeaderFields::default();
    let begin = |header: &Header| range_in(head.bytes, header.name.as_bytes()).start;
    let ends = headers.iter().skip(1).map(begin).chain([head.bytes.len() - 2]);
    for (header, next) in headers.iter().zip(ends) {
        let name = range_in(head.bytes, header.name.as_bytes());
        fields.measure(name.clone(), (next - name.start) as u64);
        let end = next - 2;
        let line = HeaderLine { whole: name.start..end, value: name.end + 1..end, name };
        fields.take(head, &line, look_up_token(header.name.as_bytes()), findings);
    }
    fields
}

/// Where a part that httparse gives is in the head.
fn range_in(head: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr().wrapping_sub(head.as_ptr().addr());
    start..start.wrapping_add(part.len())
}
