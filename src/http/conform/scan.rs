//! Heads with a fault in their lines: every line is looked at, and every fault is told (RFC 9112, 2 to 5).

use std::ops::Range;

use memchr::memchr;

use super::fields::{HeaderFields, HeaderLine};
use super::findings::Findings;
use super::grammar::{is_blank, is_forbidden_in_value, not_token, trim_blanks, without_blanks_behind};
use super::known::{ReadHeader, look_up};
use super::rules::Rule;
use super::start_line::{RequestLine, StatusLine, request_line, status_line};
use super::text::Text;

/// Reads a request's head. Where it was cut, what is there of the cut line counts in the sizes and is not judged.
pub(crate) fn request<'a>(head: Text<'a>, findings: &mut Findings) -> (RequestLine, HeaderFields<'a>) {
    let (line, next) = start_line(head, findings);
    match next {
        Some(next) => {
            let line = request_line(head.bytes, line, findings);
            (line, header_lines(head, next, findings).0)
        }
        None => {
            let cut = request_line(head.bytes, line, &mut Findings::new(head));
            // Its version may not have come yet, but its method has.
            let is_no_http = not_token(&head.bytes[cut.method.clone()]).is_some();
            (RequestLine { is_no_http, ..cut }, HeaderFields::default())
        }
    }
}

/// As [`request`], of a response.
pub(crate) fn response<'a>(head: Text<'a>, findings: &mut Findings) -> (StatusLine, HeaderFields<'a>) {
    let (line, next) = start_line(head, findings);
    let Some(next) = next else {
        return (status_line(head.bytes, line, &mut Findings::new(head)), HeaderFields::default());
    };
    let line = status_line(head.bytes, line, findings);
    let (fields, end) = header_lines(head, next, findings);
    if let Some(name) = &fields.one_line_too_many {
        findings.add(Rule::TooManyLines, name.clone(), head.bytes.get(name.clone()));
    }
    let interim = line.status.is_some_and(|status| (100..200).contains(&status));
    if fields.lines == 0 && end > next && !interim {
        findings.add(Rule::NoHeaders, next..end, None);
    }
    (line, fields)
}

/// Where the start line is, without its line end, and the line after it; `None` where the head was cut inside it.
fn start_line(head: Text, findings: &mut Findings) -> (Range<usize>, Option<usize>) {
    let bytes = head.bytes;
    let begin = bytes.iter().take_while(|&&byte| matches!(byte, b'\r' | b'\n')).count();
    if begin > 0 {
        findings.add(Rule::LeadingBlankLine, 0..begin, None);
    }
    let Some((line, next)) = line_at(bytes, begin, findings) else { return (begin..bytes.len(), None) };
    if let Some(at) = memchr(b'\r', &bytes[line.clone()]) {
        findings.add(Rule::BareCr, begin + at..begin + at + 1, None);
    }
    (line, Some(next))
}

/// The line that begins there, without its line end, and the next; `None` where the bytes end before it does.
fn line_at(bytes: &[u8], at: usize, findings: &mut Findings) -> Option<(Range<usize>, usize)> {
    let feed = at + memchr(b'\n', &bytes[at..])?;
    let end = if feed > at && bytes[feed - 1] == b'\r' { feed - 1 } else { feed };
    if end == feed {
        findings.add(Rule::BareLf, feed..feed + 1, None);
    }
    Some((at..end, feed + 1))
}

/// A header line that lines folded to it may follow.
struct OpenLine {
    name: Range<usize>,
    field: Option<ReadHeader>,
    size: u64,
}

/// Reads the lines from `at` up to the empty line or the end of the bytes; gives what they hold and where reading stopped.
fn header_lines<'a>(head: Text<'a>, mut at: usize, findings: &mut Findings) -> (HeaderFields<'a>, usize) {
    let bytes = head.bytes;
    let mut fields = HeaderFields::default();
    let mut open: Option<OpenLine> = None;
    while at < bytes.len() {
        let Some((line, next)) = line_at(bytes, at, findings) else {
            cut_line(head, at, open.take(), &mut fields);
            at = bytes.len();
            break;
        };
        at = next;
        if line.is_empty() {
            break;
        }
        let size = head.size(&(line.start..next));
        match &mut open {
            Some(open) if is_blank(bytes[line.start]) => {
                folded_line(bytes, line, open, &mut fields, findings);
                open.size = open.size.saturating_add(size);
            }
            _ => {
                let (name, field) = header_line(head, line, &mut fields, findings);
                if let Some(done) = open.replace(OpenLine { name, field, size }) {
                    fields.measure(done.name, done.size);
                }
            }
        }
    }
    if let Some(open) = open {
        fields.measure(open.name, open.size);
    }
    (fields, at)
}

