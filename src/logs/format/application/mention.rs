//! Which request or connection a message of an application server is about, where it says so.

use std::net::IpAddr;

use super::opening::severity;
use crate::logs::access::request_line::split_request;
use crate::logs::row::message::{MessageLine, NamedTarget};
use crate::ray::Ray;
use crate::text::address::{address, address_and_port};
use crate::text::host::split_absolute;
use crate::text::line::{field_text, split_at_byte, split_at_sequence, text_within};

/// The methods of RFC 9110 and RFC 5789 that applications log.
const METHODS: [&[u8]; 6] = [b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"PATCH"];

/// Digits of a ray.
const DIGITS: usize = 16;

/// Takes the peer, the request and the ray that `text` names into its row.
pub fn take_mentions(row: &mut MessageLine, text: &[u8]) {
    if let Some((client, port)) = kept_out_by_squid(text).or_else(|| peer_of_go(text)) {
        row.client = Some(client);
        row.client_port = port;
    }
    // gunicorn: `Invalid request from ip=172.68.10.9: …`
    if let Some((ip, _)) =
        after(text, b"Invalid request from ip=").and_then(|rest| split_at_sequence(rest, b": "))
    {
        row.client = address(ip);
    }
    take_limited(row, text);
    // gunicorn 26: `Error handling request GET /cart?id=1`; before, `Error handling request /cart?id=1`
    if let Some(rest) = after(text, b"Error handling request ") {
        take_request(row, rest);
        if row.request.is_none() && rest.starts_with(b"/") {
            row.target = Some(NamedTarget::Whole(field_text(rest).into()));
        }
    }
    // Django: `Internal Server Error: /cart`, `Too Many Requests: /cart`; Flask: `Exception on /cart [GET]`; waitress: `Exception while serving /cart`. None names the query.
    let words: [&[u8]; 4] =
        [b"Internal Server Error: ", b"Too Many Requests: ", b"Exception on ", b"Exception while serving "];
    let path = words.iter().find_map(|words| after(text, words));
    let path = path.and_then(|path| path.split(u8::is_ascii_whitespace).next());
    if let Some(path) = path.filter(|path| path.starts_with(b"/") && row.request.is_none()) {
        row.target = Some(NamedTarget::Path(field_text(path).into()));
    }
    // Squid: `No object data received for http://shop.example/a AKA shop.example/a`
    if let Some((url, _)) =
        after(text, b"Invalid Response: ").and_then(|rest| split_at_sequence(rest, b" AKA "))
        && let Some((_, target)) = url.rsplit(|byte| *byte == b' ').next().and_then(split_absolute)
    {
        row.target = Some(NamedTarget::Whole(field_text(target).into()));
    }
    take_leading_request(row, text);
    // Puma: `Rack app ("GET /cart?id=1" - (172.68.10.9)): #<…>`
    if let Some((request, rest)) = after(text, b" (\"").and_then(|rest| split_at_sequence(rest, b"\" - (")) {
        take_request(row, request);
        row.client = row.client.or_else(|| split_at_byte(rest, b')').and_then(|(ip, _)| address(ip)));
    }
    take_of_uwsgi(row, text);
    row.ray = row.ray.or_else(|| ray_named_in(text));
}

/// The ray that a line names. With its data centre behind it nothing else looks so (`9c1f00aa12bc34de-FRA`); without one the word stands before it (`ray=…`,
/// `"cf_ray":"…"`).
pub fn ray_named_in(line: &[u8]) -> Option<Ray> {
    ray_at_colo(line).or_else(|| ray_behind_word(line))
}

fn ray_at_colo(line: &[u8]) -> Option<Ray> {
    memchr::memchr_iter(b'-', line).find_map(|at| {
        let begin = at.checked_sub(DIGITS)?;
        let colo = line.get(at.checked_add(1)?..at.checked_add(4)?)?;
        let is_within = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let stands_alone =
            !is_within(begin.checked_sub(1).and_then(|at| line.get(at))) && !is_within(line.get(at + 4));
        let is_one = stands_alone && colo.iter().all(u8::is_ascii_uppercase);
        Ray::parse(line.get(begin..at)?).filter(|_| is_one)
    })
}

