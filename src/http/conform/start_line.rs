//! Request lines and status lines (RFC 9112, 3 and 4).

use std::ops::Range;

use super::findings::Findings;
use super::grammar::{HttpVersion, is_blank, is_forbidden_in_value, not_token};
use super::rules::Rule;

/// A request line as far as it can be read; ranges are in the head's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestLine {
    pub method: Range<usize>,
    pub target: Range<usize>,
    pub version: HttpVersion,
    /// It came whole and no version ends it, or its method is none.
    pub is_no_http: bool,
}

/// A status line as far as it can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StatusLine {
    pub status: Option<u16>,
    pub version: HttpVersion,
}

/// Reads the status line in `range`, which leaves the line end out.
pub(crate) fn status_line(bytes: &[u8], range: Range<usize>, findings: &mut Findings) -> StatusLine {
    let start = range.start;
    let line = &bytes[range.clone()];
    let mut read = StatusLine { status: None, version: HttpVersion::Http11 };
    if !starts_like_http(line) {
        findings.add(Rule::NoStatusLine, range, None);
        return read;
    }
    let version_end = line.iter().position(|&byte| is_blank(byte)).unwrap_or(line.len());
    read.version = version(&line[..version_end], start, findings);
    let blanks = line[version_end..].iter().take_while(|&&byte| is_blank(byte)).count();
    let code_start = version_end + blanks;
    if blanks > 1 || line.get(version_end) == Some(&b'\t') {
        findings.add(Rule::BadReason, start + version_end..start + code_start, None);
    }
    let code_end =
        line[code_start..].iter().position(|&byte| is_blank(byte)).map_or(line.len(), |at| code_start + at);
    read.status = three_digits(&line[code_start..code_end]);
    if !read.status.is_some_and(is_status) {
        let is_above = read.status.is_some_and(|code| code >= 600);
        let rule = if is_above { Rule::StatusAbove599 } else { Rule::BadStatusCode };
        findings.add(rule, start + code_start..start + code_end, None);
    }
    if line.get(code_end) == Some(&b'\t') {
        findings.add(Rule::BadReason, start + code_end..start + code_end + 1, None);
    }
    // A missing reason, and the missing blank before it, are read by everyone (httparse too) and told by no one.
    let reason = &line[code_end..];
    if let Some(at) = reason.iter().position(|&byte| is_forbidden_in_value(byte) && byte != b'\r') {
        findings.add(Rule::BadReason, start + code_end + at..start + code_end + at + 1, None);
    }
    read
}

/// Reads the request line in `range`, which leaves the line end out.
pub(crate) fn request_line(bytes: &[u8], range: Range<usize>, findings: &mut Findings) -> RequestLine {
    let start = range.start;
    let line = &bytes[range.clone()];
    let method_end = line.iter().position(|&byte| byte == b' ').unwrap_or(line.len());
    let method = start..start + method_end;
    let target_start = (method_end + 1).min(line.len());
    if let Some(at) = not_token(&line[..method_end]).or((method_end == 0).then_some(0)) {
        findings.add(Rule::BadRequestLine, start + at..start + method_end.max(at + 1).min(line.len()), None);
    }
    let Some(last) = line[target_start..].iter().rposition(|&byte| byte == b' ').map(|at| target_start + at)
    else {
        // One blank or none: HTTP/0.9, or no request at all.
        findings.add(Rule::BadRequestLine, range.clone(), None);
        let target = start + target_start..range.end;
        return RequestLine { method, target, version: HttpVersion::Http11, is_no_http: true };
    };
    let target = start + target_start..start + last;
    request_target(bytes, &bytes[method.clone()], target.clone(), findings);
    let word = &line[last + 1..];
    let is_no_http = !starts_like_http(word);
    let version = if is_no_http {
        findings.add(Rule::BadRequestLine, start + last + 1..range.end, None);
        HttpVersion::Http11
    } else {
        version(word, start + last + 1, findings)
    };
    RequestLine { method, target, version, is_no_http }
}

/// Whether this begins as a version does, whatever its case.
pub(crate) fn starts_like_http(bytes: &[u8]) -> bool {
    bytes.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"HTTP/"))
}

fn version(word: &[u8], at: usize, findings: &mut Findings) -> HttpVersion {
    match word {
        b"HTTP/1.1" => HttpVersion::Http11,
        b"HTTP/1.0" => HttpVersion::Http10,
        _ => {
            findings.add(Rule::BadVersion, at..at + word.len(), None);
            HttpVersion::Http11
        }
    }
}

/// Whether there may be such a status (RFC 9110, 15).
pub(crate) fn is_status(code: u16) -> bool {
    (100..=599).contains(&code)
}

fn three_digits(word: &[u8]) -> Option<u16> {
    match word {
        [a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9'] => {
            Some(u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0'))
        }
        _ => None,
    }
}

/// The four forms of a target (RFC 9112, 3.2). Letters beyond ASCII are no URI (RFC 3986) and yet taken everywhere as long as
/// they are UTF-8: not told.
pub(crate) fn request_target(bytes: &[u8], method: &[u8], range: Range<usize>, findings: &mut Findings) {
    let target = &bytes[range.clone()];
    if let Some(at) = target.iter().position(|&byte| byte <= b' ' || byte == 0x7F) {
        findings.add(Rule::BadRequestLine, range.start + at..range.start + at + 1, None);
        return;
    }
    if let Err(error) = std::str::from_utf8(target) {
        let at = range.start + error.valid_up_to();
        findings.add(Rule::BadRequestLine, at..at + 1, None);
    }
    let fits = match target {
        [] => false,
        [b'/', ..] => true,
        // asterisk-form: of the server itself.
        b"*" => method == b"OPTIONS",
        // authority-form: host and port, and nothing else.
        _ if method == b"CONNECT" => !target.contains(&b'/'),
        _ => is_absolute(target),
    };
    if !fits {
        findings.add(Rule::BadRequestLine, range, None);
    }
}

/// `scheme "://"` (absolute-form).
fn is_absolute(target: &[u8]) -> bool {
    let Some(colon) = memchr::memchr(b':', target) else { return false };
    target[colon..].starts_with(b"://")
        && target[..colon].first().is_some_and(u8::is_ascii_alphabetic)
        && target[..colon].iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
}
