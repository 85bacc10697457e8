//! An access line in the making: how the text of each field becomes a value of the row.

use crate::logs::access::captures::put_captures;
use crate::logs::access::field::AccessField;
use crate::logs::access::request_line::split_request;
use crate::logs::access::tries::tries;
use crate::logs::access::unit::PlainUnit;
use crate::logs::row::access::{AccessLine, Termination, UpstreamTry};
use crate::ray::{Ray, RayAtColo};
use crate::text::address::{address, address_and_port};
use crate::text::host::{bare_host, split_authority};
use crate::text::line::{field_text, text_within};
use crate::text::number::{bounded_integer, duration, duration_with_unit, integer};
use crate::text::quote::unescape;
use crate::text::timestamp::{self, Stamp};
use crate::time::{Duration, Time};

/// Tries of a request at upstreams that are kept; nginx makes as many as it has servers.
const MOST_TRIES: usize = 32;

/// A line in the making: what the row has no place for while it is read.
#[derive(Debug, Default)]
pub struct AccessDraft {
    /// The row.
    pub line: AccessLine,
    /// Whether an instant was found.
    pub timed: bool,
    /// What durations count whose names do not say it.
    plain: PlainUnit,
    date: Option<Time>,
    time_of_day: Option<Stamp>,
}

impl AccessDraft {
    /// An empty one, whose durations without a unit count in `plain`.
    pub fn counting(plain: PlainUnit) -> AccessDraft {
        AccessDraft { plain, ..AccessDraft::default() }
    }

    /// The instant so far, of its own or of date and time of day.
    pub fn stamp(&self) -> Option<Stamp> {
        if self.timed {
            let AccessLine { time, resolution, time_is_local: local, .. } = self.line;
            return Some(Stamp { time, resolution, local });
        }
        let clock = self.time_of_day?;
        Some(Stamp { time: self.date?.plus(clock.time.since(Time::EPOCH)), ..clock })
    }

    /// The row, if it has what makes it one: an instant, and a status or a request line.
    pub fn finish(mut self) -> Option<AccessLine> {
        if let (false, Some(stamp)) = (self.timed, self.stamp()) {
            self.line.time = stamp.time;
            self.line.resolution = stamp.resolution;
            self.timed = true;
        }
        let line = self.line;
        let asked = line.method.is_some() || line.odd_request_line.is_some() || line.target.is_some();
        (self.timed && (asked || line.status.is_some())).then_some(line)
    }

    /// Takes the text of a field as it stands in the line; `-` and nothing are no value. False where it cannot be one of the field's.
    pub fn put(&mut self, field: AccessField, raw: &[u8]) -> bool {
        if field == AccessField::Ignored || raw.is_empty() || raw == b"-" {
            return true;
        }
        match field {
            AccessField::Time => self.put_time(timestamp::any(unbracketed(raw))),
            AccessField::Date => store(&mut self.date, timestamp::date(raw)),
            AccessField::TimeOfDay => store(&mut self.time_of_day, timestamp::time_of_day(raw)),
            AccessField::RemoteAddress
            | AccessField::RemoteAddressAndPort
            | AccessField::ForwardedFor
            | AccessField::Visitor
            | AccessField::RealPeer
            | AccessField::RemotePort
            | AccessField::Connection
            | AccessField::ConnectionRequests
            | AccessField::RequestsBefore
            | AccessField::Process => self.put_peer(field, raw),
            AccessField::Request => self.put_request(raw),
            AccessField::Method
            | AccessField::Target
            | AccessField::Query
            | AccessField::UserAgent
            | AccessField::Host => self.put_text(field, raw),
            AccessField::Ray => {
                self.line.ray = self.line.ray.or_else(|| RayAtColo::parse(raw));
                true
            }
            AccessField::PossibleRay => {
                self.line.possible_ray = Ray::parse(raw);
                true
            }
            AccessField::Status => store(&mut self.line.status, bounded_integer(raw)),
            AccessField::BodyBytes => store(&mut self.line.body_bytes, integer(raw)),
            AccessField::SentBytes => store(&mut self.line.sent_bytes, integer(raw)),
            AccessField::RequestBytes => store(&mut self.line.request_bytes, integer(raw)),
            AccessField::RequestTime(unit) => store(&mut self.line.request_time, duration(raw, unit)),
            AccessField::PlainDuration => {
                let time = duration_with_unit(raw).or_else(|| self.plain.duration(raw));
                self.line.request_time = time.or(self.line.request_time);
                true
            }
            AccessField::RequestTimeWithUnit => store(&mut self.line.request_time, duration_with_unit(raw)),
            AccessField::Termination(vocabulary) => {
                self.line.termination = Some(Termination { vocabulary, code: text_within(raw, 64) });
                true
            }
            AccessField::Server | AccessField::Timers | AccessField::Captures => {
                self.put_of_haproxy(field, raw)
            }
            _ => self.put_tries(field, raw),
        }
    }

