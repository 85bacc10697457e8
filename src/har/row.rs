//! An entry of the file made a row: names and sizes of headers and cookies, never their values.

use serde::Deserialize;

use crate::har::entry::{Entry, HeadAudit, Timings};
use crate::har::error_page;
use crate::har::tolerant::{Lenient, List};
use crate::ray::RayAtColo;
use crate::text::address::address;
use crate::text::json::Scalar;
use crate::text::line::{LONGEST_FIELD, text_within};
use crate::text::timestamp;
use crate::time::Duration;

/// Header lines and cookies that are listed of one message; all are counted in its bytes.
const MOST_LISTED: usize = 1000;

/// An entry as the file has it.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawEntry<'a> {
    #[serde(borrow, default)]
    started_date_time: Scalar<'a>,
    #[serde(borrow, default)]
    time: Scalar<'a>,
    #[serde(borrow, default)]
    request: Lenient<RawMessage<'a>>,
    #[serde(borrow, default)]
    response: Lenient<RawMessage<'a>>,
    #[serde(borrow, default, rename = "serverIPAddress")]
    server_ip_address: Scalar<'a>,
    #[serde(borrow, default)]
    timings: Lenient<RawTimings<'a>>,
}

/// `request` and `response`, which share most of their members.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct RawMessage<'a> {
    #[serde(borrow, default)]
    method: Scalar<'a>,
    #[serde(borrow, default)]
    url: Scalar<'a>,
    #[serde(borrow, default)]
    http_version: Scalar<'a>,
    #[serde(borrow, default)]
    status: Scalar<'a>,
    #[serde(borrow, default)]
    status_text: Scalar<'a>,
    #[serde(borrow, default)]
    headers: List<Lenient<RawPair<'a>>>,
    #[serde(borrow, default)]
    cookies: List<Lenient<RawPair<'a>>>,
    #[serde(borrow, default)]
    headers_size: Scalar<'a>,
    #[serde(borrow, default)]
    body_size: Scalar<'a>,
    #[serde(borrow, default)]
    content: Lenient<RawContent<'a>>,
    #[serde(borrow, default, rename = "redirectURL")]
    redirect_url: Scalar<'a>,
}

#[derive(Deserialize, Default)]
struct RawPair<'a> {
    #[serde(borrow, default)]
    name: Scalar<'a>,
    #[serde(borrow, default)]
    value: Scalar<'a>,
}

#[derive(Deserialize, Default)]
struct RawContent<'a> {
    #[serde(borrow, default)]
    size: Scalar<'a>,
    #[serde(borrow, default)]
    text: Scalar<'a>,
    #[serde(borrow, default)]
    encoding: Scalar<'a>,
}

#[derive(Deserialize, Default)]
struct RawTimings<'a> {
    #[serde(borrow, default)]
    blocked: Scalar<'a>,
    #[serde(borrow, default)]
    dns: Scalar<'a>,
    #[serde(borrow, default)]
    connect: Scalar<'a>,
    #[serde(borrow, default)]
    ssl: Scalar<'a>,
    #[serde(borrow, default)]
    send: Scalar<'a>,
    #[serde(borrow, default)]
    wait: Scalar<'a>,
    #[serde(borrow, default)]
    receive: Scalar<'a>,
}

/// The row of an entry.
pub(super) fn entry(index: u32, raw: &RawEntry<'_>) -> Entry {
    let empty = RawMessage::default();
    let request = raw.request.0.as_ref().unwrap_or(&empty);
    let response = raw.response.0.as_ref().unwrap_or(&empty);
    let (scheme, host, target) = split_url(request.url.text().unwrap_or_default());
    let mut row = Entry {
        index,
        start: raw
            .started_date_time
            .text()
            .and_then(|text| timestamp::iso(text.trim().as_bytes()))
            .map(|(stamp, _)| stamp.time),
        duration: raw.time.duration(Duration::MILLISECOND),
        method: text_within(request.method.text().unwrap_or_default().as_bytes(), 64),
        scheme,
        host,
        target,
        status: response.status.number().unwrap_or(0),
        server_address: raw.server_ip_address.filled().and_then(|text| address(text.as_bytes())),
        timings: timings(raw.timings.0.as_ref()),
        request: audit(request, true),
        response: audit(response, false),
        body_bytes: body_bytes(response),
        ..Entry::default()
    };
    for header in response.headers.0.iter().filter_map(|header| header.0.as_ref()) {
        for value in header.value.printed().split('\n') {
            take_header(&mut row, header.name.text().unwrap_or_default(), value.trim());
        }
    }
    if row.location.is_none() {
        row.location = response.redirect_url.filled().map(|url| text_within(url.as_bytes(), LONGEST_FIELD));
    }
    row.sanitised = is_sanitised(request, &row.request) || is_sanitised(response, &row.response);
    if let Some(content) = &response.content.0
        && let Some(text) = content.text.filled()
    {
        let base64 = content.encoding.text().is_some_and(|name| name.eq_ignore_ascii_case("base64"));
        error_page::read(&mut row, text, base64);
    }
    row
}

