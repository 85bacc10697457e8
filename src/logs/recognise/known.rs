//! What is known of the inputs before one of them is looked at.

use crate::logs::document::DocumentFormat;
use crate::logs::format::access_format::AccessFormat;
use crate::logs::format::cloudflare::csv::CloudflareCsv;
use crate::logs::format::haproxy::Haproxy;
use crate::logs::format::syslog::Syslog;
use crate::logs::line_format::LineFormat;
use crate::logs::log_format::LogFormat;
use crate::logs::sample::Sample;
use crate::text::line::trimmed;

/// Header lines that are tried on tables without one; a zone has a job or two.
const MOST_TABLES: usize = 16;

/// Formats that other inputs, or the person, told.
#[derive(Clone, Debug, Default)]
pub struct KnownFormats {
    /// Formats of access logs, told by the person or defined in a configuration.
    pub access: Vec<AccessFormat>,
    /// Tables of the edge's records whose header line names the columns, each with the name of its input.
    pub edge_tables: Vec<(String, CloudflareCsv)>,
}

impl KnownFormats {
    /// Whether nothing is known: then every input is what it is found to be alone.
    pub fn is_empty(&self) -> bool {
        self.access.is_empty() && self.edge_tables.is_empty()
    }

    /// Takes note of what the head of an input defines for others. `document` is what it is in, where it is taken as a whole.
    pub fn learn(&mut self, name: &str, head: &[u8], document: Option<DocumentFormat>) {
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let table = CloudflareCsv::of_header(trimmed(first));
        let is_new =
            |table: &CloudflareCsv| !self.edge_tables.iter().any(|(_, known)| known.has_columns_of(table));
        if let Some(table) = table.filter(is_new)
            && self.edge_tables.len() < MOST_TABLES
        {
            self.edge_tables.push((name.to_owned(), table));
        }
        if let Some(format) = document {
            let defined = (format.read)(&String::from_utf8_lossy(head)).log_formats.into_iter();
            self.access.extend(defined.filter_map(|format| AccessFormat::parse(&format.text).ok()));
        }
    }

    /// The formats of access logs. What HAProxy writes mostly stands in syslog.
    pub(super) fn told(&self, sample: &Sample<'_>) -> Vec<LogFormat> {
        let in_syslog = self.access.iter().filter_map(|format| Syslog::told(format, sample));
        // Its usual layout has a grammar of its own, which knows more.
        let is_usual = || matches!(Haproxy::detect(sample), Some(Haproxy::Requests));
        let bare = self.access.iter().filter(|format| !format.is_of_haproxy() || !is_usual());
        let bare = bare.map(|format| LogFormat::new(format.clone()));
        bare.chain(in_syslog.map(LogFormat::new)).collect()
    }

    /// The format of a table of the edge's records that has no header line, where another input's header line fits it.
    pub(super) fn table_without_header(&self, lines: &[&[u8]]) -> Option<LogFormat> {
        if self.edge_tables.is_empty()
            || lines.first().is_some_and(|line| CloudflareCsv::of_header(line).is_some())
        {
            return None;
        }
        let named = |(name, table): &(String, CloudflareCsv)| table.clone().without_header(name);
        self.edge_tables.iter().map(named).find(|table| table.fits_most(lines)).map(LogFormat::new)
    }
}