fn ray_behind_word(line: &[u8]) -> Option<Ray> {
    let words = [&b"ray"[..], b"Ray", b"RAY"];
    words.iter().flat_map(|word| memchr::memmem::find_iter(line, word)).find_map(|at| {
        let rest = line.get(at.checked_add(3)?..)?;
        let named =
            [&b"_id"[..], b"-id", b"Id", b"ID", b" ID"].iter().find_map(|end| rest.strip_prefix(*end));
        let rest = named.unwrap_or(rest);
        let between =
            rest.iter().take_while(|byte| matches!(byte, b'=' | b':' | b'"' | b'\'' | b' ')).count();
        let (ray, behind) = rest.get(between..)?.split_at_checked(DIGITS)?;
        let ends = !behind.first().is_some_and(u8::is_ascii_alphanumeric);
        Ray::parse(ray).filter(|_| (1..=4).contains(&between) && ends)
    })
}

/// What applications log themselves: `GET /cart failed: java.sql.SQLException: …`, `ERROR GET /cart?id=1 Error: …`, `[error]: [req-7] "POST /cart" 500`. In the midst
/// of a text such words may be of what the application asks of others.
fn take_leading_request(row: &mut MessageLine, text: &[u8]) {
    let text = behind_marks(text);
    let text = text.strip_prefix(b"\"").unwrap_or(text);
    let Some((method, rest)) = split_at_byte(text, b' ').filter(|(method, _)| METHODS.contains(method))
    else {
        return;
    };
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b')' | b']');
    let target = rest.split(ends).next().unwrap_or_default();
    let target = target.strip_suffix(b":").or_else(|| target.strip_suffix(b",")).unwrap_or(target);
    if target.starts_with(b"/") && row.request.is_none() {
        row.request = Some((text_within(method, 64), field_text(target)));
    }
}

/// What follows the severity, the process or thread, and what else loggers set before a text: `[7] [ERROR] …`, `ERROR - …`, `error: …`.
fn behind_marks(text: &[u8]) -> &[u8] {
    const MOST_MARKS: usize = 6;
    const LONGEST_MARK: usize = 64;
    let mut text = text.trim_ascii_start();
    for _ in 0..MOST_MARKS {
        let near = text.get(..LONGEST_MARK).unwrap_or(text);
        let mark = if near.starts_with(b"[") {
            near.iter().position(|byte| *byte == b']').map(|end| end + 1)
        } else {
            let word = near.split(u8::is_ascii_whitespace).next().unwrap_or_default();
            let bare = word.strip_suffix(b":").unwrap_or(word);
            let is_mark = severity(bare).is_some()
                || bare.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'|'));
            (is_mark && !word.is_empty()).then_some(word.len())
        };
        let Some(rest) = mark.and_then(|end| text.get(end..)) else { break };
        text = rest.strip_prefix(b":").unwrap_or(rest).trim_ascii_start();
    }
    text
}

