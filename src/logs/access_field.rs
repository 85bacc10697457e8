//! The fields of an access line, whatever server writes them, and how their text becomes a value.

use crate::logs::access::{AccessLine, UpstreamTry};
use crate::ray::RayAtColo;
use crate::text::scan::{address, address_and_port, duration, integer, small, text, text_within, unescape};
use crate::text::timestamp::{self, Stamp};
use crate::time::{MICROSECOND, MILLISECOND, SECOND};

/// Tries of a request at upstreams that are kept; nginx makes as many as it has servers.
const MOST_TRIES: usize = 32;

/// What a piece of an access line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// Anything that diagnosis has no use for, or must not keep (cookies, user names).
    Ignored,
    /// An instant in any form ([`timestamp::any`]), also with brackets around it.
    Time,
    /// A date alone (W3C), which [`Field::TimeOfDay`] completes.
    Date,
    /// A time of day alone (W3C).
    TimeOfDay,
    /// Address of the peer, or of the visitor where it was replaced.
    RemoteAddress,
    /// The same with its port after a colon.
    RemoteAddressAndPort,
    /// Address of the peer before it was replaced.
    RealPeer,
    /// Port of the peer.
    RemotePort,
    /// Request line: method, target, version.
    Request,
    /// Method alone.
    Method,
    /// Target: path, with the query if it has one.
    Target,
    /// Query alone, with or without its `?`.
    Query,
    /// Status.
    Status,
    /// Bytes of the response's body.
    BodyBytes,
    /// Bytes of the response, head included.
    SentBytes,
    /// Bytes of the request, head included.
    RequestBytes,
    /// Duration of the request in this unit of nanoseconds.
    RequestTime(i64),
    /// The same as a text with its unit (`0ms`, `1.5s`).
    RequestTimeWithUnit,
    /// Addresses of the upstreams that were tried.
    UpstreamAddress,
    /// Their statuses.
    UpstreamStatus,
    /// Time to connect, try by try, in this unit of nanoseconds.
    UpstreamConnectTime(i64),
    /// Time to the response head, try by try.
    UpstreamHeaderTime(i64),
    /// Time to the end of the response, try by try.
    UpstreamResponseTime(i64),
    /// nginx's connection number.
    Connection,
    /// Number of requests on the connection.
    ConnectionRequests,
    /// User agent.
    UserAgent,
    /// Host or server name.
    Host,
    /// CF-RAY.
    Ray,
    /// Process id.
    Process,
    /// State of the connection at the end: Apache `%X`, HAProxy's four letters.
    Termination,
}

impl Field {
    /// Whether the value may hold `, ` and ` : ` between tries.
    pub fn is_list(self) -> bool {
        matches!(
            self,
            Field::UpstreamAddress
                | Field::UpstreamStatus
                | Field::UpstreamConnectTime(_)
                | Field::UpstreamHeaderTime(_)
                | Field::UpstreamResponseTime(_)
        )
    }
}

/// A line in the making: what the row has no place for while it is read.
#[derive(Debug, Default)]
pub struct Draft {
    /// The row.
    pub line: AccessLine,
    /// Whether an instant was found.
    pub timed: bool,
    date: Option<i64>,
    time_of_day: Option<(i64, i64)>,
}

impl Draft {
    /// The row, if it has what makes it one: an instant, and a status or a request line.
    pub fn finish(mut self) -> Option<AccessLine> {
        if let (false, Some(date), Some((clock, resolution))) = (self.timed, self.date, self.time_of_day) {
            self.line.time = crate::time::Time(date.saturating_add(clock));
            self.line.resolution = resolution;
            self.timed = true;
        }
        let line = self.line;
        let asked = line.method.is_some() || line.odd_request_line.is_some() || line.target.is_some();
        (self.timed && (asked || line.status.is_some())).then_some(line)
    }