/// A response header that says something about the edge. A header may come twice: the first counts.
pub(super) fn take_header(row: &mut Entry, name: &str, value: &str) {
    let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
    if is("cf-ray") {
        row.ray = row.ray.or_else(|| RayAtColo::parse(value.as_bytes()));
    } else if is("server") {
        row.from_cloudflare |= value.eq_ignore_ascii_case("cloudflare");
    } else if is("cf-mitigated") {
        row.mitigated.get_or_insert_with(|| text_within(value.as_bytes(), 64));
    } else if is("cf-cache-status") {
        row.cache_status.get_or_insert_with(|| text_within(value.as_bytes(), 64));
    } else if is("retry-after") {
        row.retry_after = row.retry_after.or_else(|| value.parse().ok());
    } else if is("location") {
        row.location.get_or_insert_with(|| text_within(value.as_bytes(), LONGEST_FIELD));
    } else if is("server-timing") {
        for metric in value.split(',') {
            row.origin_time = row.origin_time.or_else(|| server_timing(metric, "cfOrigin"));
            row.edge_time = row.edge_time.or_else(|| server_timing(metric, "cfEdge"));
        }
    }
}

/// `cfOrigin;dur=34481`, to whole milliseconds (W3C Server-Timing).
fn server_timing(metric: &str, wanted: &str) -> Option<Duration> {
    let mut parts = metric.split(';').map(str::trim);
    if !parts.next()?.eq_ignore_ascii_case(wanted) {
        return None;
    }
    let duration = parts.find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.trim().eq_ignore_ascii_case("dur").then(|| value.trim().trim_matches('"'))
    })?;
    let whole = duration.split('.').next().unwrap_or(duration);
    let milliseconds: u32 = whole.parse().ok()?;
    Some(Duration::from_milliseconds(i64::from(milliseconds)))
}

/// Takes what a URL says.
pub(super) fn take_url(row: &mut Entry, url: &str) {
    (row.scheme, row.host, row.target) = split_url(url);
}

/// Scheme, host with a port that is not the scheme's own, path with query.
fn split_url(url: &str) -> (String, String, String) {
    let Some((scheme, rest)) = url.split_once("://") else {
        return (String::new(), String::new(), text_within(url.as_bytes(), LONGEST_FIELD));
    };
    let scheme = text_within(scheme.as_bytes(), 16).to_ascii_lowercase();
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    // User and password before the host are secrets.
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let default = match scheme.as_str() {
        "https" | "wss" => ":443",
        "http" | "ws" => ":80",
        _ => "",
    };
    let host = if default.is_empty() { host } else { host.strip_suffix(default).unwrap_or(host) };
    let path = path.split('#').next().unwrap_or_default();
    let target = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    (
        scheme,
        text_within(host.as_bytes(), 256).to_ascii_lowercase(),
        text_within(target.as_bytes(), LONGEST_FIELD),
    )
}

fn timings(raw: Option<&RawTimings<'_>>) -> Timings {
    let Some(raw) = raw else { return Timings::default() };
    let of = |value: &Scalar<'_>| value.duration(Duration::MILLISECOND);
    Timings {
        blocked: of(&raw.blocked),
        dns: of(&raw.dns),
        connect: of(&raw.connect),
        ssl: of(&raw.ssl),
        send: of(&raw.send),
        wait: of(&raw.wait),
        receive: of(&raw.receive),
    }
}

