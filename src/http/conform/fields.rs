//! Header lines (RFC 9112, 5): one pass, every fault, and the values that are wanted.

use std::ops::Range;

use memchr::memchr;

use super::Rule;
use super::findings::{Findings, Text};
use super::framing::Lengths;
use super::grammar::{
    first_control, has_control, is_blank, is_forbidden_in_value, lower_text, not_token, text, trim_blanks,
};
use super::known::{Field, Known, UNKNOWN, look_up, look_up_token};
use crate::http::exchange::{HeadSizes, HeaderSize};

/// Header lines whose sizes are told.
const LARGEST_LINES: usize = 8;
/// Bytes from which a line or a cookie is told: no limit of any server or of the edge that concerns single lines lies near it, and
/// nearly no head has one.
const TOLD_FROM: u64 = 256;
/// Cookies whose sizes are told.
const LARGEST_COOKIES: usize = 16;
/// Bytes of a name that are kept.
const NAME: usize = 128;

/// What the header lines hold; values without blanks around them.
#[derive(Debug, Default)]
pub(crate) struct Fields<'a> {
    pub host: Option<&'a [u8]>,
    pub ray: Option<&'a [u8]>,
    pub visitor: Option<&'a [u8]>,
    pub visitor_scheme: Option<&'a [u8]>,
    pub user_agent: Option<&'a [u8]>,
    pub server: Option<&'a [u8]>,
    pub location: Option<&'a [u8]>,
    pub keep_alive: Option<&'a [u8]>,
    pub close: bool,
    pub keeps_alive: bool,
    pub expects_continue: bool,
    pub names_http2: bool,
    pub lengths: Lengths,
    pub lines: u32,
    largest: Largest<LARGEST_LINES>,
    cookies: Largest<LARGEST_COOKIES>,
    singletons_seen: u32,
}

/// The line that a folded one would continue.
struct Current {
    name: Range<usize>,
    field: Option<Field>,
    size: u64,
}

/// Reads the lines from `at` up to the empty line or the end of the bytes. A last line without its end (the head was cut)
/// counts in the sizes and is not judged. Returns the fields and where reading stopped.
pub(crate) fn read<'a>(head: Text<'a>, mut at: usize, findings: &mut Findings) -> (Fields<'a>, usize) {
    let mut fields = Fields::default();
    let mut current: Option<Current> = None;
    let bytes = head.bytes;
    while at < bytes.len() {
        if let Some((colon, end)) = plain_line(bytes, at) {
            if let Some(line) = current.take() {
                fields.largest.offer(line.size, line.name);
            }
            let field = fields.plain_line(head, at..colon, end, findings);
            let next = end + 2;
            current = Some(Current { name: at..colon, field, size: head.size(&(at..next)) });
            at = next;
            continue;
        }
        let Some(length) = memchr(b'\n', &bytes[at..]) else {
            fields.cut_line(head, at, current.take());
            return (fields, bytes.len());
        };
        let feed = at + length;
        let next = feed + 1;
        let end = if length > 0 && bytes[feed - 1] == b'\r' { feed - 1 } else { feed };
        if end == feed {
            findings.add(Rule::BareLf, feed..next, None);
        }
        if end == at {
            at = next;
            break;
        }
        let size = head.size(&(at..next));
        if is_blank(bytes[at]) && current.is_some() {
            // obs-fold: part of the line before.
            if let Some(line) = &mut current {
                findings.add(Rule::FoldedLine, at..end, bytes.get(line.name.clone()));
                values_bytes(bytes, at..end, bytes.get(line.name.clone()), findings);
                line.size = line.size.saturating_add(size);
                // Unfolded, it goes on in the same value; only for the framing does that matter.
                let value = trim_blanks(&bytes[at..end]);
                match line.field {
                    Some(Field::ContentLength) => fields.lengths.content_length(value, &(at..end), findings),
                    Some(Field::TransferEncoding) => fields.lengths.transfer_encoding(value, &(at..end)),
                    _ => {}
                }
            }
        } else {
            if let Some(line) = current.take() {
                fields.largest.offer(line.size, line.name);
            }
            let (name, field) = fields.line(head, at..end, findings);
            current = Some(Current { name, field, size });
        }
        at = next;
    }
    if let Some(line) = current {
        fields.largest.offer(line.size, line.name);
    }
    (fields, at)
}

/// Where the colon and the line end are of a line as nearly all are: a name of token bytes, a colon, a value without control bytes,
/// CRLF. `None` for any other, which has to be looked at.
#[inline]
fn plain_line(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let line = bytes.get(at..)?;
    let colon = not_token(line).filter(|&colon| colon > 0 && line[colon] == b':')?;
    let behind = line.get(colon + 1..)?;
    let length = first_control(behind)?;
    let end = behind.get(length..)?;
    end.starts_with(b"\r\n").then_some((at + colon, at + colon + 1 + length))
}