    /// Takes the text of a field as it stands in the line; `-` and nothing are no value. False where it cannot be one of the field's.
    pub fn put(&mut self, field: Field, raw: &[u8]) -> bool {
        if field == Field::Ignored || raw.is_empty() || raw == b"-" {
            return true;
        }
        match field {
            Field::Time => self.put_time(timestamp::any(unbracketed(raw))),
            Field::Date | Field::TimeOfDay => self.put_half_time(field, raw),
            Field::RemoteAddress
            | Field::RemoteAddressAndPort
            | Field::RealPeer
            | Field::RemotePort
            | Field::Connection
            | Field::ConnectionRequests
            | Field::Process => self.put_peer(field, raw),
            Field::Request => self.put_request(raw),
            Field::Method | Field::Target | Field::Query | Field::UserAgent | Field::Host => {
                self.put_text(field, raw)
            }
            Field::Ray => {
                self.line.ray = self.line.ray.or_else(|| RayAtColo::parse(raw));
                true
            }
            Field::Status => store(&mut self.line.status, small(raw)),
            Field::BodyBytes => store(&mut self.line.body_bytes, integer(raw)),
            Field::SentBytes => store(&mut self.line.sent_bytes, integer(raw)),
            Field::RequestBytes => store(&mut self.line.request_bytes, integer(raw)),
            Field::RequestTime(unit) => store(&mut self.line.request_time, duration(raw, unit)),
            Field::RequestTimeWithUnit => store(&mut self.line.request_time, duration_with_unit(raw)),
            Field::Termination => {
                self.line.termination = Some(text_within(raw, 16));
                true
            }
            _ => self.put_tries(field, raw),
        }
    }

    /// Takes an instant.
    pub fn put_time(&mut self, stamp: Option<Stamp>) -> bool {
        let Some(stamp) = stamp else { return false };
        // Of several instants the finest counts (`$time_local` beside `$msec`).
        if !self.timed || stamp.resolution < self.line.resolution {
            self.line.time = stamp.time;
            self.line.resolution = stamp.resolution;
            self.line.time_is_local = stamp.local;
        }
        self.timed = true;
        true
    }

    fn put_half_time(&mut self, field: Field, raw: &[u8]) -> bool {
        let mut whole = Vec::with_capacity(32);
        if field == Field::Date {
            whole.extend_from_slice(raw);
            whole.extend_from_slice(b" 00:00:00");
        } else {
            whole.extend_from_slice(b"1970-01-01 ");
            whole.extend_from_slice(raw);
        }
        let Some((stamp, b"")) = timestamp::iso(&whole) else { return false };
        if field == Field::Date {
            self.date = Some(stamp.time.0);
        } else {
            self.time_of_day = Some((stamp.time.0, stamp.resolution));
        }
        true
    }

    fn put_peer(&mut self, field: Field, raw: &[u8]) -> bool {
        let line = &mut self.line;
        match field {
            Field::RemoteAddress => {
                // A host name stands here where the server looks names up: no address, and no fault of the line.
                line.remote_address = address(raw);
                true
            }
            Field::RemoteAddressAndPort => match address_and_port(raw) {
                Some((address, port)) => {
                    line.remote_address = Some(address);
                    line.remote_port = port.or(line.remote_port);
                    true
                }
                None => false,
            },
            Field::RealPeer => store(&mut line.real_peer, address(raw)),
            Field::RemotePort => store(&mut line.remote_port, small(raw)),
            Field::Connection => store(&mut line.connection, integer(raw)),
            Field::ConnectionRequests => store(&mut line.connection_requests, small(raw)),
            _ => store(&mut line.process, small(raw)),
        }
    }

    fn put_text(&mut self, field: Field, raw: &[u8]) -> bool {
        let value = unescape(raw);
        let line = &mut self.line;
        match field {
            Field::Method => line.method = Some(text_within(&value, 64)),
            Field::Target => line.target = Some(text(&value)),
            Field::Query => {
                let query = value.strip_prefix(b"?").unwrap_or(&value);
                if let Some(target) = line.target.as_mut().filter(|target| !target.contains('?')) {
                    target.push('?');
                    target.push_str(&text(query));
                }
            }
            Field::UserAgent => line.user_agent = Some(text_within(&value, 1024)),
            _ => line.host = Some(text_within(&value, 256)),
        }
        true
    }

    fn put_request(&mut self, raw: &[u8]) -> bool {
        let value = unescape(raw);
        match split_request(&value) {
            Some((method, target)) => {
                self.line.method = Some(text_within(method, 64));
                self.line.target = Some(text(target));
            }
            None => self.line.odd_request_line = Some(text_within(raw, 256)),
        }
        true
    }

    fn put_tries(&mut self, field: Field, raw: &[u8]) -> bool {
        let mut fits = true;
        for (index, part) in tries(raw).take(MOST_TRIES).enumerate() {
            if self.line.upstream.len() <= index {
                self.line.upstream.push(UpstreamTry::default());
            }
            let Some(one) = self.line.upstream.get_mut(index) else { return false };
            if part == b"-" || part.is_empty() {
                continue;
            }
            fits &= match field {
                Field::UpstreamAddress => {
                    one.address = Some(text_within(part, 256));
                    true
                }
                Field::UpstreamStatus => store(&mut one.status, small(part)),
                Field::UpstreamConnectTime(unit) => store(&mut one.connect_time, duration(part, unit)),
                Field::UpstreamHeaderTime(unit) => store(&mut one.header_time, duration(part, unit)),
                Field::UpstreamResponseTime(unit) => store(&mut one.response_time, duration(part, unit)),
                _ => false,
            };
        }
        fits
    }
}

