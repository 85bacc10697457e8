//! HAProxy's HTTP log (`option httplog`, configuration.txt 8.2.3) and its messages, as they stand after the syslog prefix.

use crate::facts::messages::Program;
use crate::logs::access::draft::AccessDraft;
use crate::logs::access::field::AccessField;
use crate::logs::row::access::{AccessLine, UpstreamTry};
use crate::logs::row::message::{MessageLine, message_text};
use crate::ray::RayAtColo;
use crate::text::address::address_and_port;
use crate::text::line::{split_at_byte, split_at_sequence, text_within};
use crate::text::number::{duration, integer_after};
use crate::text::timestamp;
use crate::time::Duration;

/// The row of `client:port [date] frontend backend/server TR/Tw/Tc/Tr/Ta ST B CC CS tsc conns queues {req} {res} "request"`;
/// `None` where the line is none.
pub fn http_line(line: &[u8]) -> Option<AccessLine> {
    let (peer, rest) = split_at_sequence(line, b" [")?;
    let (date, rest) = split_at_sequence(rest, b"] ")?;
    let (stamp, b"") = timestamp::common_log(date)? else { return None };
    let (_frontend, rest) = split_at_byte(rest, b' ')?;
    let (server, rest) = split_at_byte(rest, b' ')?;
    let (timers, rest) = split_at_byte(rest, b' ')?;
    let (status, rest) = split_at_byte(rest, b' ')?;
    let (bytes, rest) = split_at_byte(rest, b' ')?;
    let (_request_cookie, rest) = split_at_byte(rest, b' ')?;
    let (_response_cookie, rest) = split_at_byte(rest, b' ')?;
    let (state, rest) = split_at_byte(rest, b' ')?;
    if state.len() != 4 || memchr::memchr(b'/', server).is_none() {
        return None;
    }
    let mut draft = AccessDraft::default();
    draft.put_time(Some(stamp));
    let (address, port) = address_and_port(peer)?;
    draft.line.remote_address = Some(address);
    draft.line.remote_port = port;
    // −1: no status was sent.
    if status != b"-1" && !draft.put(AccessField::Status, status) {
        return None;
    }
    draft.put(AccessField::SentBytes, bytes.strip_prefix(b"+").unwrap_or(bytes));
    draft.line.server = Some(text_within(server, 256));
    draft.line.termination = Some(text_within(state, 4));
    put_timers(&mut draft.line, timers, server);
    let headers_and_request = rest;
    put_captures(&mut draft.line, headers_and_request);
    if let Some(request) = quoted_tail(headers_and_request) {
        draft.put(AccessField::Request, request);
    }
    draft.finish()
}

/// `TR/Tw/Tc/Tr/Ta` in milliseconds; −1 was never reached, `+` was still running.
fn put_timers(line: &mut AccessLine, timers: &[u8], server: &[u8]) {
    let mut parts = timers.split(|byte| *byte == b'/').map(|part| {
        let part = part.strip_prefix(b"+").unwrap_or(part);
        duration(part, Duration::MILLISECOND)
    });
    let mut next = || parts.next().flatten();
    let (request, wait, connect, response, total) = (next(), next(), next(), next(), next());
    line.request_time = total;
    let sum =
        |times: &[Option<Duration>]| times.iter().try_fold(Duration::ZERO, |sum, time| Some(sum + (*time)?));
    if !server.ends_with(b"<NOSRV>") {
        line.upstream.push(UpstreamTry {
            address: Some(text_within(server, 256)),
            status: None,
            connect_time: connect,
            header_time: sum(&[connect, response]),
            // The whole less what came before the server was asked.
            response_time: total
                .zip(sum(&[request.or(Some(Duration::ZERO)), wait.or(Some(Duration::ZERO))]))
                .map(|(total, before)| total - before),
        });
    }
}