impl<'a> Fields<'a> {
    /// A line in which nothing is wrong ([`plain_line`]); gives which header it is.
    fn plain_line(
        &mut self,
        head: Text<'a>,
        name: Range<usize>,
        end: usize,
        findings: &mut Findings,
    ) -> Option<Field> {
        self.lines = self.lines.saturating_add(1);
        let known = look_up_token(head.bytes.get(name.clone())?);
        if known != UNKNOWN {
            let value_start = name.end + 1;
            let value = trim_blanks(head.bytes.get(value_start..end)?);
            let line = name.start..end;
            self.value(head, name, known, value, value_start, &line, findings);
        }
        known.field
    }

    /// The sizes of a head of so many bytes.
    pub fn sizes(&self, head: Text<'a>, bytes: u64) -> HeadSizes {
        HeadSizes {
            bytes,
            lines: self.lines,
            largest: self.largest.list(|name| lower_text(&head.bytes[name], NAME)),
            cookies: self.cookies.list(|name| text(&head.bytes[name], NAME)),
        }
    }

    /// One header line, without its end; gives the range of its name, and which it is.
    fn line(
        &mut self,
        head: Text<'a>,
        range: Range<usize>,
        findings: &mut Findings,
    ) -> (Range<usize>, Option<Field>) {
        let bytes = head.bytes;
        self.lines = self.lines.saturating_add(1);
        let mut start = range.start;
        if is_blank(bytes[start]) {
            let blanks = bytes[range.clone()].iter().take_while(|&&byte| is_blank(byte)).count();
            findings.add(Rule::SpaceBeforeFirstHeader, start..start + blanks, None);
            start += blanks;
        }
        let line = &bytes[start..range.end];
        // The first byte that is no token byte is the colon of every good name.
        let Some(colon) = not_token(line).filter(|&at| line[at] == b':').or_else(|| memchr(b':', line))
        else {
            if !line.is_empty() {
                findings.add(Rule::NoColon, start..range.end, None);
            }
            values_bytes(bytes, start..range.end, None, findings);
            return (start..start, None);
        };
        let name = start..start + name_length(&line[..colon]);
        name_bytes(bytes, name.clone(), start + colon, findings);
        values_bytes(bytes, start + colon + 1..range.end, bytes.get(name.clone()), findings);
        let value = trim_blanks(&line[colon + 1..]);
        let known = look_up(&bytes[name.clone()]);
        self.value(head, name.clone(), known, value, start + colon + 1, &range, findings);
        (name, known.field)
    }

    /// The value of a header of which something is known.
    #[expect(clippy::too_many_arguments, reason = "all of them places in one line")]
    fn value(
        &mut self,
        head: Text<'a>,
        name: Range<usize>,
        known: Known,
        value: &'a [u8],
        value_start: usize,
        line: &Range<usize>,
        findings: &mut Findings,
    ) {
        let bytes = head.bytes;
        if let Some(row) = known.singleton
            && known.field != Some(Field::ContentLength)
        {
            let bit = 1u32.checked_shl(u32::from(row)).unwrap_or(0);
            if self.singletons_seen & bit != 0 {
                findings.add(Rule::DuplicateHeader, line.clone(), Some(&bytes[name.clone()]));
            }
            self.singletons_seen |= bit;
        }
        match known.field {
            None => {}
            Some(Field::ContentLength) => self.lengths.content_length(value, line, findings),
            Some(Field::TransferEncoding) => self.lengths.transfer_encoding(value, line),
            Some(Field::Connection) => {
                self.close |= holds_item(value, b"close");
                self.keeps_alive |= holds_item(value, b"keep-alive");
            }
            Some(Field::Expect) => self.expects_continue |= holds_item(value, b"100-continue"),
            Some(Field::Upgrade) => self.names_http2 |= holds_item(value, b"h2c"),
            Some(Field::Cookie) => self.cookie_line(head, value_start..line.end),
            Some(Field::SetCookie) => self.set_cookie(head, value, value_start..line.end),
            Some(Field::Host) => keep_first(&mut self.host, value),
            Some(Field::CfRay) => keep_first(&mut self.ray, value),
            Some(Field::CfConnectingIp) => keep_first(&mut self.visitor, value),
            Some(Field::CfVisitor) => keep_first(&mut self.visitor_scheme, value),
            Some(Field::UserAgent) => keep_first(&mut self.user_agent, value),
            Some(Field::Server) => keep_first(&mut self.server, value),
            Some(Field::Location) => keep_first(&mut self.location, value),
            Some(Field::KeepAlive) => keep_first(&mut self.keep_alive, value),
        }
    }

