//! What a text is, by its content alone: names of files never matter.

use crate::logs::access_infer::InferredFormat;
use crate::logs::access_json::JsonAccess;
use crate::logs::apache_error::ApacheError;
use crate::logs::application::Application;
use crate::logs::cloudflare::Cloudflare;
use crate::logs::content::{count_keys, is_binary, is_har, is_table, wrapped_records};
use crate::logs::format::{Context, Format, Parsed, Skip};
use crate::logs::journal::{JournalExport, JournalJson};
use crate::logs::kernel::Kernel;
use crate::logs::nginx_error::NginxError;
use crate::logs::php_fpm::PhpFpm;
use crate::logs::record::trimmed;
use crate::logs::syslog::{self, Syslog};
use crate::logs::w3c::{W3c, columns_of};
use crate::logs::wrapping::{Peeled, Wrapping};
use crate::logs::{AccessFormat, nginx_config};
use crate::time::Time;

/// The part of a text that is looked at, in bytes.
pub const HEAD: usize = 64 * 1024;

/// Lines that are tried.
const MOST_SAMPLES: usize = 256;

/// What a text is, and how sure that is.
#[derive(Clone, Debug)]
pub struct Recognised {
    /// What it is.
    pub content: Content,
    /// Lines that were tried, without empty ones and comments.
    pub lines: u32,
    /// Those of them that are in the format.
    pub matched: u32,
}

/// What a text is.
#[derive(Clone, Debug)]
pub enum Content {
    /// A log.
    Log(Format),
    /// A HAR file.
    Har,
    /// An nginx configuration.
    NginxConfig,
    /// Nothing in it.
    Empty,
    /// Not text.
    Binary,
    /// A table with separators and no format that is known.
    Csv,
    /// JSON that is no log.
    Json,
    /// Text that is no log.
    Text,
}

impl Recognised {
    /// The share of lines that are in the format, in thousandths.
    pub fn confidence(&self) -> u32 {
        self.matched.saturating_mul(1000).checked_div(self.lines).unwrap_or(0)
    }

    /// Why the text is of no use and what to give instead; `None` where it is of use.
    pub fn refusal(&self) -> Option<&'static str> {
        match self.content {
            Content::Log(_) | Content::Har | Content::NginxConfig => None,
            Content::Empty => Some("the file is empty"),
            Content::Binary => Some("not text: neither a log nor a HAR file"),
            Content::Csv => Some(
                "a table whose columns are not known: give Cloudflare logs as NDJSON (output_type ndjson), other logs in their own format",
            ),
            Content::Json => Some(
                "JSON, but neither a HAR file (log.entries) nor records of Cloudflare or of a web server",
            ),
            Content::Text => {
                Some("text in no log format that is known: for access logs give their log_format")
            }
        }
    }
}

/// The head of a text, cut into lines.
pub struct Sample<'a> {
    /// The text.
    pub head: &'a [u8],
    /// Its lines, without empty ones and `#` comments, and without a collector's wrapping.
    pub lines: Vec<&'a [u8]>,
}

