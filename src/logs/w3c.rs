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

    fn is_sequential(&self) -> bool {
        // The columns may change in the middle of a file.
        true
    }

    fn parse(&self, line: &[u8], context: &mut Context) -> Parsed {
        if line.starts_with(b"#") {
            if let Some(columns) = columns_of(line) {
                context.columns = columns;
            }
            return Parsed::Skip(Skip::Comment);
        }
        let columns = if context.columns.is_empty() { &self.columns } else { &context.columns };
        let mut draft = Draft::default();
        draft.line.time_is_end = true;
        let values = Values {
            rest: line,
            separator: if memchr::memchr(b'\t', line).is_some() { b'\t' } else { b' ' },
        };
        for (value, field) in values.zip(columns) {
            if !draft.put(*field, value) {
                return Parsed::Skip(Skip::Unparsed);
            }
        }
        draft.finish().map_or(Parsed::Skip(Skip::Unparsed), Parsed::Access)
    }
}

/// The values of a line; quoted ones may hold blanks, and quotes doubled.
struct Values<'a> {
    rest: &'a [u8],
    separator: u8,
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while let Some(rest) =
            self.rest.strip_prefix(&[self.separator]).or_else(|| self.rest.strip_prefix(b" "))
        {
            self.rest = rest;
        }
        if self.rest.is_empty() {
            return None;
        }
        let Some(quoted) = self.rest.strip_prefix(b"\"") else {
            let end = memchr::memchr(self.separator, self.rest).unwrap_or(self.rest.len());
            let (value, rest) = self.rest.split_at_checked(end)?;
            self.rest = rest;
            return Some(value);
        };
        let mut from = 0usize;
        loop {
            let end = match memchr::memchr(b'"', quoted.get(from..)?) {
                Some(found) => from.saturating_add(found),
                None => quoted.len(),
            };
            let after = quoted.get(end.saturating_add(1)..).unwrap_or_default();
            if after.first() == Some(&b'"') {
                from = end.saturating_add(2);
                continue;
            }
            self.rest = after;
            return quoted.get(..end);
        }
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
        // Advanced Logging quotes its values and names its columns otherwise.
        let other = W3c::with_columns_of(b"#Fields:  date-local time-local c-ip cs-method cs-uri-stem cs(User-Agent) sc-status TimeTakenMS");
        let line_of_it = br#"2012-08-15 17:00:00.363 "70.95.0.0" GET /a "x ""y"" z" 404 12"#;
        let Parsed::Access(quoted) = other.parse(line_of_it, &mut Context::default()) else {
            panic!("no row")
        };
        assert_eq!((quoted.status, quoted.request_time), (Some(404), Some(12_000_000)));
        assert_eq!(quoted.remote_address, Some("70.95.0.0".parse().unwrap()));
        // A part of the file read by another thread has no header of its own.
        let Parsed::Access(again) = W3c::with_columns_of(header).parse(line, &mut Context::default()) else {
            panic!("no row")
        };
        assert_eq!(again, row);
    }
}
