//! Cloudflare's records as CSV (docs: logs/logpush/logpush-job/log-output-options, `output_type` csv): a header line names the fields,
//! as a `batch_prefix` or an export writes it. Strings are quoted, numbers bare; `field_delimiter` may be any character.

use super::{EdgeDraft, EdgeError};
use crate::logs::format::cloudflare::wrapped::TELLING_NAMES;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::json::Scalar;
use crate::text::line::trimmed;

/// Columns that are looked at; Logpush has some hundred fields.
const MOST_COLUMNS: usize = 256;

/// The format, with the names of the header line.
#[derive(Clone, Debug)]
pub struct CloudflareCsv {
    delimiter: u8,
    names: Vec<String>,
}

impl CloudflareCsv {
    /// `None` where the line is no header of such records: two names that no other table has.
    fn of_header(line: &[u8]) -> Option<CloudflareCsv> {
        [b',', b'\t', b';', b'|'].into_iter().find_map(|delimiter| {
            let names: Vec<String> = values(line, delimiter)
                .take(MOST_COLUMNS)
                .map(|name| String::from_utf8_lossy(name.trim_ascii()).into_owned())
                .collect();
            let telling = names.iter().filter(|name| TELLING_NAMES.contains(&name.as_str())).count();
            (telling >= 2).then_some(CloudflareCsv { delimiter, names })
        })
    }

    fn record(&self, line: &[u8]) -> Result<EdgeDraft, EdgeError> {
        let mut draft = EdgeDraft::default();
        for (value, name) in values(line, self.delimiter).zip(&self.names) {
            let value = String::from_utf8_lossy(value);
            let value = if value.contains("\"\"") { value.replace("\"\"", "\"").into() } else { value };
            draft.put(name, &Scalar::Text(value));
        }
        Ok(draft)
    }
}

impl LineFormat for CloudflareCsv {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.lines.first().and_then(|line| CloudflareCsv::of_header(line))
    }

    fn id(&self) -> &'static str {
        "cloudflare_csv"
    }

    fn kind(&self) -> LogKind {
        LogKind::EdgeLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        // Each batch that was appended to the file brought its own header.
        if CloudflareCsv::of_header(line).is_some() {
            return Parsed::Skip(Skip::Comment);
        }
        match self.record(trimmed(line)).and_then(EdgeDraft::finish) {
            Ok(record) => Parsed::Edge(record),
            Err(_) => Parsed::Skip(Skip::Unparsed),
        }
    }
}

/// The values of a line, without their quotes; quotes inside stay doubled.
fn values(line: &[u8], delimiter: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut quoted = false;
        let end = text
            .iter()
            .position(|byte| {
                quoted ^= *byte == b'"';
                *byte == delimiter && !quoted
            })
            .unwrap_or(text.len());
        let (value, after) = text.split_at_checked(end)?;
        rest = after.get(1..);
        Some(value.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(value))
    })
}