fn body_bytes(response: &RawMessage<'_>) -> Option<u64> {
    let sent = response.body_size.number::<u64>();
    let shown = response.content.0.as_ref().and_then(|content| content.size.number::<u64>());
    // Browsers write 0 or −1 on the wire where they do not know, and know the content.
    match (sent, shown) {
        (Some(0) | None, Some(shown)) if shown > 0 => Some(shown),
        (sent, shown) => sent.or(shown),
    }
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// The head of a message as HTTP/1 would write its header lines: `name: value CRLF`. HTTP/2's pseudo headers are the request line's
/// and the status line's, and are left out; a `set-cookie` that a tool joined by line ends is several lines.
fn audit(message: &RawMessage<'_>, is_request: bool) -> HeadAudit {
    let mut head = HeadAudit { stated_bytes: message.headers_size.number(), ..HeadAudit::default() };
    let mut cookie_lines = false;
    for pair in message.headers.0.iter().filter_map(|pair| pair.0.as_ref()) {
        let name = pair.name.printed();
        if name.starts_with(':') || name.is_empty() {
            continue;
        }
        let value = pair.value.printed();
        for line in value.split('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            let bytes = wide(name.len()).saturating_add(wide(line.len())).saturating_add(4);
            head.bytes = head.bytes.saturating_add(bytes);
            if head.headers.len() < MOST_LISTED {
                head.headers.push((text_within(name.as_bytes(), 256).to_ascii_lowercase(), bytes));
            }
            if is_request && name.eq_ignore_ascii_case("cookie") {
                cookie_lines = true;
                line.split(';').for_each(|cookie| push_cookie(&mut head, cookie));
            } else if !is_request && name.eq_ignore_ascii_case("set-cookie") {
                cookie_lines = true;
                push_cookie(&mut head, line.split(';').next().unwrap_or(line));
            }
        }
    }
    if !cookie_lines {
        // Sanitisers drop the header lines and leave the list.
        for pair in message.cookies.0.iter().filter_map(|pair| pair.0.as_ref()).take(MOST_LISTED) {
            let (name, value) = (pair.name.printed(), pair.value.printed());
            let bytes = wide(name.len()).saturating_add(wide(value.len())).saturating_add(1);
            head.cookies.push((text_within(name.as_bytes(), 256), bytes));
        }
    }
    head
}

/// `name=value`: the name and the bytes of both.
fn push_cookie(head: &mut HeadAudit, cookie: &str) {
    let cookie = cookie.trim();
    if cookie.is_empty() || head.cookies.len() >= MOST_LISTED {
        return;
    }
    let name = cookie.split('=').next().unwrap_or(cookie);
    head.cookies.push((text_within(name.trim().as_bytes(), 256), wide(cookie.len())));
}

/// Whether the file's own size of the head says that lines are missing: more than a tenth and 64 bytes beyond what stands there,
/// counting the first line. Only HTTP/1 heads are comparable: HTTP/2 compresses them. Values that sanitisers leave are telling too.
fn is_sanitised(message: &RawMessage<'_>, head: &HeadAudit) -> bool {
    let redacted = message.headers.0.iter().chain(&message.cookies.0).filter_map(|pair| pair.0.as_ref()).any(|pair| {
        matches!(pair.value.text(), Some(text) if matches!(text.trim(), "[redacted]" | "[REDACTED]" | "REDACTED" | "redacted" | "***"))
            || pair.value.text().is_some_and(|text| text.ends_with(" redacted]"))
    });
    if redacted {
        return true;
    }
    let version = message.http_version.text().unwrap_or_default().to_ascii_lowercase();
    let Some(stated) = head.stated_bytes.filter(|bytes| *bytes > 0 && version.starts_with("http/1")) else {
        return false;
    };
    // `GET target HTTP/1.1 CRLF` or `HTTP/1.1 200 OK CRLF`, and the empty line.
    let line =
        wide(message.url.text().map_or(message.status_text.printed().len(), str::len)).saturating_add(24);
    let seen = head.bytes.saturating_add(line);
    stated > seen.saturating_add(seen / 10).saturating_add(64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lose_their_default_port_fragment_and_password() {
        let split = |url| split_url(url);
        assert_eq!(
            split("HTTPS://u:p@Shop.example:443/a?b#c"),
            ("https".into(), "shop.example".into(), "/a?b".into())
        );
        assert_eq!(split("http://a:8080"), ("http".into(), "a:8080".into(), "/".into()));
        assert_eq!(split("http://a?x=1").2, "/?x=1");
        assert_eq!(split("about:blank").2, "about:blank");
    }

    #[test]
    fn server_timing_tells_whether_the_origin_was_asked() {
        assert_eq!(
            server_timing(" cfOrigin;dur=34481", "cfOrigin"),
            Some(Duration::from_milliseconds(34481))
        );
        assert_eq!(server_timing("cfOrigin;desc=\"x\";dur=0.4", "cfOrigin"), Some(Duration::ZERO));
        assert_eq!(server_timing("cfEdge;dur=9", "cfOrigin"), None);
    }
}