/// A header line; gives the range of its name, and which header it is.
fn header_line<'a>(
    head: Text<'a>,
    whole: Range<usize>,
    fields: &mut HeaderFields<'a>,
    findings: &mut Findings,
) -> (Range<usize>, Option<ReadHeader>) {
    let bytes = head.bytes;
    let blanks = bytes[whole.clone()].iter().take_while(|&&byte| is_blank(byte)).count();
    let start = whole.start + blanks;
    if blanks > 0 {
        findings.add(Rule::SpaceBeforeFirstHeader, whole.start..start, None);
    }
    let line = &bytes[start..whole.end];
    // The first byte that is no token byte is the colon of every good name.
    let Some(colon) = not_token(line).filter(|&at| line[at] == b':').or_else(|| memchr(b':', line)) else {
        if !line.is_empty() {
            findings.add(Rule::NoColon, start..whole.end, None);
        }
        control_bytes(bytes, start..whole.end, None, findings);
        return (start..start, None);
    };
    let name = start..start + without_blanks_behind(&line[..colon]).len();
    name_bytes(bytes, name.clone(), start + colon, findings);
    let value = start + colon + 1..whole.end;
    control_bytes(bytes, value.clone(), bytes.get(name.clone()), findings);
    let known = look_up(&bytes[name.clone()]);
    // The first value of a folded Content-Length is on the line behind: what is there is judged.
    let is_on_next_line = known.field == Some(ReadHeader::ContentLength)
        && trim_blanks(&bytes[value.clone()]).is_empty()
        && is_continued(&bytes[whole.end..]);
    if !is_on_next_line {
        fields.take(head, &HeaderLine { whole, name: name.clone(), value }, known, findings);
    }
    (name, known.field)
}

/// Whether the line whose end begins these bytes goes on in the next.
fn is_continued(behind: &[u8]) -> bool {
    let next = behind.strip_prefix(b"\r").unwrap_or(behind).strip_prefix(b"\n");
    next.and_then(<[u8]>::first).is_some_and(|&byte| is_blank(byte))
}

/// obs-fold: the line is a part of the one before (RFC 9112, 5.2).
fn folded_line(
    bytes: &[u8],
    line: Range<usize>,
    open: &OpenLine,
    fields: &mut HeaderFields,
    findings: &mut Findings,
) {
    let name = bytes.get(open.name.clone());
    findings.add(Rule::FoldedLine, line.clone(), name);
    control_bytes(bytes, line.clone(), name, findings);
    // Unfolded, it goes on in the same value; only for the framing does that matter.
    let value = trim_blanks(&bytes[line.clone()]);
    match open.field {
        Some(ReadHeader::ContentLength) => fields.body_length.content_length(value, &line, findings),
        Some(ReadHeader::TransferEncoding) => fields.body_length.transfer_encoding(value, &line),
        _ => {}
    }
}

/// The head was cut inside a line: its size so far counts, nothing of it is judged or read.
fn cut_line(head: Text, at: usize, open: Option<OpenLine>, fields: &mut HeaderFields) {
    let range = at..head.bytes.len();
    let size = head.size(&range);
    match open {
        Some(line) if is_blank(head.bytes[at]) => fields.measure(line.name, line.size.saturating_add(size)),
        open => {
            if let Some(line) = open {
                fields.measure(line.name, line.size);
            }
            let name = memchr(b':', &head.bytes[range]).map_or(at..at, |colon| at..at + colon);
            fields.measure(name, size);
        }
    }
}

/// What is wrong with a name, and between it and its colon.
fn name_bytes(bytes: &[u8], name: Range<usize>, colon: usize, findings: &mut Findings) {
    let text = &bytes[name.clone()];
    if name.end < colon {
        findings.add(Rule::SpaceBeforeColon, name.end..colon, Some(text));
    }
    if text.is_empty() {
        findings.add(Rule::EmptyHeaderName, colon..colon + 1, None);
    } else if let Some(at) = not_token(text) {
        let rule = if text[at] == b'\r' { Rule::BareCr } else { Rule::BadHeaderName };
        findings.add(rule, name.start + at..name.start + at + 1, Some(text));
    }
}

/// Control bytes in a value (or in a line without a colon): a CR that no LF follows is its own rule.
fn control_bytes(bytes: &[u8], range: Range<usize>, header: Option<&[u8]>, findings: &mut Findings) {
    let value = &bytes[range.clone()];
    if let Some(at) = memchr(b'\r', value) {
        findings.add(Rule::BareCr, range.start + at..range.start + at + 1, header);
    }
    if let Some(at) = value.iter().position(|&byte| is_forbidden_in_value(byte) && byte != b'\r') {
        findings.add(Rule::ControlInValue, range.start + at..range.start + at + 1, header);
    }
}