    fn put_of_haproxy(&mut self, field: AccessField, raw: &[u8]) -> bool {
        match field {
            AccessField::Server => self.line.server = Some(text_within(raw, 256)),
            AccessField::Captures if raw.starts_with(b"{") => put_captures(&mut self.line, raw),
            AccessField::Captures => put_captures(&mut self.line, &[b"{", raw, b"}"].concat()),
            _ => {
                let whole = raw.rsplit(|byte| *byte == b'/').next().unwrap_or(raw);
                let whole = duration(whole.strip_prefix(b"+").unwrap_or(whole), Duration::MILLISECOND);
                self.line.request_time = whole.or(self.line.request_time);
            }
        }
        true
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

    fn put_peer(&mut self, field: AccessField, raw: &[u8]) -> bool {
        let line = &mut self.line;
        match field {
            AccessField::RemoteAddress => {
                // A host name stands here where the server looks names up: no address, and no fault of the line.
                if let Some((address, port)) = address_and_port(raw) {
                    line.remote_address = Some(address);
                    line.remote_port = port.or(line.remote_port);
                }
                true
            }
            AccessField::RemoteAddressAndPort => match address_and_port(raw) {
                Some((address, port)) => {
                    line.remote_address = Some(address);
                    line.remote_port = port.or(line.remote_port);
                    true
                }
                None => false,
            },
            AccessField::ForwardedFor => {
                // With a port in what Microsoft's gateways hand on.
                let hop = |hop: &[u8]| address_and_port(hop.trim_ascii()).map(|(address, _)| address);
                let last = raw.rsplit(|byte| *byte == b',').next().and_then(hop);
                line.remote_address = line.remote_address.or(last);
                let first = raw.split(|byte| *byte == b',').next().and_then(hop);
                line.visitor = first.map(Box::new).or(line.visitor.take());
                true
            }
            AccessField::Visitor => {
                line.visitor = address(raw).map(Box::new).or(line.visitor.take());
                true
            }
            AccessField::RealPeer => store(&mut line.real_peer, address(raw)),
            AccessField::RemotePort => store(&mut line.remote_port, bounded_integer(raw)),
            AccessField::Connection => store(&mut line.connection, integer(raw)),
            AccessField::ConnectionRequests => store(&mut line.connection_requests, bounded_integer(raw)),
            AccessField::RequestsBefore => {
                let before: Option<u32> = bounded_integer(raw);
                store(&mut line.connection_requests, before.and_then(|before| before.checked_add(1)))
            }
            _ => store(&mut line.process, bounded_integer(raw)),
        }
    }

    fn put_text(&mut self, field: AccessField, raw: &[u8]) -> bool {
        let value = unescape(raw);
        let line = &mut self.line;
        match field {
            AccessField::Method => line.method = Some(text_within(&value, 64)),
            AccessField::Target => self.put_target(&value),
            AccessField::Query => {
                let query = value.strip_prefix(b"?").unwrap_or(&value);
                if let Some(target) = line.target.as_mut().filter(|target| !target.contains('?')) {
                    target.push('?');
                    target.push_str(&field_text(query));
                }
            }
            AccessField::UserAgent => line.user_agent = Some(text_within(&value, 1024).into()),
            _ => line.host = bare_host(&text_within(&value, 256)).or(line.host.take()),
        }
        true
    }

    /// Takes a request target. A proxy may log it as an absolute URL (varnishncsa does), and who sets the host before it has that too.
    fn put_target(&mut self, target: &[u8]) {
        let Some((authority, target)) = split_authority(target) else {
            self.line.target = Some(field_text(target));
            return;
        };
        self.line.target = Some(field_text(target));
        if self.line.host.is_none() {
            self.line.host = bare_host(&text_within(authority, 256));
        }
    }

    fn put_request(&mut self, raw: &[u8]) -> bool {
        let value = unescape(raw);
        match split_request(&value) {
            Some((method, target)) => {
                self.line.method = Some(text_within(method, 64));
                self.put_target(target);
            }
            None => self.line.odd_request_line = Some(text_within(raw, 256)),
        }
        true
    }

    fn put_tries(&mut self, field: AccessField, raw: &[u8]) -> bool {
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
                AccessField::UpstreamAddress => {
                    one.address = Some(text_within(part, 256));
                    true
                }
                AccessField::UpstreamStatus => store(&mut one.status, bounded_integer(part)),
                AccessField::UpstreamConnectTime(unit) => store(&mut one.connect_time, duration(part, unit)),
                AccessField::UpstreamHeaderTime(unit) => store(&mut one.header_time, duration(part, unit)),
                AccessField::UpstreamResponseTime(unit) => {
                    store(&mut one.response_time, duration(part, unit))
                }
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

fn unbracketed(raw: &[u8]) -> &[u8] {
    raw.strip_prefix(b"[").and_then(|inner| inner.strip_suffix(b"]")).unwrap_or(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(field: AccessField, raw: &str) -> AccessLine {
        let mut draft = AccessDraft::default();
        assert!(draft.put(field, raw.as_bytes()), "{raw}");
        draft.line
    }

    #[test]
    fn upstream_lists_are_aligned_try_by_try() {
        let mut draft = AccessDraft::default();
        assert!(
            draft.put(
                AccessField::UpstreamAddress,
                b"127.0.0.1:9000, 127.0.0.1:9001 : unix:/run/php fpm.sock"
            )
        );
        assert!(draft.put(AccessField::UpstreamStatus, b"502, 200 : -"));
        assert!(draft.put(AccessField::UpstreamHeaderTime(Duration::SECOND), b"-, 0.200 : 0.001"));
        let tries = draft.line.upstream;
        assert_eq!(tries.len(), 3);
        assert_eq!((tries[0].status, tries[0].header_time), (Some(502), None));
        assert_eq!(
            (tries[1].status, tries[1].header_time),
            (Some(200), Some(Duration::from_milliseconds(200)))
        );
        assert_eq!(tries[2].address.as_deref(), Some("unix:/run/php fpm.sock"));
        assert_eq!(tries[2].status, None);
    }

    #[test]
    fn a_request_line_that_is_no_http_is_kept_as_logged() {
        let tls = put(AccessField::Request, r"\x16\x03\x01\x02");
        assert_eq!((tls.method, tls.odd_request_line.as_deref()), (None, Some(r"\x16\x03\x01\x02")));
        let spaced = put(AccessField::Request, r#"GET /a b?c=\x22 HTTP/1.1"#);
        assert_eq!((spaced.method.as_deref(), spaced.target.as_deref()), (Some("GET"), Some("/a b?c=\"")));
        assert_eq!(put(AccessField::Request, "GET /old").target.as_deref(), Some("/old"));
    }

    #[test]
    fn values_of_the_wrong_kind_are_told_from_absent_ones() {
        let mut draft = AccessDraft::default();
        assert!(draft.put(AccessField::Status, b"-"));
        assert!(!draft.put(AccessField::Status, b"GET"));
        assert!(!draft.put(AccessField::Time, b"[yesterday]"));
    }
}