/// The captured headers, `{a|b} {c}`: the ray among them, and a host.
fn put_captures(line: &mut AccessLine, rest: &[u8]) {
    let mut rest = rest.get(..memchr::memchr(b'"', rest).unwrap_or(rest.len())).unwrap_or_default();
    while let Some((_, after)) = split_at_byte(rest, b'{') {
        let Some((captures, tail)) = split_at_byte(after, b'}') else { return };
        for capture in captures.split(|byte| *byte == b'|') {
            if line.ray.is_none() && capture.len() >= 16 {
                line.ray = RayAtColo::parse(capture);
            }
            let name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
            if line.host.is_none()
                && memchr::memchr(b'.', capture).is_some()
                && capture.iter().all(name)
                && address_and_port(capture).is_none()
            {
                line.host = Some(text_within(capture, 256));
            }
        }
        rest = tail;
    }
}

/// What stands in the last pair of quotes; a request that was too long has no closing one.
fn quoted_tail(rest: &[u8]) -> Option<&[u8]> {
    let (_, request) = split_at_byte(rest, b'"')?;
    Some(request.strip_suffix(b"\"").unwrap_or(request))
}

/// The row of a HAProxy message.
pub fn parse_message(text: &[u8]) -> MessageLine {
    let mut row = MessageLine::of(text, Some(Program::Haproxy));
    row.program = Some("haproxy".to_owned());
    // `client:port [date] frontend/1: SSL handshake failure`
    if let Some((peer, rest)) = split_at_sequence(text, b" [")
        && let Some((address, port)) = address_and_port(peer)
    {
        row.client = Some(address);
        row.client_port = port;
        if let Some((_, message)) = split_at_sequence(rest, b"]") {
            row.text = message_text(message.trim_ascii());
        }
    }
    if let Some((_, rest)) = split_at_sequence(text, b"Server ")
        && let Some((server, _)) = split_at_sequence(rest, b" is ")
    {
        row.upstream = Some(text_within(server, 256));
    }
    row.system_error = integer_after(text, b"errno=").and_then(|number| u32::try_from(number).ok());
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    #[test]
    fn an_http_line_gives_ray_state_and_timers() {
        let row = http_line(br#"172.68.10.9:41022 [17/Nov/2026:08:01:01.123] fe~ app/web1 0/0/1/-1/3002 502 217 - - SH-- 40/40/12/9/0 0/0 {9c1f00aa12bc34de-FRA|shop.example} "GET /cart HTTP/1.1""#).unwrap();
        assert_eq!(row.time, Time::parse_rfc3339("2026-11-17T08:01:01.123Z").unwrap());
        assert!(row.time_is_local && !row.time_is_end);
        assert_eq!((row.remote_port, row.status, row.sent_bytes), (Some(41022), Some(502), Some(217)));
        assert_eq!((row.termination.as_deref(), row.server.as_deref()), (Some("SH--"), Some("app/web1")));
        assert_eq!(row.ray.unwrap().ray.to_string(), "9c1f00aa12bc34de");
        assert_eq!((row.host.as_deref(), row.target.as_deref()), (Some("shop.example"), Some("/cart")));
        assert_eq!(row.request_time, Some(Duration::from_milliseconds(3002)));
        assert_eq!(
            (row.upstream[0].connect_time, row.upstream[0].header_time),
            (Some(Duration::MILLISECOND), None)
        );
    }

    #[test]
    fn lines_without_server_status_or_request_are_rows_too() {
        let row = http_line(br#"172.68.10.9:41022 [17/Nov/2026:08:01:01.123] fe fe/<NOSRV> -1/-1/-1/-1/5 400 0 - - CR-- 1/1/0/0/0 0/0 "<BADREQ>""#).unwrap();
        assert_eq!((row.status, row.upstream.len()), (Some(400), 0));
        assert_eq!(row.odd_request_line.as_deref(), Some("<BADREQ>"));
        assert!(http_line(b"Proxy prod_http_in started.").is_none());
    }
}
