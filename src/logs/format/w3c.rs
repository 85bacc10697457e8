//! W3C extended logs, as IIS and CloudFront write them: a `#Fields:` line names the columns of those that follow. HTTP.SYS, the kernel's part of IIS,
//! writes what it answered or ended itself in the same way (HTTPERR; Microsoft Learn, "Error logging in HTTP APIs").

use memchr::memmem;

use crate::facts::endings::{self, EndingVocabulary};
use crate::logs::access::draft::AccessDraft;
use crate::logs::access::field::AccessField;
use crate::logs::access::values::Values;
use crate::logs::access::variables::w3c_field;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::MessageLine;
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::line::trimmed;
use crate::text::timestamp;
use crate::time::Duration;

/// Columns that are looked at.
const MOST_COLUMNS: usize = 128;

/// How the header line begins.
pub const COLUMNS_LINE: &[u8] = b"#Fields:";

/// CloudFront's columns, for files that lost their header (Amazon CloudFront documentation, "Standard log file fields").
const CLOUDFRONT: &[u8] = b"#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) \
    cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken \
    x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port";

/// Columns of a line that is one of CloudFront's without doubt; older files have fewer than today's.
const CLOUDFRONT_LEAST: usize = 19;

/// The format, with the columns of the file's first header line.
#[derive(Clone, Debug, Default)]
pub struct W3c {
    columns: Vec<AccessField>,
}

impl W3c {
    /// With the columns that this header line names: they serve where the header itself never comes to be parsed, because another
    /// format of the same file takes it for a comment.
    fn with_columns_of(header: &[u8]) -> W3c {
        W3c { columns: columns_of(header).unwrap_or_default() }
    }

    fn is_of_http_sys(&self) -> bool {
        self.columns.contains(&AccessField::Termination(EndingVocabulary::HttpSys))
    }
}

/// The columns that a `#Fields:` line names.
fn columns_of(line: &[u8]) -> Option<Vec<AccessField>> {
    let names = line.strip_prefix(COLUMNS_LINE)?;
    let names = || names.split(u8::is_ascii_whitespace).filter(|name| !name.is_empty()).take(MOST_COLUMNS);
    let has = |wanted: &[u8]| names().any(|name| name.eq_ignore_ascii_case(wanted));
    let (cloudfront, asked_host) = (has(b"x-edge-location"), has(b"x-host-header"));
    let field = |name: &[u8]| match w3c_field(std::str::from_utf8(name).unwrap_or_default()) {
        // CloudFront counts seconds; what it calls the host is the distribution's name, and x-host-header what the visitor asked for.
        AccessField::RequestTime(_) if cloudfront => AccessField::RequestTime(Duration::SECOND),
        AccessField::Host if asked_host && !name.eq_ignore_ascii_case(b"x-host-header") => {
            AccessField::Ignored
        }
        field => field,
    };
    Some(names().map(field).collect())
}

/// HTTP.SYS' columns, for files that lost their header: those of today, and those of before it told HTTP/2's streams (Microsoft Learn, "Error logging in HTTP APIs").
const HTTP_SYS: [&[u8]; 2] = [
    b"#Fields: date time c-ip c-port s-ip s-port cs-version cs-method cs-uri streamid sc-status s-siteid s-reason s-queuename",
    b"#Fields: date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason s-queuename",
];

/// The columns of a line that is one of HTTP.SYS without doubt: as many as it writes, and a reason that it gives where it gives one.
fn columns_of_http_sys(line: &[u8]) -> Option<&'static [u8]> {
    // Few lines begin with a date.
    timestamp::date(line.split(|byte| *byte == b' ').next()?)?;
    let values: Vec<&[u8]> = line.split(|byte| *byte == b' ').take(MOST_COLUMNS).collect();
    let reason = std::str::from_utf8(values.iter().nth_back(1)?).ok()?;
    let is_known = endings::find(EndingVocabulary::HttpSys, reason, None, None).is_some();
    HTTP_SYS
        .into_iter()
        .filter(|_| is_known)
        .find(|columns| columns.split(|byte| *byte == b' ').count() == values.len().saturating_add(1))
}

/// A date, a time of day and an edge location (`FRA56-P10`) between tabs, and enough columns behind them.
fn is_cloudfront(line: &[u8]) -> bool {
    let mut values = line.split(|byte| *byte == b'\t');
    let date = values.next().is_some_and(|value| timestamp::date(value).is_some());
    let clock = values.next().is_some_and(|value| timestamp::time_of_day(value).is_some());
    let location = values.next().is_some_and(|value| {
        let (city, number) = value.split_at_checked(3).unwrap_or_default();
        city.iter().all(u8::is_ascii_uppercase) && number.first().is_some_and(u8::is_ascii_digit)
    });
    date && clock && location && values.count().saturating_add(3) >= CLOUDFRONT_LEAST
}