/// Stores a value that could be read; says whether it could.
fn store<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    let read = value.is_some();
    if read {
        *place = value;
    }
    read
}

/// Splits nginx's lists: `, ` between servers of a group, ` : ` after an internal redirect.
fn tries(raw: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(raw);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut from = 0usize;
        loop {
            let tail = text.get(from..).unwrap_or_default();
            let Some(found) = memchr::memchr(b' ', tail) else {
                rest = None;
                return Some(text);
            };
            let at = from.saturating_add(found);
            let (before, after) = text.split_at_checked(at)?;
            if let Some(value) = before.strip_suffix(b",") {
                rest = after.get(1..);
                return Some(value);
            }
            if after.starts_with(b" : ") {
                rest = after.get(3..);
                return Some(before);
            }
            from = at.saturating_add(1);
        }
    })
}

/// Method and target of a request line; `None` where it is none.
pub fn split_request(request: &[u8]) -> Option<(&[u8], &[u8])> {
    let (method, rest) = crate::text::scan::split_at_byte(request, b' ')?;
    let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    if method.is_empty() || method.len() > 32 || !method.iter().all(token) {
        return None;
    }
    match memchr::memrchr(b' ', rest) {
        Some(at) if rest.get(at..)?.starts_with(b" HTTP/") => Some((method, rest.get(..at)?)),
        // HTTP/0.9 has no version; then the method must look like one and the target too.
        None if method.iter().all(u8::is_ascii_uppercase) && rest.starts_with(b"/") => Some((method, rest)),
        _ => None,
    }
}

fn unbracketed(raw: &[u8]) -> &[u8] {
    raw.strip_prefix(b"[").and_then(|inner| inner.strip_suffix(b"]")).unwrap_or(raw)
}

/// A duration with its unit behind it (`12ms`, `1.5s`, `300µs`), in nanoseconds.
pub fn duration_with_unit(raw: &[u8]) -> Option<i64> {
    for (unit, nanoseconds) in [
        (&b"ms"[..], MILLISECOND),
        (b"us", MICROSECOND),
        ("µs".as_bytes(), MICROSECOND),
        (b"ns", 1),
        (b"s", SECOND),
    ] {
        if let Some(number) = raw.strip_suffix(unit) {
            return duration(number, nanoseconds);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(field: Field, raw: &str) -> AccessLine {
        let mut draft = Draft::default();
        assert!(draft.put(field, raw.as_bytes()), "{raw}");
        draft.line
    }

    #[test]
    fn upstream_lists_are_aligned_try_by_try() {
        let mut draft = Draft::default();
        assert!(
            draft.put(Field::UpstreamAddress, b"127.0.0.1:9000, 127.0.0.1:9001 : unix:/run/php fpm.sock")
        );
        assert!(draft.put(Field::UpstreamStatus, b"502, 200 : -"));
        assert!(draft.put(Field::UpstreamHeaderTime(SECOND), b"-, 0.200 : 0.001"));
        let tries = draft.line.upstream;
        assert_eq!(tries.len(), 3);
        assert_eq!((tries[0].status, tries[0].header_time), (Some(502), None));
        assert_eq!((tries[1].status, tries[1].header_time), (Some(200), Some(200 * MILLISECOND)));
        assert_eq!(tries[2].address.as_deref(), Some("unix:/run/php fpm.sock"));
        assert_eq!(tries[2].status, None);
    }

    #[test]
    fn a_request_line_that_is_no_http_is_kept_as_logged() {
        let tls = put(Field::Request, r"\x16\x03\x01\x02");
        assert_eq!((tls.method, tls.odd_request_line.as_deref()), (None, Some(r"\x16\x03\x01\x02")));
        let spaced = put(Field::Request, r#"GET /a b?c=\x22 HTTP/1.1"#);
        assert_eq!((spaced.method.as_deref(), spaced.target.as_deref()), (Some("GET"), Some("/a b?c=\"")));
        assert_eq!(put(Field::Request, "GET /old").target.as_deref(), Some("/old"));
    }

    #[test]
    fn values_of_the_wrong_kind_are_told_from_absent_ones() {
        let mut draft = Draft::default();
        assert!(draft.put(Field::Status, b"-"));
        assert!(!draft.put(Field::Status, b"GET"));
        assert!(!draft.put(Field::Time, b"[yesterday]"));
        assert_eq!(duration_with_unit(b"1.5s"), Some(1_500_000_000));
    }
}
