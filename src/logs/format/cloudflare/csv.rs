//! Cloudflare's records as CSV (docs: logs/logpush/logpush-job/log-output-options, `output_type` csv): a header line names the fields,
//! as a `batch_prefix` or an export writes it. Strings are quoted, numbers bare; `field_delimiter` may be any character. Without a header
//! line another file of the same job, or else the values, tell the columns.

use std::borrow::Cow;

use super::EdgeDraft;
use super::columns::{ToldColumns, are_telling, listed, told_columns};
use super::renamed::{FieldRenaming, logpush_names};
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::edge::EdgeRecord;
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::json::Scalar;
use crate::text::line::trimmed;
use crate::text::table::{cells, texts};

/// What may stand between values, the likelier first.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// The format, with the names of the columns.
#[derive(Clone, Debug)]
pub struct CloudflareCsv {
    delimiter: u8,
    names: Vec<String>,
    /// How the names are known where no header line has them.
    note: Option<String>,
}

impl CloudflareCsv {
    /// `None` where the line is no header of such records: two names that no other table has.
    pub fn of_header(line: &[u8]) -> Option<CloudflareCsv> {
        DELIMITERS.into_iter().find_map(|delimiter| {
            let names: Vec<String> =
                texts(line, delimiter).iter().map(|name| name.trim().to_owned()).collect();
            let known = logpush_names(&names);
            if are_telling(&known) {
                return Some(CloudflareCsv { delimiter, names: known, note: None });
            }
            let renaming = FieldRenaming::learn(names.iter().map(String::as_str))?;
            let names = names.iter().map(|name| renaming.field(name).unwrap_or_default().to_owned());
            Some(CloudflareCsv { delimiter, names: names.collect(), note: None })
        })
    }

    /// The same columns for a table without a header line, beside which another has one.
    pub fn without_header(self, named_in: &str) -> CloudflareCsv {
        let note = format!(
            "no header line: its columns are taken to be those that the header line of {named_in} names; most lines fit them"
        );
        CloudflareCsv { note: Some(note), ..self }
    }

    /// The columns of a table without a header line, by its values; `None` where they do not tell.
    fn of_values(sample: &Sample<'_>) -> Option<CloudflareCsv> {
        DELIMITERS.into_iter().find_map(|delimiter| {
            let Some(ToldColumns::Named(names)) = told_columns(&sample.lines, delimiter) else { return None };
            let note = format!(
                "no header line: the values tell the columns {}; others are not read. A first line that names the fields says more",
                listed(&names)
            );
            Some(CloudflareCsv { delimiter, names, note: Some(note) })
        })
    }

    /// Whether its columns are those of another table.
    pub fn has_columns_of(&self, other: &CloudflareCsv) -> bool {
        self.delimiter == other.delimiter && self.names == other.names
    }

    /// Whether these lines are records of the edge whose columns cannot be told: several may be the same field.
    pub fn is_untold(lines: &[&[u8]]) -> bool {
        DELIMITERS.into_iter().any(|delimiter| told_columns(lines, delimiter) == Some(ToldColumns::Ambiguous))
    }

    /// Whether most of these lines have a value for every column, each of them what its name says.
    pub fn fits_most(&self, lines: &[&[u8]]) -> bool {
        let fitting = lines.iter().filter(|line| self.row(trimmed(line)).is_some()).count();
        fitting > 0 && fitting.saturating_mul(2) > lines.len()
    }

    /// The record of a line. Where no header line names the columns, a line must have them all.
    fn row(&self, line: &[u8]) -> Option<EdgeRecord> {
        let record = self.draft(line).finish().ok()?;
        let whole = || {
            cells(line, self.delimiter).count() == self.names.len()
                && record.ray.is_some()
                && record.edge_status.is_some()
        };
        (self.note.is_none() || whole()).then_some(record)
    }

    fn draft(&self, line: &[u8]) -> EdgeDraft {
        let mut draft = EdgeDraft::default();
        for (value, name) in cells(line, self.delimiter).zip(&self.names) {
            let value = match value {
                Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
                Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
            };
            draft.put(name, &Scalar::Text(value));
        }
        draft
    }
}

impl LineFormat for CloudflareCsv {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        let named = sample.lines.first().and_then(|line| CloudflareCsv::of_header(line));
        named.or_else(|| CloudflareCsv::of_values(sample))
    }

    fn id(&self) -> &'static str {
        "cloudflare_csv"
    }

    fn kind(&self) -> LogKind {
        LogKind::EdgeLog
    }

    fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        // Each batch that was appended to the file brought its own header.
        if may_be_header(line) && CloudflareCsv::of_header(line).is_some() {
            return Parsed::Skip(Skip::Comment);
        }
        self.row(trimmed(line)).map_or(Parsed::Skip(Skip::Unparsed), Parsed::Edge)
    }
}

/// Whether a line has fewer digits than an instant.
fn may_be_header(line: &[u8]) -> bool {
    line.iter().filter(|byte| byte.is_ascii_digit()).take(9).count() < 9
}