impl LineFormat for W3c {
    /// The columns that the last header line of the file named.
    type Memory = Vec<AccessField>;

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        let header = memmem::find(sample.head, COLUMNS_LINE).and_then(|_| {
            sample.head.split(|byte| *byte == b'\n').map(trimmed).find(|line| line.starts_with(COLUMNS_LINE))
        });
        let header =
            header.or_else(|| sample.lines.iter().any(|line| is_cloudfront(line)).then_some(CLOUDFRONT));
        let header = header.or_else(|| sample.lines.iter().find_map(|line| columns_of_http_sys(line)))?;
        Some(W3c::with_columns_of(header))
    }

    fn id(&self) -> &'static str {
        if self.is_of_http_sys() { "httperr" } else { "w3c_access" }
    }

    fn kind(&self) -> LogKind {
        // HTTPERR has only what failed: that a request is not in it says nothing.
        if self.is_of_http_sys() { LogKind::ErrorLog } else { LogKind::AccessLog }
    }

    fn parse(&self, line: &[u8], columns: &mut Vec<AccessField>, _: &mut LineClock) -> Parsed {
        if line.starts_with(b"#") {
            // The columns may change in the middle of a file.
            if let Some(named) = columns_of(line) {
                *columns = named;
            }
            return Parsed::Skip(Skip::Comment);
        }
        let columns = if columns.is_empty() { &self.columns } else { columns };
        let mut draft = AccessDraft::default();
        draft.line.time_is_end = true;
        let values = Values::of(line, if memchr::memchr(b'\t', line).is_some() { b'\t' } else { b' ' });
        for (value, field) in values.zip(columns) {
            if !draft.put(*field, value) {
                return Parsed::Skip(Skip::Unparsed);
            }
        }
        let connection = message_of_connection(&draft);
        match draft.finish() {
            Some(row) => Parsed::Access(row),
            None => connection.map_or(Parsed::Skip(Skip::Unparsed), Parsed::Message),
        }
    }
}

/// What HTTP.SYS says of a connection on which there was no request.
fn message_of_connection(draft: &AccessDraft) -> Option<MessageLine> {
    let line = &draft.line;
    let ending = line.ending()?;
    if line.method.is_some() || line.target.is_some() || line.status.is_some() {
        return None;
    }
    let row = MessageLine {
        text: line.termination.as_ref()?.to_string(),
        signature: Some(ending.id),
        program: Some("http.sys".to_owned()),
        client: line.remote_address,
        client_port: line.remote_port,
        ..MessageLine::default()
    };
    Some(row.at(Some(draft.stamp()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::{TextContent, recognise};
    use crate::time::Time;

    /// As people cut them out.
    #[test]
    fn lines_of_http_sys_are_known_without_their_header() {
        for line in [
            "2026-11-17 08:01:01 172.68.10.9 14814 10.4.1.20 443 HTTP/1.1 GET /a 503 2 QueueFull Shop",
            "2026-11-17 08:01:01 172.68.10.9 14814 10.4.1.20 443 - - - - - - Timer_ConnectionIdle -",
        ] {
            let TextContent::Log(format) = recognise(line.as_bytes()) else { panic!("no log: {line}") };
            assert_eq!(format.id(), "httperr", "{line}");
        }
    }

    #[test]
    fn iis_lines_follow_the_columns_of_their_header() {
        let (mut columns, mut clock) = (Vec::new(), LineClock::default());
        let format = W3c::default();
        let header = b"#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(CF-RAY) sc-status sc-win32-status time-taken";
        assert_eq!(format.parse(header, &mut columns, &mut clock), Parsed::Skip(Skip::Comment));
        let line =
            b"2026-11-17 08:01:01 10.0.0.2 GET /a q=1 443 - 172.68.10.9 curl 9c1f00aa12bc34de-FRA 500 64 402";
        let Parsed::Access(row) = format.parse(line, &mut columns, &mut clock) else { panic!("no row") };
        assert_eq!(row.time, Time::parse_rfc3339("2026-11-17T08:01:01Z").unwrap());
        assert_eq!((row.target.as_deref(), row.status), (Some("/a?q=1"), Some(500)));
        assert_eq!((row.ray.is_some(), row.request_time), (true, Some(Duration::from_milliseconds(402))));
        // Advanced Logging quotes its values and names its columns otherwise.
        let other = W3c::with_columns_of(b"#Fields:  date-local time-local c-ip cs-method cs-uri-stem cs(User-Agent) sc-status TimeTakenMS");
        let line_of_it = br#"2012-08-15 17:00:00.363 "70.95.0.0" GET /a "x ""y"" z" 404 12"#;
        let Parsed::Access(quoted) = other.parse(line_of_it, &mut Vec::new(), &mut clock) else {
            panic!("no row")
        };
        assert_eq!((quoted.status, quoted.request_time), (Some(404), Some(Duration::from_milliseconds(12))));
        assert_eq!(quoted.remote_address, Some("70.95.0.0".parse().unwrap()));
        // Where another format of the same file took the header for a comment, the columns are known all the same.
        let Parsed::Access(again) = W3c::with_columns_of(header).parse(line, &mut Vec::new(), &mut clock)
        else {
            panic!("no row")
        };
        assert_eq!(again, row);
    }
}
