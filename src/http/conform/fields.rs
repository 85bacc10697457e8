//! What the header lines of a head say: the values that are wanted, what may stand only once, and what is large.

use std::ops::Range;

use memchr::memchr;

use super::findings::Findings;
use super::framing::BodyLength;
use super::grammar::{is_blank, lower_text, text, trim_blanks};
use super::known::{Known, ReadHeader, UNKNOWN};
use super::rules::Rule;
use super::sizes::{HeadSizes, LARGEST_COOKIES, LARGEST_LINES, Largest, TOLD_FROM};
use super::text::Text;

/// Bytes of a name that are kept.
const NAME: usize = 128;

/// Header lines that the edge's parser has room for (`MAX_HEADERS` of pingora's v1/common.rs).
pub(crate) const MOST_LINES: u32 = 256;

/// What the header lines hold; values without blanks around them.
#[derive(Debug, Default)]
pub(crate) struct HeaderFields<'a> {
    pub host: Option<&'a [u8]>,
    /// The line that it is from.
    pub host_line: Option<Range<usize>>,
    pub ray: Option<&'a [u8]>,
    pub visitor: Option<&'a [u8]>,
    pub forwarded_for: Option<&'a [u8]>,
    pub visitor_scheme: Option<&'a [u8]>,
    pub user_agent: Option<&'a [u8]>,
    pub server: Option<&'a [u8]>,
    pub location: Option<&'a [u8]>,
    pub keep_alive: Option<&'a [u8]>,
    pub close: bool,
    pub keeps_alive: bool,
    pub expects_continue: bool,
    pub names_http2: bool,
    pub body_length: BodyLength,
    pub lines: u32,
    /// The name of the first line that the edge has no room for.
    pub one_line_too_many: Option<Range<usize>>,
    largest: Largest<LARGEST_LINES>,
    cookies: Largest<LARGEST_COOKIES>,
    /// A bit for each row of [`super::known::SINGLETONS`].
    singletons_seen: u32,
}

/// Where a header line is in the head's bytes.
pub(crate) struct HeaderLine {
    /// The whole line without its line end.
    pub whole: Range<usize>,
    /// The name, without blanks behind it.
    pub name: Range<usize>,
    /// From the colon to the line end.
    pub value: Range<usize>,
}

impl<'a> HeaderFields<'a> {
    /// Takes a line in whose name stands what is known of it.
    #[inline]
    pub fn take(&mut self, head: Text<'a>, line: &HeaderLine, known: Known, findings: &mut Findings) {
        if known == UNKNOWN {
            return;
        }
        if let Some(row) = known.singleton
            && known.field != Some(ReadHeader::ContentLength)
        {
            let bit = 1u32.checked_shl(u32::from(row)).unwrap_or(0);
            if self.singletons_seen & bit != 0 {
                findings.add(Rule::DuplicateHeader, line.whole.clone(), head.bytes.get(line.name.clone()));
            }
            self.singletons_seen |= bit;
        }
        if let Some(field) = known.field {
            self.read(head, line, field, findings);
        }
    }

    fn read(&mut self, head: Text<'a>, line: &HeaderLine, field: ReadHeader, findings: &mut Findings) {
        let value = trim_blanks(&head.bytes[line.value.clone()]);
        match field {
            ReadHeader::ContentLength => self.body_length.content_length(value, &line.whole, findings),
            ReadHeader::TransferEncoding => self.body_length.transfer_encoding(value, &line.whole),
            ReadHeader::Connection => {
                self.close |= holds_item(value, b"close");
                self.keeps_alive |= holds_item(value, b"keep-alive");
            }
            ReadHeader::Expect => self.expects_continue |= holds_item(value, b"100-continue"),
            ReadHeader::Upgrade => self.names_http2 |= holds_item(value, b"h2c"),
            ReadHeader::Cookie => self.cookie_line(head, line.value.clone()),
            ReadHeader::SetCookie => self.set_cookie(head, value, line.value.clone()),
            ReadHeader::Host => {
                keep_first(&mut self.host, value);
                self.host_line.get_or_insert_with(|| line.whole.clone());
            }
            ReadHeader::CfRay => keep_first(&mut self.ray, value),
            ReadHeader::CfConnectingIp => keep_first(&mut self.visitor, value),
            ReadHeader::CfVisitor => keep_first(&mut self.visitor_scheme, value),
            ReadHeader::UserAgent => keep_first(&mut self.user_agent, value),
            ReadHeader::Server => keep_first(&mut self.server, value),
            ReadHeader::Location => keep_first(&mut self.location, value),
            ReadHeader::KeepAlive => keep_first(&mut self.keep_alive, value),
            ReadHeader::XForwardedFor => keep_first(&mut self.forwarded_for, first_hop(value)),
        }
    }

    /// A line of so many bytes, its line end and the lines folded to it included.
    #[inline]
    pub fn measure(&mut self, name: Range<usize>, bytes: u64) {
        if self.lines == MOST_LINES {
            self.one_line_too_many = Some(name.clone());
        }
        self.lines = self.lines.saturating_add(1);
        self.largest.offer(bytes, name);
    }

    /// The sizes of a head of so many bytes.
    pub fn sizes(&self, head: Text<'a>, bytes: u64) -> HeadSizes {
        HeadSizes {
            bytes,
            lines: self.lines,
            largest: self.largest.list(|name| lower_text(&head.bytes[name], NAME)).into(),
            cookies: self.cookies.list(|name| text(&head.bytes[name], NAME)).into(),
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
}

fn cookie_name(bytes: &[u8], pair: &Range<usize>) -> Range<usize> {
    let text = &bytes[pair.clone()];
    let end = text.iter().position(|&byte| byte == b'=' || byte == b';').unwrap_or(text.len());
    pair.start..pair.start + end
}

fn keep_first<'a>(place: &mut Option<&'a [u8]>, value: &'a [u8]) {
    place.get_or_insert(value);
}

/// The first address of X-Forwarded-For: each hop appends whom it was asked by, the edge as the others
/// (<https://developers.cloudflare.com/fundamentals/reference/http-headers/#x-forwarded-for>).
pub(crate) fn first_hop(value: &[u8]) -> &[u8] {
    trim_blanks(value.split(|&byte| byte == b',').next().unwrap_or_default())
}

/// Whether a comma list holds this item, whatever its case.
fn holds_item(value: &[u8], item: &[u8]) -> bool {
    value.split(|&byte| byte == b',').any(|part| trim_blanks(part).eq_ignore_ascii_case(item))
}