/// uWSGI: `… during GET /cart (172.68.10.9)`, and which request a worker was at as its harakiri came: `HARAKIRI [core 0] 172.68.10.9 - GET /cart since
/// 1794902470`, `HARAKIRI: --- uWSGI worker 3 core 0 (pid: 811) WAS managing request /cart?id=1 since Tue Nov 17 08:01:20 2026 ---`.
fn take_of_uwsgi(row: &mut MessageLine, text: &[u8]) {
    if let Some((request, rest)) = after(text, b" during ").and_then(|rest| split_at_sequence(rest, b" (")) {
        take_request(row, request);
        row.client = row.client.or_else(|| split_at_byte(rest, b')').and_then(|(ip, _)| address(ip)));
    }
    if let Some((target, _)) = after(text, b" WAS managing request ")
        .and_then(|rest| split_at_sequence(rest, b" since "))
        .filter(|(target, _)| target.starts_with(b"/"))
    {
        row.target = Some(NamedTarget::Whole(field_text(target).into()));
    }
    if let Some((ip, rest)) = after(text, b"HARAKIRI [core ")
        .and_then(|rest| split_at_sequence(rest, b"] "))
        .and_then(|(_, rest)| split_at_sequence(rest, b" - "))
    {
        row.client = row.client.or_else(|| address(ip));
        if let Some((request, _)) = split_at_sequence(rest, b" since ") {
            take_request(row, request);
        }
    }
}

/// Go: `http: TLS handshake error from IP:PORT: …`, `http: panic serving IP:PORT: …`
pub fn peer_of_go(text: &[u8]) -> Option<(IpAddr, Option<u16>)> {
    let behind =
        split_at_sequence(text, b" error from ").or_else(|| split_at_sequence(text, b"panic serving "));
    let (peer, _) = split_at_sequence(behind?.1, b": ")?;
    address_and_port(peer)
}

/// A line that holds a peer's address and nothing else.
pub fn peer_alone(line: &[u8]) -> Option<(IpAddr, Option<u16>)> {
    address_and_port(line.trim_ascii())
}

/// Flask-Limiter, slowapi: `ratelimit 3 per 1 second (172.68.10.9) exceeded at endpoint: cart`. What is counted may be another thing than an address.
fn take_limited(row: &mut MessageLine, text: &[u8]) {
    let Some((before, endpoint)) = split_at_sequence(text, b") exceeded at endpoint: ") else { return };
    row.client = before.rsplit(|byte| *byte == b'(').next().and_then(address).or(row.client);
    if endpoint.starts_with(b"/") {
        row.target = Some(NamedTarget::Path(field_text(endpoint).into()));
    }
}

/// Squid: `WARNING: 172.68.10.9:41022 attempting more than 4 connections.`
fn kept_out_by_squid(text: &[u8]) -> Option<(IpAddr, Option<u16>)> {
    let (before, _) = split_at_sequence(text, b" attempting more than ")?;
    address_and_port(before.rsplit(|byte| *byte == b' ').next()?)
}

fn after<'a>(text: &'a [u8], words: &[u8]) -> Option<&'a [u8]> {
    split_at_sequence(text, words).map(|(_, rest)| rest)
}

fn take_request(row: &mut MessageLine, request: &[u8]) {
    if row.request.is_none()
        && let Some((method, target)) = split_request(request)
    {
        row.request = Some((text_within(method, 64), field_text(target)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise an application's own error is of any request of its moment, although it names the one.
    #[test]
    fn a_ray_is_known_by_its_data_centre_or_by_the_word_before_it() {
        let told = |line: &str| ray_named_in(line.as_bytes()).map(|ray| ray.to_string());
        let ray = Some("9c1f00aa12bc34de".to_owned());
        for line in [
            "GET /cart 200 58ms ray=9c1f00aa12bc34de-FRA",
            r#"{"headers":{"cf-ray":"9c1f00aa12bc34de-FRA"}}"#,
            "[9c1f00aa12bc34de-FRA] failed",
            "failed cf_ray=9c1f00aa12bc34de",
            r#"{"rayId": "9C1F00AA12BC34DE"}"#,
            "Ray ID: 9c1f00aa12bc34de",
        ] {
            assert_eq!(told(line), ray, "{line}");
        }
        for line in [
            "trace=9c1f00aa12bc34de",
            "array 9c1f00aa12bc34de0",
            "id=09c1f00aa12bc34de-FRA",
            "id=9c1f00aa12bc34de-FRAG",
            "x-ray",
            "-FRA",
        ] {
            assert_eq!(told(line), None, "{line}");
        }
    }
}
