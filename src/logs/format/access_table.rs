//! Access lines as rows of a table that a store exported (Kibana's and Grafana's CSV): the header line names the columns by the usual names of keys.

use crate::logs::access::field::AccessField;
use crate::logs::access::named::NamedFields;
use crate::logs::access::unit::PlainUnit;
use crate::logs::access::variables::named_field;
use crate::logs::format::access_json::within_envelope;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::access::AccessLine;
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::line::trimmed;
use crate::text::table::{cells, texts};

/// What may stand between values.
const DELIMITERS: [u8; 3] = [b',', b'\t', b';'];

/// The format, with the names of the columns.
#[derive(Clone, Debug)]
pub struct AccessTable {
    delimiter: u8,
    names: Vec<String>,
    /// What durations count whose names do not say it.
    plain: PlainUnit,
}

impl AccessTable {
    /// `None` where the line does not name when, what was asked, and what it was answered.
    fn of_header(line: &[u8]) -> Option<AccessTable> {
        DELIMITERS.into_iter().find_map(|delimiter| {
            let names: Vec<String> =
                texts(line, delimiter).iter().map(|name| within_envelope(name.trim()).to_owned()).collect();
            let fields: Vec<AccessField> = names.iter().filter_map(|name| named_field(name)).collect();
            let asks = [AccessField::Target, AccessField::Request].iter().any(|field| fields.contains(field));
            let answers = fields.contains(&AccessField::Time) && fields.contains(&AccessField::Status);
            (asks && answers).then_some(AccessTable { delimiter, names, plain: PlainUnit::default() })
        })
    }

    /// The row of a line; `None` where it has another number of values than there are columns, or lacks time, status or request.
    fn row(&self, line: &[u8]) -> Option<AccessLine> {
        let mut fields = NamedFields::new(self.plain);
        let mut count = 0usize;
        for (value, name) in cells(line, self.delimiter).zip(&self.names) {
            count = count.saturating_add(1);
            fields.put(name, &String::from_utf8_lossy(&value));
        }
        (count == self.names.len()).then(|| fields.finish()).flatten()
    }

    /// The unit of the durations in these rows whose names do not say it.
    fn plain_unit(&self, rows: &[&[u8]]) -> PlainUnit {
        let is_plain = |name: &&String| named_field(name) == Some(AccessField::PlainDuration);
        let values = rows.iter().flat_map(|row| cells(row, self.delimiter).zip(&self.names));
        let plain: Vec<Vec<u8>> =
            values.filter(|(_, name)| is_plain(name)).map(|(value, _)| value.into_owned()).collect();
        PlainUnit::of(plain.iter().map(Vec::as_slice))
    }
}

impl LineFormat for AccessTable {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        let (header, rows) = sample.lines.split_first()?;
        let table = AccessTable::of_header(header)?;
        Some(AccessTable { plain: table.plain_unit(rows), ..table })
    }

    fn id(&self) -> &'static str {
        "access_table"
    }

    fn kind(&self) -> LogKind {
        LogKind::AccessLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        match self.row(trimmed(line)) {
            Some(row) => Parsed::Access(row),
            None if AccessTable::of_header(line).is_some() => Parsed::Skip(Skip::Comment),
            None => Parsed::Skip(Skip::Unparsed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Duration, Time};

    fn table(lines: &[&str]) -> Option<(AccessTable, Vec<Option<AccessLine>>)> {
        let sample = Sample { head: b"", lines: lines.iter().map(|line| line.as_bytes()).collect() };
        let table = AccessTable::detect(&sample)?;
        let rows = sample.lines.iter().skip(1).map(|line| table.row(line)).collect();
        Some((table, rows))
    }

    /// Otherwise the one log that says why the proxy gave up is passed over, since somebody sent it as Kibana shows it.
    #[test]
    fn what_kibana_exports_of_a_proxys_log_are_requests() {
        let (_, rows) = table(&[
            r#""@timestamp","method","path","response_code","response_flags","duration","upstream_host","cf_ray""#,
            r#""Nov 17, 2026 @ 08:01:01.500","GET","/search?q=""a,b""","504","UT","15000","10.8.3.16:8080","9c1f00aa12bc34d1-FRA""#,
            r#""Nov 17, 2026 @ 08:01:02.000","GET","/","200","-","12","10.8.3.16:8080","9c1f00aa12bc34d2-FRA""#,
            r#""Nov 17, 2026 @ 08:01:02.000","GET","/"#,
        ])
        .unwrap();
        let row = rows[0].as_ref().unwrap();
        assert_eq!((row.target.as_deref(), row.status), (Some("/search?q=\"a,b\""), Some(504)));
        assert_eq!(
            (row.time, row.time_is_local),
            (Time::parse_rfc3339("2026-11-17T08:01:01.5Z").unwrap(), true)
        );
        assert_eq!(row.request_time, Some(Duration::from_seconds(15)));
        assert!(row.ray.is_some() && row.termination.is_some());
        assert!(rows[1].is_some() && rows[2].is_none());
    }

    #[test]
    fn another_table_has_no_requests() {
        assert!(table(&["time,path,size", "2026-11-17T08:01:01Z,/,5"]).is_none());
        assert!(table(&["a,b,c", "1,2,3"]).is_none());
        assert!(table(&[]).is_none());
    }
}