    /// `Cookie: a=1; b=2` (RFC 6265, 4.2).
    fn cookie_line(&mut self, head: Text<'a>, range: Range<usize>) {
        if head.size(&range) < TOLD_FROM {
            return;
        }
        let mut start = range.start;
        while start < range.end {
            let end = memchr(b';', &head.bytes[start..range.end]).map_or(range.end, |at| start + at);
            let blanks = head.bytes[start..end].iter().take_while(|&&byte| is_blank(byte)).count();
            let pair = start + blanks..end;
            if !pair.is_empty() {
                self.cookies.offer(head.size(&pair), cookie_name(head.bytes, &pair));
            }
            start = end + 1;
        }
    }

    fn set_cookie(&mut self, head: Text<'a>, value: &[u8], range: Range<usize>) {
        let blanks = head.bytes[range.clone()].iter().take_while(|&&byte| is_blank(byte)).count();
        let start = range.start + blanks;
        let whole = start..start + value.len();
        self.cookies.offer(head.size(&whole), cookie_name(head.bytes, &whole));
    }

    /// The head was cut inside a line: its size so far counts, nothing of it is judged or read.
    fn cut_line(&mut self, head: Text<'a>, at: usize, current: Option<Current>) {
        let range = at..head.bytes.len();
        let size = head.size(&range);
        match current {
            Some(line) if is_blank(head.bytes[at]) => {
                self.largest.offer(line.size.saturating_add(size), line.name);
            }
            current => {
                if let Some(line) = current {
                    self.largest.offer(line.size, line.name);
                }
                self.lines = self.lines.saturating_add(1);
                let name = memchr(b':', &head.bytes[range.clone()]).map_or(at..at, |colon| at..at + colon);
                self.largest.offer(size, name);
            }
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
fn values_bytes(bytes: &[u8], range: Range<usize>, header: Option<&[u8]>, findings: &mut Findings) {
    let value = &bytes[range.clone()];
    if !has_control(value) {
        return;
    }
    if let Some(at) = memchr(b'\r', value) {
        findings.add(Rule::BareCr, range.start + at..range.start + at + 1, header);
    }
    if let Some(at) = value.iter().position(|&byte| is_forbidden_in_value(byte) && byte != b'\r') {
        findings.add(Rule::ControlInValue, range.start + at..range.start + at + 1, header);
    }
}

fn name_length(name: &[u8]) -> usize {
    name.iter().rposition(|&byte| !is_blank(byte)).map_or(0, |last| last + 1)
}

fn cookie_name(bytes: &[u8], pair: &Range<usize>) -> Range<usize> {
    let text = &bytes[pair.clone()];
    let end = text.iter().position(|&byte| byte == b'=' || byte == b';').unwrap_or(text.len());
    pair.start..pair.start + end
}

fn keep_first<'a>(place: &mut Option<&'a [u8]>, value: &'a [u8]) {
    place.get_or_insert(value);
}

/// Whether a comma list holds this item, whatever its case.
fn holds_item(value: &[u8], item: &[u8]) -> bool {
    value.split(|&byte| byte == b',').any(|part| trim_blanks(part).eq_ignore_ascii_case(item))
}

/// The largest of the things offered that are told at all, biggest first, ties in their order.
#[derive(Debug)]
struct Largest<const N: usize> {
    entries: [(u64, u32, u32); N],
    count: usize,
}

impl<const N: usize> Default for Largest<N> {
    fn default() -> Self {
        Largest { entries: [(0, 0, 0); N], count: 0 }
    }
}

impl<const N: usize> Largest<N> {
    #[inline]
    fn offer(&mut self, size: u64, name: Range<usize>) {
        if size >= TOLD_FROM {
            self.insert(size, name);
        }
    }

    fn insert(&mut self, size: u64, name: Range<usize>) {
        if self.count == N && self.entries[N - 1].0 >= size {
            return;
        }
        // A head is bounded far below 4 GiB.
        let (Ok(start), Ok(end)) = (u32::try_from(name.start), u32::try_from(name.end)) else { return };
        let mut place = self.count.min(N - 1);
        self.count = (self.count + 1).min(N);
        while place > 0 && self.entries[place - 1].0 < size {
            self.entries[place] = self.entries[place - 1];
            place -= 1;
        }
        self.entries[place] = (size, start, end);
    }

    fn list(&self, name: impl Fn(Range<usize>) -> String) -> Vec<HeaderSize> {
        let entries = self.entries[..self.count].iter();
        entries
            .map(|&(bytes, start, end)| HeaderSize { name: name(start as usize..end as usize), bytes })
            .collect()
    }
}
