//! W3C extended logs, as IIS writes them: a `#Fields:` line names the columns of those that follow.

use crate::logs::access_field::{Draft, Field};
use crate::logs::access_variables::w3c_field;
use crate::logs::format::{Context, Kind, LineFormat, Parsed, Skip};

/// Columns that are looked at.
const MOST_COLUMNS: usize = 128;

/// The format; the columns are in the file.
#[derive(Clone, Debug, Default)]
pub struct W3c {
    columns: Vec<Field>,
}

impl W3c {
    /// With the columns that a header in the sample names, for parts of a file that begin past it.
    pub fn with_columns_of(header: &[u8]) -> W3c {
        W3c { columns: columns_of(header).unwrap_or_default() }
    }
}

/// The columns that a `#Fields:` line names.
pub fn columns_of(line: &[u8]) -> Option<Vec<Field>> {
    let names = line.strip_prefix(b"#Fields:")?;
    let fields = names
        .split(u8::is_ascii_whitespace)
        .filter(|name| !name.is_empty())
        .take(MOST_COLUMNS)
        .map(|name| std::str::from_utf8(name).map_or(Field::Ignored, w3c_field))
        .collect();
    Some(fields)
}

impl LineFormat for W3c {
    fn id(&self) -> &'static str {
        "w3c_access"
    }

    fn kind(&self) -> Kind {
        Kind::AccessLog
    }

    fn parse(&self, line: &[u8], context: &mut Context) -> Parsed {
        if line.starts_with(b"#") {
            if let Some(columns) = columns_of(line) {
                context.columns = columns;
            }
            return Parsed::Skip(Skip::Comment);
        }
        let columns = if context.columns.is_empty() { &self.columns } else { &context.columns };
        let tabs = memchr::memchr(b'\t', line).is_some();
        let mut draft = Draft::default();
        draft.line.time_is_end = true;
        let values = line
            .split(|byte| if tabs { *byte == b'\t' } else { *byte == b' ' })
            .filter(|value| !value.is_empty());
        for (value, field) in values.zip(columns) {
            if !draft.put(*field, value) {
                return Parsed::Skip(Skip::Unparsed);
            }
        }
        draft.finish().map_or(Parsed::Skip(Skip::Unparsed), Parsed::Access)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    #[test]
    fn iis_lines_follow_the_columns_of_their_header() {
        let mut context = Context::default();
        let format = W3c::default();
        let header = b"#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(CF-RAY) sc-status sc-win32-status time-taken";
        assert_eq!(format.parse(header, &mut context), Parsed::Skip(Skip::Comment));
        let line =
            b"2026-11-17 08:01:01 10.0.0.2 GET /a q=1 443 - 172.68.10.9 curl 9c1f00aa12bc34de-FRA 500 64 402";
        let Parsed::Access(row) = format.parse(line, &mut context) else { panic!("no row") };
        assert_eq!(row.time, Time::parse_rfc3339("2026-11-17T08:01:01Z").unwrap());
        assert_eq!((row.target.as_deref(), row.status), (Some("/a?q=1"), Some(500)));
        assert_eq!((row.ray.is_some(), row.request_time), (true, Some(402_000_000)));
        // A part of the file read by another thread has no header of its own.
        let Parsed::Access(again) = W3c::with_columns_of(header).parse(line, &mut Context::default()) else {
            panic!("no row")
        };
        assert_eq!(again, row);
    }
}