/// Proposes a format for a sample; it is then judged by how many lines it reads.
pub type Detector = fn(&Sample<'_>) -> Option<Format>;

/// Every format that can be recognised, the more particular first: of two that read a file equally well the earlier is taken.
pub const DETECTORS: [Detector; 12] = [
    cloudflare_lines,
    |sample| first_byte(sample, b'{').then(|| Format::new(JournalJson)),
    |sample| first_byte(sample, b'{').then(|| Format::new(JsonAccess)),
    w3c,
    |_| Some(Format::new(NginxError)),
    |_| Some(Format::new(ApacheError)),
    |_| Some(Format::new(PhpFpm)),
    |_| Some(Format::new(Kernel)),
    journal_export,
    syslog_lines,
    |sample| InferredFormat::learn(&sample.lines).map(Format::new),
    |_| Some(Format::new(Application)),
];

/// Recognises a text by its first bytes, at best [`HEAD`] of them.
pub fn recognise(head: &[u8]) -> Recognised {
    recognise_among(head, &[])
}

/// The same where access formats are known already (from a configuration, or told): one that fits is taken before any guess.
pub fn recognise_among(head: &[u8], known: &[AccessFormat]) -> Recognised {
    let head = head.get(..HEAD).unwrap_or(head);
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let bare = trimmed(text).trim_ascii();
    if bare.is_empty() {
        return plain(Content::Empty);
    }
    if is_binary(text) {
        return plain(Content::Binary);
    }
    if bare.starts_with(b"{")
        || bare.starts_with(b"[{")
        || bare.starts_with(b"[\n")
        || bare.starts_with(b"[ ")
    {
        if is_har(bare) {
            return Recognised { content: Content::Har, lines: 1, matched: 1 };
        }
        if let Some(depth) = wrapped_records(bare) {
            return Recognised {
                content: Content::Log(Format::new(Cloudflare::within(depth))),
                lines: 1,
                matched: 1,
            };
        }
    }
    let lines = sample_lines(text, head.len() == HEAD);
    if let Some(found) = best(text, &lines, known) {
        return found;
    }
    plain(if nginx_config::fits(text) {
        Content::NginxConfig
    } else if bare.starts_with(b"{") || bare.starts_with(b"[{") || bare.starts_with(b"[\n") {
        Content::Json
    } else if is_table(&lines) {
        Content::Csv
    } else {
        Content::Text
    })
}

fn plain(content: Content) -> Recognised {
    Recognised { content, lines: 0, matched: 0 }
}

/// Lines of the text without empty ones and comments. The last one counts only where the text ends there.
fn sample_lines(text: &[u8], more_follows: bool) -> Vec<&[u8]> {
    let whole = match memchr::memrchr(b'\n', text) {
        Some(end) if more_follows => text.get(..end).unwrap_or(text),
        _ => text,
    };
    whole
        .split(|byte| *byte == b'\n')
        .map(trimmed)
        .filter(|line| {
            let comment = line.starts_with(b"#") && columns_of(line).is_none();
            !comment && !line.trim_ascii().is_empty()
        })
        .take(MOST_SAMPLES)
        .collect()
}

/// The wrapping that most lines have.
fn wrapping_of(lines: &[&[u8]]) -> Wrapping {
    Wrapping::ALL
        .into_iter()
        .find(|wrapping| {
            let fitting = lines.iter().filter(|line| wrapping.fits(line)).count();
            fitting.saturating_mul(2) > lines.len()
        })
        .unwrap_or(Wrapping::None)
}

fn best(head: &[u8], lines: &[&[u8]], known: &[AccessFormat]) -> Option<Recognised> {
    let wrapping = wrapping_of(lines);
    let peeled: Vec<Vec<u8>> = match wrapping {
        Wrapping::None => Vec::new(),
        _ => {
            let mut context = Context::default();
            lines
                .iter()
                .filter_map(|line| match wrapping.peel(line, &mut context) {
                    Peeled::Inner { text, .. } => Some(text.into_owned()),
                    _ => None,
                })
                .collect()
        }
    };
    let lines: Vec<&[u8]> =
        if wrapping == Wrapping::None { lines.to_vec() } else { peeled.iter().map(Vec::as_slice).collect() };
    let sample = Sample { head, lines };
    let told = known.iter().map(|format| Format::new(format.clone())).collect();
    let (matched, format) = best_of(&sample, told, DETECTORS.len())?;
    let total = u32::try_from(sample.lines.len()).unwrap_or(u32::MAX);
    // A stray line that looks like a log makes no log of a text; one in five does: traces are longer than their message.
    let enough = matched.saturating_mul(5) >= total || matched.saturating_mul(20) >= total && matched >= 5;
    if !enough {
        return None;
    }
    // A container writes requests and errors into one stream. What goes on with the line before it is no format of its own.
    let mut context = Context::new(Some(Time(0)));
    let rest: Vec<&[u8]> =
        sample.lines.iter().copied().filter(|line| !is_row(&format, line, &mut context)).collect();
    let others = Sample { head, lines: rest };
    let second = best_of(&others, Vec::new(), DETECTORS.len().saturating_sub(1))
        .filter(|(count, _)| count.saturating_mul(20) >= total);
    let (format, matched) = match second {
        Some((count, second)) => (format.or(&second), matched.saturating_add(count)),
        None => (format, matched),
    };
    Some(Recognised { content: Content::Log(format.within(wrapping)), lines: total, matched })
}

/// The format that reads most of the lines, of those told and the first so many that can be recognised.
fn best_of(sample: &Sample<'_>, told: Vec<Format>, detectors: usize) -> Option<(u32, Format)> {
    let guessed = DETECTORS.iter().take(detectors).filter_map(|detect| detect(sample));
    let mut found: Option<(u32, Format)> = None;
    for format in told.into_iter().chain(guessed) {
        let matched = count_rows(&format, &sample.lines);
        // More than half is the majority: nothing later can be a better name for the file.
        let majority = usize::try_from(matched).unwrap_or(usize::MAX).saturating_mul(2) > sample.lines.len();
        if matched > 0 && found.as_ref().is_none_or(|(best, _)| matched > *best) {
            found = Some((matched, format));
        }
        if majority {
            break;
        }
    }
    found
}

fn count_rows(format: &Format, lines: &[&[u8]]) -> u32 {
    // Any instant will do to read lines without a year.
    let mut context = Context::new(Some(Time(0)));
    u32::try_from(lines.iter().filter(|line| is_row(format, line, &mut context)).count()).unwrap_or(u32::MAX)
}

/// Whether a line gives a row, or a part of one.
fn is_row(format: &Format, line: &[u8], context: &mut Context) -> bool {
    !matches!(format.parse(line, context), Parsed::Skip(skip) if skip != Skip::Partial)
}

fn first_byte(sample: &Sample<'_>, byte: u8) -> bool {
    sample.lines.iter().any(|line| line.first() == Some(&byte))
}

fn cloudflare_lines(sample: &Sample<'_>) -> Option<Format> {
    (count_keys(sample.head) >= 2 && first_byte(sample, b'{')).then(|| Format::new(Cloudflare::default()))
}

fn w3c(sample: &Sample<'_>) -> Option<Format> {
    let header =
        sample.head.split(|byte| *byte == b'\n').map(trimmed).find(|line| line.starts_with(b"#Fields:"))?;
    Some(Format::new(W3c::with_columns_of(header)))
}

fn journal_export(sample: &Sample<'_>) -> Option<Format> {
    memchr::memmem::find(sample.head, b"__REALTIME_TIMESTAMP=").map(|_| Format::new(JournalExport))
}

/// System logs, and requests that a server sends through syslog.
fn syslog_lines(sample: &Sample<'_>) -> Option<Format> {
    let context = Context::new(Some(Time(0)));
    let inner: Vec<&[u8]> =
        sample.lines.iter().filter_map(|line| Some(syslog::open(line, &context)?.text)).collect();
    if inner.is_empty() {
        return None;
    }
    let mut scratch = Context::new(Some(Time(0)));
    let plain = Syslog::default();
    let requests = sample
        .lines
        .iter()
        .filter(|line| {
            matches!(crate::logs::format::LineFormat::parse(&plain, line, &mut scratch), Parsed::Access(_))
        })
        .count();
    let mostly = |count: usize| count.saturating_mul(2) > inner.len();
    let haproxy = memchr::memmem::find(sample.head, b"haproxy").is_some();
    if haproxy && mostly(requests) {
        return Some(Format::new(Syslog::with_access(&[])));
    }
    if let Some(format) = InferredFormat::learn(&inner) {
        let read = inner.iter().filter(|line| format.parse_line(line).is_some()).count();
        if mostly(read) {
            return Some(Format::new(Syslog::with_access(&inner)));
        }
    }
    Some(Format::new(plain))
}

#[cfg(test)]
#[path = "recognise_tests.rs"]
mod tests;
